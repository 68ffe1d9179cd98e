//! How a sequence is drawn: at random, and mostly of steps that there is something for.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

use super::step::{Look, Names, Proof, Step, Turn};
use crate::contract::custody::Custody;
use crate::suite::server::history::operation::Level;

/// Of so many steps that there is nothing for, one is taken all the same.
const IDLE: u32 = 8;

/// A sequence of up to so many steps, with or without a client that hangs up now and then.
pub(super) fn draw(
    custody: Custody,
    longest: u32,
    hangs_up: bool,
    draws: &mut ChaCha8Rng,
) -> Vec<Turn> {
    let count = (3 + below(draws, longest.saturating_sub(2).max(1))).min(longest);
    let mut sketch = Sketch::default();
    let mut turns = Vec::new();
    while turns.len() < count as usize {
        let step = step(custody, draws);
        if !sketch.has_use_for(&step) && below(draws, IDLE) > 0 {
            continue;
        }
        sketch.take(&step);
        let hangs_up = hangs_up && !matches!(step, Step::Look(_)) && below(draws, 3) == 0;
        turns.push(Turn { step, hangs_up });
    }
    turns
}

/// What there is after some steps, were all of them to succeed that may.
#[derive(Default)]
struct Sketch {
    /// Whether each level holds something, how many versions it has, and how many of them are under older keys.
    levels: [Held; Level::ALL.len()],
    is_rotated: bool,
}

#[derive(Clone, Copy, Default)]
struct Held {
    holds: bool,
    versions: usize,
    old: usize,
}

impl Sketch {
    fn has_use_for(&self, step: &Step) -> bool {
        let holds = self.levels.iter().any(|held| held.holds);
        let old: usize = self.levels.iter().map(|held| held.old).sum();
        let has_key_before = |proof: &Proof| *proof != Proof::Stale || self.is_rotated;
        match step {
            Step::Store { proof, .. } => has_key_before(proof),
            Step::Restore { level, proof, .. } => {
                self.levels[*level as usize].versions > 0 && has_key_before(proof)
            }
            Step::Delete { level } => self.levels[*level as usize].holds,
            Step::Rotate { .. } | Step::Look(Look::Secrets) => holds,
            Step::Submit { .. } => old > 0,
            Step::Look(Look::Pending(limit)) => old > *limit,
            Step::Look(Look::Versions(level)) => self.levels[*level as usize].versions > 0,
            Step::Look(Look::History) => self.is_rotated,
            Step::Look(Look::Descriptor) => true,
            Step::DeleteProject => holds && self.is_rotated,
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Store { level, proof: Proof::Right }
            | Step::Restore { level, proof: Proof::Right, .. } => {
                let held = &mut self.levels[level as usize];
                held.versions += usize::from(held.holds);
                held.holds = true;
            }
            Step::Delete { level } => {
                let held = &mut self.levels[level as usize];
                held.versions += usize::from(held.holds);
                held.holds = false;
            }
            Step::Rotate { names: Names::All, .. } => {
                self.is_rotated = true;
                for held in &mut self.levels {
                    held.versions += usize::from(held.holds);
                    held.old = held.versions;
                }
            }
            Step::Submit { versions, with_unknown: false, proof: Proof::Right } => {
                let mut left = usize::from(versions);
                for held in &mut self.levels {
                    let moved = held.old.min(left);
                    held.old -= moved;
                    left -= moved;
                }
            }
            _ => {}
        }
    }
}

fn step(custody: Custody, draws: &mut ChaCha8Rng) -> Step {
    let is_client = custody == Custody::Client;
    match below(draws, 30) {
        0..8 => Step::Store { level: level(draws), proof: proof(custody, draws) },
        8..14 => {
            let names = match below(draws, 6) {
                0 if is_client => Names::AllButOne,
                1 if is_client => Names::AndAnUnknown,
                _ => Names::All,
            };
            Step::Rotate { names, re_encrypt: below(draws, 3) == 0 }
        }
        14..19 if is_client => Step::Submit {
            versions: 1 + below(draws, 3) as u8,
            with_unknown: below(draws, 6) == 0,
            proof: proof(custody, draws),
        },
        14..22 => {
            let place = below(draws, 3) as u8;
            Step::Restore { level: level(draws), place, proof: proof(custody, draws) }
        }
        22..24 => Step::Delete { level: level(draws) },
        24..29 => Step::Look(match below(draws, 6) {
            0 => Look::Descriptor,
            1 => Look::History,
            2 | 3 if is_client => Look::Pending(1 + below(draws, 2) as usize),
            4 => Look::Versions(level(draws)),
            _ => Look::Secrets,
        }),
        _ if below(draws, 4) == 0 => Step::DeleteProject,
        _ => Step::Look(Look::Secrets),
    }
}

/// Mostly the project: what is there once can be written, rotated and restored again.
fn level(draws: &mut ChaCha8Rng) -> Level {
    match below(draws, 6) {
        0 => Level::Environment,
        1 => Level::Target,
        _ => Level::Project,
    }
}

/// Under server custody there is none.
fn proof(custody: Custody, draws: &mut ChaCha8Rng) -> Proof {
    match below(draws, 9) {
        _ if custody == Custody::Server => Proof::Right,
        0 => Proof::Missing,
        1 => Proof::Wrong,
        2 => Proof::Stale,
        _ => Proof::Right,
    }
}

fn below(draws: &mut ChaCha8Rng, end: u32) -> u32 {
    draws.next_u32() % end
}
