//! Named ways in which the mock can be told to break the contract, so that the suites can be shown
//! to notice. What catches each of them is `suite::server`'s word.

/// A defect: one way of being wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Defect {
    /// GET projects answers with an HTML page
    ProjectsAnsweredAsPage,
    /// GET projects answers 500 once the organization has more than ten projects
    ProjectListFailsWhenLong,
    /// GET encryption-key answers 400 for a client-managed key, as before June 2026
    DescriptorRefusesClientCustody,
    /// GET encryption-key sends the proof itself of a client-managed key
    DescriptorSendsKeyCheck,
    /// GET encryption-key sends `version` as text
    DescriptorVersionAsText,
    /// GET encryption-key needs no scope
    DescriptorIgnoresScope,
    /// GET encryption-key leaves the key out, under server custody too
    DescriptorOmitsKey,
    /// Server-managed keys have no salt: secrets are sealed under the padded key itself
    DescriptorOmitsDerivation,
    /// Whoever shows no token that is valid is taken for somebody of the path's organization
    TokenNotRequired,
    /// Tokens never expire
    TokensNeverExpire,
    /// A project that does not exist is answered as one without anything in it
    UnknownProjectAnswered,
    /// The history is ordered by the text of the version, so that 9 comes before 10
    HistoryOrderedAsText,
    /// The history says of server-managed keys that were rotated that they are active
    HistoryLeavesOldActive,
    /// The history exposes the material of server-managed keys
    HistoryExposesServerKey,
    /// The history changes the proof of a key when it is rotated
    HistoryForgetsRotatedProof,
    /// The history sends `version` as a number
    HistoryVersionAsNumber,
    /// The history needs no scope
    HistoryIgnoresScope,
    /// A server rotation counts the version up and keeps the key
    RotateKeepsKey,
    /// A server rotation answers with the key that it replaced
    RotateAnswersOldKey,
    /// A server rotation leaves the current secrets under the old key
    RotateLeavesCurrentSecrets,
    /// A server rotation with `keep` moves historical versions all the same
    RotateKeepMovesHistory,
    /// The job that `re_encrypt` queues never runs
    RotateNeverReencrypts,
    /// A server rotation without a policy keeps, whatever the project's setting
    RotateIgnoresSetting,
    /// encryption-key/rotate rotates a client-managed key too
    RotateAcceptsClientCustody,
    /// A server rotation takes any word for a policy
    RotateAcceptsAnyPolicy,
    /// encryption-key/rotate needs no scope
    RotateIgnoresScope,
    /// A server rotation answers with `version` as a number
    RotateVersionAsNumber,
    /// There is no limit to rotations
    RotateUnlimited,
    /// Rotations are limited for each project, not for the organization
    RotateLimitedPerProject,
    /// Rotations are limited for a day, not for an hour
    RotateWindowIsADay,
    /// A client rotation counts one secret too many
    ClientRotationMiscounts,
    /// A client rotation leaves the secrets of targets as they were
    ClientRotationLeavesTargets,
    /// A client rotation labels old versions with the new key
    ClientRotationMovesHistory,
    /// A client rotation drops the blobs that it replaces
    ClientRotationDropsReplaced,
    /// A client rotation need not name every current secret
    ClientRotationAcceptsIncomplete,
    /// A refused client rotation has stored what it did name
    ClientRotationPartial,
    /// A client rotation takes iterations as text
    ClientRotationCastsTypes,
    /// rotate-client-keys rotates a server-managed key too
    ClientRotationIgnoresCustody,
    /// A read-only token may rotate a client key
    ClientRotationIgnoresScope,
    /// A client rotation does not say `success`
    ClientRotationOmitsSuccess,
    /// pending says of each version that it is under the active key
    PendingNamesActiveKey,
    /// pending gives more rows than `limit`
    PendingIgnoresLimit,
    /// pending refuses a limit over 50
    PendingRefusesHundred,
    /// pending says that none remain, whatever is pending beyond its page
    PendingEndsEarly,
    /// pending does not mind that a rotation is in progress
    PendingIgnoresHeld,
    /// pending drops the versions of a server-managed project
    PendingPrunesServerHistory,
    /// pending needs no scope
    PendingIgnoresScope,
    /// pending sends `key_version` as a number
    PendingVersionAsNumber,
    /// submit counts versions as updated and leaves them where they were
    SubmitForgets,
    /// submit counts one version too many
    SubmitMiscounts,
    /// submit stores the blob and leaves the version under the old key
    SubmitLeavesPending,
    /// submit counts among those that remain what was moved already
    SubmitRemainingStuck,
    /// submit says that none remain, whatever is pending
    SubmitEndsEarly,
    /// submit takes any proof
    SubmitAcceptsAnyProof,
    /// submit takes the proof of a key that a rotation has replaced
    SubmitAcceptsStaleProof,
    /// A refused submit has stored the versions before the wrong one
    SubmitPartial,
    /// submit stores what it is sent in a server-managed project too
    SubmitIgnoresCustody,
    /// submit needs no scope
    SubmitIgnoresScope,
    /// submit sends `updated` as text
    SubmitCountsAsText,
    /// A blob is stored without its base64 padding
    StoreDropsPadding,
    /// A write takes any proof
    StoreAcceptsAnyProof,
    /// A write needs no proof
    StoreAcceptsMissingProof,
    /// A write takes the proof of a key that a rotation has replaced
    StoreAcceptsStaleProof,
    /// A write with a wrong proof is refused, and stored all the same
    StoreKeepsRefused,
    /// A write to a client-managed project without verification needs no proof
    StoreIgnoresVerification,
    /// A blob that is stored under server custody is sealed once more
    StoreSealsTwice,
    /// A write needs no scope
    StoreIgnoresScope,
    /// A token reaches the projects of every organization
    OrganizationsShared,
    /// A version is found by its id, whoever it belongs to
    VersionsShared,
    /// submit stores into any version that it names, and only then asks whose it is
    SubmitReachesOthers,
    /// Another organization is answered with 403
    OtherOrganizationForbidden,
    /// A 429 does not say when to retry
    RetryAfterMissing,
    /// A 429 says half the time that has to be waited
    RetryAfterTooShort,
    /// There is no limit to requests
    RequestsUnlimited,
    /// GET secrets says `format: hierarchical`
    SecretsFormatHierarchical,
    /// Refusals do not echo X-API-Version
    ApiVersionOnSuccessOnly,
    /// Refusals have no security headers
    SecurityHeadersOnSuccessOnly,
    /// Refusals have no X-RateLimit headers
    RateLimitHeadersOnSuccessOnly,
    /// X-RateLimit-Reset is the seconds that are left
    RateLimitResetAsDelay,
    /// A token without the scope is answered with 404
    MissingScopeNotFound,
    /// A project that does not exist is answered with 403
    UnknownProjectForbidden,
    /// A write to an environment is stored at its target
    StoreLosesEnvironments,
    /// A write answers that it was stored at the project, wherever it was
    StoreAnswersProject,
    /// A write keeps no version of what it replaces
    StoreKeepsNothing,
    /// A write with `no_backup` keeps a version all the same
    StoreIgnoresNoBackup,
    /// The list of versions answers with its first page, whatever the page
    VersionsRepeatFirstPage,
    /// GET versions sends `id` as a number
    VersionIdAsNumber,
    /// A restore under server custody leaves the level as it is
    RestorePutsNothingBack,
    /// A restore takes away the version that it restores
    RestoreTakesVersion,
    /// A restore answers with `restored_from` as a number
    RestoreAnswersNumber,
    /// A restore under client custody puts the old blob back, whatever content it is sent
    RestoreIgnoresContent,
    /// A restore under client custody puts a blob under an older key back as it is
    RestoreNeedsNoContent,
    /// A restore under server custody puts a blob under an older key back as it is
    RestoreKeepsOldKey,
    /// A restore under client custody takes any proof
    RestoreAcceptsAnyProof,
    /// A deletion leaves the secret where it is
    DeleteLeavesSecret,
    /// A deletion keeps no version of what it deletes
    DeleteKeepsNothing,
    /// A deletion with `no_backup` need not be confirmed
    DeleteNeedsNoConfirmation,
    /// A deletion with `no_backup` leaves the versions of the level
    DeleteLeavesVersions,
    /// A refusal has an error code and no message
    RefusalWithoutMessage,
    /// A refused body is said to be wrong as a whole: no member is named
    ValidationNamesNoMember,
    /// The long paths do not say that they will go
    LegacyPathsSilent,
    /// A client rotation with a `history_policy` is refused
    ClientRotationRefusesPolicy,
    /// A client rotation labels every older version with the key that it replaces
    ClientRotationMergesOldKeys,
    /// A client rotation labels what was under the key that it replaces with the new key
    ClientRotationTakesMoved,
    /// A client rotation stores its blobs a moment after its key
    ClientRotationSplit,
    /// submit waits for a rotation beside it, refuses the proof that is stale then, and stores all the same
    SubmitStoresLate,
}

