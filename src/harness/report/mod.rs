//! Reports: a format gives text, [`Report::finish`] makes sure that no secret is in it, and
//! someone else writes it.

mod foreign;
mod json;
mod text;

use std::time::Duration;

use jiff::Timestamp;

use self::foreign::Foreign;
use super::{Conclusion, Exit, Redactor};

pub use foreign::{FOREIGN_LIMIT, cut_at, printable};
pub use json::Json;
pub use text::Text;

/// A format of reports, one a file.
pub trait Format {
    /// The report as text. Whatever it quotes goes through the report's redactor.
    fn render(&self, report: &Report<'_>) -> String;
}

/// All that a report tells.
#[derive(Clone, Copy)]
pub struct Report<'r> {
    /// The target as the user knows it: `embedded mock`, or an origin.
    pub target: &'r str,
    /// What makes the run repeatable.
    pub seed: u64,
    /// When the run started.
    pub started: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What it came to.
    pub conclusion: &'r Conclusion,
    /// What stands behind the verdict on the last line; empty for nothing.
    pub coda: &'r str,
    /// A table that goes with the text; empty for none. Shown line by line, as it is.
    pub annex: &'r str,
    /// Knows the secrets of the run.
    pub redactor: &'r Redactor,
    /// The one command that runs the case of that id again.
    pub rerun: &'r (dyn Fn(&str) -> String + Sync),
}

/// A report that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// What to write.
    pub bytes: Vec<u8>,
    /// In how many places a secret had reached it. Each is an error of the harness.
    pub leaks: usize,
}

impl Finished {
    /// What the process ends with once this has been written.
    pub const fn exit(&self, conclusion: Exit) -> Exit {
        if self.leaks > 0 {
            conclusion.or_worse(Exit::Unreachable)
        } else {
            conclusion
        }
    }
}

impl Report<'_> {
    /// Renders it and scans the result. A secret that got that far is taken out, and the report
    /// says that the harness is wrong.
    pub fn finish(&self, format: &dyn Format) -> Finished {
        let rendered = format.render(self);
        let leaks = self.redactor.scan(&rendered);
        if leaks == 0 {
            return Finished {
                bytes: rendered.into_bytes(),
                leaks,
            };
        }
        let mut conclusion = self.conclusion.clone();
        conclusion.troubles.push(format!(
            "a secret had reached this report in {leaks} places and was withheld"
        ));
        let told = format.render(&Report {
            conclusion: &conclusion,
            ..*self
        });
        Finished {
            bytes: self.redactor.redact(&told).into_owned().into_bytes(),
            leaks,
        }
    }

    fn foreign(&self) -> Foreign<'_> {
        Foreign::new(self.redactor)
    }
}
