//! The OpenAPI 3.1 document of the API, made from the route table and the types of bodies and answers.

mod operation;
mod parameter;
mod response;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::request::Rules;
use super::route::ROUTES;

/// The document, for a server that demands these rules of bodies.
pub fn document(rules: Rules) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings =
        settings.with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        for (path, is_legacy) in [(Some(route.path), false), (route.legacy, true)] {
            let Some(path) = path else { continue };
            let operation = operation::describe(route, path, is_legacy, &mut generator);
            let methods = paths.entry(path).or_insert_with(|| json!({}));
            methods[route.method.name().to_ascii_lowercase()] = operation;
        }
    }
    response::define(&mut generator);
    let mut schemas = generator.take_definitions(true);
    let bodies = ROUTES.iter().filter_map(|route| route.request);
    let mut bodies: Vec<_> = bodies.map(|body| (body.name, body.schema)).collect();
    bodies.sort_by_key(|(name, _)| *name);
    schemas.extend(bodies.into_iter().map(|(name, schema)| (name.to_owned(), schema(rules))));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dotEnv Cloud encryption-key API",
            "version": "1",
            "summary": "As keyproof mock serves it.",
            "description": "Made from the route table and the types that serve the requests.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of an API key.",
                },
            },
            "headers": response::headers(),
            "schemas": schemas,
        },
    })
}
