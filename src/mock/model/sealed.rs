//! What a blob is sealed under.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mock) enum Sealed {
    /// The key of that version. Under client custody it is the one whose proof the client has sent.
    Under(u64),
    /// No key of the project opens it. It is kept byte for byte and never moved.
    Opaque,
}

impl Sealed {
    /// The version of the key; none if no key opens it.
    pub(in crate::mock) fn key(self) -> Option<u64> {
        match self {
            Self::Under(key) => Some(key),
            Self::Opaque => None,
        }
    }
}
