//! Which parts of an exchange may leave the process. The mock's own texts are shown: they contain nothing that a client
//! has sent. A value that a client has sent is shown if the name of its member says what it is and it has that form (a
//! slug, an id, a word of the API, a proof, which is what the server stores). Of every other value the length is shown.

use serde_json::{Map, Value, json};

use crate::contract::custody::{Custody, HistoryPolicy};
use crate::contract::identifier::{is_id, is_word};
use crate::contract::request::{Action, Merge};
use crate::contract::route::Endpoint;
use crate::contract::scope;
use crate::crypto::{KEY_LENGTH, SALT_LENGTH, encoding};
use crate::mock::clock::rfc3339;
use crate::mock::{Exchange, Passage};

/// Headers that hold no secret and name nobody.
const HEADERS: [&str; 6] = [
    "accept",
    "accept-encoding",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
];

/// Longest text of a header that is shown.
const TEXT: usize = 64;
/// Longest name of a member or a parameter that is shown: shorter than a key in any spelling.
const NAME: usize = 31;
/// Longest word of a path that is shown.
const SEGMENT: usize = 40;
/// Longest version of the API that is shown.
const VERSION: usize = 8;

/// An exchange as the control API lists it, unless a call asks for secrets.
pub(in crate::mock) fn without_secrets(exchange: &Exchange) -> Value {
    let header = |name: &str, value: &[u8]| {
        let text = std::str::from_utf8(value).ok().and_then(plain);
        let text = text.filter(|text| match name {
            "x-api-version" => is_word(text) && text.len() <= VERSION,
            _ => HEADERS.contains(&name),
        });
        let withheld = || json!(format!("<{} bytes withheld>", value.len()));
        text.map_or_else(withheld, |text| json!(text))
    };
    let by = if is_nothing_but_variables(exchange) { By::Owner } else { By::Mock };
    let answer = match &exchange.redacted {
        Some(refusal) => without_details(refusal),
        None => body(&exchange.answer, exchange.answer.len(), by),
    };
    let request = body(&exchange.body, exchange.body_length, By::Client);
    let (method, path) = (plain(&exchange.method), path(&exchange.path));
    listed(exchange, (json!(method), json!(path), request, answer), header)
}

/// An exchange with everything that is stored of it, secrets included, for whoever has the control token.
pub(in crate::mock) fn with_secrets(exchange: &Exchange) -> Value {
    let header = |_: &str, value: &[u8]| json!(String::from_utf8_lossy(value));
    let body = |bytes: &[u8], length: usize| match serde_json::from_slice::<Value>(bytes) {
        Ok(body) => body,
        Err(_) if length == 0 => Value::Null,
        Err(_) if bytes.is_empty() => json!(format!("<{length} bytes, too many to be kept>")),
        Err(_) => json!(String::from_utf8_lossy(bytes)),
    };
    let request = body(&exchange.body, exchange.body_length);
    let answer = body(&exchange.answer, exchange.answer.len());
    let (method, path) = (json!(exchange.method), json!(exchange.path));
    listed(exchange, (method, path, request, answer), header)
}

/// An exchange with its method, path, body and answer as they may be shown.
fn listed(
    exchange: &Exchange,
    (method, path, body, answer): (Value, Value, Value, Value),
    header: impl Fn(&str, &[u8]) -> Value,
) -> Value {
    let headers = exchange.headers.iter();
    let headers: Map<String, Value> =
        headers.map(|(name, value)| (name.clone(), header(name, value))).collect();
    let steps = exchange.trace.steps().iter().map(|(stage, passage)| match passage {
        Passage::Passed => json!({"stage": stage.name(), "passed": true}),
        Passage::Refused { status, reason } => json!({
            "stage": stage.name(), "passed": false, "status": status, "reason": reason,
            "decision": stage.decision(),
        }),
    });
    let mut listed = json!({
        "number": exchange.number,
        "at": rfc3339(exchange.at),
        "method": method,
        "path": path,
        "endpoint": exchange.endpoint.map(|endpoint| endpoint.name()),
        "headers": headers,
        "body": body,
        "status": exchange.status,
        "answer": answer,
        "checks": steps.collect::<Vec<_>>(),
        "would_pass": exchange.trace.would_pass(),
        "fault": exchange.mishap,
    });
    if let Some(ulid) = &exchange.named {
        listed["named"] = json!(ulid);
    }
    listed
}

/// Segments that are slugs, words, numbers or ULIDs; a query by the names of its parameters, and their values where
/// they are words that these take.
fn path(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
    let segments = path.split('/').map(|segment| {
        let is_word = segment.len() <= SEGMENT && is_word(segment);
        let is_shown = segment.is_empty() || is_word || is_id(segment);
        if is_shown { segment } else { "<withheld>" }
    });
    let mut shown = segments.collect::<Vec<_>>().join("/");
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    for (place, pair) in pairs.enumerate() {
        let (name, value) =
            pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)));
        shown.push(if place == 0 { '?' } else { '&' });
        shown.push_str(if is_name(name) { name } else { "<withheld>" });
        if let Some(value) = value {
            let is_shown = is_of_query(name, value);
            shown.push('=');
            shown.push_str(if is_shown { value } else { "<withheld>" });
        }
    }
    shown
}

