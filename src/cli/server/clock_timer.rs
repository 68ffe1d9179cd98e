//! A timer that goes by a mock's clock.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::mock::Clock;
use crate::suite::server::Timer;

/// Time by the mock's own clock: waiting moves it on.
pub(super) struct ClockTimer {
    clock: Clock,
    start: Timestamp,
}

impl ClockTimer {
    pub(super) fn of(clock: Clock) -> Self {
        Self { start: clock.now(), clock }
    }
}

impl Timer for ClockTimer {
    fn elapsed(&self) -> Duration {
        let elapsed = self.clock.now().duration_since(self.start);
        Duration::try_from(elapsed).unwrap_or_default()
    }

    fn wait(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.clock.advance(time);
        Box::pin(std::future::ready(()))
    }
}
