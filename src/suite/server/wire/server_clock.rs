//! The clocks of a server: the one that sets the times in its answers, and the one that writes `Date`, which may be
//! a load balancer's. Neither is taken for the other, nor for the machine's own.

use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;

use super::{DateHeader, Reply, Timer};
use crate::contract::route::Endpoint;

/// Clocks that show whole seconds differ by so much without being apart. Seconds.
const ROUNDED: u64 = 2;

/// What a run knows of the clocks of its server.
#[derive(Default)]
pub(crate) struct ServerClock(Mutex<Readings>);

#[derive(Default)]
struct Readings {
    /// By what the server has just made: the clock that sets its times.
    creation: Option<Reading>,
    /// By the first `Date`: as good as any, where nothing was made yet.
    date: Option<Reading>,
    /// Seconds that `Date` is ahead of the clock that sets the times, once an answer has shown both.
    ahead: Option<i64>,
    /// Why the last answer without a usable `Date` had none.
    lacks: Option<DateHeader>,
}

/// What a clock showed, and when that was on the run's own timer.
#[derive(Clone, Copy)]
struct Reading {
    second: i64,
    at: Duration,
}

impl Reading {
    fn now(self, timer: &dyn Timer) -> i64 {
        let since = timer.elapsed().saturating_sub(self.at).as_secs();
        self.second.saturating_add_unsigned(since)
    }
}

impl ServerClock {
    /// Learns from an answer that took so long.
    pub(crate) fn learn(
        &self,
        endpoint: Endpoint,
        reply: &Reply,
        took: Duration,
        timer: &dyn Timer,
    ) {
        let mut known = self.0.lock();
        let at = timer.elapsed();
        let date = match reply.date_header() {
            DateHeader::At(second) => Some(second),
            lacking => {
                known.lacks = Some(lacking);
                None
            }
        };
        if known.date.is_none() {
            known.date = date.map(|second| Reading { second, at });
        }
        let is_new = endpoint == Endpoint::CreateProject && reply.is_success();
        let Some(created) = created_at(&reply.json["data"]).filter(|_| is_new) else {
            return;
        };
        known.creation = Some(Reading { second: created, at });
        if let Some(date) = date {
            let ahead = date.saturating_sub(created);
            let is_apart = ahead.unsigned_abs() > took.as_secs().saturating_add(ROUNDED);
            known.ahead = Some(if is_apart { ahead } else { 0 });
        }
    }

    /// What the clock that sets the server's times shows now: by what was made last, else by `Date`, else by the
    /// machine's own. Unix seconds.
    pub(crate) fn now(&self, timer: &dyn Timer) -> i64 {
        let reading = {
            let known = self.0.lock();
            known.creation.or(known.date)
        };
        reading.map_or_else(|| Timestamp::now().as_second(), |reading| reading.now(timer))
    }

    /// What the clock that sets the server's times showed when it gave this answer, which has just come; none as
    /// long as nothing was made that shows it.
    pub(crate) fn at(&self, reply: &Reply, timer: &dyn Timer) -> Option<i64> {
        let known = self.0.lock();
        let by_date = reply.date().zip(known.ahead).map(|(date, ahead)| date - ahead);
        by_date.or_else(|| Some(known.creation?.now(timer)))
    }

    /// What whoever reads the report should know of the clocks: nothing where they agree.
    pub(crate) fn remark(&self) -> Option<String> {
        let known = self.0.lock();
        match (known.ahead, &known.lacks) {
            (Some(ahead), _) if ahead != 0 => {
                let (by, side) =
                    (ahead.unsigned_abs(), if ahead > 0 { "ahead of" } else { "behind" });
                Some(format!("its Date is {by} s {side} the clock that sets its times"))
            }
            (_, Some(DateHeader::Unreadable)) => {
                Some("its Date is none that can be read, and was not used".to_owned())
            }
            (_, Some(DateHeader::Missing)) => Some("it sends no Date".to_owned()),
            _ => None,
        }
    }
}

/// When what an answer or a row describes was made, if that is told. Unix seconds.
pub(crate) fn created_at(resource: &Value) -> Option<i64> {
    let told = resource.pointer("/attributes/created_at").or_else(|| resource.get("created_at"))?;
    told.as_str()?.parse::<Timestamp>().ok().map(Timestamp::as_second)
}
