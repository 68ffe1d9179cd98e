//! What a client of the API can get wrong.

use clap::ValueEnum;

/// A named mistake of the reference adapter in its operations of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
#[non_exhaustive]
pub enum Slip {
    /// Sends the passphrase with each write.
    SendsPassphrase,
    /// Sends the data key in place of the proof.
    SendsDataKey,
    /// Stores the text itself in place of the blob.
    SendsPlaintext,
    /// Writes without a proof.
    OmitsProof,
    /// Sends ids of secrets as numbers.
    SecretIdsAsNumbers,
    /// Sends ids of versions as texts.
    VersionIdsAsText,
    /// Stops after the first batch of the history.
    IgnoresRemaining,
    /// Remembers the descriptor of a project.
    StaleSalt,
    /// Passes over a version that it cannot open.
    DropsUnopened,
    /// Asks for the history until none of it remains, whatever becomes of it.
    LoopsForever,
    /// Seals under whatever key the server hands out.
    TrustsCustody,
    /// Sends a rotation again when there was no answer.
    RetriesRotation,
    /// Sends a request again at once when it was one too many.
    IgnoresRetryAfter,
    /// Does not say what it accepts.
    OmitsAccept,
    /// Sends a body as text.
    BodyAsText,
    /// Names a type where there is no body.
    TypesNothing,
    /// Asks for version 2 of the API.
    AsksForVersion2,
    /// Leaves the iterations out of the descriptor.
    DropsIterations,
    /// Lists the active key only.
    ListsActiveKeyOnly,
    /// Names a policy that nobody asked for.
    SendsPolicyUnasked,
    /// Asks for as many rows as the server gives.
    IgnoresLimit,
    /// Sends what is not given as null.
    SendsNulls,
    /// Calls done what the server refused.
    SwallowsRefusals,
    /// Creates projects with 1000 iterations.
    CreatesWithFewIterations,
    /// Creates projects with one and the same salt.
    CreatesWithOneSalt,
    /// Derives with 600,000 iterations, whatever the descriptor says.
    FixedIterations,
    /// Seals under the server's key itself, padded.
    PadsServerKey,
    /// Pulls the project's level only.
    PullsProjectOnly,
    /// Leaves out of a pull what does not open.
    PullsReadableOnly,
    /// Rotates with blobs that are still under the old key.
    RotatesUnderOldKey,
    /// Rotates with what it could not open, as it came.
    RotatesUnread,
    /// Moves the versions of the last key only.
    MovesLastKeyOnly,
    /// Takes no answer for a good one.
    TakesSilenceForSuccess,
    /// Takes a conflict for the end of the history.
    IgnoresConflict,
    /// Seals under an empty key where none is given.
    PushesWithoutKey,
    /// Takes an answer that is cut off for a good one.
    TakesCutAnswer,
    /// Submits as it came what is said to be under the active key.
    TrustsKeyVersion,
}

impl Slip {
    /// Every one.
    pub fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }
}
