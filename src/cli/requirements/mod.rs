//! `keyproof requirements`: what servers are held to.

mod markdown;
mod related;

use std::fmt::Write as _;

use serde_json::json;

use self::related::{cases_of, defects_of};
use super::{Trouble, output};
use crate::harness::Exit;
use crate::suite::server;

/// Lists every requirement with its level, its source, its cases, and the mock's defects that break
/// it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How to write the list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    /// The tables of suites/README.md, with what catches each defect
    Markdown,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let catalogue = server::catalogue().map_err(Trouble::unreachable)?;
    let catches = server::catches().map_err(Trouble::unreachable)?;
    let mut text = String::new();
    match arguments.format {
        Format::Json => {
            let requirements: Vec<_> = catalogue
                .iter()
                .map(|requirement| {
                    let mut entry = json!(requirement);
                    entry["cases"] = json!(cases_of(&requirement.id));
                    entry["defects"] = json!(defects_of(catches, &requirement.id));
                    entry
                })
                .collect();
            text = json!({"format": 1, "requirements": requirements}).to_string();
            text.push('\n');
        }
        Format::Markdown => {
            text = markdown::tables(&catalogue, catches).map_err(Trouble::unreachable)?
        }
        Format::Text => {
            for requirement in catalogue.iter() {
                let level = requirement.level.name();
                let (id, sentence, source) =
                    (&requirement.id, &requirement.text, &requirement.source);
                let _ = write!(text, "{id} ({level})\n  {sentence}\n  source: {source}\n");
                for case in cases_of(id) {
                    let _ = writeln!(text, "  case: {case}");
                }
                for defect in defects_of(catches, id) {
                    let _ = writeln!(text, "  broken by: --defect {defect}");
                }
                if let Some(reason) = &requirement.untested {
                    let _ = writeln!(text, "  untested: {reason}");
                }
                text.push('\n');
            }
        }
    }
    output::answer(text.as_bytes())?;
    Ok(Exit::Held)
}
