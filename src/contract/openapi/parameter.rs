//! The parameters of a request: in its path, its query and its headers.

use serde_json::{Value, json};

use crate::contract::identifier::RESERVED_SLUGS;
use crate::contract::request::Merge;
use crate::contract::route::Route;

/// The parameters of a route under one of its paths.
pub(super) fn of(route: &Route, path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = names.map(in_path).collect();
    parameters.extend(route.query.iter().map(|name| in_query(name)));
    parameters.push(json!({
        "name": "X-API-Version",
        "in": "header",
        "description": "The version of the API that is spoken.",
        "schema": {"type": "string", "enum": ["1"]},
    }));
    parameters
}

fn in_path(name: &str) -> Value {
    let (description, schema) = match name {
        "organization" => (
            "The organization's ULID, in either case.",
            json!({"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}$"}),
        ),
        "version" | "api_key" => {
            ("Its number.", json!({"type": "string", "pattern": "^[1-9][0-9]{0,18}$"}))
        }
        _ => (
            "Its slug.",
            json!({
                "type": "string",
                "pattern": "^[a-z0-9-]+$",
                "not": {"enum": RESERVED_SLUGS},
            }),
        ),
    };
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": schema,
    })
}

fn in_query(name: &str) -> Value {
    let flag = json!({"type": "boolean"});
    let (description, schema) = match name {
        "decrypt" => ("Whether the server decrypts what it can.", flag),
        "merge" => (
            "What becomes of the levels; needs decrypt.",
            json!({"type": "string", "enum": Merge::WORDS}),
        ),
        "raw" => ("Whether the answer is nothing but the merged variables; needs decrypt.", flag),
        "force" => ("Whether a version goes that is all that is left of a deleted secret.", flag),
        _ => ("", json!({})),
    };
    json!({
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::route::ROUTES;

    #[test]
    fn every_parameter_of_a_query_says_what_it_does() {
        for name in ROUTES.iter().flat_map(|route| route.query) {
            assert_ne!(in_query(name)["description"], "", "{name}");
        }
    }
}
