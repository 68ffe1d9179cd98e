//! Why a run ended, and its exit code: the same meaning in every command, never a count.

use serde::{Deserialize, Serialize};

/// What a command ends with. If several apply: [`Exit::Usage`] before the start, then
/// [`Exit::Failed`] over [`Exit::Unreachable`] over [`Exit::Incomplete`] over [`Exit::Held`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing required failed. Warnings are allowed.
    Held = 0,
    /// A requirement failed, or a one-off tool answers "no".
    Failed = 1,
    /// Usage, configuration, fixture or expectation file.
    Usage = 2,
    /// Nothing failed, but not everything that had to be judged was.
    Incomplete = 3,
    /// The target was never or is no longer reachable, a port or file could not be taken, or the
    /// harness itself failed.
    Unreachable = 4,
}

impl Exit {
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The more important of the two, for a run that has cause for both.
    #[must_use]
    pub const fn or_worse(self, other: Self) -> Self {
        if other.precedence() > self.precedence() { other } else { self }
    }

    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Held),
            1 => Some(Self::Failed),
            2 => Some(Self::Usage),
            3 => Some(Self::Incomplete),
            4 => Some(Self::Unreachable),
            _ => None,
        }
    }

    const fn precedence(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Incomplete => 1,
            Self::Unreachable => 2,
            Self::Failed => 3,
            Self::Usage => 4,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a run ended when it did, the gravest reason last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every case had its turn.
    Complete,
    /// The stop future was ready.
    Stopped,
    /// Too many cases in a row had no answer, or the last ones had none.
    Unreachable,
}
