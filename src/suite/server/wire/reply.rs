//! An answer, and how a case reads it.

use std::cmp::Reverse;

use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;

use crate::harness::{Exchange, Judged, Mismatch, Stop};

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    /// The body as JSON; null if it is none.
    pub(crate) json: Value,
    pub(crate) exchange: Exchange,
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A refusal that is the client's fault: what a negative case asks for at least.
    pub(crate) fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status)
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.json["error"].as_str()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The server's own clock when it answered. Unix seconds.
    pub(crate) fn date(&self) -> Option<i64> {
        let date = DateTimeParser::new().parse_timestamp(self.header("date")?);
        date.ok().map(|date| date.as_second())
    }

    /// The status and the code, as a failure shows them.
    pub(crate) fn outcome(&self) -> String {
        match self.code() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }

    /// A mismatch that this exchange shows.
    pub(crate) fn mismatch(
        &self,
        what: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Stop {
        Mismatch {
            what: what.into(),
            expected: expected.into(),
            got: got.into(),
            exchanges: vec![self.exchange.clone()],
        }
        .into()
    }

    /// A mismatch that this exchange shows, unless `is_right`.
    pub(crate) fn ensure(
        &self,
        is_right: bool,
        what: &str,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Judged {
        if is_right { Ok(()) } else { Err(self.mismatch(what, expected, got)) }
    }

    /// Why a case could not run: what was sent was answered with this.
    pub(crate) fn could_not_run(&self, what: &str) -> Stop {
        Stop::CouldNotRun(format!("{what} with {}", self.outcome()))
    }

    /// It has the status of a right request that is done.
    pub(crate) fn is_done(&self, status: u16) -> Judged {
        let is_right = self.status == status;
        self.ensure(is_right, "a right request is refused", status.to_string(), self.outcome())
    }

    /// The member at a JSON pointer; else a mismatch that names it, or says that the answer is no object.
    pub(crate) fn member(&self, pointer: &str) -> Result<&Value, Stop> {
        self.json.pointer(pointer).ok_or_else(|| {
            let name = dotted(pointer);
            if !self.json.is_object() {
                return self.mismatch(
                    "the answer is not a JSON object",
                    format!("a JSON object with a member {name}"),
                    self.outcome(),
                );
            }
            self.mismatch(
                format!("the answer has no {name}"),
                format!("a member {name}"),
                self.outcome(),
            )
        })
    }

    /// The member at a JSON pointer, read as what `wanted` names; else a mismatch that names it.
    fn typed<'r, T>(
        &'r self,
        pointer: &str,
        wanted: &str,
        read: impl FnOnce(&'r Value) -> Option<T>,
    ) -> Result<T, Stop> {
        let value = self.member(pointer)?;
        read(value).ok_or_else(|| {
            let name = dotted(pointer);
            let expected = format!("{name} as {wanted}");
            self.mismatch(format!("{name} is not {wanted}"), expected, kind(value))
        })
    }

    pub(crate) fn text(&self, pointer: &str) -> Result<&str, Stop> {
        self.typed(pointer, "text", Value::as_str)
    }

    /// What a level holds, by the answer of GET secrets.
    pub(crate) fn content(&self, level: &str) -> Result<&str, Stop> {
        self.text(&format!("/data/attributes/levels/{level}/content"))
    }

    pub(crate) fn number(&self, pointer: &str) -> Result<u64, Stop> {
        self.typed(pointer, "a whole number", Value::as_u64)
    }

    pub(crate) fn list(&self, pointer: &str) -> Result<&[Value], Stop> {
        self.typed(pointer, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// The rows of a list, or none where it is no list.
    pub(crate) fn rows(&self) -> &[Value] {
        self.json["data"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The rows of a list of versions by descending id, so the newest first: in which order a
    /// server lists them is its own affair.
    pub(crate) fn newest_first(&self) -> Vec<&Value> {
        let mut rows: Vec<&Value> = self.rows().iter().collect();
        rows.sort_by_key(|row| Reverse(number(&row["id"])));
        rows
    }
}

/// A JSON pointer as failures name it, with dots.
pub(super) fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// A number, also one that is written as text: the shape cases judge the type.
pub(crate) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

/// An id as text: whether answers have a number or text is documented nowhere.
pub(crate) fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
