//! What a route answers: its success, and every refusal that it has.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::contract::error::Code;
use crate::contract::response::{
    ApiKey, CreatedApiKey, Data, DescriptorAttributes, Environment, HistoryEntry, Invalid,
    NewToken, Organization, Pending, Project, Purged, Refused, Resource, Restored, Rotated,
    RotatedApiKey, RotatedClientKeys, Secrets, Stored, Submitted, Target, User, Version,
    VersionPage,
};
use crate::contract::route::{Endpoint, ProjectIn, Route};

type Shape = fn(&mut SchemaGenerator) -> Schema;

fn of_type<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Each success by the name that the route table gives its shape.
const SUCCESSES: &[(&str, Shape)] = &[
    ("api-key", of_type::<Data<ApiKey>>),
    ("api-key-created", of_type::<CreatedApiKey<NewToken>>),
    ("api-key-list", of_type::<Data<Vec<ApiKey>>>),
    ("api-key-rotated", of_type::<Data<RotatedApiKey>>),
    ("environment", of_type::<Data<Resource<Environment>>>),
    (
        "environment-list",
        of_type::<Data<Vec<Resource<Environment>>>>,
    ),
    (
        "key-descriptor",
        of_type::<Data<Resource<DescriptorAttributes>>>,
    ),
    ("key-history", of_type::<Data<Vec<HistoryEntry>>>),
    ("organization", of_type::<Data<Organization>>),
    ("organization-list", of_type::<Data<Vec<Organization>>>),
    ("pending", of_type::<Pending>),
    ("project", of_type::<Data<Resource<Project>>>),
    ("project-list", of_type::<Data<Vec<Resource<Project>>>>),
    ("purged", of_type::<Purged>),
    ("restored", of_type::<Restored>),
    // The key alone, or secrets.
    ("retrieved", retrieved),
    ("rotated-client-keys", of_type::<RotatedClientKeys>),
    ("rotated-key", of_type::<Rotated>),
    ("secrets", of_type::<Secrets>),
    ("stored", of_type::<Stored>),
    ("submitted", of_type::<Data<Submitted>>),
    ("target", of_type::<Data<Resource<Target>>>),
    ("target-list", of_type::<Data<Vec<Resource<Target>>>>),
    ("user", of_type::<User>),
    ("version", of_type::<Data<Version>>),
    ("version-list", of_type::<VersionPage>),
];

fn retrieved(generator: &mut SchemaGenerator) -> Schema {
    let key = of_type::<Data<Resource<DescriptorAttributes>>>(generator);
    let secrets = of_type::<Secrets>(generator);
    schemars::json_schema!({"anyOf": [key, secrets]})
}

/// Makes the generator know the refusals, which the answers name.
pub(super) fn define(generator: &mut SchemaGenerator) {
    generator.subschema_for::<Refused>();
    generator.subschema_for::<Invalid>();
}

/// The answers of a route, by status.
pub(super) fn of(route: &Route, is_legacy: bool, generator: &mut SchemaGenerator) -> Value {
    let (name, status) = route.response;
    let mut answers = Map::new();
    let mut success = json!({
        "description": "Done.",
        "headers": headers_of(status, is_legacy),
    });
    if let Some((_, shape)) = SUCCESSES.iter().find(|(success, _)| *success == name) {
        success["content"] = json!({"application/json": {"schema": shape(generator)}});
    }
    answers.insert(status.to_string(), success);
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

/// What the mock's own control API and gates say is no part of the API.
fn is_of_the_api(code: &Code) -> bool {
    !matches!(
        code,
        Code::ControlRefused | Code::AbortedAtGate | Code::NotKept
    )
}

fn refusals(route: &Route) -> Vec<u16> {
    let is_queried = matches!(
        route.endpoint,
        Endpoint::GetProjectSecrets | Endpoint::GetTargetSecrets | Endpoint::GetEnvironmentSecrets
    );
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
    if route.request.is_some() || is_queried {
        statuses.push(422);
    }
    statuses.extend([429, 431]);
    statuses
}

/// The headers of an answer. Those that count requests are there once the token was known, which an
/// answer of 400 or 401 need not have come to.
fn headers_of(status: u16, is_legacy: bool) -> Value {
    let mut names = vec!["X-API-Version"];
    if !matches!(status, 400 | 401 | 408 | 413 | 415 | 431 | 503) {
        names.extend([
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
        ]);
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

/// What the headers are.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::route::ROUTES;

    #[test]
    fn every_success_of_the_table_is_described_and_no_other() {
        let described: BTreeSet<_> = SUCCESSES.iter().map(|(name, _)| *name).collect();
        let named = ROUTES.iter().map(|route| route.response.0);
        let named: BTreeSet<_> = named.filter(|name| *name != "empty").collect();
        assert_eq!(described, named);
    }
}
