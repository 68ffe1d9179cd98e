//! The end of a run on a server: it deletes what it made, and reports what it could not delete.

use std::future::Future;

use super::output;
use super::report::Edition;
use crate::harness::{Conclusion, Ending, Exit};
use crate::suite::server::{Leftovers, ServerSuite};

/// Deletes what a run has made.
#[derive(Clone)]
pub(super) struct Cleanup {
    pub(super) suite: ServerSuite,
    /// The command that deletes what the run leaves; none on a mock of our own, which goes with the run.
    pub(super) command: Option<String>,
}

/// How much time there is for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    Calm,
    /// The server does not answer any more.
    ServerGone,
    /// A signal asked the process to end.
    Interrupted,
}

impl Urgency {
    pub(super) const fn of(ending: Ending) -> Self {
        match ending {
            Ending::Complete => Self::Calm,
            Ending::Unreachable => Self::ServerGone,
            Ending::Stopped => Self::Interrupted,
        }
    }
}

/// What is left on the server, and the exit.
pub(super) struct CleanedUp {
    pub(super) leftovers: Leftovers,
    /// What the reports say, and whether they could be written.
    pub(super) exit: Exit,
}

impl Cleanup {
    /// Tidies up and writes the reports. Of a run that is interrupted, now or before, what is known is
    /// written first; then it deletes what it can at once, and adds what is left.
    pub(super) async fn finish(
        &self,
        conclusion: &mut Conclusion,
        urgency: Urgency,
        stop: impl Future<Output = ()>,
        write: impl Fn(&Conclusion, Edition) -> Exit,
    ) -> CleanedUp {
        let calm = async {
            match urgency {
                Urgency::Calm => self.suite.tidy_up().await,
                Urgency::ServerGone => self.suite.tidy_up_at_once().await,
                Urgency::Interrupted => std::future::pending().await,
            }
        };
        let hurry = async {
            if urgency != Urgency::Interrupted {
                stop.await;
            }
        };
        let (leftovers, first) = tokio::select! {
            leftovers = calm => (leftovers, None),
            () = hurry => {
                let first = write(conclusion, Edition::First);
                self.announce();
                (self.suite.tidy_up_at_once().await, Some(first))
            }
        };
        let line = self.line(&leftovers);
        if let Some(line) = &line {
            output::warn(line);
            let before = conclusion.shortfall.take();
            let all = before.into_iter().chain(Some(line.clone()));
            conclusion.shortfall = Some(all.collect::<Vec<_>>().join("; "));
        }
        let says_more = line.is_some();
        let edition = first.map_or(Edition::Only, |_| Edition::Second { says_more });
        let exit = write(conclusion, edition).or_worse(first.unwrap_or(Exit::Held));
        CleanedUp { leftovers, exit }
    }

    /// Names what is on the server now, and stays there if the process ends.
    pub(super) fn warn_of_leftovers(&self) {
        if let Some(line) = self.line(&self.suite.alive()) {
            output::warn(&line);
        }
    }

    fn announce(&self) {
        let alive = self.suite.alive();
        if self.command.is_some() && !alive.is_empty() {
            output::note(&format!(
                "deletes what it has made, {} in all; a signal now leaves it there",
                alive.0.len()
            ));
        }
    }

    fn line(&self, leftovers: &Leftovers) -> Option<String> {
        let command = self.command.as_ref().filter(|_| !leftovers.is_empty())?;
        Some(format!("left on the server: {leftovers}: {command}"))
    }
}
