//! `--expect` and `--update-expect`: failures that are known.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use similar::TextDiff;

use super::{Trouble, output};
use crate::contract::requirement::Catalogue;
use crate::harness::{Case, Conclusion, Expectations, Place, Redactor, Staleness};

/// Lines around a change that a diff shows.
const CONTEXT: usize = 3;

#[derive(Debug, clap::Args)]
pub(super) struct ExpectationArguments {
    /// Holds the run to a file of known failures: one that passes, changes or expires is told
    #[arg(long, value_name = "FILE")]
    pub(super) expect: Option<PathBuf>,
    /// Prints a diff that brings FILE up to date; the report goes to standard error
    #[arg(long)]
    pub(super) update_expect: bool,
}

/// The expectation file, if one is given.
pub(super) struct Expected {
    pub(super) expectations: Expectations,
    /// To be brought up to date.
    draft: Option<Draft>,
}

struct Draft {
    file: String,
    /// What the file holds; none if it is not there yet.
    text: Option<String>,
}

impl ExpectationArguments {
    /// Reads the file, against all cases of the suite.
    pub(super) fn read<C>(
        &self,
        cases: &[Case<C>],
        catalogue: &Catalogue,
    ) -> Result<Expected, Trouble> {
        let Some(path) = &self.expect else {
            return if self.update_expect {
                Err(Trouble::usage("--update-expect: name the file with --expect"))
            } else {
                Ok(Expected { expectations: Expectations::NONE, draft: None })
            };
        };
        let file = path.display().to_string();
        let text = self.text(path)?;
        let known = text.as_deref().unwrap_or_default();
        let expectations =
            Expectations::read(&file, known, cases, catalogue, today()).map_err(Trouble::usage)?;
        let draft = self.update_expect.then_some(Draft { file, text });
        Ok(Expected { expectations, draft })
    }

    /// A file that is to be begun need not be there.
    fn text(&self, path: &Path) -> Result<Option<String>, Trouble> {
        let refused = |why: &str| {
            Trouble::usage(format!("--expect: {} cannot be read: {why}", path.display()))
        };
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && self.update_expect => {
                return Ok(None);
            }
            read => read.map_err(|error| refused(&error.to_string()))?,
        };
        String::from_utf8(bytes).map(Some).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
            let place = Place::of(&path.display().to_string(), &before, valid);
            Trouble::usage(format!("{place}: not valid UTF-8"))
        })
    }
}

impl Expected {
    /// Whether standard output is for the diff.
    pub(super) const fn takes_stdout(&self) -> bool {
        self.draft.is_some()
    }

    /// Prints what would bring the file up to date, if that was asked for. Writes no file.
    pub(super) fn propose(
        &self,
        conclusion: &Conclusion,
        redactor: &Redactor,
    ) -> Result<(), Trouble> {
        let Some(Draft { file, text }) = &self.draft else {
            return Ok(());
        };
        let old = text.as_deref().unwrap_or_default();
        let updated = self.expectations.updated(old, conclusion, redactor);
        let new = updated.map_err(|error| {
            Trouble::unreachable(format!("{file} cannot be brought up to date: {error}"))
        })?;
        let is_over = |why: &Staleness| matches!(why, Staleness::Expired(_));
        for stale in conclusion.stale.iter().filter(|one| is_over(&one.why)) {
            output::note(&format!("left alone: {stale}"));
        }
        if new == old {
            output::note(&format!("{file}: nothing to change"));
            return Ok(());
        }
        let from = text.as_ref().map_or("/dev/null", |_| file.as_str());
        let diff = TextDiff::from_lines(old, &new);
        let mut diff = diff.unified_diff();
        let diff = diff.context_radius(CONTEXT).header(from, file).to_string();
        Ok(output::answer(redactor.redact(&diff).as_bytes())?)
    }
}

fn today() -> Date {
    Offset::UTC.to_datetime(Timestamp::now()).date()
}
