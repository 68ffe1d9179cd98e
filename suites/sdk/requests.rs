//! That the cases ask for all that the protocol has: each operation, each argument given and left out, each kind of text
//! in each text, each class of refusal. What they ask is overheard, so that nothing here knows how.

use std::collections::{BTreeMap, BTreeSet};

use keyproof::adapter::{CLIENT_OPERATIONS, OPERATIONS};
use libtest_mimic::Failed;
use serde_json::Value;

use super::overheard::{Exchange, overheard};
use crate::support::Trial;

const SCHEMA: &str = include_str!("../adapters/protocol.schema.json");

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("requests/of_the_crypto_leave_nothing_out", crypto),
        Trial::test("requests/of_clients_leave_nothing_out", client),
    ]
}

/// What the texts of an argument have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    WhiteSpaceAtAnEnd,
    BeyondAscii,
    BeyondU16,
    Empty,
}

impl Kind {
    const ALL: [Self; 4] =
        [Self::WhiteSpaceAtAnEnd, Self::BeyondAscii, Self::BeyondU16, Self::Empty];

    fn is(self, text: &str) -> bool {
        match self {
            Self::WhiteSpaceAtAnEnd => text.trim() != text,
            Self::BeyondAscii => !text.is_ascii(),
            Self::BeyondU16 => text.chars().any(|one| one > '\u{ffff}'),
            Self::Empty => text.is_empty(),
        }
    }
}

/// Texts of which nobody says whether they may be empty, or which may not.
const NEVER_EMPTY: [&str; 10] = [
    "generate_key_proof.key",
    "create_client_project.key",
    "create_client_project.name",
    "push_secrets.key",
    "push_secrets.plaintext",
    "pull_secrets.key",
    "rotate_client_key.key",
    "rotate_client_key.new_key",
    "reencrypt_history.key",
    "reencrypt_history.old_keys",
];

/// The name of a project becomes a slug, for which each server has rules of its own.
const NAME: &str = "create_client_project.name";

/// What an argument may be, by the schema.
fn kinds(argument: &str, schema: &Value) -> Vec<Kind> {
    let refers = |name| {
        let reference = Value::from(format!("#/$defs/{name}"));
        schema["$ref"] == reference || schema["items"]["$ref"] == reference
    };
    let is_of_crypto = OPERATIONS.iter().any(|op| argument.starts_with(&format!("{op}.")));
    match argument {
        NAME => vec![Kind::BeyondAscii, Kind::BeyondU16],
        _ if refers("text") => {
            let may_be = |kind: &Kind| *kind != Kind::Empty || !NEVER_EMPTY.contains(&argument);
            Kind::ALL.into_iter().filter(may_be).collect()
        }
        // A client sends on what it is given; the crypto reads it as base64.
        _ if refers("wire") && is_of_crypto => vec![Kind::BeyondAscii],
        _ => Vec::new(),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What the exchanges leave out of these operations, in words.
fn missing(exchanges: &[Exchange], ops: &[&str]) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut missing = Vec::new();
    for op in ops {
        let asked = exchanges.iter().filter(|exchange| exchange.request["op"] == *op);
        let asked: Vec<&Value> = asked.map(|exchange| &exchange.request["params"]).collect();
        let params = &schema["$defs"][format!("request_{op}")]["properties"]["params"];
        let required = params["required"].as_array().unwrap();
        let arguments: BTreeMap<&String, &Value> =
            params["properties"].as_object().unwrap().iter().collect();
        for (name, schema) in arguments {
            let argument = format!("{op}.{name}");
            if !asked.iter().any(|params| params.get(name).is_some()) {
                missing.push(format!("{argument} is never given"));
            }
            let is_optional = !required.contains(&Value::from(name.as_str()));
            if is_optional && asked.iter().all(|params| params.get(name).is_some()) {
                missing.push(format!("{argument} is never left out"));
            }
            for kind in kinds(&argument, schema) {
                let mut given = asked.iter().flat_map(|params| texts(&params[name]));
                if !given.any(|text| kind.is(text)) {
                    missing.push(format!("{argument} is never {kind:?}"));
                }
            }
        }
    }
    missing
}

/// The classes of the refusals.
fn classes(exchanges: &[Exchange]) -> BTreeSet<&str> {
    exchanges.iter().filter_map(|exchange| exchange.reply["reject"]["class"].as_str()).collect()
}

fn crypto() -> Result<(), Failed> {
    let exchanges = overheard(&[]);
    assert_eq!(missing(&exchanges, &OPERATIONS), [""; 0]);
    let expected = ["authentication", "empty_key", "invalid_argument", "malformed"];
    assert_eq!(classes(&exchanges), BTreeSet::from(expected));
    Ok(())
}

fn client() -> Result<(), Failed> {
    let exchanges = overheard(&["--client"]);
    assert_eq!(missing(&exchanges, &CLIENT_OPERATIONS), [""; 0]);
    let expected = ["authentication", "http", "invalid_argument", "malformed"];
    assert_eq!(classes(&exchanges), BTreeSet::from(expected));
    // What comes back is text of each kind too.
    let pulled = exchanges.iter().map(|exchange| exchange.reply["ok"]["levels"].to_string());
    assert!(pulled.collect::<String>().chars().any(|one| Kind::BeyondU16.is(&one.to_string())));
    Ok(())
}
