//! Error codes and their statuses (docs, api/errors; the rest is this project's choice).

macro_rules! codes {
    ($($Name:ident = $status:literal $word:literal: $meaning:literal,)+) => {
        /// A code in the member `error` of an error answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!($status, ": ", $meaning, ".")] $Name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: [Self; [$($status),+].len()] = [$(Self::$Name),+];

            /// The text in `error`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Name => $word,)+
                }
            }

            /// The HTTP status of an answer with this code.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$Name => $status,)+
                }
            }
        }
    };
}

codes! {
    Unauthenticated = 401 "unauthenticated": "no token, or one that is unknown or expired",
    InsufficientPermissions = 403 "insufficient_permissions": "the token lacks the ability",
    OrganizationInactive = 403 "organization_inactive": "the organization is suspended, locked or cancelled",
    NotFound = 404 "not_found": "unknown, or another organization's",
    MethodNotAllowed = 405 "method_not_allowed": "the path is known, the method is not",
    RateLimited = 429 "rate_limited": "over the limit of a bucket",
    ClientManagedEncryption = 400 "client_managed_encryption": "the key is managed by the client",
    ServerManagedEncryption = 400 "server_managed_encryption": "the key is managed by the server",
    IncompleteRotation = 400 "incomplete_rotation": "a client rotation that does not name each current secret once",
    MalformedJson = 400 "malformed_json": "the body is not JSON",
    UnsupportedApiVersion = 400 "unsupported_api_version": "the request asks for a version of the API that the server does not speak",
    InvalidHost = 400 "invalid_host": "no `Host`, more than one, or one that is not a host",
    HostRefused = 403 "host_refused": "a browser calls under a name that anybody can make point here",
    RotationInProgress = 409 "rotation_in_progress": "a rotation of the project is in progress",
    RequestTimeout = 408 "request_timeout": "the body did not arrive in time",
    HeaderFieldsTooLarge = 431 "header_fields_too_large": "the headers are longer than anything the API takes",
    PayloadTooLarge = 413 "payload_too_large": "the body is longer than anything the API takes",
    UnsupportedMediaType = 415 "unsupported_media_type": "the `Content-Type` of the body is not JSON",
    UnsupportedContentEncoding = 415 "unsupported_content_encoding": "the `Content-Encoding` says that the body is compressed",
    KeyProofRequired = 422 "key_proof_required": "a write without a proof, or to a project without verification",
    KeyProofMismatch = 422 "key_proof_mismatch": "the proof is not that of the active key",
    KeyVersionConflict = 422 "key_version_conflict": "the proof is that of a key which a rotation has replaced",
    ContentRequiredForOldKey = 422 "content_required_for_old_key": "a version under an older client-managed key is restored without its blob under the active key",
    VersionLocked = 403 "version_locked": "the version is older than the plan's retention",
    VersionProtected = 422 "version_protected": "the version is all that is left of a deleted secret",
    InvalidParameterCombination = 422 "invalid_parameter_combination": "query parameters that exclude each other",
    ControlRefused = 403 "control_refused": "the control API was called from elsewhere, or without its token",
    Overloaded = 503 "overloaded": "the bodies of all requests take too much memory",
    AbortedAtGate = 503 "aborted_at_gate": "aborted at a gate of the mock",
    NotKept = 503 "not_kept": "the mock's data file cannot be written",
    Internal = 500 "internal_error": "a fault of the mock itself",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_codes_share_a_name() {
        let names: std::collections::BTreeSet<_> = Code::ALL.into_iter().map(Code::name).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
