//! Where reports go: `--report FORMAT=PATH`.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::cli::file::{probe, replace, unwritten};
use crate::cli::{Trouble, output};
use crate::harness::report::{
    Document, FORMATS, Format, FormatRow, Markdown, Style, TEXT, Text, format_names,
};
use crate::harness::{Exit, Redactor};

/// A format and a path; `-` is standard output.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::cli) struct Destination {
    row: &'static FormatRow,
    path: Option<PathBuf>,
}

/// Names the file that GitHub shows as the summary of a job.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("give FORMAT=PATH, for example json=report.json or json=-")?;
        let known = FORMATS.iter().find(|row| row.name == format);
        let row = known.ok_or_else(|| format!("no such format: there are {}", format_names()))?;
        Ok(Self { row, path: (path != "-").then(|| PathBuf::from(path)) })
    }
}

impl TryFrom<String> for Destination {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Refuses two reports in one file: the second would be all that is left.
pub(in crate::cli) fn refuse_shared(destinations: &[Destination]) -> Result<(), Trouble> {
    let files = destinations.iter().filter_map(|one| one.path.as_deref());
    let mut seen: Vec<&Path> = Vec::new();
    for file in files {
        if seen.contains(&file) {
            let file = file.display();
            let message = format!("two reports go to {file}: give each a file of its own");
            return Err(Trouble::usage(message));
        }
        seen.push(file);
    }
    Ok(())
}

/// Refuses, before the run, what could not be written after it.
pub(in crate::cli) fn refuse_unwritable(destinations: &[Destination]) -> Result<(), Trouble> {
    for destination in destinations {
        if let Some(path) = &destination.path {
            probe(path).map_err(|error| untaken(path, &error))?;
        }
        if let Some(path) = destination.summary() {
            append(&path, &[]).map_err(|error| untaken(&path, &error))?;
        }
    }
    Ok(())
}

fn uses_stdout(destinations: &[Destination]) -> bool {
    destinations.iter().any(|given| given.path.is_none())
}

/// Which time it is that a run writes its reports: one that is interrupted writes them before it tidies up,
/// and then what it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Edition {
    Only,
    First,
    /// The second of two. Says more than the first, or the same.
    Second {
        says_more: bool,
    },
}

impl Edition {
    /// Whether a report is written now.
    fn has(self, destination: &Destination) -> bool {
        match self {
            Self::Only | Self::Second { says_more: true } => true,
            Self::First => destination.can_be_replaced(),
            Self::Second { says_more: false } => !destination.can_be_replaced(),
        }
    }
}

/// Refuses two answers on one standard output.
pub(in crate::cli) fn refuse_stdout(destinations: &[Destination]) -> Result<(), Trouble> {
    if uses_stdout(destinations) {
        Err(Trouble::usage("--update-expect prints to standard output: send that report to a file"))
    } else {
        Ok(())
    }
}

/// A document, and where it is to be written.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Writing<'w> {
    pub(in crate::cli) document: &'w Document,
    pub(in crate::cli) redactor: &'w Redactor,
    pub(in crate::cli) destinations: &'w [Destination],
    /// Whether the text lists cases that passed too.
    pub(in crate::cli) verbose: bool,
}

impl Writing<'_> {
    /// Writes every report, and the text to standard output unless another one goes there.
    pub(in crate::cli) fn with_text(&self, edition: Edition) -> Exit {
        let text = Destination { row: TEXT, path: None };
        let implied = (!uses_stdout(self.destinations)).then_some(text);
        let all = implied.iter().chain(self.destinations);
        self.document.ends_with().or_worse(self.each(all, edition))
    }

    /// Writes every report, and the text to standard error, since standard output is for another answer.
    pub(in crate::cli) fn with_text_on_stderr(&self, edition: Edition) -> Exit {
        let reports = || self.without_text(edition);
        if edition == (Edition::Second { says_more: false }) {
            return reports();
        }
        let text = Text { colour: false, verbose: self.verbose };
        let text = self.document.finish(&text, self.redactor);
        output::write_stderr(&String::from_utf8_lossy(&text.bytes));
        text.exit(self.document.ends_with()).or_worse(reports())
    }

    /// Writes exactly the reports that were asked for. What could not be done, or [`Exit::Held`].
    pub(in crate::cli) fn without_text(&self, edition: Edition) -> Exit {
        self.each(self.destinations.iter(), edition)
    }

    /// One that cannot be written is no reason to lose those after it.
    fn each<'d>(
        &self,
        destinations: impl Iterator<Item = &'d Destination>,
        edition: Edition,
    ) -> Exit {
        let written = destinations
            .filter(|one| edition.has(one))
            .map(|destination| destination.write(self).unwrap_or_else(Trouble::report));
        written.fold(Exit::Held, Exit::or_worse)
    }
}

impl Destination {
    /// Whether a second report can take the place of a first: in a file, unless something is only added to
    /// by it, and on standard output where people read it.
    const fn can_be_replaced(&self) -> bool {
        if self.path.is_some() { !self.row.has_summary } else { self.row.is_for_people }
    }

    fn write(&self, writing: &Writing<'_>) -> Result<Exit, Trouble> {
        let Writing { document, redactor, verbose, .. } = *writing;
        let finished = document.finish(&*self.format(verbose)?, redactor);
        let mut exit = finished.exit(Exit::Held);
        match &self.path {
            None => output::answer(&finished.bytes)?,
            Some(path) => {
                replace(path, &finished.bytes).map_err(|error| untaken(path, &error))?;
            }
        }
        if let Some(path) = self.summary() {
            let finished = document.finish(&Markdown, redactor);
            exit = finished.exit(exit);
            append(&path, &finished.bytes).map_err(|error| untaken(&path, &error))?;
        }
        Ok(exit)
    }

    /// Where the summary of a GitHub job goes, if it is wanted.
    fn summary(&self) -> Option<PathBuf> {
        let path = std::env::var_os(SUMMARY).filter(|path| !path.is_empty());
        path.filter(|_| self.row.has_summary).map(PathBuf::from)
    }

    fn format(&self, verbose: bool) -> Result<Box<dyn Format>, Trouble> {
        Ok((self.row.format)(Style {
            colour: self.path.is_none() && wants_colour(),
            verbose,
            token: token()?,
        }))
    }
}

/// A random word for [`Style::token`].
fn token() -> Result<String, Trouble> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| {
        Trouble::unreachable("the operating system gave no random bytes for a report")
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// All of it or nothing: what others have written there before stays.
fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.append(true).create(true).open(path)?;
    let before = file.metadata()?.len();
    let written = file.write_all(bytes);
    if written.is_err() {
        // The error that matters is the first one.
        let _ = file.set_len(before);
    }
    written
}

fn untaken(path: &Path, error: &io::Error) -> Trouble {
    Trouble::unreachable(unwritten(path, error))
}

/// Colour is for terminals, unless `NO_COLOR` is set to something.
fn wants_colour() -> bool {
    output::is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}
