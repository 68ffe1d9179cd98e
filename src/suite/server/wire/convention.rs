//! What is judged by all answers of a run.

/// What all answers have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convention {
    ApiVersion,
    SecurityHeaders,
    RateLimitHeaders,
    MissingScope,
    NotFound,
    /// What is said of a key is the same in each answer.
    Keys,
    /// What is stored is said to be sealed, in its project's format.
    Sealed,
}
