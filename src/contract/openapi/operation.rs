//! One route under one of its paths.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::{body, parameter, response};
use crate::contract::route::Route;

/// The route as an operation of the document.
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
        operation["requestBody"] = body::describe(body);
    }
    operation
}

/// What it takes to be answered.
fn conditions(route: &Route) -> String {
    let scope = route.scope.to_string();
    let scope = match scope.as_str() {
        "" => "Needs no ability.".to_owned(),
        scope => format!("Needs {scope}."),
    };
    let window = route.bucket.window().as_secs() / 60;
    let limit = format!(
        "At most {} requests in {window} minutes of the organization.",
        route.bucket.limit()
    );
    let custody =
        route.custody.map(|custody| format!("Works for a {}-managed key only.", custody.name()));
    let sentences = [Some(scope), Some(limit), custody];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
