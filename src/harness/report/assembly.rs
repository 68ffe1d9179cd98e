//! From a run to its document: here secrets are withheld, and foreign text is
//! bounded and escaped.

use super::document::FORMAT;
use super::{CaseEntry, Counts, Document, Failure, Report, UnmetNeed, printable};
use crate::harness::{Known, Outcome};

impl Report<'_> {
    /// The report as data. A secret that has got this far is taken out, and reported as a fault of the
    /// harness.
    pub fn document(&self) -> Document {
        let document = self.assemble();
        document.without_secrets(self.redactor)
    }

    fn assemble(&self) -> Document {
        let conclusion = self.conclusion;
        let foreign = self.foreign();
        let outcomes = &conclusion.outcomes;
        let mut document = Document {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: foreign.line(self.target),
            seed: self.seed,
            shard: conclusion.portion.clone(),
            extent: conclusion.extent,
            started: self.started.to_string(),
            duration_ms: milliseconds(self.took),
            exit: conclusion.exit().code(),
            ending: conclusion.ending,
            headline: conclusion.headline(),
            verdict: conclusion.verdict_line(),
            counts: Counts::default(),
            needs: self.needs(),
            requirements: conclusion.requirements.clone(),
            cases: outcomes.iter().map(|outcome| self.case(outcome)).collect(),
            failures: outcomes.iter().filter_map(|outcome| self.failure(outcome)).collect(),
            stale_expectations: conclusion
                .stale
                .iter()
                .map(|stale| foreign.line(&stale.to_string()))
                .collect(),
            shortfall: conclusion.shortfall.as_ref().map(|one| foreign.line(one)),
            troubles: conclusion.troubles.iter().map(|trouble| foreign.line(trouble)).collect(),
            coda: foreign.line(self.coda),
            annex: self.annex.lines().map(|line| foreign.line(line)).collect(),
            leaks: 0,
        };
        document.counts = document.count();
        document
    }

    fn needs(&self) -> Vec<UnmetNeed> {
        let required = self.conclusion.required();
        let unmet = self.conclusion.unmet().into_iter();
        unmet
            .map(|(need, cases)| UnmetNeed {
                name: need.name.to_owned(),
                supply: need.supply.to_owned(),
                cases,
                required: required.contains(&need),
            })
            .collect()
    }

    fn case(&self, outcome: &Outcome) -> CaseEntry {
        let foreign = self.foreign();
        let needs = outcome.unmet().iter();
        CaseEntry {
            id: outcome.id.to_owned(),
            requirement: outcome.requirement.to_owned(),
            level: outcome.level,
            selected: outcome.selected,
            sanity: outcome.sanity,
            verdict: outcome.verdict,
            message: outcome.message().map(|message| foreign.line(message)),
            known: outcome.known.as_ref().map(|known| Known {
                reason: foreign.line(&known.reason),
                issue: known.issue.as_deref().map(|issue| foreign.line(issue)),
            }),
            needs: needs.map(|need| need.name.to_owned()).collect(),
            spent: outcome.spent,
            duration_ms: milliseconds(outcome.took),
        }
    }

    fn failure(&self, outcome: &Outcome) -> Option<Failure> {
        let mismatch = outcome.mismatch()?;
        let foreign = self.foreign();
        let requirement = self.conclusion.requirement(outcome);
        let exchanges = mismatch.exchanges.iter();
        Some(Failure {
            case: outcome.id.to_owned(),
            requirement: outcome.requirement.to_owned(),
            source: requirement.map_or_else(String::new, |one| one.source.clone()),
            verdict: outcome.verdict,
            what: foreign.line(&mismatch.what),
            expected: foreign.lines(&mismatch.expected),
            got: foreign.lines(&mismatch.got),
            exchanges: exchanges.map(|one| foreign.exchange(one)).collect(),
            rerun: printable(&(self.rerun)(outcome.id)),
        })
    }
}

fn milliseconds(took: std::time::Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