impl Defect {
    /// The requirement of the catalogue that it breaks.
    pub const fn breaks(self) -> &'static str {
        match self {
            Self::ProjectsAnsweredAsPage | Self::ProjectListFailsWhenLong => "api-answers",
            Self::DescriptorRefusesClientCustody => "descriptor-client",
            Self::DescriptorSendsKeyCheck => "descriptor-withholds-proof",
            Self::DescriptorVersionAsText => "descriptor-shape",
            Self::DescriptorIgnoresScope => "descriptor-scope",
            Self::DescriptorOmitsKey => "descriptor-server",
            Self::DescriptorOmitsDerivation => "descriptor-derivation",
            Self::TokenNotRequired => "token-required",
            Self::TokensNeverExpire => "token-expires",
            Self::UnknownProjectAnswered => "unknown-project",
            Self::HistoryOrderedAsText => "history-order",
            Self::HistoryLeavesOldActive => "history-one-active",
            Self::HistoryExposesServerKey => "history-withholds-server-key",
            Self::HistoryForgetsRotatedProof => "history-rotated-proof-unchanged",
            Self::HistoryVersionAsNumber => "history-shape",
            Self::HistoryIgnoresScope => "history-scope",
            Self::RotateKeepsKey | Self::RotateAnswersOldKey => "rotate-new-key",
            Self::RotateLeavesCurrentSecrets => "rotate-current-secrets",
            Self::RotateKeepMovesHistory => "rotate-keep",
            Self::RotateNeverReencrypts => "rotate-re-encrypt",
            Self::RotateIgnoresSetting => "rotate-project-setting",
            Self::RotateAcceptsClientCustody => "rotate-refuses-client-custody",
            Self::RotateAcceptsAnyPolicy => "rotate-policy-words",
            Self::RotateIgnoresScope => "rotate-scope",
            Self::RotateVersionAsNumber => "rotate-shape",
            Self::RotateUnlimited | Self::RotateLimitedPerProject => "limit-rotations",
            Self::RotateWindowIsADay => "limit-rotations-window",
            Self::ClientRotationMiscounts | Self::ClientRotationLeavesTargets => {
                "client-rotation-rotates"
            }
            Self::ClientRotationMovesHistory => "client-rotation-leaves-history",
            Self::ClientRotationDropsReplaced => "client-rotation-keeps-replaced",
            Self::ClientRotationAcceptsIncomplete | Self::ClientRotationPartial => {
                "client-rotation-incomplete"
            }
            Self::ClientRotationCastsTypes => "client-rotation-types",
            Self::ClientRotationIgnoresCustody => "client-rotation-server-custody",
            Self::ClientRotationIgnoresScope => "client-rotation-scope",
            Self::ClientRotationOmitsSuccess => "client-rotation-shape",
            Self::PendingNamesActiveKey => "pending-lists",
            Self::PendingIgnoresLimit | Self::PendingRefusesHundred => "pending-limit",
            Self::PendingEndsEarly => "pending-remaining",
            Self::PendingIgnoresHeld => "pending-conflict",
            Self::PendingPrunesServerHistory => "pending-server-custody",
            Self::PendingIgnoresScope => "pending-scope",
            Self::PendingVersionAsNumber => "pending-shape",
            Self::SubmitForgets | Self::SubmitMiscounts | Self::SubmitLeavesPending => {
                "submit-moves"
            }
            Self::SubmitRemainingStuck | Self::SubmitEndsEarly => "submit-until-none-remain",
            Self::SubmitAcceptsAnyProof => "submit-wrong-proof",
            Self::SubmitAcceptsStaleProof => "submit-stale-proof",
            Self::SubmitPartial => "submit-atomic",
            Self::SubmitIgnoresCustody => "submit-server-custody",
            Self::SubmitIgnoresScope => "submit-scope",
            Self::SubmitCountsAsText => "submit-shape",
            Self::StoreDropsPadding => "write-with-proof",
            Self::StoreAcceptsAnyProof | Self::RestoreAcceptsAnyProof => "write-wrong-proof",
            Self::StoreAcceptsMissingProof => "write-needs-proof",
            Self::StoreAcceptsStaleProof | Self::StoreKeepsRefused => "write-rotated-proof",
            Self::StoreIgnoresVerification => "write-unverified",
            Self::StoreSealsTwice => "write-server-custody",
            Self::StoreIgnoresScope => "write-scope",
            Self::OrganizationsShared | Self::VersionsShared | Self::SubmitReachesOthers => {
                "organizations-isolated"
            }
            Self::OtherOrganizationForbidden => "isolation-not-found",
            Self::RetryAfterMissing | Self::RetryAfterTooShort => "limit-retry-after",
            Self::RequestsUnlimited => "limit-requests",
            Self::SecretsFormatHierarchical => "neighbour-shapes",
            Self::ApiVersionOnSuccessOnly => "header-api-version",
            Self::SecurityHeadersOnSuccessOnly => "header-security",
            Self::RateLimitHeadersOnSuccessOnly | Self::RateLimitResetAsDelay => {
                "header-rate-limit"
            }
            Self::MissingScopeNotFound => "error-missing-scope",
            Self::UnknownProjectForbidden => "error-not-found",
            Self::StoreLosesEnvironments => "write-every-level",
            Self::StoreAnswersProject => "write-answer",
            Self::StoreKeepsNothing => "version-kept",
            Self::StoreIgnoresNoBackup => "version-no-backup",
            Self::VersionsRepeatFirstPage => "version-pages",
            Self::VersionIdAsNumber => "version-shape",
            Self::RestorePutsNothingBack => "restore-puts-back",
            Self::RestoreTakesVersion => "restore-append-only",
            Self::RestoreAnswersNumber => "restore-answer",
            Self::RestoreIgnoresContent => "restore-with-content",
            Self::RestoreNeedsNoContent => "restore-needs-content",
            Self::RestoreKeepsOldKey => "restore-after-rotation",
            Self::DeleteLeavesSecret => "delete-empties",
            Self::DeleteKeepsNothing => "delete-keeps-backup",
            Self::DeleteNeedsNoConfirmation => "delete-needs-confirmation",
            Self::DeleteLeavesVersions => "delete-for-good",
            Self::RefusalWithoutMessage => "error-envelope",
            Self::ValidationNamesNoMember => "error-validation",
            Self::LegacyPathsSilent => "legacy-paths",
            Self::ClientRotationRefusesPolicy => "client-rotation-policy-words",
            Self::ClientRotationMergesOldKeys => "client-rotation-loses-nothing",
            Self::ClientRotationTakesMoved => "submit-resumes",
            Self::ClientRotationSplit => "race-client-rotations",
            Self::SubmitStoresLate => "race-submit",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        clap::ValueEnum::to_possible_value(&self)
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}
