//! Reports of shards, put together into the one report that a single run would have made.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{CaseEntry, Document, UnmetNeed};
use crate::harness::{Ending, Portion, RequirementResult, Shard, State, Verdict};

/// The report of a shard, and its file.
struct Part {
    file: String,
    portion: Portion,
    document: Document,
}

/// Puts shards together. A missing one makes the result incomplete.
///
/// # Errors
/// They are not shards of one run, or one is there twice.
pub fn merge(reports: Vec<(String, Document)>) -> Result<Document, String> {
    let mut parts = Vec::new();
    for (file, document) in reports {
        let Some(portion) = document.shard.clone() else {
            return Err(format!("{file} is no shard: only reports of `--shard I/N` can be merged"));
        };
        parts.push(Part { file, portion, document });
    }
    let first = parts.first().ok_or("there is no report to merge")?;
    for other in &parts {
        refuse_different(first, other)?;
    }
    parts.sort_by_key(|part| part.portion.shard);
    for pair in parts.windows(2) {
        if let [first, second] = pair
            && first.portion.shard == second.portion.shard
        {
            let shard = first.portion.shard;
            return Err(format!(
                "{} and {} are both shard {shard}: give each shard once",
                first.file, second.file
            ));
        }
    }
    Ok(whole(&parts[0], &parts))
}

/// Refuses shards of different runs.
fn refuse_different(first: &Part, other: &Part) -> Result<(), String> {
    let traits = |part: &Part| {
        [
            ("target", part.document.target.clone()),
            ("version of keyproof", part.document.version.clone()),
            ("seed", part.document.seed.to_string()),
            ("number of shards", part.portion.shard.count().to_string()),
            ("selection", part.portion.selection.clone()),
        ]
    };
    for ((what, left), (_, right)) in traits(first).into_iter().zip(traits(other)) {
        if left != right {
            return Err(format!(
                "{} and {} are shards of different runs: their {what} differs, {left} and {right}",
                first.file, other.file
            ));
        }
    }
    Ok(())
}

fn whole(first: &Part, parts: &[Part]) -> Document {
    let documents = || parts.iter().map(|part| &part.document);
    let cases = cases(parts);
    let failures = cases.iter().filter_map(|case| {
        let mut same = documents().filter(|one| one.case(&case.id) == Some(case));
        same.find_map(|one| one.failure(&case.id)).cloned()
    });
    let requirements = first.document.requirements.iter().map(|one| requirement(one, &cases));
    let has_one_coda = documents().all(|one| one.coda == first.document.coda);
    let coda = if has_one_coda { first.document.coda.clone() } else { String::new() };
    let (started, duration_ms) = span(parts);
    let mut merged = Document {
        shard: None,
        started,
        duration_ms,
        ending: documents().map(|one| one.ending).max().unwrap_or(Ending::Complete),
        needs: needs(parts, &cases),
        requirements: requirements.collect(),
        failures: failures.collect(),
        stale_expectations: each(parts, |one| one.stale_expectations.clone()),
        shortfall: shortfall(first, parts, &cases),
        troubles: each(parts, |one| one.troubles.clone()),
        coda,
        annex: each(parts, |one| one.annex.clone()),
        cases,
        ..first.document.clone()
    };
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

fn requirement(entry: &RequirementResult, cases: &[CaseEntry]) -> RequirementResult {
    let own = cases.iter().filter(|case| case.requirement == entry.id);
    let unjudged = match entry.state {
        State::Untested => State::Untested,
        _ => State::NotSelected,
    };
    let states = own.clone().map(|case| State::of(case.verdict));
    let state = states.fold(unjudged, State::min);
    let mut needs = own.clone().flat_map(|case| &case.needs);
    RequirementResult {
        state,
        cases: own.map(|case| case.id.clone()).collect(),
        unmet: needs.next().filter(|_| state == State::NotObservable).cloned(),
        ..entry.clone()
    }
}

fn needs(parts: &[Part], cases: &[CaseEntry]) -> Vec<UnmetNeed> {
    let mut needs: Vec<UnmetNeed> = Vec::new();
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
