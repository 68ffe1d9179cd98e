//! The operation of the document that a route is, under one of its paths.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::{parameter, response};
use crate::contract::request::Rules;
use crate::contract::route::Route;

pub(super) fn describe(
    route: &Route,
    path: &str,
    is_legacy: bool,
    generator: &mut SchemaGenerator,
) -> Value {
    let name = route.endpoint.name();
    let mut operation = json!({
        "operationId": if is_legacy { format!("{name}-legacy") } else { name.to_owned() },
        "summary": format!("{}.", route.endpoint.sentence()),
        "description": conditions(route),
        "parameters": parameter::of(route, path),
        "responses": response::of(route, is_legacy, generator),
    });
    if is_legacy {
        operation["deprecated"] = json!(true);
    }
    if let Some(body) = route.request {
        // Rules change what a value may be, and not which members are required.
        let rules = Rules { minimum_iterations: 1, strict: false };
        let schema = format!("#/components/schemas/{}", body.name);
        operation["requestBody"] = json!({
            "required": (body.schema)(rules).get("required").is_some(),
            "content": {"application/json": {"schema": {"$ref": schema}}},
        });
    }
    operation
}

/// The ability, the limit and the custody that a request needs.
fn conditions(route: &Route) -> String {
    let scope = route.scope.to_string();
    let scope = if scope.is_empty() { "no ability" } else { &scope };
    let window = route.bucket.window().as_secs() / 60;
    let limit = format!(
        "At most {} requests in {window} minutes of the organization.",
        route.bucket.limit()
    );
    let custody =
        route.custody.map(|custody| format!("Works for a {}-managed key only.", custody.name()));
    let sentences = [Some(format!("Needs {scope}.")), Some(limit), custody];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
