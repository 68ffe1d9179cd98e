//! What an implementation says to a call: an answer or a refusal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::crypto::{self, Class};

/// An answer, written as an object with the one member that the operation answers with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Base64 of the 32 bytes that a key is padded or cut to.
    PaddedKey(String),
    /// The proof as it goes over the wire.
    Proof(String),
    /// Whether a proof verifies.
    Valid(bool),
    /// Base64 of the 32-byte AES key.
    DataKey(String),
    /// A sealed blob as it goes over the wire.
    Content(String),
    /// What was sealed.
    Plaintext(String),
}

impl Answer {
    /// The name of the member.
    pub const fn member(&self) -> &'static str {
        match self {
            Self::PaddedKey(_) => "padded_key",
            Self::Proof(_) => "proof",
            Self::Valid(_) => "valid",
            Self::DataKey(_) => "data_key",
            Self::Content(_) => "content",
            Self::Plaintext(_) => "plaintext",
        }
    }
}

impl fmt::Display for Answer {
    /// `proof "NmvqZy0a…"`: invisible characters are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = self.member();
        match self {
            Self::Valid(valid) => write!(f, "{member} {valid}"),
            Self::PaddedKey(text)
            | Self::Proof(text)
            | Self::DataKey(text)
            | Self::Content(text)
            | Self::Plaintext(text) => write!(f, "{member} {text:?}"),
        }
    }
}

/// A refused input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// At which stage it was refused.
    pub class: Class,
    /// Why, in the implementation's words.
    pub message: String,
}

impl From<crypto::Error> for Refusal {
    fn from(error: crypto::Error) -> Self {
        Self { class: error.class(), message: error.to_string() }
    }
}
