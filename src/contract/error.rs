//! Error codes and their statuses (docs, api/errors; the rest is this project's choice).

/// A code in the member `error` of an error answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// 401: no token, or one that is unknown or expired.
    Unauthenticated,
    /// 403: the token lacks the scope.
    InsufficientPermissions,
    /// 403: the organization is suspended, locked or cancelled.
    OrganizationInactive,
    /// 404: unknown, or another organization's.
    NotFound,
    /// 405: the path is known, the method is not.
    MethodNotAllowed,
    /// 429: over the limit of a bucket.
    RateLimited,
    /// 400: the key is managed by the client.
    ClientManagedEncryption,
    /// 400: the key is managed by the server.
    ServerManagedEncryption,
    /// 400: a client rotation that does not name each current secret once.
    IncompleteRotation,
    /// 400: the body is not JSON.
    MalformedJson,
    /// 400: a version of the API that is not spoken here.
    UnsupportedApiVersion,
    /// 400: no `Host`, more than one, or one that is none.
    InvalidHost,
    /// 403: a browser calls under a name that anybody can make point here.
    HostRefused,
    /// 409: a rotation of the project is in progress.
    RotationInProgress,
    /// 408: the body did not arrive in time.
    RequestTimeout,
    /// 431: the headers are longer than anything the API takes.
    HeaderFieldsTooLarge,
    /// 413: the body is longer than anything the API takes.
    PayloadTooLarge,
    /// 415: a body that does not say it is JSON.
    UnsupportedMediaType,
    /// 415: a body that says it is compressed.
    UnsupportedContentEncoding,
    /// 422: a write without a proof, or a project without verification.
    KeyProofRequired,
    /// 422: the proof is not that of the active key.
    KeyProofMismatch,
    /// 422: the proof is that of a key which a rotation has replaced.
    KeyVersionConflict,
    /// 422: a version under an older client-managed key is restored without its blob under the
    /// active one.
    ContentRequiredForOldKey,
    /// 403: the version is older than the plan's retention.
    VersionLocked,
    /// 422: the version is all that is left of a deleted secret.
    VersionProtected,
    /// 422: query parameters that exclude each other.
    InvalidParameterCombination,
    /// 403: the control API was called from elsewhere, or without its token.
    ControlRefused,
    /// 503: the bodies of all requests take too much memory.
    Overloaded,
    /// 503: aborted at a gate of the mock.
    AbortedAtGate,
    /// 503: the mock's data file cannot be written.
    NotKept,
    /// 500: a fault of the mock itself.
    Internal,
}

impl Code {
    /// Every one.
    pub const ALL: [Self; 31] = [
        Self::Unauthenticated,
        Self::InsufficientPermissions,
        Self::OrganizationInactive,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RateLimited,
        Self::ClientManagedEncryption,
        Self::ServerManagedEncryption,
        Self::IncompleteRotation,
        Self::MalformedJson,
        Self::UnsupportedApiVersion,
        Self::InvalidHost,
        Self::HostRefused,
        Self::RotationInProgress,
        Self::RequestTimeout,
        Self::HeaderFieldsTooLarge,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::UnsupportedContentEncoding,
        Self::KeyProofRequired,
        Self::KeyProofMismatch,
        Self::KeyVersionConflict,
        Self::ContentRequiredForOldKey,
        Self::VersionLocked,
        Self::VersionProtected,
        Self::InvalidParameterCombination,
        Self::ControlRefused,
        Self::Overloaded,
        Self::AbortedAtGate,
        Self::NotKept,
        Self::Internal,
    ];

    /// The text in `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::InsufficientPermissions => "insufficient_permissions",
            Self::OrganizationInactive => "organization_inactive",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RateLimited => "rate_limited",
            Self::ClientManagedEncryption => "client_managed_encryption",
            Self::ServerManagedEncryption => "server_managed_encryption",
            Self::IncompleteRotation => "incomplete_rotation",
            Self::MalformedJson => "malformed_json",
            Self::UnsupportedApiVersion => "unsupported_api_version",
            Self::InvalidHost => "invalid_host",
            Self::HostRefused => "host_refused",
            Self::RotationInProgress => "rotation_in_progress",
            Self::RequestTimeout => "request_timeout",
            Self::HeaderFieldsTooLarge => "header_fields_too_large",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::UnsupportedContentEncoding => "unsupported_content_encoding",
            Self::KeyProofRequired => "key_proof_required",
            Self::KeyProofMismatch => "key_proof_mismatch",
            Self::KeyVersionConflict => "key_version_conflict",
            Self::ContentRequiredForOldKey => "content_required_for_old_key",
            Self::VersionLocked => "version_locked",
            Self::VersionProtected => "version_protected",
            Self::InvalidParameterCombination => "invalid_parameter_combination",
            Self::ControlRefused => "control_refused",
            Self::Overloaded => "overloaded",
            Self::AbortedAtGate => "aborted_at_gate",
            Self::NotKept => "not_kept",
            Self::Internal => "internal_error",
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::ClientManagedEncryption
            | Self::ServerManagedEncryption
            | Self::IncompleteRotation
            | Self::MalformedJson
            | Self::UnsupportedApiVersion
            | Self::InvalidHost => 400,
            Self::Unauthenticated => 401,
            Self::InsufficientPermissions
            | Self::OrganizationInactive
            | Self::VersionLocked
            | Self::HostRefused
            | Self::ControlRefused => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RotationInProgress => 409,
            Self::RequestTimeout => 408,
            Self::HeaderFieldsTooLarge => 431,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType | Self::UnsupportedContentEncoding => 415,
            Self::KeyProofRequired
            | Self::KeyProofMismatch
            | Self::KeyVersionConflict
            | Self::ContentRequiredForOldKey
            | Self::VersionProtected
            | Self::InvalidParameterCombination => 422,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Overloaded | Self::AbortedAtGate | Self::NotKept => 503,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let names: std::collections::BTreeSet<_> = Code::ALL.into_iter().map(Code::name).collect();
        assert_eq!(names.len(), Code::ALL.len());
        // The last one of the enumeration: one more would have to stand in the list too.
        assert_eq!(Code::Internal as usize + 1, Code::ALL.len());
    }
}
