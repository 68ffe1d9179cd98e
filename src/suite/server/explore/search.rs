//! Sequences until one fails, and the shortest that does.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::draw::draw;
use super::step::Turn;
use super::walk::{Halt, Tally, Walk};
use crate::contract::custody::Custody;
use crate::contract::limit::Bucket;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::inventory::Thing;
use crate::suite::server::wire::Call;

/// The most steps of one sequence: more than it takes to fill each level, rotate twice and read.
const LONGEST: u32 = 12;
/// How often a read that does not fit is read again, where the server may be behind: in the end, and while a sequence
/// that was found is made shorter.
const PATIENCE: usize = 3;
const PATIENCE_TO_SHORTEN: usize = 1;

/// What an exploration came to.
#[derive(Debug)]
pub struct Explored {
    /// Steps that were taken, those for making a sequence shorter left out.
    pub steps: u32,
    /// Projects that were made for them.
    pub projects: u32,
    /// Requests that were sent until a sequence failed, or in all.
    pub requests: u32,
    /// Requests that were sent to make it shorter.
    pub shortening: u32,
    /// Requests that a client hung up on, under client and under server custody.
    pub hung_up: [u32; 2],
    /// Sequences of which only what documentation promises did not fit, or a reader that was behind.
    pub questionable: u32,
    /// Sequences with too many orders to try them all.
    pub undecided: u32,
    /// Answers of 500 and more, which say nothing of what was done.
    pub failing: u32,
    /// Why it ended.
    pub ended: Ended,
}

/// Why an exploration ended.
#[derive(Debug)]
pub enum Ended {
    /// All steps were taken, and explained.
    Complete,
    /// The budget was spent before that, and all so far was explained.
    Spent,
    /// A sequence failed.
    Failed(Failure),
    /// Something was in the way: all so far was explained.
    Stopped(Stop),
}

/// The shortest sequence that was found to fail.
#[derive(Debug)]
pub struct Failure {
    /// Its custody.
    pub custody: Custody,
    /// Its steps, in words.
    pub steps: Vec<String>,
    /// What no order explains.
    pub sentence: String,
    /// Its requests, as lines for a shell.
    pub script: String,
}

/// A sequence, and what its client draws.
#[derive(Clone)]
struct Sequence {
    custody: Custody,
    steps: Vec<Turn>,
    draws: ChaCha8Rng,
}

/// A sequence that failed, as far as it did.
struct Found {
    sequence: Sequence,
    sentence: String,
    script: String,
}

/// Takes so many steps, on as many projects as that needs.
pub(in crate::suite::server) async fn explore(
    context: &Context,
    seed: u64,
    most_steps: u32,
) -> Explored {
    let mut explored = Explored {
        steps: 0,
        projects: 0,
        requests: 0,
        shortening: 0,
        hung_up: [0; 2],
        questionable: 0,
        undecided: 0,
        failing: 0,
        ended: Ended::Complete,
    };
    while explored.steps < most_steps {
        let mut draws = ChaCha8Rng::seed_from_u64(seed);
        draws.set_stream(u64::from(explored.projects));
        let custody =
            if explored.projects.is_multiple_of(2) { Custody::Client } else { Custody::Server };
        let longest = LONGEST.min(most_steps - explored.steps);
        // Whether what was hung up on happens is not repeatable: most sequences are.
        let hangs_up = explored.projects / 2 % 3 == 2;
        let steps = draw(custody, longest, hangs_up, &mut draws);
        let sequence = Sequence { custody, steps, draws };
        explored.projects += 1;
        explored.steps += sequence.steps.len() as u32;
        let attempted = attempt(context, &sequence, PATIENCE).await;
        explored.requests = context.spent().requests;
        match attempted {
            Ok(Attempt { found: Some(found), .. }) => {
                explored.ended = Ended::Failed(shortest(context, found).await);
                explored.shortening = context.spent().requests - explored.requests;
                return explored;
            }
            Ok(Attempt { tally, .. }) => {
                explored.hung_up[usize::from(custody == Custody::Server)] += tally.hung_up;
                explored.questionable += u32::from(tally.is_questionable);
                explored.undecided += u32::from(tally.is_undecided);
                explored.failing += tally.failing;
            }
            Err(stop) => {
                let door = &context.shared.door;
                let could_wait = door.pace.lasts(context.server().timer(), Bucket::Api.window());
                let is_over = matches!(stop, Stop::CouldNotRun(_)) && !could_wait;
                let is_spent = is_over || door.ledger.is_spent();
                explored.ended = if is_spent { Ended::Spent } else { Ended::Stopped(stop) };
                return explored;
            }
        }
    }
    explored
}

