//! The guide for authors of adapters and the schema of the protocol say what is so.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jsonschema::Validator;
use keyproof::adapter::reference::{Behaviour, serve};
use keyproof::adapter::{CLIENT_OPERATIONS, OPERATIONS};
use keyproof::harness::{Exit, Verdict};
use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::bench::run;
use super::overheard::overheard;
use crate::support::Trial;
use crate::support::succeeds;

const GUIDE: &str = include_str!("../adapters/README.md");
const SCHEMA: &str = include_str!("../adapters/protocol.schema.json");
/// Lines that the guide's example stays below.
const SHORT: usize = 60;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("guide/its_example_is_short", short),
        Trial::test("guide/its_messages_have_the_shape_of_the_schema", messages),
        Trial::test("schema/has_each_operation_and_takes_its_answer", answers),
        Trial::test("schema/has_each_line_of_a_run_with_a_client", lines),
        Trial::test("schema/refuses_what_is_no_reply", refusals),
    ];
    let title = "guide/its_example_is_conformant";
    trials.push(if succeeds(&["python3", "-c", "import cryptography"]) {
        Trial::test(title, conformant)
    } else {
        Trial::test(format!("{title}, ignored: no cryptography"), || Ok(())).with_ignored_flag(true)
    });
    trials
}

/// The first Python block of the guide.
fn example() -> &'static str {
    let (_, rest) = GUIDE.split_once("```python\n").unwrap();
    rest.split_once("```").unwrap().0
}

fn short() -> Result<(), Failed> {
    let lines = example().lines().count();
    assert!((1..SHORT).contains(&lines), "{lines} lines");
    Ok(())
}

fn conformant() -> Result<(), Failed> {
    let file =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("guide-{}.py", std::process::id()));
    std::fs::write(&file, example())?;
    let ran = run(vec!["python3".to_owned(), file.to_str().unwrap().to_owned()], &[]);
    std::fs::remove_file(&file)?;
    let mut outcomes = ran.conclusion.outcomes.iter();
    if let Some(other) = outcomes.find(|outcome| outcome.verdict != Verdict::Pass) {
        return Err(ran.explain(other).into());
    }
    assert_eq!(ran.conclusion.exit(), Exit::Held);
    Ok(())
}

/// The part of the schema of that name.
fn schema(part: &str) -> Validator {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    schema.as_object_mut().unwrap().remove("anyOf");
    schema["$ref"] = json!(format!("#/$defs/{part}"));
    jsonschema::validator_for(&schema).unwrap()
}

/// Requests stand behind →, replies behind ←. One request of the guide is none, and one names an
/// operation that nobody has.
fn messages() -> Result<(), Failed> {
    let (request, reply) = (schema("request"), schema("reply"));
    let mut others = 0;
    let mut replies = 0;
    for line in GUIDE.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("→ ") {
            let is_request = serde_json::from_str(text).is_ok_and(|text| request.is_valid(&text));
            others += usize::from(!is_request);
        } else if let Some(text) = line.strip_prefix("← ") {
            assert!(reply.is_valid(&serde_json::from_str(text)?), "{text}");
            replies += 1;
        }
    }
    assert_eq!((others, replies), (2, 6));
    Ok(())
}

/// A request of each operation that the reference adapter answers with `ok`.
fn sample(op: &str) -> Value {
    let (key, salt) = ("k", "AAAAAAAAAAAAAAAAAAAAAA==");
    let data_key = keyproof::crypto::encoding::encode([7; 32]);
    let of = |data_key| keyproof::crypto::seal(&data_key, b"A=1").unwrap();
    match op {
        "pad_key" | "generate_key_proof" => json!({"key": key}),
        "derive_key_proof" | "derive_data_key" => {
            json!({"key": key, "salt": salt, "iterations": 1})
        }
        "verify_key_proof" => json!({"key": key, "salt": salt, "iterations": 1, "proof": ""}),
        "encrypt" => json!({"data_key": data_key, "plaintext": "A=1"}),
        "decrypt" => json!({"data_key": data_key, "content": of([7; 32].into())}),
        "encrypt_with_project_key" => json!({"key": key, "plaintext": "A=1"}),
        _ => {
            let padded = keyproof::crypto::pad_key(key.as_bytes());
            json!({"key": key, "content": of((&padded).into())})
        }
    }
}

fn answers() -> Result<(), Failed> {
    let (request, reply) = (schema("request"), schema("reply"));
    let hello = [("hello", json!({"protocol": 1}))];
    let samples = OPERATIONS.into_iter().map(|op| (op, sample(op)));
    for (op, params) in hello.into_iter().chain(samples) {
        let line = json!({"id": 1, "op": op, "params": params});
        assert!(request.is_valid(&line), "{op}");
        let mut output = Vec::new();
        serve(&Behaviour::default(), line.to_string().as_bytes(), &mut output)?;
        let answer: Value = serde_json::from_slice(&output)?;
        assert!(reply.is_valid(&answer), "{op}");
        assert!(schema(&format!("ok_{op}")).is_valid(&answer["ok"]), "{op}");
    }
    Ok(())
}

/// All that a harness and a right client say to each other.
fn lines() -> Result<(), Failed> {
    let (request, reply) = (schema("request"), schema("reply"));
    let mut answered = BTreeSet::new();
    for exchange in overheard(&["--client"]) {
        let op = exchange.request["op"].as_str().unwrap().to_owned();
        assert!(request.is_valid(&exchange.request), "{op}");
        assert!(reply.is_valid(&exchange.reply), "{op}");
        if !exchange.reply["ok"].is_null() {
            assert!(schema(&format!("ok_{op}")).is_valid(&exchange.reply["ok"]), "{op}");
            answered.insert(op);
        }
    }
    for op in CLIENT_OPERATIONS {
        assert!(answered.contains(op), "{op}");
        assert!(GUIDE.contains(&format!("| `{op}` |")), "{op}");
    }
    Ok(())
}

fn refusals() -> Result<(), Failed> {
    let reply = schema("reply");
    assert!(reply.is_valid(&json!({"id": 1, "unsupported": {}})));
    for wrong in [
        json!({"ok": {"proof": ""}}),
        json!({"id": 1}),
        json!({"id": null, "ok": {"proof": ""}}),
        json!({"id": 1, "ok": {"proof": ""}, "error": {"message": ""}}),
        json!({"id": 1, "ok": {"proof": "", "note": ""}}),
        json!({"id": 1, "ok": {"valid": 1}}),
        json!({"id": 1, "reject": {"class": "wrong"}}),
        json!({"id": 1, "error": {}}),
    ] {
        assert!(!reply.is_valid(&wrong), "{wrong}");
    }
    Ok(())
}
