//! A JSON report read back. Its texts are escaped again, since anybody may have written it.

use serde_json::Value;

use super::Document;
use super::document::FORMAT;
use super::foreign::{printable, printable_lines};
use crate::harness::Exit;

/// Members whose texts may have several lines.
const LINES: [&str; 3] = ["expected", "got", "body"];

impl Document {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// What keeps the text from being one.
    pub fn read(text: &str) -> Result<Self, String> {
        let words = |error: serde_json::Error| printable(&error.to_string());
        let value: Value = serde_json::from_str(text)
            .map_err(|error| format!("is not JSON, or not all of it: {}", words(error)))?;
        match value.get("format").and_then(Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(other) => {
                return Err(format!(
                    "is a report of format {other}, and this keyproof reads format {FORMAT}"
                ));
            }
            None => {
                return Err("is no JSON report of keyproof: it has no number `format`".to_owned());
            }
        }
        let value = map(value, "", &|name, text| {
            if LINES.contains(&name) { printable_lines(text) } else { printable(text) }
        });
        let has_headline = value.get("headline").is_some();
        let mut document: Self = serde_json::from_value(value)
            .map_err(|error| format!("is no whole report: {}", words(error)))?;
        if Exit::from_code(document.exit).is_none() {
            return Err(format!(
                "is no whole report: `exit` is {}, and goes from 0 to 4",
                document.exit
            ));
        }
        if !has_headline {
            document.restate();
        }
        Ok(document)
    }
}

/// The document with each of its texts changed; none if what comes out is no document.
pub(super) fn map_texts(document: &Document, change: &dyn Fn(&str) -> String) -> Option<Document> {
    let value = serde_json::to_value(document).ok()?;
    serde_json::from_value(map(value, "", &|_, text| change(text))).ok()
}

/// Changes each text; `change` gets the name of the member too.
fn map(value: Value, name: &str, change: &dyn Fn(&str, &str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(name, &text)),
        Value::Array(items) => {
            let items = items.into_iter();
            Value::Array(items.map(|item| map(item, name, change)).collect())
        }
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(name, value)| {
                let value = map(value, &name, change);
                (name, value)
            });
            Value::Object(members.collect())
        }
        other => other,
    }
}