/// Leaves out each step that it takes no more, from the last to the first, and makes the others simpler, until nothing is
/// left to do so or to spend.
async fn shortest(context: &Context, mut found: Found) -> Failure {
    loop {
        let before = found.sequence.steps.len();
        for place in (0..before).rev() {
            let mut shorter = found.sequence.steps.clone();
            if place < shorter.len() {
                shorter.remove(place);
                found.replace_by(context, shorter).await;
            }
        }
        if found.sequence.steps.len() == before {
            break;
        }
    }
    let at_project = found.sequence.steps.iter().map(|turn| turn.at_project()).collect();
    found.replace_by(context, at_project).await;
    for place in 0..found.sequence.steps.len() {
        let ways = found.sequence.steps.get(place).map(|turn| turn.simpler());
        for way in ways.unwrap_or_default() {
            let mut simpler = found.sequence.steps.clone();
            simpler[place] = way;
            found.replace_by(context, simpler).await;
        }
    }
    let Found { sequence: Sequence { custody, steps, .. }, sentence, script } = found;
    let steps = steps.iter().map(Turn::to_string).collect();
    Failure { custody, steps, sentence, script }
}

impl Found {
    /// Takes other steps in its place, if they fail too and there is something left to spend on finding out.
    async fn replace_by(&mut self, context: &Context, steps: Vec<Turn>) {
        if steps == self.sequence.steps {
            return;
        }
        let sequence = Sequence { steps, ..self.sequence.clone() };
        if let Ok(Attempt { found: Some(found), .. }) =
            attempt(context, &sequence, PATIENCE_TO_SHORTEN).await
        {
            *self = found;
        }
    }
}

struct Attempt {
    found: Option<Found>,
    tally: Tally,
}

/// Walks a sequence on a project of its own, which is deleted afterwards.
async fn attempt(context: &Context, sequence: &Sequence, patience: usize) -> Result<Attempt, Stop> {
    let draws = sequence.draws.clone();
    let mut walk = Walk::start(context, sequence.custody, draws, patience).await?;
    let mut taken = 0;
    let mut walked = Ok(());
    for step in &sequence.steps {
        taken += 1;
        walked = walk.take(*step).await;
        if walked.is_err() {
            break;
        }
    }
    if walked.is_ok() {
        walked = walk.look_at_all().await;
    }
    let found = match walked {
        Ok(()) | Err(Halt::Undecided) => None,
        Err(Halt::Broken(sentence)) => {
            let steps = sequence.steps[..taken].to_vec();
            let sequence = Sequence { steps, ..sequence.clone() };
            Some(Found { sequence, sentence, script: walk.script.render() })
        }
        Err(Halt::Stopped(stop)) => return Err(stop),
    };
    let tally = walk.tally;
    delete(context, &walk.slug).await;
    Ok(Attempt { found, tally })
}

/// What cannot be deleted now is deleted at the end of the run.
async fn delete(context: &Context, slug: &str) {
    let sent = context.send(&Call::to(Endpoint::DeleteProject, &[slug])).await;
    if sent.is_ok_and(|reply| reply.is_success() || reply.status == 404) {
        context.shared.inventory.forget(&Thing::project(false, slug));
    }
}
