//! A part of a selection, for one of several machines: `--shard I/N`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Case, Phase};

/// One of several parts of a selection, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Shard {
    index: NonZeroU32,
    count: NonZeroU32,
}

/// The shard that a run was, and what all shards were made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portion {
    #[serde(flatten)]
    pub shard: Shard,
    /// Cases that all shards have together.
    pub selected: usize,
    /// Alike in all shards of one selection: 16 hexadecimal digits.
    pub selection: String,
    /// Whether this shard has no case but those that are in each shard.
    pub empty: bool,
}

/// Not `I/N`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("give I/N, the part and how many there are, for example 1/4: I goes from 1 to N")]
pub struct ShardError;

/// A shard as reports have it.
#[derive(Deserialize)]
struct Parts {
    index: u32,
    count: u32,
}

impl Shard {
    pub const fn count(self) -> NonZeroU32 {
        self.count
    }

    /// Which part this is, from 1.
    pub const fn index(self) -> NonZeroU32 {
        self.index
    }

    pub fn all(count: NonZeroU32) -> impl Iterator<Item = Self> {
        let indices = (1..=count.get()).filter_map(NonZeroU32::new);
        indices.map(move |index| Self { index, count })
    }

    /// Whether what has that key is in this part. The same on every machine and in every version.
    pub fn holds(self, key: &str) -> bool {
        let number = number(Sha256::digest(key).as_slice()) % u64::from(self.count.get());
        number == u64::from(self.index.get() - 1)
    }

    /// Which of the `chosen` cases are in this part. Those that share a key of `together` are in the
    /// same one. Sanity cases are in each, and so are those that judge what the run recorded: each
    /// part records something else.
    pub(super) fn divide<C>(
        self,
        chosen: &[bool],
        cases: &[Case<C>],
        together: impl Fn(&Case<C>) -> Option<&'static str>,
    ) -> (Vec<bool>, Portion) {
        let mut digest = Sha256::new();
        let mut own = 0;
        let mut divided = 0;
        let mut included = vec![false; cases.len()];
        for (position, case) in cases.iter().enumerate() {
            if !chosen.get(position).copied().unwrap_or(false) {
                continue;
            }
            digest.update(case.id);
            digest.update([0]);
            let key = together(case);
            if key.is_none() && !matches!(case.phase, Phase::Main | Phase::Together) {
                included[position] = true;
                continue;
            }
            divided += 1;
            included[position] = self.holds(key.unwrap_or(case.id));
            own += usize::from(included[position]);
        }
        let portion = Portion {
            shard: self,
            selected: chosen.iter().filter(|chosen| **chosen).count(),
            selection: format!("{:016x}", number(digest.finalize().as_slice())),
            empty: own == 0 && divided > 0,
        };
        (included, portion)
    }
}

/// The first eight bytes.
fn number(digest: &[u8]) -> u64 {
    let bytes = digest.iter().take(8);
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (index, count) = text.split_once('/').ok_or(ShardError)?;
        let number = |digits: &str| {
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| is_plain).ok_or(ShardError)
        };
        Self::try_from(Parts { index: number(index)?, count: number(count)? })
    }
}

impl TryFrom<Parts> for Shard {
    type Error = ShardError;

    fn try_from(Parts { index, count }: Parts) -> Result<Self, ShardError> {
        match (NonZeroU32::new(index), NonZeroU32::new(count)) {
            (Some(index), Some(count)) if index <= count => Ok(Self { index, count }),
            _ => Err(ShardError),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}
