//! Named ways in which the mock can be told to break the contract, so that the suites can be shown
//! to notice.

/// A defect: one way of being wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
#[non_exhaustive]
pub enum Defect {
    /// GET encryption-key answers 400 for a client-managed key, as before June 2026
    DescriptorRefusesClientCustody,
    /// GET encryption-key sends the proof itself of a client-managed key
    DescriptorSendsKeyCheck,
    /// GET encryption-key sends `version` as text
    DescriptorVersionAsText,
    /// GET encryption-key needs no scope
    DescriptorIgnoresScope,
    /// The history is ordered by the text of the version, so that 9 comes before 10
    HistoryOrderedAsText,
    /// The history exposes the material of server-managed keys
    HistoryExposesServerKey,
    /// The history changes the proof of a key when it is rotated
    HistoryForgetsRotatedProof,
    /// A server rotation leaves the current secrets under the old key
    RotateLeavesCurrentSecrets,
    /// A server rotation with `keep` moves historical versions all the same
    RotateKeepMovesHistory,
    /// The job that `re_encrypt` queues never runs
    RotateNeverReencrypts,
    /// encryption-key/rotate rotates a client-managed key too
    RotateAcceptsClientCustody,
    /// There is no limit to rotations
    RotateUnlimited,
    /// A client rotation need not name every current secret
    ClientRotationAcceptsIncomplete,
    /// A refused client rotation has stored what it did name
    ClientRotationPartial,
    /// A client rotation drops the blobs that it replaces
    ClientRotationDropsReplaced,
    /// A read-only token may rotate a client key
    ClientRotationIgnoresScope,
    /// pending gives more rows than `limit`
    PendingIgnoresLimit,
    /// pending says that none remain, whatever is pending beyond its page
    PendingEndsEarly,
    /// pending does not mind that a rotation is in progress
    PendingIgnoresHeld,
    /// submit takes any proof
    SubmitAcceptsAnyProof,
    /// submit takes the proof of a key that a rotation has replaced
    SubmitAcceptsStaleProof,
    /// A refused submit has stored the versions before the wrong one
    SubmitPartial,
    /// submit counts versions as updated and leaves them where they were
    SubmitForgets,
    /// A write takes any proof
    StoreAcceptsAnyProof,
    /// A write needs no proof
    StoreAcceptsMissingProof,
    /// A write with a wrong proof is refused, and stored all the same
    StoreKeepsRefused,
    /// A token reaches the projects of every organization
    OrganizationsShared,
    /// Tokens never expire
    TokensNeverExpire,
}

impl Defect {
    /// The requirement of the catalogue that it breaks.
    pub const fn breaks(self) -> &'static str {
        match self {
            Self::DescriptorRefusesClientCustody => "descriptor-client",
            Self::DescriptorSendsKeyCheck => "descriptor-withholds-proof",
            Self::DescriptorVersionAsText => "descriptor-shape",
            Self::DescriptorIgnoresScope => "descriptor-scope",
            Self::HistoryOrderedAsText => "history-order",
            Self::HistoryExposesServerKey => "history-withholds-server-key",
            Self::HistoryForgetsRotatedProof => "history-rotated-proof-unchanged",
            Self::RotateLeavesCurrentSecrets => "rotate-current-secrets",
            Self::RotateKeepMovesHistory => "rotate-keep",
            Self::RotateNeverReencrypts => "rotate-re-encrypt",
            Self::RotateAcceptsClientCustody => "rotate-refuses-client-custody",
            Self::RotateUnlimited => "limit-rotations",
            Self::ClientRotationAcceptsIncomplete | Self::ClientRotationPartial => {
                "client-rotation-incomplete"
            }
            Self::ClientRotationDropsReplaced => "client-rotation-keeps-replaced",
            Self::ClientRotationIgnoresScope => "client-rotation-scope",
            Self::PendingIgnoresLimit => "pending-limit",
            Self::PendingEndsEarly => "pending-remaining",
            Self::PendingIgnoresHeld => "pending-conflict",
            Self::SubmitAcceptsAnyProof => "submit-wrong-proof",
            Self::SubmitAcceptsStaleProof => "submit-stale-proof",
            Self::SubmitPartial => "submit-atomic",
            Self::SubmitForgets => "submit-moves",
            Self::StoreAcceptsAnyProof => "write-wrong-proof",
            Self::StoreKeepsRefused => "write-rotated-proof",
            Self::StoreAcceptsMissingProof => "write-needs-proof",
            Self::OrganizationsShared => "organizations-isolated",
            Self::TokensNeverExpire => "token-expires",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        clap::ValueEnum::to_possible_value(&self)
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}
