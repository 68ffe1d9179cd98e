//! How a run leaves a server: it deletes what it made, and reports what it could not delete.

use std::future::Future;

use super::output;
use super::report::Edition;
use crate::harness::{Conclusion, Ending, Exit};
use crate::suite::server::{Leftovers, ServerSuite};

/// A run, as far as it has to leave again.
#[derive(Clone)]
pub(super) struct Guest {
    pub(super) suite: ServerSuite,
    /// The command that deletes what the run leaves; none on a mock of our own, which goes with the run.
    pub(super) again: Option<String>,
}

/// How much time a run has to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Calm,
    /// The server does not answer any more.
    Gone,
    /// A signal asked the process to end.
    Interrupted,
}

impl Manner {
    pub(super) const fn of(ending: Ending) -> Self {
        match ending {
            Ending::Complete => Self::Calm,
            Ending::Unreachable => Self::Gone,
            Ending::Stopped => Self::Interrupted,
        }
    }
}

/// What is left on the server, and the exit.
pub(super) struct Left {
    pub(super) things: Leftovers,
    /// What the reports say, and whether they could be written.
    pub(super) exit: Exit,
}

impl Guest {
    /// Tidies up and writes the reports. Of a run that is interrupted, now or before, what is known is
    /// written first; then it deletes what it can at once, and adds what is left.
    pub(super) async fn leave(
        &self,
        conclusion: &mut Conclusion,
        manner: Manner,
        stop: impl Future<Output = ()>,
        write: impl Fn(&Conclusion, Edition) -> Exit,
    ) -> Left {
        let calm = async {
            match manner {
                Manner::Calm => self.suite.tidy_up().await,
                Manner::Gone => self.suite.tidy_up_at_once().await,
                Manner::Interrupted => std::future::pending().await,
            }
        };
        let hurry = async {
            if manner != Manner::Interrupted {
                stop.await;
            }
        };
        let (things, first) = tokio::select! {
            things = calm => (things, None),
            () = hurry => {
                let first = write(conclusion, Edition::First);
                self.tell_hurry();
                (self.suite.tidy_up_at_once().await, Some(first))
            }
        };
        let leftovers_line = self.leftovers_line(&things);
        if let Some(leftovers_line) = &leftovers_line {
            output::warn(leftovers_line);
            let before = conclusion.shortfall.take();
            let all = before.into_iter().chain(Some(leftovers_line.clone()));
            conclusion.shortfall = Some(all.collect::<Vec<_>>().join("; "));
        }
        let says_more = leftovers_line.is_some();
        let edition = first.map_or(Edition::Only, |_| Edition::Second { says_more });
        let exit = write(conclusion, edition).or_worse(first.unwrap_or(Exit::Held));
        Left { things, exit }
    }

    /// Names what is on the server now: whoever ends the process leaves it there.
    pub(super) fn tell_alive(&self) {
        if let Some(leftovers_line) = self.leftovers_line(&self.suite.alive()) {
            output::warn(&leftovers_line);
        }
    }

    fn tell_hurry(&self) {
        let alive = self.suite.alive();
        if self.again.is_some() && !alive.is_empty() {
            output::note(&format!(
                "deletes what it has made, {} in all; a signal now leaves it there",
                alive.0.len()
            ));
        }
    }

    fn leftovers_line(&self, things: &Leftovers) -> Option<String> {
        let again = self.again.as_ref().filter(|_| !things.is_empty())?;
        Some(format!("left on the server: {things}: {again}"))
    }
}
