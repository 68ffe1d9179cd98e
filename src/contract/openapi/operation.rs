//! One route under one of its paths.

use std::collections::BTreeMap;

use schemars::{SchemaGenerator, schema_for};
use serde_json::{Value, json};

use super::{body, parameter, response};
use crate::contract::route::{Endpoint, Route};

/// What each endpoint does, in the words of the route table.
pub(super) fn summaries() -> BTreeMap<String, String> {
    let endpoints = schema_for!(Endpoint).to_value();
    let endpoints = endpoints["oneOf"].as_array().into_iter().flatten();
    endpoints
        .filter_map(|endpoint| {
            let text = |member: &str| endpoint[member].as_str().map(str::to_owned);
            Some((text("const")?, text("description")?))
        })
        .collect()
}

pub(super) fn describe(
    route: &Route,
    path: &str,
    is_legacy: bool,
    summaries: &BTreeMap<String, String>,
    generator: &mut SchemaGenerator,
) -> Value {
    let name = route.endpoint.name();
    let summary = summaries.get(&format!("{:?}", route.endpoint));
    let mut operation = json!({
        "operationId": if is_legacy { format!("{name}-legacy") } else { name },
        "summary": summary,
        "description": conditions(route),
        "parameters": parameter::of(route, path),
        "responses": response::of(route, is_legacy, generator),
    });
    if is_legacy {
        operation["deprecated"] = json!(true);
    }
    if let Some(name) = route.request {
        operation["requestBody"] = body::describe(name);
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
    let custody = route
        .custody
        .map(|custody| format!("Works for a {}-managed key only.", custody.name()));
    let sentences = [Some(scope), Some(limit), custody];
    sentences
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::route::ROUTES;

    #[test]
    fn every_endpoint_says_what_it_does() {
        let summaries = summaries();
        for route in ROUTES {
            assert!(summaries.contains_key(&format!("{:?}", route.endpoint)));
        }
    }
}
