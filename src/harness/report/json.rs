//! The reports for programs. `suites/report.schema.json` says what is in the document, format 1.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Document, Format};

/// The document itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Format for Json {
    fn render(&self, document: &Document) -> String {
        let text = serde_json::to_string_pretty(document);
        text.expect("strings and numbers under string keys can't be refused") + "\n"
    }
}

/// For streams: one JSON object a line, the run first, then each case, the conclusion last. Members are those
/// of the JSON report, and `type`: `run`, `case` or `conclusion`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ndjson;

/// What the first line has of the report.
const RUN: [&str; 6] = ["format", "version", "target", "seed", "shard", "started"];
/// What the last line has of the report.
const CONCLUSION: [&str; 9] = [
    "exit",
    "ending",
    "verdict",
    "duration_ms",
    "counts",
    "needs",
    "requirements",
    "shortfall",
    "troubles",
];

impl Format for Ndjson {
    fn render(&self, document: &Document) -> String {
        let all = members(document);
        let part = |names: &[&str]| -> Map<String, Value> {
            let named = names.iter().filter_map(|name| all.get_key_value(*name));
            named.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let cases = document.cases.iter().map(|case| {
            let mut line = members(case);
            if let Some(failure) = document.failure(&case.id) {
                line.insert("failure".to_owned(), members(failure).into());
            }
            ("case", line)
        });
        let run = [("run", part(&RUN))].into_iter();
        let lines = run.chain(cases).chain([("conclusion", part(&CONCLUSION))]);
        lines
            .map(|(kind, members)| {
                let mut line = Map::from_iter([("type".to_owned(), kind.into())]);
                line.extend(members);
                Value::Object(line).to_string() + "\n"
            })
            .collect()
    }
}

fn members(entry: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(entry) {
        Ok(Value::Object(members)) => members,
        _ => unreachable!("structs under string keys are objects"),
    }
}
