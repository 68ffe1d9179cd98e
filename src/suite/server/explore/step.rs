//! What a sequence is made of, and how it is drawn. A step names what it is about by its place among what there is then,
//! so that it can be done after fewer steps too.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

use crate::contract::custody::Custody;
use crate::suite::server::history::operation::Level;

/// Whose proof comes with a write, under client custody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Right,
    Missing,
    Wrong,
    /// Of the key before; before the first rotation there is none, and it is wrong.
    Stale,
}

/// What is wrong with the secrets that a client rotation names. Without secrets none can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    All,
    AllButOne,
    AndAnUnknown,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Descriptor,
    History,
    Secrets,
    Versions(Level),
    /// With the most rows.
    Pending(usize),
}

/// One step of a sequence: a request, and what its client has to read before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Store {
        level: Level,
        proof: Proof,
    },
    Restore {
        level: Level,
        place: u8,
        proof: Proof,
    },
    Delete {
        level: Level,
    },
    /// Of the client's key or the server's, as the custody of the project is.
    Rotate {
        names: Names,
        re_encrypt: bool,
    },
    /// So many of the versions that are pending, and one that is not there.
    Submit {
        versions: u8,
        with_unknown: bool,
        proof: Proof,
    },
    Look(Look),
    DeleteProject,
}

/// A step, and whether the client hangs up on its write before the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) step: Step,
    pub(super) hangs_up: bool,
}

/// A sequence of up to so many steps, with or without a client that hangs up now and then.
pub(super) fn draw(
    custody: Custody,
    longest: u32,
    hangs_up: bool,
    draws: &mut ChaCha8Rng,
) -> Vec<Turn> {
    let count = (3 + below(draws, longest.saturating_sub(2).max(1))).min(longest);
    let turn = |_| {
        let step = step(custody, draws);
        let hangs_up = hangs_up && !matches!(step, Step::Look(_)) && below(draws, 3) == 0;
        Turn { step, hangs_up }
    };
    (0..count).map(turn).collect()
}

fn step(custody: Custody, draws: &mut ChaCha8Rng) -> Step {
    let is_client = custody == Custody::Client;
    match below(draws, 30) {
        0..10 => Step::Store { level: level(draws), proof: proof(draws) },
        10..15 => {
            let names = match below(draws, 6) {
                0 => Names::AllButOne,
                1 => Names::AndAnUnknown,
                _ => Names::All,
            };
            Step::Rotate { names, re_encrypt: below(draws, 3) == 0 }
        }
        15..20 if is_client => Step::Submit {
            versions: 1 + below(draws, 3) as u8,
            with_unknown: below(draws, 6) == 0,
            proof: proof(draws),
        },
        15..23 => {
            let place = below(draws, 3) as u8;
            Step::Restore { level: level(draws), place, proof: proof(draws) }
        }
        23..25 => Step::Delete { level: level(draws) },
        25..29 => Step::Look(match below(draws, 5) {
            0 => Look::Descriptor,
            1 => Look::History,
            2 if is_client => Look::Pending(1 + below(draws, 2) as usize),
            3 => Look::Versions(level(draws)),
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

fn proof(draws: &mut ChaCha8Rng) -> Proof {
    match below(draws, 9) {
        0 => Proof::Missing,
        1 => Proof::Wrong,
        2 => Proof::Stale,
        _ => Proof::Right,
    }
}

fn below(draws: &mut ChaCha8Rng, end: u32) -> u32 {
    draws.next_u32() % end
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.step.fmt(f)?;
        if self.hangs_up { f.write_str(", and hang up before the answer") } else { Ok(()) }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proved = |f: &mut fmt::Formatter<'_>, proof: &Proof| match proof {
            Proof::Right => Ok(()),
            Proof::Missing => f.write_str(", without a proof"),
            Proof::Wrong => f.write_str(", with a wrong proof"),
            Proof::Stale => f.write_str(", with the proof of the key before"),
        };
        match self {
            Self::Store { level, proof } => {
                write!(f, "store a text at the {}", level.name())?;
                proved(f, proof)
            }
            Self::Restore { level, proof, .. } => {
                write!(f, "restore a version of the {}", level.name())?;
                proved(f, proof)
            }
            Self::Delete { level } => write!(f, "delete what the {} holds", level.name()),
            Self::Rotate { names: Names::All, .. } => f.write_str("rotate the key"),
            Self::Rotate { names: Names::AllButOne, .. } => {
                f.write_str("rotate the key, with one secret left out under client custody")
            }
            Self::Rotate { names: Names::AndAnUnknown, .. } => {
                f.write_str("rotate the key, with an unknown secret under client custody")
            }
            Self::Submit { versions, with_unknown, proof } => {
                write!(f, "submit {versions} of the pending versions")?;
                if *with_unknown {
                    f.write_str(" and one that is not there")?;
                }
                proved(f, proof)
            }
            Self::Look(Look::Descriptor) => f.write_str("read the active key"),
            Self::Look(Look::History) => f.write_str("read the key history"),
            Self::Look(Look::Secrets) => f.write_str("read the current secrets"),
            Self::Look(Look::Versions(level)) => {
                write!(f, "read the versions of the {}", level.name())
            }
            Self::Look(Look::Pending(limit)) => write!(f, "list up to {limit} pending versions"),
            Self::DeleteProject => f.write_str("delete the project"),
        }
    }
}
