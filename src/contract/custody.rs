//! Who keeps a key, and what a rotation does with history.

use serde::{Deserialize, Serialize};

/// Who keeps the key of a project (encryption-keys, "Server-managed vs client-managed").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Custody {
    /// The server keeps the key and can decrypt.
    Server,
    /// The server keeps only a one-way proof.
    Client,
}

impl Custody {
    /// The word in `managed`, `storage_mode` and `encryption_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// What a rotation does with historical versions (encryption-keys, "Rotate a server-managed key").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryPolicy {
    /// They stay under the old key.
    Keep,
    /// They are moved onto the new key.
    ReEncrypt,
}

impl HistoryPolicy {
    /// Every policy.
    pub const ALL: [Self; 2] = [Self::Keep, Self::ReEncrypt];

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::ReEncrypt => "re_encrypt",
        }
    }

    /// The policy of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == word)
    }
}
