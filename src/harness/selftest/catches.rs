//! What catches each defect of a target, as a file of `suites/` says it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::trial::matches;
use super::{Catch, Others};
use crate::contract::requirement::{Catalogue, Level};
use crate::harness::{Case, Exit, Verdict};

/// What catches each defect, by its name.
#[derive(Debug)]
pub struct Catches {
    file: &'static str,
    entries: BTreeMap<String, (&'static str, Catch)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    any_other_may_fail: bool,
    defect: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    caught_by: Vec<String>,
    says: String,
    #[serde(default)]
    fail_too: Vec<String>,
    #[serde(default)]
    may_fail_too: Vec<String>,
    #[serde(default)]
    incomplete: bool,
}

impl Catches {
    /// Reads the TOML text of `file`, and checks it against the cases and the catalogue of its suite.
    ///
    /// # Errors
    /// Which entry is wrong, and why: no TOML, an unknown member, a case that there is not, or cases from
    /// which it does not follow what the defect breaks and how it is judged.
    pub fn parse<C>(
        file: &'static str,
        text: &str,
        cases: &[Case<C>],
        catalogue: &Catalogue,
    ) -> Result<Self, String> {
        let read: File = toml::from_str(text).map_err(|error| format!("{file}: {error}"))?;
        let mut entries = BTreeMap::new();
        for (name, entry) in read.defect {
            let wrong = |why: String| format!("{file}: `{name}`: {why}");
            let requirement = broken(&entry.caught_by, cases).map_err(wrong)?;
            let verdict = match catalogue.get(requirement).map(|one| one.level) {
                Some(Level::Must) => Verdict::Fail,
                Some(Level::Should) => Verdict::Warn,
                Some(Level::May) => {
                    return Err(wrong(format!("`{requirement}` is a choice: nothing breaks it")));
                }
                None => return Err(wrong(format!("there is no requirement `{requirement}`"))),
            };
            let others = if read.any_other_may_fail {
                Others::Any
            } else {
                Others::Named { always: entry.fail_too, perhaps: entry.may_fail_too }
            };
            let catch = Catch {
                cases: entry.caught_by,
                verdict,
                explanation: entry.says.split_once(": ").map(|(_, words)| words.to_owned()),
                what: entry.says,
                others,
                exit: entry.incomplete.then_some(Exit::Incomplete),
            };
            entries.insert(name, (requirement, catch));
        }
        Ok(Self { file, entries })
    }

    /// What catches the defect of that name.
    ///
    /// # Errors
    /// The file has no entry for it.
    pub fn catch(&self, defect: &str) -> Result<Catch, String> {
        let entry = self.entries.get(defect);
        let entry = entry.ok_or_else(|| format!("{} has no entry for `{defect}`", self.file))?;
        Ok(entry.1.clone())
    }

    /// The requirement that the defect of that name breaks: the one that the cases check that catch it.
    pub fn breaks(&self, defect: &str) -> Option<&'static str> {
        self.entries.get(defect).map(|(requirement, _)| *requirement)
    }

    /// The cases that fail, each time, on the defect of that name.
    pub fn failing<C>(&self, defect: &str, cases: &[Case<C>]) -> Vec<&'static str> {
        let Some((_, catch)) = self.entries.get(defect) else {
            return Vec::new();
        };
        let others = match &catch.others {
            Others::Named { always, .. } => always.as_slice(),
            Others::Any => &[],
        };
        let ids = cases.iter().map(|case| case.id);
        ids.filter(|id| matches(&catch.cases, id) || matches(others, id)).collect()
    }

    /// Every name that there is an entry for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }
}

/// The one requirement that all these cases check.
fn broken<C>(caught_by: &[String], cases: &[Case<C>]) -> Result<&'static str, String> {
    let mut broken = None;
    for id in caught_by {
        let case = cases.iter().find(|case| case.id == id);
        let case = case.ok_or_else(|| format!("there is no case `{id}`"))?;
        match broken {
            Some(other) if other != case.requirement => {
                let own = case.requirement;
                return Err(format!("`{id}` checks `{own}`, and another case `{other}`"));
            }
            _ => broken = Some(case.requirement),
        }
    }
    broken.ok_or_else(|| "no case catches it".to_owned())
}
