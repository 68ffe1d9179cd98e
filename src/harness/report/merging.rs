//! Reports of shards, put together into the one report that a single run would have made.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{CaseEntry, Document, RequirementEntry, Wanted};
use crate::harness::{Ending, Portion, Shard, State, Verdict};

/// Why reports are not shards of one run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    /// Nothing to merge.
    #[error("there is no report to merge")]
    Nothing,
    /// A report of a whole run.
    #[error("{file} is no shard: only reports of `--shard I/N` can be merged")]
    NoShard {
        /// Its file.
        file: String,
    },
    /// Twice the same shard.
    #[error("{first} and {second} are both shard {shard}: give each shard once")]
    Double {
        /// Which.
        shard: Shard,
        /// A file of it.
        first: String,
        /// The other one.
        second: String,
    },
    /// Shards of something else.
    #[error(
        "{first} and {second} are shards of different runs: their {what} differs, {left} and {right}"
    )]
    Different {
        /// What they should have in common.
        what: &'static str,
        /// A file.
        first: String,
        /// What it has.
        left: String,
        /// The other one.
        second: String,
        /// What that has.
        right: String,
    },
}

/// A shard and the file that it came from.
struct Part {
    file: String,
    portion: Portion,
    document: Document,
}

/// Puts shards together. A missing one makes the result incomplete.
///
/// # Errors
/// They are not shards of one run, or one is there twice.
pub fn merge(reports: Vec<(String, Document)>) -> Result<Document, MergeError> {
    let mut parts = reports
        .into_iter()
        .map(|(file, document)| match document.shard.clone() {
            Some(portion) => Ok(Part { file, portion, document }),
            None => Err(MergeError::NoShard { file }),
        })
        .collect::<Result<Vec<Part>, _>>()?;
    let first = parts.first().ok_or(MergeError::Nothing)?;
    for other in &parts {
        alike(first, other)?;
    }
    parts.sort_by_key(|part| part.portion.shard);
    for pair in parts.windows(2) {
        if let [first, second] = pair
            && first.portion.shard == second.portion.shard
        {
            return Err(MergeError::Double {
                shard: first.portion.shard,
                first: first.file.clone(),
                second: second.file.clone(),
            });
        }
    }
    parts.first().map(|first| whole(first, &parts)).ok_or(MergeError::Nothing)
}

fn alike(first: &Part, other: &Part) -> Result<(), MergeError> {
    let traits = |part: &Part| {
        [
            ("target", part.document.target.clone()),
            ("version of keyproof", part.document.version.clone()),
            ("seed", part.document.seed.to_string()),
            ("number of shards", part.portion.shard.count().to_string()),
            ("selection", part.portion.selection.clone()),
        ]
    };
    let pairs = traits(first).into_iter().zip(traits(other));
    for ((what, left), (_, right)) in pairs {
        if left != right {
            return Err(MergeError::Different {
                what,
                first: first.file.clone(),
                left,
                second: other.file.clone(),
                right,
            });
        }
    }
    Ok(())
}

fn whole(first: &Part, parts: &[Part]) -> Document {
    let documents = || parts.iter().map(|part| &part.document);
    let mut merged = first.document.clone();
    merged.shard = None;
    merged.cases = cases(parts);
    merged.failures = merged
        .cases
        .iter()
        .filter_map(|case| {
            let mut same = documents().filter(|one| one.case(&case.id) == Some(case));
            same.find_map(|one| one.failure(&case.id)).cloned()
        })
        .collect();
    merged.requirements =
        first.document.requirements.iter().map(|one| requirement(one, &merged.cases)).collect();
    merged.needs = needs(parts, &merged.cases);
    merged.ending = documents()
        .map(|one| one.ending)
        .max_by_key(|ending| gravity(*ending))
        .unwrap_or(Ending::Complete);
    merged.stale_expectations = each(parts, |one| one.stale_expectations.clone());
    merged.troubles = each(parts, |one| one.troubles.clone());
    merged.shortfall = shortfall(first, parts, &merged.cases);
    merged.annex = each(parts, |one| one.annex.clone());
    merged.coda = if documents().all(|one| one.coda == first.document.coda) {
        first.document.coda.clone()
    } else {
        String::new()
    };
    (merged.started, merged.duration_ms) = span(parts);
    merged.conclude(documents().map(Document::ends_with));
    merged
}

