//! Reports: a run becomes a [`Document`], a [`Format`] makes text of it, [`Document::finish`] makes
//! sure that no secret is in it, and someone else writes it.
//!
//! - `document` the data. `assembly`: from a run. `reading`: from a JSON report. `conclusion`: its exit and its
//!   verdict. `foreign`: text of others, made safe to print. `tone`: colours and marks.
//! - `formats` the table of formats. `text`, `json`, `junit`, `tap`, `html`, `markdown`, `github`: what
//!   renders them.
//! - [`merge`] shards into one, [`compare`] two. [`Trace`]: exchanges as they happen.

mod assembly;
mod comparison;
mod conclusion;
mod count;
mod document;
mod foreign;
mod formats;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod merging;
mod reading;
mod tap;
mod text;
mod tone;
mod trace;

use std::time::Duration;

use jiff::Timestamp;

use super::{Conclusion, Exit, Redactor};

pub use comparison::{Comparison, compare};
pub use count::plural;
pub use document::{CaseEntry, Counts, Document, Failure, UnmetNeed};
pub use foreign::{FOREIGN_LIMIT, Foreign, cut_at, printable};
pub use formats::{FORMATS, FormatRow, Style, TEXT, format_names};
pub use github::Github;
pub use html::Html;
pub use json::{Json, Ndjson};
pub use junit::Junit;
pub use markdown::Markdown;
pub use merging::merge;
pub use tap::Tap;
pub use text::Text;
pub use trace::{Trace, Watch};

/// A format of reports, one a file.
pub trait Format {
    /// The document as text. What it quotes holds no secret and no control character but line breaks.
    fn render(&self, document: &Document) -> String;
}

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Report<'r> {
    /// The target as the user knows it: `embedded mock`, or an origin.
    pub target: &'r str,
    /// What makes the run repeatable.
    pub seed: u64,
    pub started: Timestamp,
    pub took: Duration,
    pub conclusion: &'r Conclusion,
    /// What follows the verdict on the last line; empty for nothing.
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
    pub bytes: Vec<u8>,
    /// In how many places a secret had reached it. Each is an error of the harness.
    pub leaks: usize,
}

impl Finished {
    /// What the process ends with once this has been written.
    pub const fn exit(&self, conclusion: Exit) -> Exit {
        if self.leaks > 0 { conclusion.or_worse(Exit::Unreachable) } else { conclusion }
    }
}

impl Report<'_> {
    /// The report in that format, without any secret.
    pub fn finish(&self, format: &dyn Format) -> Finished {
        self.document().finish(format, self.redactor)
    }

    fn foreign(&self) -> Foreign<'_> {
        Foreign::new(self.redactor)
    }
}

impl Document {
    /// Renders it and scans the result once more: a format may join what stood apart. A secret that
    /// got that far is taken out, and the report says that the harness is wrong.
    pub fn finish(&self, format: &dyn Format, redactor: &Redactor) -> Finished {
        let rendered = format.render(self);
        let found = redactor.scan(&rendered);
        if found == 0 {
            return Finished { bytes: rendered.into_bytes(), leaks: self.leaks };
        }
        let mut explained = self.clone();
        explained.add_leaks(found);
        let rendered = format.render(&explained);
        Finished {
            bytes: redactor.redact(&rendered).into_owned().into_bytes(),
            leaks: self.leaks + found,
        }
    }
}
