//! `keyproof.toml` of the working directory: options that a project keeps with its code.
//!
//! Whoever can open a pull request can change it. So nothing in it decides where a token is sent or
//! what is started.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::Deserialize;
use toml_edit::{Document, Table};

use super::judging::SuiteArguments;
use super::report::Destination;
use super::{Trouble, mock, output};
use crate::contract::nearest::explain;
use crate::harness::Place;

const FILE: &str = "keyproof.toml";
/// Options that open a mock to other machines and to pages, which only its command line may do.
const OPENING: [&str; 3] = ["allow_host", "allow_origin", "allow_remote"];
/// What must not be read from it; and whatever has `token` in its name.
const REFUSED: [&str; 17] = [
    "url",
    "org",
    "organization",
    "other_org",
    "control_url",
    "proxy",
    "ca",
    "ca_file",
    "cert",
    "header",
    "headers",
    "command",
    "commands",
    "adapter",
    "peer",
    "production",
    "shared_org",
];

/// The file: a section a command.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default)]
    pub(super) check: Section,
    #[serde(default)]
    pub(super) sdk: Section,
    #[serde(default)]
    pub(super) mock: mock::Section,
}

/// What one command takes from it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    seed: Option<u64>,
    run: Option<Vec<String>>,
    skip: Option<Vec<String>>,
    expect: Option<PathBuf>,
    report: Option<Vec<Destination>>,
    require: Option<Vec<String>>,
    verbose: Option<bool>,
}

impl Config {
    /// Reads the file, if there is one.
    pub(super) fn read() -> Result<Self, Trouble> {
        match fs::read_to_string(FILE) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Trouble::usage(format!("{FILE} cannot be read: {error}"))),
        }
    }

    fn parse(text: &str) -> Result<Self, Trouble> {
        let refused = |offset, why: &str| {
            let place = Place::of(FILE, text, offset);
            Trouble::usage(format!("{place}: {why}"))
        };
        if let Some((name, offset)) = unsafe_member(text) {
            let (could, instead) = if OPENING.contains(&plain(&name).as_str()) {
                ("open the mock to others", "an option")
            } else {
                ("send CI's token elsewhere", "an option or the environment")
            };
            return Err(refused(
                offset,
                &format!(
                    "`{name}` is not read from this file, since a pull request could {could} with it: use \
                     {instead}"
                ),
            ));
        }
        toml::from_str(text).map_err(|error| {
            let offset = error.span().unwrap_or_default().start;
            refused(offset, &explain(error.message()))
        })
    }
}

/// The first member that must not be there. What is not TOML is reported by the other reader.
fn unsafe_member(text: &str) -> Option<(String, usize)> {
    let document = Document::parse(text).ok()?;
    unsafe_member_of(document.as_table())
}

fn unsafe_member_of(table: &Table) -> Option<(String, usize)> {
    table.iter().find_map(|(name, item)| {
        let plain = plain(name);
        let is_refused = |names: &[&str]| names.contains(&plain.as_str());
        if plain.contains("token") || is_refused(&REFUSED) || is_refused(&OPENING) {
            let span = table.key(name).and_then(toml_edit::Key::span);
            return Some((name.to_owned(), span.unwrap_or_default().start));
        }
        item.as_table().and_then(unsafe_member_of)
    })
}

/// A name without the differences that do not matter.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

impl Section {
    /// Fills what the command line leaves open, and prints what that is. A selection on the command
    /// line is one thing: with it, nothing of the file's is used.
    pub(super) fn fill(self, seed: &mut Option<u64>, suite: &mut SuiteArguments) {
        let mut taken = Vec::new();
        let selection = &mut suite.selection;
        if selection.run.is_empty() && selection.skip.is_empty() && !selection.exact {
            fill_list("run", &mut selection.run, self.run, &mut taken);
            fill_list("skip", &mut selection.skip, self.skip, &mut taken);
        }
        let expect = &mut suite.expectation.expect;
        fill("expect", expect, self.expect, &mut taken);
        fill_list("report", &mut suite.report, self.report, &mut taken);
        fill_list("require", &mut suite.require, self.require, &mut taken);
        fill("seed", seed, self.seed, &mut taken);
        if self.verbose == Some(true) && !suite.verbose {
            suite.verbose = true;
            taken.push("verbose");
        }
        if !taken.is_empty() {
            output::note(&format!("{FILE} gives {}", taken.join(", ")));
        }
    }
}

pub(super) fn fill<T>(
    name: &'static str,
    given: &mut Option<T>,
    own: Option<T>,
    taken: &mut Vec<&'static str>,
) {
    if given.is_none() && own.is_some() {
        *given = own;
        taken.push(name);
    }
}

pub(super) fn fill_list<T>(
    name: &'static str,
    given: &mut Vec<T>,
    own: Option<Vec<T>>,
    taken: &mut Vec<&'static str>,
) {
    if let Some(own) = own.filter(|own| given.is_empty() && !own.is_empty()) {
        *given = own;
        taken.push(name);
    }
}
