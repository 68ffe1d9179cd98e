//! Who holds a key, and what a rotation does with history.

use serde::{Deserialize, Serialize};

/// Who holds the key (encryption-keys, "Server-managed vs client-managed").
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
    /// Both words, as the API takes them.
    pub const WORDS: [&'static str; 2] = ["keep", "re_encrypt"];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => Self::WORDS[0],
            Self::ReEncrypt => Self::WORDS[1],
        }
    }

    /// The policy of that word.
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "keep" => Some(Self::Keep),
            "re_encrypt" => Some(Self::ReEncrypt),
            _ => None,
        }
    }
}
