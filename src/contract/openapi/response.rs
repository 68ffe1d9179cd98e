//! The answers of a route: its success, and every refusal that it can have.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::contract::error::Code;
use crate::contract::response::{Invalid, Refused};
use crate::contract::route::{ProjectIn, Route};

/// Gives the generator the refusals, which the answers refer to.
pub(super) fn define(generator: &mut SchemaGenerator) {
    generator.subschema_for::<Refused>();
    generator.subschema_for::<Invalid>();
}

/// The answers of a route, by status.
pub(super) fn of(route: &Route, is_legacy: bool, generator: &mut SchemaGenerator) -> Value {
    let mut answers = Map::new();
    let mut success = json!({
        "description": "Done.",
        "headers": headers_of(route.status, is_legacy),
    });
    if let Some(answer) = route.answer {
        success["content"] = json!({"application/json": {"schema": answer(generator)}});
    }
    answers.insert(route.status.to_string(), success);
    for status in refusals(route) {
        let codes = Code::ALL.into_iter().filter(|code| code.status() == status);
        let codes: Vec<_> = codes.filter(is_of_the_api).map(Code::name).collect();
        let coded = json!({
            "allOf": [{"$ref": "#/components/schemas/Refused"}],
            "properties": {"error": {"enum": codes}},
        });
        let schema = match status {
            422 => json!({"anyOf": [coded, {"$ref": "#/components/schemas/Invalid"}]}),
            _ => coded,
        };
        let refusal = json!({
            "description": format!("Refused: {}.", codes.join(", ")),
            "headers": headers_of(status, is_legacy),
            "content": {"application/json": {"schema": schema}},
        });
        answers.insert(status.to_string(), refusal);
    }
    Value::Object(answers)
}

/// False for the codes of the mock's control API, its gates and its data file.
fn is_of_the_api(code: &Code) -> bool {
    !matches!(code, Code::ControlRefused | Code::AbortedAtGate | Code::NotKept)
}

fn refusals(route: &Route) -> Vec<u16> {
    let mut statuses = vec![400, 401, 403];
    if route.path.contains('{') || route.project != ProjectIn::Nowhere {
        statuses.push(404);
    }
    if route.request.is_some() {
        statuses.extend([408, 413, 415, 503]);
    }
    if route.custody.is_some() {
        statuses.push(409);
    }
    if route.request.is_some() || !route.query.is_empty() {
        statuses.push(422);
    }
    statuses.extend([429, 431]);
    statuses
}

/// The headers of an answer. An answer before the token is known, such as 400 or 401, has none that count requests.
fn headers_of(status: u16, is_legacy: bool) -> Value {
    let mut names = vec!["X-API-Version"];
    if !matches!(status, 400 | 401 | 408 | 413 | 415 | 431 | 503) {
        names.extend(["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]);
    }
    if status == 401 {
        names.push("WWW-Authenticate");
    }
    if matches!(status, 429 | 503) {
        names.push("Retry-After");
    }
    if is_legacy {
        names.extend(["Deprecation", "Sunset"]);
    }
    let named = names.into_iter().map(|name| {
        let header = json!({"$ref": format!("#/components/headers/{name}")});
        (name.to_owned(), header)
    });
    Value::Object(named.collect())
}

pub(super) fn headers() -> Value {
    let header = |description: &str, schema: Value| json!({"required": true, "description": description, "schema": schema});
    let number = || json!({"type": "integer", "minimum": 0});
    let text = || json!({"type": "string"});
    json!({
        "X-API-Version": header("The version of the API.", json!({"type": "string", "const": "1"})),
        "X-RateLimit-Limit": header("Requests in one window.", number()),
        "X-RateLimit-Remaining": header("Requests that are left in it.", number()),
        "X-RateLimit-Reset": header("When it ends: seconds since 1970.", number()),
        "Retry-After": header("Seconds to wait.", number()),
        "WWW-Authenticate": header("How to say who you are.", json!({"type": "string", "const": "Bearer"})),
        "Deprecation": header("The path has a shorter form.", text()),
        "Sunset": header("When this form goes away.", text()),
    })
}
