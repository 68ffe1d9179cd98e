//! Where reports go: `--report FORMAT=PATH`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

use super::{Trouble, output};
use crate::harness::Exit;
use crate::harness::report::{Json, Report, Text};

/// A format and a path; `-` is standard output.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Destination {
    format: Format,
    path: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Text,
    Json,
}

const PLANNED: [&str; 6] = ["ndjson", "junit", "tap", "html", "markdown", "github"];

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("give FORMAT=PATH, for example json=report.json or json=-")?;
        let format = match format {
            "text" => Format::Text,
            "json" => Format::Json,
            other if PLANNED.contains(&other) => {
                return Err(format!("the format {other} is planned and not built yet"));
            }
            other => return Err(format!("no format {other}: there are text and json")),
        };
        Ok(Self {
            format,
            path: (path != "-").then(|| PathBuf::from(path)),
        })
    }
}

impl TryFrom<String> for Destination {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Refuses two answers on one standard output.
pub(super) fn refuse_stdout(destinations: &[Destination]) -> Result<(), Trouble> {
    match destinations.iter().any(|given| given.path.is_none()) {
        true => Err(Trouble::usage(
            "--update-expect prints to standard output: send that report to a file",
        )),
        false => Ok(()),
    }
}

/// Writes the text to standard error, since standard output is for another answer, and every report.
pub(super) fn write_aside(
    report: &Report<'_>,
    destinations: &[Destination],
    verbose: bool,
) -> Exit {
    let text = report.finish(&Text {
        colour: false,
        verbose,
    });
    output::aside(&text.bytes);
    let exit = text.exit(report.conclusion.exit());
    write_all(report, destinations.iter(), verbose, exit)
}

/// Writes every report, and the text to standard output unless another one goes there. One that
/// cannot be written is no reason to lose those after it.
pub(super) fn write(report: &Report<'_>, destinations: &[Destination], verbose: bool) -> Exit {
    let text = Destination {
        format: Format::Text,
        path: None,
    };
    let stdout_is_taken = destinations.iter().any(|given| given.path.is_none());
    let implied = (!stdout_is_taken).then_some(&text);
    let all = implied.into_iter().chain(destinations);
    write_all(report, all, verbose, report.conclusion.exit())
}

fn write_all<'d>(
    report: &Report<'_>,
    destinations: impl Iterator<Item = &'d Destination>,
    verbose: bool,
    mut exit: Exit,
) -> Exit {
    for destination in destinations {
        let finished = match destination.format {
            Format::Text => report.finish(&Text {
                colour: destination.path.is_none() && wants_colour(),
                verbose,
            }),
            Format::Json => report.finish(&Json),
        };
        exit = finished.exit(exit);
        let written = match &destination.path {
            None => output::answer(&finished.bytes),
            Some(path) => std::fs::write(path, &finished.bytes).map_err(|error| {
                Trouble::unreachable(format!("cannot write {}: {error}", path.display()))
            }),
        };
        if let Err(trouble) = written {
            exit = exit.or_worse(trouble.report());
        }
    }
    exit
}

/// Colour is for terminals, unless `NO_COLOR` is set to something.
fn wants_colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}
