//! What of an exchange may leave the process: what is known to hold no secret, and the length of the
//! rest. A member is shown because of its name and kind, never because it looks harmless.

use serde_json::{Map, Value, json};

use super::Exchange;
use crate::mock::clock::rfc3339;
use crate::mock::remedy;
use crate::mock::stage::Passage;

/// Texts of bodies that are names, ids or words of the API.
const SHOWN: [&str; 27] = [
    "action",
    "created_at",
    "encryption_key_version",
    "error",
    "expires_at",
    "environment",
    "format",
    "history_policy",
    "id",
    "key_version",
    "level",
    "managed",
    "project",
    "project_id",
    "restored_from",
    "rotated_at",
    "scope",
    "secret_format",
    "secret_id",
    "slug",
    "source",
    "status",
    "storage_mode",
    "target",
    "type",
    "updated_at",
    "version",
];

/// Headers that say nothing of who sent them.
const HEADERS: [&str; 6] = [
    "accept",
    "accept-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "x-api-version",
];

/// Longest text that is shown. Characters.
const TEXT: usize = 64;

/// An exchange, as the control API shows it.
pub(in crate::mock) fn shown(exchange: &Exchange) -> Value {
    let headers: Map<String, Value> = exchange
        .headers
        .iter()
        .map(|(name, value)| {
            let text = std::str::from_utf8(value).ok().and_then(plain);
            let text = text.filter(|_| HEADERS.contains(&name.as_str()));
            let withheld = || json!(format!("<{} bytes withheld>", value.len()));
            (name.clone(), text.map_or_else(withheld, |text| json!(text)))
        })
        .collect();
    let steps: Vec<Value> = exchange
        .trace
        .steps()
        .iter()
        .map(|(stage, passage)| match passage {
            Passage::Passed => json!({"stage": stage.name(), "passed": true}),
            Passage::Refused { status, reason } => json!({
                "stage": stage.name(), "passed": false, "status": status, "reason": reason,
                "decision": stage.decision(),
            }),
        })
        .collect();
    json!({
        "number": exchange.number,
        "at": rfc3339(exchange.at),
        "method": plain(&exchange.method),
        "path": path(&exchange.path),
        "endpoint": exchange.endpoint.map(|endpoint| endpoint.name()),
        "headers": headers,
        "body": body(&exchange.body, exchange.body_length),
        "status": exchange.status,
        "answer": body(&exchange.answer, exchange.answer.len()),
        "checks": steps,
        "would_pass": remedy::of(&exchange.trace),
        "fault": exchange.mishap,
    })
}

/// Segments that are slugs, words, numbers or ULIDs; a query by the names of its parameters.
fn path(path: &str) -> String {
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(p, q)| (p, Some(q)));
    let is_plain = |segment: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        segment.len() <= TEXT && segment.bytes().all(fits) && !is_like_secret(segment)
    };
    let segments = path.split('/').map(|segment| match is_plain(segment) {
        true => segment,
        false => "<withheld>",
    });
    let mut shown = segments.collect::<Vec<_>>().join("/");
    for (place, pair) in query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .enumerate()
    {
        let name = pair.split('=').next().unwrap_or_default();
        shown.push(if place == 0 { '?' } else { '&' });
        shown.push_str(if is_plain(name) { name } else { "<withheld>" });
    }
    shown
}

/// Whether a segment looks like a token or a key that was put there by mistake: no ULID, slug or number
/// does.
fn is_like_secret(segment: &str) -> bool {
    let has = |is: fn(&u8) -> bool| segment.bytes().any(|byte| is(&byte));
    let is_mixed =
        has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    let is_hex = segment.bytes().all(|byte| byte.is_ascii_hexdigit());
    segment.starts_with("dotenv_")
        || (segment.len() >= 20 && is_mixed)
        || (segment.len() >= 32 && is_hex)
        || segment.len() > 40
}

fn body(bytes: &[u8], length: usize) -> Value {
    if length == 0 {
        return Value::Null;
    }
    match serde_json::from_slice(bytes) {
        Ok(body) => redacted("", &body),
        Err(_) => json!(format!("<{length} bytes withheld>")),
    }
}

fn redacted(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match plain(name) {
                Some(name) => (name.to_owned(), redacted(name, value)),
                None => ("<withheld>".to_owned(), json!("<withheld>")),
            })
            .collect(),
        Value::Array(items) => items.iter().map(|item| redacted(name, item)).collect(),
        Value::String(text) => match plain(text).filter(|_| SHOWN.contains(&name)) {
            Some(text) => json!(text),
            None => json!(format!("<{} characters withheld>", text.chars().count())),
        },
        other => other.clone(),
    }
}

/// A short text without anything that a terminal or a page would act on.
fn plain(text: &str) -> Option<&str> {
    let fits = |byte: u8| (0x20..0x7f).contains(&byte);
    (text.len() <= TEXT && text.bytes().all(fits)).then_some(text)
}
