//! `keyproof vectors`: the corpus, usable without the harness.

use std::fs;
use std::path::{Path, PathBuf};
use std::{panic, thread};

use super::file::replace;
use super::input::Source;
use super::{Trouble, output};
use crate::harness::Exit;
use crate::vectors::{Corpus, FILES, Judgement, Vector, embedded};

/// The longest corpus file that is read. Bytes.
const LIMIT: usize = 64 * 1024 * 1024;
/// Vectors that are verified at once, so that their derivations are computed beside each other.
const AT_ONCE: usize = 64;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the id of each vector, one a line
    List,
    /// Hold our own cryptography to the vectors: exit 1 on a mismatch, 2 if FILE is no vector file
    Verify {
        /// A file of the format that vectors/README.md describes, or - for standard input; without
        /// it, the corpus that this binary carries
        file: Option<Source>,
    },
    /// Write the corpus, its schema and its README
    Export {
        /// The directory, made if it is not there; - writes one JSON array of the vector files to
        /// standard output
        #[arg(value_name = "DIR|-")]
        directory: Source,
        /// Replace files that are there and differ
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Trouble> {
    match arguments.command {
        Command::List => list(),
        Command::Verify { file: None } => verify(carried()?),
        Command::Verify { file: Some(source) } => verify(&read(&source)?),
        Command::Export { directory, force } => match directory {
            Source::Stdin => export_to_stdout(),
            Source::File(directory) => export_to(&directory, force),
        },
    }
}

fn list() -> Result<Exit, Trouble> {
    let ids: String = carried()?.vectors().flat_map(|vector| [vector.id.as_str(), "\n"]).collect();
    output::answer(ids.as_bytes())?;
    Ok(Exit::Held)
}

fn verify(corpus: &Corpus) -> Result<Exit, Trouble> {
    let mut report = String::new();
    let mut mismatches = 0;
    let vectors: Vec<&Vector> = corpus.vectors().collect();
    for some in vectors.chunks(AT_ONCE) {
        for (vector, judgement) in some.iter().zip(judged(some)) {
            if let Some(reason) = judgement.reason() {
                mismatches += 1;
                report.push_str(&mismatch(vector, reason));
            }
        }
    }
    let all = vectors.len();
    report.push_str(&match mismatches {
        0 => format!("vectors: all {all} hold\n"),
        _ => format!("vectors: {mismatches} of {all} did not hold\n"),
    });
    output::print(&report)?;
    Ok(if mismatches == 0 { Exit::Held } else { Exit::Failed })
}

fn judged(vectors: &[&Vector]) -> Vec<Judgement> {
    thread::scope(|scope| {
        let threads: Vec<_> =
            vectors.iter().map(|vector| scope.spawn(|| vector.verify())).collect();
        let judged = threads.into_iter().map(thread::ScopedJoinHandle::join);
        judged
            .map(|judged| judged.unwrap_or_else(|panicked| panic::resume_unwind(panicked)))
            .collect()
    })
}

fn mismatch(vector: &Vector, reason: &str) -> String {
    // The texts of a foreign file may hold anything: `{:?}` escapes control characters.
    let Vector { id, claim, source, .. } = vector;
    format!("mismatch {id}\n  claim: {claim:?}\n  source: {source:?}\n  {reason}\n")
}

fn read(source: &Source) -> Result<Corpus, Trouble> {
    let bytes = source.read("the vector file", LIMIT)?;
    let refused = |error: &dyn std::fmt::Display| {
        Trouble::usage(format!("{source} is no vector file: {error}"))
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| refused(&error))?;
    Corpus::parse(text).map_err(|error| refused(&error))
}

fn carried() -> Result<&'static Corpus, Trouble> {
    embedded().map_err(|error| {
        Trouble::unreachable(format!("the corpus of this binary is broken: {error}"))
    })
}

fn export_to_stdout() -> Result<Exit, Trouble> {
    let documents = serde_json::to_string_pretty(carried()?.documents()).map_err(|error| {
        Trouble::unreachable(format!("the corpus cannot be written as JSON: {error}"))
    })?;
    output::answer(format!("{documents}\n").as_bytes())?;
    Ok(Exit::Held)
}

fn export_to(directory: &Path, force: bool) -> Result<Exit, Trouble> {
    let files: Vec<(PathBuf, &str)> =
        FILES.iter().map(|(name, text)| (directory.join(name), *text)).collect();
    // All or nothing as far as it can be known before: nobody's README is lost to an export.
    let foreign = files
        .iter()
        .find(|(path, text)| !force && fs::read(path).is_ok_and(|old| old != text.as_bytes()));
    if let Some((path, _)) = foreign {
        return Err(Trouble::unreachable(format!(
            "{} is there already and differs: choose another directory, or replace it with --force",
            path.display()
        )));
    }
    fs::create_dir_all(directory)
        .map_err(|error| Trouble::unreachable(cannot_write(directory, &error)))?;
    for (path, text) in files {
        replace(&path, text.as_bytes())
            .map_err(|error| Trouble::unreachable(cannot_write(&path, &error)))?;
    }
    Ok(Exit::Held)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}
