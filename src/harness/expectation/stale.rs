//! An entry of the expectation file that no longer says what happens.

use std::fmt;

use jiff::civil::Date;

/// What has to change in the expectation file, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub file: String,
    /// The line in which the entry begins.
    pub line: usize,
    /// Its `case`, as it is written.
    pub pattern: String,
    /// The case that it no longer fits.
    pub case: &'static str,
    pub why: Staleness,
}

/// In which way an entry no longer fits a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staleness {
    Passes,
    /// It fails, or could not run, for another reason. The first line that it has now.
    OtherMessage(String),
    /// It was not to run, and fails. The first line of that.
    Fails(String),
    /// The last day on which the entry applied.
    Expired(Date),
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, pattern, case, why } = self;
        write!(f, "{file}:{line}: ")?;
        match why {
            Staleness::Passes if pattern == case => {
                write!(f, "{case} passes: take the entry out")
            }
            Staleness::Passes => write!(
                f,
                "{case} passes: in place of `{pattern}`, name the cases that still do not"
            ),
            Staleness::OtherMessage(now) => {
                write!(f, "{case} has another message: message = {}", quoted(now))
            }
            Staleness::Fails(now) => {
                write!(f, "{case} fails instead: verdict = \"fail\", message = {}", quoted(now))
            }
            Staleness::Expired(day) => write!(
                f,
                "`{pattern}` was expected until {day}: take the entry out, or set a later `expires`"
            ),
        }
    }
}

/// As TOML writes it.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}
