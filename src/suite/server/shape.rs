//! The shapes of successful answers: open JSON Schemas that hold only what the seed says or the
//! published clients need. A breach fails the endpoint's own shape case, once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::Value;

use super::reply::Reply;
use crate::contract::route::{Endpoint, ROUTES};
use crate::harness::{Exchange, Mismatch, Stop};

/// Name and text of each schema in `suites/shapes/`.
pub const SCHEMAS: [(&str, &str); 8] = [
    (
        "key-descriptor",
        include_str!("../../../suites/shapes/key-descriptor.json"),
    ),
    (
        "key-history",
        include_str!("../../../suites/shapes/key-history.json"),
    ),
    (
        "rotated-key",
        include_str!("../../../suites/shapes/rotated-key.json"),
    ),
    (
        "rotated-client-keys",
        include_str!("../../../suites/shapes/rotated-client-keys.json"),
    ),
    (
        "pending",
        include_str!("../../../suites/shapes/pending.json"),
    ),
    (
        "submitted",
        include_str!("../../../suites/shapes/submitted.json"),
    ),
    (
        "secrets",
        include_str!("../../../suites/shapes/secrets.json"),
    ),
    (
        "project",
        include_str!("../../../suites/shapes/project.json"),
    ),
];

struct Breach {
    /// Where in the answer, and what is wrong there.
    what: String,
    exchange: Exchange,
}

/// The schemas, and what the run has seen of each endpoint.
pub(super) struct Shapes {
    validators: BTreeMap<Endpoint, (u16, Validator)>,
    breaches: Mutex<BTreeMap<Endpoint, Breach>>,
}

impl Shapes {
    pub(super) fn load() -> Result<Self, String> {
        let mut validators = BTreeMap::new();
        for (name, text) in SCHEMAS {
            let schema: Value = serde_json::from_str(text)
                .map_err(|error| format!("shape {name} is not JSON: {error}"))?;
            for route in ROUTES.iter().filter(|route| route.response.0 == name) {
                let validator = jsonschema::validator_for(&schema)
                    .map_err(|error| format!("shape {name} is no JSON Schema: {error}"))?;
                validators.insert(route.endpoint, (route.response.1, validator));
            }
        }
        Ok(Self {
            validators,
            breaches: Mutex::default(),
        })
    }

    /// Checks a success. Keeps the first breach of each endpoint.
    pub(super) fn check(&self, endpoint: Endpoint, reply: &Reply) {
        let Some((status, validator)) = self.validators.get(&endpoint) else {
            return;
        };
        if reply.status != *status {
            return;
        }
        let json = match endpoint {
            Endpoint::GetEncryptionKey => unfold(&reply.json).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(&reply.json)),
        };
        let breach = json.and_then(|json| {
            validator.validate(&json).map_err(|error| {
                let place = error.instance_path().to_string();
                let place = place.trim_start_matches('/').replace('/', ".");
                format!("{place}: {}", shorten(&error.masked().to_string()))
            })
        });
        if let Err(what) = breach {
            self.breaches
                .lock()
                .entry(endpoint)
                .or_insert_with(|| Breach {
                    what,
                    exchange: reply.exchange.clone(),
                });
        }
    }

    /// The first breach of an endpoint, as the failure of its shape case.
    pub(super) fn judge(&self, endpoint: Endpoint) -> Result<(), Stop> {
        match self.breaches.lock().get(&endpoint) {
            None => Ok(()),
            Some(breach) => Err(Mismatch {
                what: "the answer does not have the shape that clients decode".to_owned(),
                expected: format!("suites/shapes/{}.json", endpoint.route().response.0),
                got: breach.what.clone(),
                exchanges: vec![breach.exchange.clone()],
            }
            .into()),
        }
    }
}

/// The descriptor is a JSON document in a text: the schema sees it unfolded.
fn unfold(json: &Value) -> Result<Value, String> {
    const CONTENT: &str = "/data/attributes/content";
    let mut unfolded = json.clone();
    let content = unfolded
        .pointer_mut(CONTENT)
        .ok_or("data.attributes.content: missing")?;
    let text = content
        .as_str()
        .ok_or("data.attributes.content: not text, which holds the JSON document")?;
    *content = serde_json::from_str(text)
        .map_err(|_| "data.attributes.content: the text is not a JSON document")?;
    Ok(unfolded)
}

/// One line, however long the schema's own words are.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
