//! The few cases that find most, for each push: `check --quick`.
//!
//! They are a greedy cover of the matrix of who catches what, weighted by what each case and each shared step
//! costs a thrifty run: a step is paid once, whoever uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::cases::all;
use super::catalogue::catches;
use super::context::Context;
use super::needs;
use super::plan;
use super::suite::ServerSuite;
use super::wire::Budget;
use crate::contract::requirement::Level;
use crate::harness::report::plural;
use crate::harness::{self, Case, Conclusion, Need, State};

/// What any server supplies to a token that may make tokens: most runs have no more.
const PLAIN: [Need; 3] = [needs::SECRET_IDS, needs::LIMITED_TOKENS, needs::WRITES];

/// A mistake that a server can make, and the cases that fail then. Whatever finds out which cases fail on which
/// mistake can add rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The name of the mistake.
    pub mistake: String,
    /// Ids of cases each of which catches it alone.
    pub cases: Vec<&'static str>,
}

/// What a quick run is made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quick {
    /// The ids of the cases.
    pub cases: Vec<String>,
    /// The defects that these cases catch in a whole run, and not in a quick one, which asks for less.
    pub missed: Vec<String>,
}

/// The quick run, as `suites/quick.toml` has it.
///
/// # Errors
/// The file that is compiled in names something that is not there.
pub fn quick() -> Result<&'static Quick, String> {
    static QUICK: LazyLock<Result<Quick, String>> = LazyLock::new(|| {
        let text = include_str!("../../../suites/quick.toml");
        let file: Quick =
            toml::from_str(text).map_err(|error| format!("suites/quick.toml: {error}"))?;
        let cases = all();
        match file.cases.iter().find(|id| !cases.iter().any(|case| case.id == **id)) {
            Some(id) => Err(format!("suites/quick.toml: there is no case `{id}`")),
            None => Ok(file),
        }
    });
    QUICK.as_ref().map_err(Clone::clone)
}

/// Whether a run that rotates no server key can judge the case, where everything is supplied that an operator
/// can supply.
pub fn is_without_rotations(case: &Case<Context>) -> bool {
    !plan::rotates(case) && !case.needs.contains(&needs::QUOTA)
}

/// The same where nothing is supplied but what a plain token can do.
pub fn is_plain(case: &Case<Context>) -> bool {
    is_without_rotations(case) && case.needs.iter().all(|need| PLAIN.contains(need))
}

/// Every defect of the mock with the cases that fail on it, as `suites/defects.toml` has it: `keyproof selftest`
/// proves that it is so.
///
/// # Errors
/// The file that is compiled in does not fit the cases.
pub fn kills() -> Result<Vec<Kill>, String> {
    let (catches, cases) = (catches()?, all());
    let of = |name: &str| Kill { mistake: name.to_owned(), cases: catches.failing(name, &cases) };
    Ok(catches.names().map(of).collect())
}

/// What a quick run has seen, and what it cannot see, in two lines.
pub fn sight(suite: &ServerSuite, conclusion: &Conclusion) -> String {
    let cases = all();
    let judged = conclusion.outcomes.iter().filter(|outcome| outcome.verdict.is_judgement());
    let judged: BTreeSet<&str> = judged.map(|outcome| outcome.id).collect();
    let whole = cases.iter().filter(|case| {
        is_without_rotations(case) && harness::Suite::unmet(suite, *case).is_empty()
    });
    let whole: BTreeSet<&str> = whole.map(|case| case.id).collect();
    // The files are read at the start of a quick run.
    let kills = kills().unwrap_or_default();
    let missed = quick().map(|quick| quick.missed.as_slice()).unwrap_or_default();
    let caught = |by: &BTreeSet<&str>, missed: &[String]| {
        let caught = kills.iter().filter(|kill| kill.cases.iter().any(|id| by.contains(id)));
        caught.filter(|kill| !missed.contains(&kill.mistake)).count()
    };
    let unseen = conclusion.requirements.iter().filter(|one| {
        one.level == Level::Must && matches!(one.state, State::NotSelected | State::NotObservable)
    });
    let unseen: Vec<&str> = unseen.map(|one| one.id.as_str()).collect();
    let (few, all) = (judged.len(), cases.len());
    format!(
        "quick: {few} of {all} cases were judged, which catch {} of the {} defects that a run here without rotations \
         catches, of {} that are known\nnot looked at: {} ({})",
        caught(&judged, missed),
        caught(&whole, &[]),
        kills.len(),
        plural(unseen.len(), "MUST"),
        unseen.join(", "),
    )
}

/// What a thrifty run of every case that [`is_plain`] has spent on a right server, in requests.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    /// By the id of the case.
    pub cases: BTreeMap<&'static str, u32>,
    /// By the name of the shared step.
    pub steps: BTreeMap<&'static str, u32>,
}

/// Requests beside those of cases and steps: first contact, the trial, two lists before and after, and two tokens
/// that are made and deleted.
const BESIDE: u32 = 1 + 2 + 2 + 2 + 2 * 2;
/// What a run on a right server may come to: the rest is for what cases delete that they have made for themselves, for
/// finding out more, and for what an earlier run has left behind.
const AIM: u32 = Budget::QUICK.requests - 28;
/// The part of it for cases that cost next to nothing: they look where no known mistake is.
const FOR_MORE: u32 = 1;

