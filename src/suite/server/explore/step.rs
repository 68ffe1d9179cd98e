//! What a sequence is made of. A step names what it is about by its place among what there is then,
//! so that it can be done after fewer steps too.

use std::fmt;

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

impl Turn {
    /// The same with less to it, in each of the ways that there are.
    pub(super) fn simpler(self) -> Vec<Self> {
        let mut step = self.step;
        match &mut step {
            Step::Store { proof, .. } | Step::Restore { proof, .. } => *proof = Proof::Right,
            Step::Submit { with_unknown, proof, .. } => {
                (*with_unknown, *proof) = (false, Proof::Right);
            }
            Step::Rotate { names, re_encrypt } => (*names, *re_encrypt) = (Names::All, false),
            Step::Delete { .. } | Step::Look(_) | Step::DeleteProject => {}
        }
        let mut ways = vec![Self { hangs_up: false, ..self }, Self { step, ..self }];
        ways.retain(|way| *way != self);
        ways
    }

    /// The same about what the project itself holds.
    pub(super) fn at_project(mut self) -> Self {
        match &mut self.step {
            Step::Store { level, .. }
            | Step::Restore { level, .. }
            | Step::Delete { level }
            | Step::Look(Look::Versions(level)) => *level = Level::Project,
            Step::Rotate { .. } | Step::Submit { .. } | Step::Look(_) | Step::DeleteProject => {}
        }
        self
    }
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
            Self::Rotate { names, re_encrypt } => {
                f.write_str("rotate the key")?;
                f.write_str(match names {
                    Names::All => "",
                    Names::AllButOne => ", with one secret left out",
                    Names::AndAnUnknown => ", with a secret that is not there",
                })?;
                f.write_str(if *re_encrypt { ", and re-encrypt the history" } else { "" })
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
