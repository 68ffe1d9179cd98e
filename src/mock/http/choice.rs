//! Which refusals rest on a choice of this mock, where no source says what a server answers. No client should rely on
//! one.

use crate::contract::error::Code;
use crate::mock::Refusal;

/// What of a refusal is this mock's own choice, in words for the header `X-Mock-Choice`.
pub(super) fn of(refusal: &Refusal) -> Option<&'static str> {
    let Refusal::Coded { code, .. } = refusal else {
        return None;
    };
    Some(match code {
        Code::Unauthenticated => "the code of a 401",
        Code::OrganizationInactive => "status and code for an organization that is not active",
        Code::ClientManagedEncryption => "the code of the 400",
        Code::ServerManagedEncryption => "status and code for a project in the other custody",
        Code::IncompleteRotation => "status and code for an incomplete client rotation",
        Code::MalformedJson => "status and code for a body that is not JSON",
        Code::UnsupportedMediaType => "status and code for a body of another media type",
        Code::UnsupportedContentEncoding => "status and code for a body that is compressed",
        Code::Overloaded => "the memory of all bodies, status and code beyond it",
        Code::UnsupportedApiVersion => "status and code for another API version",
        Code::InvalidHost => "status and code for a request without one Host",
        Code::HostRefused => "what a browser may call the mock; status and code otherwise",
        Code::RotationInProgress => "the code of the 409; when a rotation is in progress",
        Code::RequestTimeout => "the longest time for a body, status and code beyond it",
        Code::HeaderFieldsTooLarge => "the longest headers, status and code beyond them",
        Code::PayloadTooLarge => "the longest body, status and code beyond it",
        Code::MethodNotAllowed => "status and code for another method",
        Code::RateLimited => "the code of the 429; fixed windows",
        Code::KeyVersionConflict => "key_version_conflict for the proof of a rotated key",
        Code::InvalidParameterCombination => "422: one source says 400",
        _ => return None,
    })
}
