//! How often PBKDF2 is iterated.

use std::num::NonZeroU32;

use super::Error;

/// A positive iteration count. The platform's own is [`Iterations::PLATFORM`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iterations(NonZeroU32);

impl Iterations {
    /// The count that the platform fixes: 600,000 (encryption-keys, "The PBKDF2 key proof").
    pub const PLATFORM: Self = match NonZeroU32::new(600_000) {
        Some(count) => Self(count),
        None => unreachable!(),
    };

    /// The least there is, for tests of what is fed to PBKDF2. It protects nothing.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// The count as a number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl TryFrom<i64> for Iterations {
    type Error = Error;

    fn try_from(count: i64) -> Result<Self, Error> {
        u32::try_from(count)
            .ok()
            .and_then(NonZeroU32::new)
            .map(Self)
            .ok_or(Error::Iterations(count))
    }
}

impl std::fmt::Display for Iterations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
