//! Second conformant behaviours: for rows of `decisions.md` that are called free, another choice than
//! the mock's own. No suite may hold one against a server.

/// A variant: the same contract, kept in another way.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Variant {
    /// A 401 is a `message` only, without WWW-Authenticate
    UnauthenticatedWithoutCode,
    /// A 404 is a `message` only
    NotFoundWithoutCode,
    /// encryption-key/rotate on client custody is a 400 with a `message` only
    ClientCustodyWithoutCode,
    /// What is for client custody is answered with 422 and an `errors` map under server custody
    ServerCustodyInvalid,
    /// Under server custody nothing is pending, and that is no error
    ServerCustodyNothingPending,
    /// A client rotation that is not complete is answered with 422 and an `errors` map
    IncompleteRotationInvalid,
    /// The history sends null for what an entry does not have
    HistoryNullMembers,
    /// The history shows no proofs, salts and iterations
    HistoryWithoutProofs,
    /// pending lists the newest version first
    PendingNewestFirst,
    /// pending does not count its own page among those that remain
    PendingRemainingBeyondPage,
    /// pending takes a limit out of its range for the nearest one in it, and digits for a number
    PendingLimitClamped,
    /// pending gives no more than two rows, whatever the limit
    PendingSmallPages,
    /// submit passes over ids that it does not know
    SubmitUnknownIgnored,
    /// submit counts versions that were moved already
    SubmitMovedCounted,
    /// submit refuses versions that were moved already
    SubmitMovedRefused,
    /// submit answers a stale proof as it answers any wrong one
    StaleProofMismatch,
    /// A missing proof is answered as a wrong one
    MissingProofMismatch,
    /// A missing proof is answered with 422 and an `errors` map
    MissingProofInvalid,
    /// A 409 is a `message` only
    ConflictWithoutCode,
    /// The ids of secrets are numbers
    SecretIdsAsNumbers,
    /// The levels of GET secrets have no id, and no refusal names one
    SecretIdsAbsent,
    /// The first write of a level is kept as a version too
    FirstWriteIsAVersion,
    /// The versions of a level are listed oldest first
    VersionsOldestFirst,
    /// A content has to be a sealed blob
    StrictContents,
    /// The versions of keys start at 3 and grow by 2
    KeyVersionsWithGaps,
    /// A server rotation draws a new key and keeps the salt
    RotationKeepsSalt,
    /// A server rotation does not keep the blobs that it replaces as versions
    RotationKeepsNoVersions,
    /// A new project's setting is `re_encrypt`
    ReEncryptByDefault,
    /// Limits count the requests of the last minute or hour, not of a fixed one
    SlidingWindows,
    /// A rotation also counts as a request of the minute
    RotationsCountTwice,
    /// A 429 is a `message` only
    RateLimitedWithoutCode,
    /// A client rotation to the very same proof, salt and iterations is accepted
    SameProofAccepted,
    /// A client's proof may have any number of iterations
    IterationsUnbounded,
    /// Under server custody a blob that no key of the project opens is refused
    OpaqueRefused,
    /// After a client rotation with `keep` nothing older is pending
    KeepEndsPending,
    /// Ids in requests may be text or numbers
    IdsOfEitherType,
    /// An API key that is made or rotated is answered as the documentation says, with the token as text
    ApiKeyTokenText,
    /// The deletion of a version is forced by the query only
    ForceInQueryOnly,
    /// What is not JSON is answered with 422 and an `errors` map
    MalformedJsonInvalid,
    /// A body with a member that is not known is refused
    UnknownMembersRefused,
    /// A method that a path does not have is answered as an unknown path
    MethodsNotFound,
    /// Any X-API-Version is taken for 1
    ApiVersionIgnored,
    /// An organization that is not active is answered with 404
    InactiveNotFound,
    /// An organization is found in the spelling of its id only, which is upper case
    OrganizationSpeltExactly,
}

impl Variant {
    /// The row of `decisions.md` that leaves the choice.
    pub const fn decision(self) -> &'static str {
        match self {
            Self::UnauthenticatedWithoutCode => "401",
            Self::NotFoundWithoutCode => "404 unknown project; other organization",
            Self::ClientCustodyWithoutCode => "`encryption-key/rotate` on client custody",
            Self::ServerCustodyInvalid | Self::ServerCustodyNothingPending => {
                "`rotate-client-keys` on server custody; `pending` and submit there"
            }
            Self::IncompleteRotationInvalid => "`rotate-client-keys` completeness (§5.4)",
            Self::HistoryNullMembers | Self::HistoryWithoutProofs => {
                "history: which optional members"
            }
            Self::PendingNewestFirst
            | Self::PendingRemainingBeyondPage
            | Self::PendingLimitClamped
            | Self::PendingSmallPages => "`pending` (§7.2.5)",
            Self::SubmitUnknownIgnored | Self::SubmitMovedCounted | Self::SubmitMovedRefused => {
                "submit: ids"
            }
            Self::StaleProofMismatch => "submit: race (§7.2.7)",
            Self::MissingProofMismatch | Self::MissingProofInvalid => "missing `key_proof` (C-33)",
            Self::ConflictWithoutCode => "409 (C-25)",
            Self::SecretIdsAsNumbers | Self::SecretIdsAbsent => "secret ids (C-10)",
            Self::FirstWriteIsAVersion | Self::VersionsOldestFirst => "versions of secrets (§3.7)",
            Self::StrictContents => "content (C-27)",
            Self::KeyVersionsWithGaps => "key versions",
            Self::RotationKeepsSalt | Self::RotationKeepsNoVersions => "server rotation",
            Self::ReEncryptByDefault => "project's history-policy setting (§7.2.25)",
            Self::SlidingWindows | Self::RotationsCountTwice | Self::RateLimitedWithoutCode => {
                "rate limits"
            }
            Self::SameProofAccepted => {
                "client rotation to the very same proof, salt and iterations"
            }
            Self::IterationsUnbounded => "proof fields",
            Self::OpaqueRefused => "server custody: what a stored blob is under",
            Self::KeepEndsPending => "`keep` on a client rotation (§7.2.8)",
            Self::IdsOfEitherType => "ids in requests",
            Self::ApiKeyTokenText => "api-keys create and rotate (C-12, C-13)",
            Self::ForceInQueryOnly => "`force` on version delete",
            Self::MalformedJsonInvalid => "malformed JSON; wrong media type",
            Self::UnknownMembersRefused => "unknown body fields",
            Self::MethodsNotFound => "methods, paths",
            Self::ApiVersionIgnored => "`X-API-Version`",
            Self::InactiveNotFound => "non-active organization",
            Self::OrganizationSpeltExactly => "organization id",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        clap::ValueEnum::to_possible_value(&self)
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}
