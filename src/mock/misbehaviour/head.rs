//! What the head of an answer becomes.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};

use super::conduct::Conduct;
use super::table::table;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;

/// Of which answers a header is changed.
enum Of {
    All,
    Status(u16),
    /// Those with 400 and above.
    Refused,
}

/// Gets the time as well, in Unix seconds.
enum Change {
    Remove,
    Number(fn(i64, i64) -> i64),
}

struct Header {
    of: Of,
    name: &'static str,
    change: Change,
}

const fn without(of: Of, name: &'static str) -> Header {
    let change = Change::Remove;
    Header { of, name, change }
}

const fn number(of: Of, name: &'static str, change: fn(i64, i64) -> i64) -> Header {
    let change = Change::Number(change);
    Header { of, name, change }
}

table! {
    HEADERS: Header;

    Variant::UnauthenticatedWithoutCode [*] without(Of::Status(401), "www-authenticate");
    Variant::MethodsNotFound [*] without(Of::Status(404), "allow");
    Defect::RetryAfterMissing [*] without(Of::Status(429), "retry-after");
    Defect::RetryAfterTooShort [*] number(Of::Status(429), "retry-after", |seconds, _| seconds / 2);
    Defect::ApiVersionOnSuccessOnly [*] without(Of::Refused, "x-api-version");
    Defect::SecurityHeadersOnSuccessOnly [*] without(Of::Refused, "x-content-type-options");
    Defect::SecurityHeadersOnSuccessOnly [*] without(Of::Refused, "x-frame-options");
    Defect::SecurityHeadersOnSuccessOnly [*] without(Of::Refused, "x-xss-protection");
    Defect::SecurityHeadersOnSuccessOnly [*] without(Of::Refused, "strict-transport-security");
    Defect::RateLimitHeadersOnSuccessOnly [*] without(Of::Refused, "x-ratelimit-limit");
    Defect::RateLimitHeadersOnSuccessOnly [*] without(Of::Refused, "x-ratelimit-remaining");
    Defect::RateLimitHeadersOnSuccessOnly [*] without(Of::Refused, "x-ratelimit-reset");
    Defect::RateLimitResetAsDelay [*] number(Of::All, "x-ratelimit-reset", |reset, now| reset - now);
    Defect::LegacyPathsSilent [*] without(Of::All, "deprecation");
    Defect::LegacyPathsSilent [*] without(Of::All, "sunset");
}

/// Changes the headers of an answer.
pub(in crate::mock) fn change(
    conduct: Option<&Arc<Conduct>>,
    status: u16,
    headers: &mut HeaderMap,
    now: i64,
) {
    let Some(conduct) = conduct else {
        return;
    };
    for header in conduct.find(HEADERS) {
        let is_meant = match header.of {
            Of::All => true,
            Of::Status(meant) => status == meant,
            Of::Refused => status >= 400,
        };
        if !is_meant {
            continue;
        }
        match header.change {
            Change::Remove => {
                headers.remove(header.name);
            }
            Change::Number(change) => {
                let value = headers.get_mut(header.name);
                let number = value.as_ref().and_then(|value| value.to_str().ok()?.parse().ok());
                if let (Some(value), Some(number)) = (value, number) {
                    *value = HeaderValue::from(change(number, now));
                }
            }
        }
    }
}