/// Whether a parameter of a query takes this value.
fn is_of_query(name: &str, value: &str) -> bool {
    match name {
        "decrypt" | "raw" | "force" => ["true", "false", "0", "1", ""].contains(&value),
        "merge" => Merge::WORDS.contains(&value),
        "page" | "per_page" | "limit" => value.len() <= 6 && value.parse::<u32>().is_ok(),
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Only members whose names the API knows are shown.
    Client,
    Mock,
    /// The variables of a secret and the metadata of a project: both names and values are their owner's.
    Owner,
}

/// Whether an answer is a bare map of variables.
fn is_nothing_but_variables(exchange: &Exchange) -> bool {
    use Endpoint::{GetEnvironmentSecrets, GetProjectSecrets, GetTargetSecrets, RetrieveSecrets};
    matches!(
        exchange.endpoint,
        Some(GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets)
    ) && !exchange.answered()["data"].is_object()
}

fn body(bytes: &[u8], length: usize, by: By) -> Value {
    if length == 0 {
        return Value::Null;
    }
    match serde_json::from_slice(bytes) {
        Ok(body) => redacted("", &body, by),
        Err(_) => json!(format!("<{length} bytes withheld>")),
    }
}

/// The body of a refusal with its `details` redacted: they repeat ids that a client has sent.
fn without_details(refusal: &Value) -> Value {
    let mut refusal = refusal.clone();
    if let Some(details) = refusal.get_mut("details") {
        *details = redacted("details", details, By::Mock);
    }
    refusal
}

fn redacted(name: &str, value: &Value, by: By) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let is_of_owner = name == "metadata" || name == "secrets" && value.is_object();
                let by = if is_of_owner { By::Owner } else { by };
                if is_name(name) {
                    (name.clone(), redacted(name, value, by))
                } else {
                    ("<withheld>".to_owned(), json!("<withheld>"))
                }
            })
            .collect(),
        Value::Array(items) => items.iter().map(|item| redacted(name, item, by)).collect(),
        Value::String(text) if is_shown(name, text, by) => value.clone(),
        Value::String(text) if by == By::Mock && name == "api_path" => json!(path(text)),
        Value::String(text) => json!(format!("<{} characters withheld>", text.chars().count())),
        other => other.clone(),
    }
}

/// Whether a text has the form of what the member of that name holds, so that it is no secret.
fn is_shown(name: &str, text: &str, by: By) -> bool {
    match name {
        _ if by == By::Owner => false,
        "created_at" | "expires_at" | "rotated_at" | "timestamp" | "updated_at"
        | "version_created_at" => text.len() <= TEXT && text.parse::<jiff::Timestamp>().is_ok(),
        "duplicate"
        | "encryption_key_version"
        | "id"
        | "key_version"
        | "missing"
        | "project_id"
        | "restored_from"
        | "secret_id"
        | "target_id"
        | "ulid"
        | "unknown"
        | "version" => is_id(text),
        "environment" | "project" | "slug" | "source" | "status" | "target" => is_word(text),
        "format" | "secret_format" => {
            ["env", "json", "yaml", "text", "hierarchical"].contains(&text)
        }
        "history_policy" => HistoryPolicy::named(text).is_some(),
        "encryption_type" | "managed" | "storage_mode" => {
            [Custody::Server, Custody::Client].iter().any(|custody| custody.name() == text)
        }
        "level" | "scope" => ["project", "target", "environment", "level"].contains(&text),
        "merge" | "merged" => Merge::WORDS.contains(&text),
        "action" => {
            let mut actions = Action::ALL.iter();
            ["update", "rotate", "restore", "delete"].contains(&text)
                || actions.any(|action| action.name() == text)
        }
        "abilities" => scope::is_ability(text),
        "key_check" | "key_proof" => is_base64_of(text, KEY_LENGTH),
        "key_check_salt" => is_base64_of(text, SALT_LENGTH),
        // No member of an answer has these names but by the mock's own types.
        "error" | "locked_reason" | "message" | "type" => by == By::Mock,
        _ => false,
    }
}

fn is_base64_of(text: &str, length: usize) -> bool {
    text.len() <= TEXT && encoding::decode(text).is_ok_and(|bytes| bytes.len() == length)
}

/// Whether a text is a name as members and parameters have them, and no token.
fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let word = text.to_ascii_lowercase().replace(['_', '.'], "-");
    text.len() <= NAME && text.bytes().all(fits) && is_word(&word)
}

/// A short text without anything that a terminal or a page would act on.
fn plain(text: &str) -> Option<&str> {
    let fits = |byte: u8| (0x20..0x7f).contains(&byte);
    (text.len() <= TEXT && text.bytes().all(fits)).then_some(text)
}