/// In the order of the catalogue. A case that is in several shards counts as its gravest verdict.
fn cases(parts: &[Part]) -> Vec<CaseEntry> {
    let mut cases: Vec<CaseEntry> = Vec::new();
    for case in parts.iter().flat_map(|part| &part.document.cases) {
        match cases.iter_mut().find(|known| known.id == case.id) {
            Some(known) if rank(case) < rank(known) => *known = case.clone(),
            Some(_) => {}
            None => cases.push(case.clone()),
        }
    }
    let catalogue = parts.first().map(|part| &part.document.requirements);
    let place = |case: &CaseEntry| {
        let mut ids = catalogue.into_iter().flatten().map(|one| &one.id);
        ids.position(|id| *id == case.requirement)
    };
    cases.sort_by_key(place);
    cases
}

/// A case that judges what a run recorded is in each shard, and has nothing to judge in some: there
/// one that was judged says more. A sanity case has to pass in each.
fn rank(case: &CaseEntry) -> (bool, State) {
    let is_idle = case.verdict == Verdict::CouldNotRun || case.verdict == Verdict::NotObservable;
    (is_idle && !case.sanity, State::of(case.verdict))
}

fn requirement(entry: &RequirementEntry, cases: &[CaseEntry]) -> RequirementEntry {
    let own = cases.iter().filter(|case| case.requirement == entry.id);
    let unjudged = match entry.state {
        State::Untested => State::Untested,
        _ => State::NotSelected,
    };
    let states = own.clone().map(|case| State::of(case.verdict));
    let state = states.fold(unjudged, State::min);
    let mut needs = own.clone().flat_map(|case| &case.needs);
    RequirementEntry {
        state,
        cases: own.map(|case| case.id.clone()).collect(),
        unmet: needs.next().filter(|_| state == State::NotObservable).cloned(),
        ..entry.clone()
    }
}

fn needs(parts: &[Part], cases: &[CaseEntry]) -> Vec<Wanted> {
    let mut needs: Vec<Wanted> = Vec::new();
    for need in parts.iter().flat_map(|part| &part.document.needs) {
        match needs.iter_mut().find(|known| known.name == need.name) {
            Some(known) => known.required |= need.required,
            None => needs.push(need.clone()),
        }
    }
    for need in &mut needs {
        let wanting = cases.iter().filter(|case| case.needs.contains(&need.name));
        need.cases = wanting.count();
    }
    needs.retain(|need| need.cases > 0);
    needs.sort_by_key(|need| std::cmp::Reverse(need.cases));
    needs
}

const fn gravity(ending: Ending) -> u8 {
    match ending {
        Ending::Complete => 0,
        Ending::Stopped => 1,
        Ending::Unreachable => 2,
    }
}

/// The lines of each shard, behind its name.
fn each(parts: &[Part], lines: impl Fn(&Document) -> Vec<String>) -> Vec<String> {
    let lines = parts.iter().flat_map(|part| {
        let shard = part.portion.shard;
        let lines = lines(&part.document).into_iter();
        lines.map(move |line| format!("shard {shard}: {line}"))
    });
    lines.collect()
}

/// What keeps the shards from being the whole run.
fn shortfall(first: &Part, parts: &[Part], cases: &[CaseEntry]) -> Option<String> {
    let mut causes = each(parts, |one| one.shortfall.clone().into_iter().collect());
    let given: BTreeSet<Shard> = parts.iter().map(|part| part.portion.shard).collect();
    let missing = Shard::all(first.portion.shard.count());
    let missing: Vec<String> = missing
        .filter(|shard| !given.contains(shard))
        .map(|shard| format!("shard {shard} is missing"))
        .collect();
    let selected = cases.iter().filter(|case| case.selected).count();
    if missing.is_empty() && selected != first.portion.selected {
        causes.push(format!(
            "the shards were made of {} cases, and {selected} are in their reports",
            first.portion.selected
        ));
    }
    causes.extend(missing);
    (!causes.is_empty()).then(|| causes.join("; "))
}

/// When the first shard started, and milliseconds to the end of the last.
fn span(parts: &[Part]) -> (String, u64) {
    let times = parts.iter().filter_map(|part| {
        let start: Timestamp = part.document.started.parse().ok()?;
        let took = i64::try_from(part.document.duration_ms).ok()?;
        let end = start.checked_add(SignedDuration::from_millis(took)).ok()?;
        Some((start, end))
    });
    let start = times.clone().map(|(start, _)| start).min();
    let end = times.map(|(_, end)| end).max();
    match (start, end) {
        (Some(start), Some(end)) => {
            let took = u64::try_from(end.duration_since(start).as_millis());
            (start.to_string(), took.unwrap_or(0))
        }
        _ => (String::new(), 0),
    }
}