/// Chooses the cases that catch the most mistakes for [`Budget::QUICK`], in the order of the suite: the better of what comes
/// of all that every server can be asked, and of those that are `kept`. What spares most for the least that is missed goes,
/// a case or all that share a step, until the rest fits. Then what fits is taken back, and exchanged as long as that
/// catches more; and what costs least is taken as well.
pub fn choose(kills: &[Kill], prices: &Prices, kept: &[&str]) -> Vec<&'static str> {
    let cases = all();
    let mut cover = Cover { cases: &cases, kills, prices, most: AIM - FOR_MORE };
    let useful: BTreeSet<usize> = cover.useful().collect();
    let of_kept = useful.iter().filter(|at| kept.contains(&cases[**at].id));
    let starts = [of_kept.copied().collect(), useful.clone()];
    let best = starts.into_iter().map(|start| cover.improved(start));
    let mut chosen = best.max_by_key(|chosen| cover.caught(chosen)).unwrap_or_default();
    cover.most = AIM;
    while let Some(more) = cover.cheapest(&chosen) {
        chosen.insert(more);
    }
    chosen.into_iter().map(|position| cases[position].id).collect()
}

/// Who catches what, and for how much. Cases are known by their positions in the suite.
struct Cover<'c> {
    cases: &'c [Case<Context>],
    kills: &'c [Kill],
    prices: &'c Prices,
    /// What they may cost together.
    most: u32,
}

impl Cover<'_> {
    /// The cases that a quick run may have, and that catch something.
    fn useful(&self) -> impl Iterator<Item = usize> {
        let catches = |id| self.kills.iter().any(|kill| kill.cases.contains(&id));
        let cases = self.cases.iter().enumerate();
        cases.filter(move |(_, case)| is_plain(case) && catches(case.id)).map(|(at, _)| at)
    }

    /// The best that comes of a choice that may be too dear.
    fn improved(&self, mut chosen: BTreeSet<usize>) -> BTreeSet<usize> {
        while self.cost(&chosen) > self.most {
            match self.cheapest_loss(&chosen) {
                Some(rest) => chosen = rest,
                None => break,
            }
        }
        self.fill(&mut chosen);
        while let Some(better) = self.exchanged(&chosen) {
            chosen = better;
        }
        chosen
    }

    fn caught(&self, chosen: &BTreeSet<usize>) -> usize {
        let ids: BTreeSet<&str> = chosen.iter().map(|at| self.cases[*at].id).collect();
        self.kills.iter().filter(|kill| kill.cases.iter().any(|id| ids.contains(id))).count()
    }

    /// What a run of these costs: each shared step once, with a request to delete what it has made.
    fn cost(&self, chosen: &BTreeSet<usize>) -> u32 {
        let chosen = chosen.iter().map(|at| &self.cases[*at]);
        let steps: BTreeSet<&str> = chosen.clone().flat_map(|case| &case.shares).copied().collect();
        let of_step = |step: &str| self.prices.steps.get(step).map_or(0, |price| price + 1);
        let of_case = |case: &Case<Context>| self.prices.cases.get(case.id).copied().unwrap_or(0);
        BESIDE + chosen.map(of_case).sum::<u32>() + steps.into_iter().map(of_step).sum::<u32>()
    }

    /// What is left without each case, and without all cases of each step.
    fn rests(&self, chosen: &BTreeSet<usize>) -> impl Iterator<Item = BTreeSet<usize>> {
        let cases = chosen.iter().map(|at| BTreeSet::from([*at]));
        let steps = self.prices.steps.keys().map(move |step| {
            let of_step = chosen.iter().filter(|at| self.cases[**at].shares.contains(step));
            of_step.copied().collect()
        });
        cases.chain(steps).map(move |out: BTreeSet<usize>| chosen - &out)
    }

    /// What is left without the case, or without all cases of the step, that costs most for what it catches.
    fn cheapest_loss(&self, chosen: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
        let (caught, cost) = (self.caught(chosen), self.cost(chosen));
        let ratio = |rest: &BTreeSet<usize>| {
            // A hundredth of a mistake: what is missed without any loss goes first, the dearest of it before.
            let lost = 100 * (caught - self.caught(rest)) as u64 + 1;
            u64::from(cost - self.cost(rest)) * 1_000_000 / lost
        };
        let spares = self.rests(chosen).filter(|rest| rest.len() < chosen.len());
        spares.filter(|rest| ratio(rest) > 0).max_by_key(ratio)
    }

    /// Takes what fits, the most for its price first.
    fn fill(&self, chosen: &mut BTreeSet<usize>) {
        while let Some(more) = self.best_gain(chosen) {
            chosen.insert(more);
        }
    }

    /// A choice that catches more, with something else in the place of a case, or of all cases of a step.
    fn exchanged(&self, chosen: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
        let caught = self.caught(chosen);
        let filled = self.rests(chosen).map(|mut rest| {
            self.fill(&mut rest);
            rest
        });
        filled.max_by_key(|other| self.caught(other)).filter(|other| self.caught(other) > caught)
    }

    /// The case that fits and costs least, whatever it catches.
    fn cheapest(&self, chosen: &BTreeSet<usize>) -> Option<usize> {
        let with = |at: &usize| self.cost(&(chosen | &BTreeSet::from([*at])));
        let more = self.useful().filter(|at| !chosen.contains(at) && with(at) <= self.most);
        more.min_by_key(with)
    }

    /// The case that fits, and catches most for its price.
    fn best_gain(&self, chosen: &BTreeSet<usize>) -> Option<usize> {
        let (caught, cost) = (self.caught(chosen), self.cost(chosen));
        let with = |at: &usize| chosen | &BTreeSet::from([*at]);
        let gain = |at: &usize| {
            let more = (self.caught(&with(at)) - caught) as u64;
            more * 1_000_000 / u64::from(self.cost(&with(at)) - cost + 1)
        };
        let fits = |at: &usize| self.cost(&with(at)) <= self.most && gain(at) > 0;
        self.useful().filter(fits).max_by_key(gain)
    }
}
