//! `keyproof sdk --snapshots DIR`: the file of an implementation's answers.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::adapter::{Hello, Session};
use crate::cli::file::{probe, replace};
use crate::cli::{Trouble, output};
use crate::harness::Exit;
use crate::harness::report::plural;
use crate::suite::sdk::snapshot::{Change, ParseError, Snapshot, file_name};
use crate::vectors::{Corpus, embedded};

/// Characters of a text that a message quotes.
const COLUMNS: usize = 100;
/// Characters in front of the first difference of two texts that a message quotes.
const COMMON: usize = 20;

/// The file of one implementation.
pub(in crate::cli) struct Snapshots {
    path: PathBuf,
    name: String,
    corpus: &'static Corpus,
    /// Its content before the run.
    before: Option<(Vec<u8>, Snapshot)>,
}

impl Snapshots {
    /// Makes the directory and reads the file, if there is one.
    pub(in crate::cli) fn open(folder: &Path, hello: &Hello) -> Result<Self, Trouble> {
        let corpus = embedded().map_err(|error| Trouble::unreachable(error.to_string()))?;
        fs::create_dir_all(folder).map_err(|error| {
            Trouble::unreachable(format!(
                "--snapshots: the directory {} cannot be made: {error}",
                folder.display()
            ))
        })?;
        let path = folder.join(file_name(&hello.name));
        probe(&path).map_err(|error| {
            let path = path.display();
            Trouble::unreachable(format!("--snapshots: {path} cannot be written: {error}"))
        })?;
        let before = match fs::read(&path) {
            Ok(bytes) => {
                let snapshot = read(&path, &bytes, &hello.name)?;
                Some((bytes, snapshot))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                return Err(Trouble::unreachable(format!(
                    "--snapshots: {} cannot be read: {error}",
                    path.display()
                )));
            }
        };
        Ok(Self { path, name: hello.name.clone(), corpus, before })
    }

    /// Asks a process of its own, whose answers no case has had a part in, and writes what is new.
    /// Gives what the run ends with because of it.
    pub(in crate::cli) async fn take(
        &self,
        session: &Session,
        stop: impl Future<Output = ()>,
    ) -> Exit {
        let recorded = tokio::select! {
            biased;
            () = stop => Err("the run was stopped".to_owned()),
            recorded = self.record(session) => recorded,
        };
        match recorded {
            Ok(now) => self.keep(&now),
            Err(why) => {
                let file_state = match self.before {
                    Some(_) => "is left as it was",
                    None => "is not written",
                };
                output::note(&format!("{} {file_state}: {}", self.path.display(), cut(&why, 0)));
                Exit::Incomplete
            }
        }
    }

    async fn record(&self, session: &Session) -> Result<Snapshot, String> {
        let started = session.another().await;
        let session = started.map_err(|error| error.to_string())?;
        if session.hello().name != self.name {
            return Err("the adapter gave another name when it was started again".to_owned());
        }
        let recorded = Snapshot::record(&session, self.corpus).await;
        session.close().await;
        recorded.map_err(|error| error.to_string())
    }

    fn keep(&self, now: &Snapshot) -> Exit {
        let text = now.render();
        let is_there = |(bytes, _): &(Vec<u8>, Snapshot)| *bytes == text.as_bytes();
        if self.before.as_ref().is_some_and(is_there) {
            return Exit::Held;
        }
        // Printed before it is written, so that it is not lost if the file cannot be written.
        if let Some((_, before)) = &self.before {
            self.compare(before, now);
        }
        if let Err(error) = replace(&self.path, text.as_bytes()) {
            let path = self.path.display();
            return Trouble::unreachable(format!("--snapshots: {path} cannot be written: {error}"))
                .report();
        }
        if self.before.is_none() {
            output::note(&format!(
                "{}: recorded {} of {}",
                self.path.display(),
                plural(now.answers.len(), "text"),
                cut(&now.title(), 0)
            ));
        }
        Exit::Held
    }

    fn compare(&self, before: &Snapshot, now: &Snapshot) {
        let path = self.path.display();
        let since = cut(&before.title(), 0);
        let changes = before.changes(now);
        if changes.is_empty() {
            let now = cut(&now.title(), 0);
            output::note(&format!("{path}: recorded {now}: no text changed since {since}"));
            return;
        }
        let lines: Vec<String> = changes.iter().map(line).collect();
        let count = plural(changes.len(), "text");
        let headline = format!("{path}: {count} changed since {since}:");
        output::note_lines(&headline, &lines);
    }
}

fn read(path: &Path, bytes: &[u8], name: &str) -> Result<Snapshot, Trouble> {
    let refused = |what: &str| Trouble::usage(format!("--snapshots: {}: {what}", path.display()));
    let snapshot = Snapshot::parse(bytes).map_err(|error| {
        let remedy = match error {
            ParseError::Format(_) => "use the keyproof that wrote it, or another directory",
            ParseError::Damaged(_) => {
                "restore it from version control, or remove it to record it anew"
            }
        };
        refused(&format!("{error}: {remedy}"))
    })?;
    if snapshot.name == name {
        Ok(snapshot)
    } else {
        Err(refused(&format!(
            "it is of {}, and the adapter is {}: use another directory",
            cut(&snapshot.name, 0),
            cut(name, 0)
        )))
    }
}

/// One change, on a line of its own.
fn line(change: &Change<'_>) -> String {
    let text = |recorded: Option<_>| recorded.map_or("none".to_owned(), ToString::to_string);
    let (before, after) = (text(change.before), text(change.after));
    // Half a secret at a cut would not be found.
    let redactor = output::redactor();
    let (before, after) = (redactor.redact(&before), redactor.redact(&after));
    let pairs = before.chars().zip(after.chars());
    let common = pairs.take_while(|(one, other)| one == other).count();
    let skipped = if common > COLUMNS - COMMON { common - COMMON } else { 0 };
    format!("{}: {} → {}", cut(change.id, 0), cut(&before, skipped), cut(&after, skipped))
}

/// No longer than fits, without so many characters at its start.
fn cut(text: &str, skipped: usize) -> String {
    let front = if skipped == 0 { "" } else { "…" };
    let visible: String = text.chars().skip(skipped).take(COLUMNS).collect();
    let is_all = text.chars().nth(skipped + COLUMNS).is_none();
    let end = if is_all { "" } else { "…" };
    format!("{front}{visible}{end}")
}
