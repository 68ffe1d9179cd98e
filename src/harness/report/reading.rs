//! A JSON report read back. Its texts are escaped again, since anybody may have written it.

use serde_json::Value;

use super::Document;
use super::document::FORMAT;
use super::foreign::{printable, printable_lines};
use crate::harness::Exit;

/// Members whose texts may have several lines.
const LINES: [&str; 3] = ["expected", "got", "body"];

/// Why a text is not a report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or cut off.
    #[error("is not JSON, or not all of it: {0}")]
    NotJson(String),
    /// JSON, and nothing that keyproof wrote.
    #[error("is no JSON report of keyproof: it has no number `format`")]
    NotAReport,
    /// Of another keyproof.
    #[error("is a report of format {0}, and this keyproof reads format {FORMAT}")]
    OtherFormat(u64),
    /// Not as the schema says.
    #[error("is no whole report: {0}")]
    Broken(String),
}

impl Document {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// What keeps the text from being one.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let words = |error: serde_json::Error| printable(&error.to_string());
        let value: Value =
            serde_json::from_str(text).map_err(|error| ReadError::NotJson(words(error)))?;
        let format = value.get("format").and_then(Value::as_u64);
        match format.ok_or(ReadError::NotAReport)? {
            format if format == u64::from(FORMAT) => {}
            other => return Err(ReadError::OtherFormat(other)),
        }
        let value = map(value, "", &|name, text| {
            if LINES.contains(&name) { printable_lines(text) } else { printable(text) }
        });
        let document: Self =
            serde_json::from_value(value).map_err(|error| ReadError::Broken(words(error)))?;
        if Exit::from_code(document.exit).is_none() {
            let broken = format!("`exit` is {}, and goes from 0 to 4", document.exit);
            return Err(ReadError::Broken(broken));
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
