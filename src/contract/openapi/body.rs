//! Request bodies by name.

use serde_json::{Map, Value, json};

use crate::contract::request::Rules;
use crate::contract::route::{ROUTES, Request};

/// The schemas of all bodies.
pub(super) fn definitions(rules: Rules) -> Map<String, Value> {
    let bodies = ROUTES.iter().filter_map(|route| route.request);
    let mut schemas: Vec<_> =
        bodies.map(|body| (body.name.to_owned(), (body.schema)(rules))).collect();
    schemas.sort_by(|(one, _), (other, _)| one.cmp(other));
    schemas.into_iter().collect()
}

/// The body of a request, as an operation describes it.
pub(super) fn describe(body: Request) -> Value {
    let any = Rules { minimum_iterations: 1, strict: false };
    let is_required = (body.schema)(any).get("required").is_some();
    let schema = format!("#/components/schemas/{}", body.name);
    json!({
        "required": is_required,
        "content": {"application/json": {"schema": {"$ref": schema}}},
    })
}
