//! What a run is going to spend, known before it begins.

use std::time::Duration;

use super::context::{Context, INQUIRIES};
use super::inventory::{LISTS, MADE, MOST};
use super::steps::{
    CLIENT_SITE, HANG_UPS, LEVELS, LIFETIME, OTHER_CLIENT_SITE, OTHER_PROOF, OTHER_SERVER_SITE,
    PROBES, ROTATION_SITE, ROTATIONS, SERVER_SITE, Step, THRIFTY, USED_UP,
};
use super::tidying;
use super::wire::{Allowance, Budget};
use crate::contract::limit::Bucket;
use crate::harness::report::plural;
use crate::harness::{Case, Selected, Spending};

/// Requests of the run itself before its cases: the first contact, the trial project with two tries to
/// delete it, the limited tokens, and two looks whether the one that is to expire has.
const BEFORE: u32 = 1 + 3 + TOKENS + 2;
const TOKENS: u32 = 4;

/// The most projects and tokens that a quick run makes.
const MOST_OF_QUICK: u32 = 13;

/// The shared steps but the probes.
const STEPS: [Step; 11] = [
    SERVER_SITE,
    CLIENT_SITE,
    ROTATION_SITE,
    OTHER_SERVER_SITE,
    OTHER_CLIENT_SITE,
    ROTATIONS,
    USED_UP,
    LEVELS,
    LIFETIME,
    HANG_UPS,
    OTHER_PROOF,
];

/// Every shared step.
pub fn steps() -> impl Iterator<Item = Step> {
    STEPS.into_iter().chain(PROBES.into_iter().map(|(_, step)| step)).chain(THRIFTY)
}

/// The most that a run spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Requests of any kind.
    pub requests: u32,
    /// Requests on `encryption-key/rotate`.
    pub rotations: u32,
    /// Minutes, waits for the rate limits and for jobs included.
    pub minutes: u32,
}

impl Plan {
    /// What the selected cases declare, without those that `is_observable` denies, with each
    /// shared step once, the sweep before and the tidying after them.
    pub fn of(
        cases: &[Case<Context>],
        selected: &Selected,
        is_observable: impl Fn(&Case<Context>) -> bool,
        allowance: Allowance,
        job_wait: Duration,
    ) -> Self {
        let planned: Vec<&Case<Context>> = cases
            .iter()
            .enumerate()
            .filter(|(position, case)| case.phase.is_sanity() || selected.contains(*position))
            .map(|(_, case)| case)
            .filter(|case| is_observable(case))
            .collect();
        // Those of a thrifty run have its promise.
        let is_planned = |step: &Step| {
            !THRIFTY.contains(step) && planned.iter().any(|case| case.shares.contains(&step.name))
        };
        let (last, first): (Vec<Step>, Vec<Step>) =
            steps().filter(is_planned).partition(|step| *step == USED_UP);
        let spends = planned.iter().map(|case| case.spends);
        let spends = spends.chain(first.iter().map(|step| step.spends));
        let mut sum = spends.fold(Spending::default(), Spending::and);
        let mut waits = Duration::ZERO;
        if first.iter().any(|step| step.spends.rotations > 0) {
            waits += job_wait;
        }
        // What is used up last is what the others have left.
        if let [step] = last[..] {
            sum.requests += step.spends.requests;
            sum.rotations = sum.rotations.max(Budget::ROTATIONS_OF_QUOTA);
        }
        // Nothing is made without a request.
        let made = MADE.min(sum.requests + TOKENS);
        sum.requests += BEFORE + INQUIRIES.requests;
        let tidied = tidying::SWEEP + tidying::most(made);
        let most = MOST.min(made) + LISTS;
        // What deletes has to leave nothing for deletions.
        let requests = taking(sum.requests, Bucket::Api, allowance, most)
            + taking(tidied, Bucket::Api, allowance, 0);
        let rotations = taking(sum.rotations, Bucket::Rotate, allowance, 0);
        waits += waiting(requests, Bucket::Api).max(waiting(rotations, Bucket::Rotate));
        let requests = sum.requests + tidied;
        Self { requests, rotations: sum.rotations, minutes: minutes(waits) }
    }

    /// The same for a run without rotations that stops at so many requests.
    pub(super) fn within(self, most: u32, allowance: Allowance) -> Self {
        let requests = self.requests.min(most);
        let time = taking(requests, Bucket::Api, allowance, MOST_OF_QUICK + LISTS);
        let minutes = minutes(waiting(time, Bucket::Api)).min(self.minutes);
        Self { requests, minutes, ..self }
    }

    /// Whether it fits a budget.
    pub const fn fits(self, budget: Budget) -> bool {
        self.requests <= budget.requests
            && self.rotations <= budget.rotations
            && self.minutes <= budget.minutes
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |number: u32, word| plural(number as usize, word);
        write!(
            f,
            "at most {}, {} and {}",
            count(self.requests, "request"),
            count(self.rotations, "rotation"),
            count(self.minutes, "minute"),
        )
    }
}

/// The part of the limit's windows that so many requests fill, with so many kept back in each.
fn taking(count: u32, bucket: Bucket, allowance: Allowance, kept_back: u32) -> Duration {
    bucket.window() * count / allowance.of(bucket, kept_back)
}

/// Time until the last of the windows that are filled begins.
fn waiting(filled: Duration, bucket: Bucket) -> Duration {
    let last = filled.saturating_sub(Duration::from_nanos(1)).as_secs() / bucket.window().as_secs();
    bucket.window() * u32::try_from(last).unwrap_or(u32::MAX)
}

fn minutes(waits: Duration) -> u32 {
    u32::try_from(waits.as_secs().div_ceil(60) + 1).unwrap_or(u32::MAX)
}

/// What keeps a case in one shard with others: all that rotates a server key is counted together.
pub fn together(case: &Case<Context>) -> Option<&'static str> {
    let shares = |step: Step| step.spends.rotations > 0 && case.shares.contains(&step.name);
    let rotates = case.spends.rotations > 0 || steps().any(shares);
    rotates.then_some("rotations")
}

/// Whether a case changes anything on the server, shared steps included: where a run may only look at one
/// existing project, that is the site.
pub(super) fn writes(case: &Case<Context>) -> bool {
    let sites = [SERVER_SITE.name, CLIENT_SITE.name];
    case.writes || case.shares.iter().any(|step| !sites.contains(step))
}

/// Whether a case, or a step that it shares, rotates a server-managed key.
pub(super) fn rotates(case: &Case<Context>) -> bool {
    case.spends.rotations > 0 || case.shares.contains(&ROTATIONS.name)
}
