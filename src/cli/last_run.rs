//! `--last-failed`: the cases that did not pass when they were last run, stored between runs.
//!
//! One small file per suite and target. A case that a run leaves out keeps what an earlier one found
//! of it. The file holds ids and verdicts, and nothing that a target sent.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::environment::state_home;
use super::file::replace;
use super::{Trouble, output};
use crate::harness::{Case, Exit, Outcome, Verdict};

const FORMAT: u32 = 1;
/// Octets of the target's hash in the file's name.
const NAME_OCTETS: usize = 8;

/// The record of one suite against one target.
#[derive(Debug)]
pub(super) struct LastRun {
    /// None where there is no place for it.
    path: Option<PathBuf>,
    target: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: u32,
    /// As people know it.
    target: String,
    /// Cases that did not pass when they were last run.
    not_passed: BTreeMap<String, Verdict>,
}

impl LastRun {
    /// The record of a suite about a target. `identity` tells targets apart, and is stored only as a
    /// hash; `target` is what people call it. Without a folder it is the user's own.
    pub(super) fn new(folder: Option<&Path>, suite: &str, identity: &str, target: &str) -> Self {
        let folder = folder.map(Path::to_owned);
        let folder = folder.or_else(|| state_home().map(|home| home.join("keyproof")));
        let digest = Sha256::digest(identity);
        let hash: String =
            digest[..NAME_OCTETS].iter().map(|octet| format!("{octet:02x}")).collect();
        Self {
            path: folder.map(|folder| folder.join(format!("last-run-{suite}-{hash}.json"))),
            target: target.to_owned(),
        }
    }

    /// The ids of the cases that did not pass, in the order of the suite. Names those that are no
    /// more.
    pub(super) fn not_passed<C>(&self, cases: &[Case<C>]) -> Result<Vec<&'static str>, Trouble> {
        let refused = |why: &str| Trouble::usage(format!("--last-failed: {why}"));
        let Some(path) = &self.path else {
            return Err(refused("there is no place for records: set XDG_STATE_HOME or HOME"));
        };
        let record = match read(path).map_err(|why| refused(&why))? {
            Some(record) => record,
            None => {
                let target = &self.target;
                return Err(refused(&format!(
                    "no run against {target} is recorded: run it once without --last-failed"
                )));
            }
        };
        let is_known = |id: &String| cases.iter().any(|case| case.id == *id);
        let gone: Vec<_> = record.not_passed.keys().filter(|id| !is_known(id)).collect();
        for id in &gone {
            output::warn(&format!("{id} is no case any more: left out"));
        }
        if record.not_passed.len() == gone.len() {
            return Err(Trouble::of(
                Exit::Incomplete,
                "no case is selected: each passed when it was last run; leave out --last-failed to \
                 run them again",
            ));
        }
        let ids = cases.iter().map(|case| case.id);
        Ok(ids.filter(|id| record.not_passed.contains_key(*id)).collect())
    }

    /// Keeps what a run has found. That it can't is only a warning: the run is none the
    /// worse for it.
    pub(super) fn keep<C>(&self, cases: &[Case<C>], outcomes: &[Outcome]) {
        let Some(path) = &self.path else { return };
        if let Err(why) = self.merge(path, cases, outcomes) {
            output::warn(&format!("this run is not recorded for --last-failed: {why}"));
        }
    }

    fn merge<C>(&self, path: &Path, cases: &[Case<C>], outcomes: &[Outcome]) -> Result<(), String> {
        let mut not_passed = read(path)?.map_or_else(BTreeMap::new, |record| record.not_passed);
        not_passed.retain(|id, _| cases.iter().any(|case| case.id == *id));
        for outcome in outcomes {
            match is_passed(outcome) {
                Some(true) => {
                    not_passed.remove(outcome.id);
                }
                Some(false) => {
                    not_passed.insert(outcome.id.to_owned(), outcome.verdict);
                }
                None => {}
            }
        }
        let record = Record { format: FORMAT, target: self.target.clone(), not_passed };
        let text = serde_json::to_string_pretty(&record).map_err(|error| error.to_string())?;
        let failed = |error| format!("{} cannot be written: {error}", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        replace(path, (text + "\n").as_bytes()).map_err(failed)
    }
}

/// Whether there is nothing left to look at; none where the run has nothing to say.
const fn is_passed(outcome: &Outcome) -> Option<bool> {
    match outcome.verdict {
        Verdict::Pass | Verdict::ExpectedFail | Verdict::NotApplicable => Some(true),
        Verdict::CouldNotRun => Some(outcome.known.is_some()),
        Verdict::Fail | Verdict::Warn | Verdict::UnexpectedPass | Verdict::HarnessError => {
            Some(false)
        }
        Verdict::NotObservable => None,
    }
}

fn read(path: &Path) -> Result<Option<Record>, String> {
    let failed = |why: String| format!("{} cannot be read: {why}", path.display());
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| failed(error.to_string()))?,
    };
    let record: Record = serde_json::from_str(&text)
        .map_err(|error| failed(format!("{error}: remove it to begin anew")))?;
    match record.format {
        FORMAT => Ok(Some(record)),
        other => Err(failed(format!(
            "its format is {other}, and this keyproof knows {FORMAT}: remove it to begin anew"
        ))),
    }
}
