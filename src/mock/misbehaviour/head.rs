//! Numbers in the headers of an answer.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};

use super::conduct::Conduct;
use super::table::table;
use crate::mock::Defect;

/// Gets the headers, the status, and the time in Unix seconds.
type Change = fn(&mut HeaderMap, u16, i64);

table! {
    CHANGES: Change;

    Defect::RetryAfterTooShort [*] |headers, status, _| if status == 429 { change_number(headers, "retry-after", |seconds| seconds / 2) };
    Defect::RateLimitResetAsDelay [*] |headers, _, now| change_number(headers, "x-ratelimit-reset", |reset| reset - now);
}

/// Changes the headers of an answer.
pub(in crate::mock) fn change(
    conduct: Option<&Arc<Conduct>>,
    status: u16,
    headers: &mut HeaderMap,
    now: i64,
) {
    let changes = conduct.into_iter().flat_map(|conduct| conduct.find(CHANGES));
    changes.for_each(|change| change(headers, status, now));
}

fn change_number(headers: &mut HeaderMap, name: &str, change: impl Fn(i64) -> i64) {
    let value = headers.get_mut(name);
    let number = value.as_ref().and_then(|value| value.to_str().ok()?.parse().ok());
    if let (Some(value), Some(number)) = (value, number) {
        *value = HeaderValue::from(change(number));
    }
}
