//! Why an operation refuses its input: one variant for each cause, so that a vector can name the
//! stage that must fail.

use crate::named::named;

/// A refused input. The text never contains key material, plaintext or the input itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key that must not be empty is empty.
    #[error("the key is empty: give a key of at least one byte")]
    EmptyKey,
    /// Not standard base64 with padding.
    #[error("not standard padded base64: {0}")]
    Base64(base64::DecodeError),
    /// Too few bytes for an IV and a tag.
    #[error("{0} bytes are too short for a blob: it needs an IV of 12 and a tag of 16 at least")]
    TooShort(usize),
    /// The tag does not fit: another key, or a changed blob.
    #[error("the tag does not match: the key is another one or the blob was changed")]
    Tag,
    /// An iteration count that is not a positive 32-bit number.
    #[error("{0} iterations: give a whole number from 1 to 4294967295")]
    Iterations(i64),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Randomness,
    /// More plaintext than one AES-GCM message can hold.
    #[error("the plaintext is longer than one AES-256-GCM message can be")]
    TooLong,
}

named! {
    /// The class of a refusal, by the name that it has in the adapter protocol.
    #[derive(serde::Serialize)]
    pub enum Class {
        EmptyKey = "empty_key": "The key is empty",
        Malformed = "malformed": "The text or the framing is broken, before any key is tried",
        Authentication = "authentication": "The tag refused",
        InvalidArgument = "invalid_argument": "A number or a parameter out of its range",
    }
}

impl Error {
    /// The class that an implementation is expected to report for this refusal.
    pub const fn class(&self) -> Class {
        match self {
            Self::EmptyKey => Class::EmptyKey,
            Self::Base64(_) | Self::TooShort(_) => Class::Malformed,
            Self::Tag => Class::Authentication,
            Self::Iterations(_) | Self::Randomness | Self::TooLong => Class::InvalidArgument,
        }
    }
}
