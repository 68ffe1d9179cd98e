//! Where reports go: `--report FORMAT=PATH`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::str::FromStr;

use super::{Trouble, output};
use crate::harness::Exit;
use crate::harness::report::{Json, Report, Text};

/// A format and a path; `-` is standard output.
#[derive(Debug, Clone)]
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

/// Writes every report, and the text to standard output unless another one goes there. One that
/// cannot be written is no reason to lose those after it.
pub(super) fn write(report: &Report<'_>, destinations: &[Destination], verbose: bool) -> Exit {
    let mut exit = report.conclusion.exit();
    let text = Destination {
        format: Format::Text,
        path: None,
    };
    let stdout_is_taken = destinations.iter().any(|given| given.path.is_none());
    let implied = (!stdout_is_taken).then_some(&text);
    for destination in implied.into_iter().chain(destinations) {
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
