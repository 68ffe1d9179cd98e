//! An answer, and how a case reads it.

use std::cmp::Reverse;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;

use super::http_date;
use crate::harness::{Exchange, Judged, Mismatch, Stop};

/// What the header `Date` of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateHeader {
    /// Unix seconds.
    At(i64),
    Missing,
    /// It is there, in no form that HTTP knows.
    Unreadable,
}

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    /// The body as JSON; null if it is none.
    pub(crate) json: Value,
    pub(crate) exchange: Exchange,
    /// When the request was sent, and when the whole answer was there.
    pub(crate) open: (Instant, Instant),
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

    pub(crate) fn date_header(&self) -> DateHeader {
        match self.headers.get("date").map(|value| value.to_str().ok().and_then(http_date)) {
            Some(Some(date)) => DateHeader::At(date),
            Some(None) => DateHeader::Unreadable,
            None => DateHeader::Missing,
        }
    }

    /// What the clock showed that wrote `Date`: not the one that sets the server's times, unless that is known.
    pub(crate) fn date(&self) -> Option<i64> {
        match self.date_header() {
            DateHeader::At(date) => Some(date),
            DateHeader::Missing | DateHeader::Unreadable => None,
        }
    }

    /// After how many seconds it asks to be sent the request again: a number, or a date, which counts from the same
    /// answer's `Date`.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let text = self.header("retry-after")?.trim();
        text.parse().ok().or_else(|| {
            let now = self.date().unwrap_or_else(|| Timestamp::now().as_second());
            Some(http_date(text)?.saturating_sub(now).try_into().unwrap_or(0))
        })
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

    /// It has the status of a right request that is done. 200 stands for every success: nobody says that another one is
    /// wrong, and the published clients take it.
    pub(crate) fn is_done(&self, status: u16) -> Judged {
        let is_right = self.status == status || (status == 200 && self.is_success());
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

/// A body as JSON; null if it is none. JSON that is beyond what is read here is no fault of the server.
pub(super) fn read_json(text: &str) -> Result<Value, Stop> {
    let beyond = match serde_json::from_str(text) {
        Ok(json) => return Ok(json),
        Err(error) => error.to_string(),
    };
    // The parser gives no kind for these two, only its words.
    let what = if beyond.starts_with("number out of range") {
        "a number that no double holds"
    } else if beyond.starts_with("recursion limit exceeded") {
        "more than 127 levels"
    } else {
        return Ok(Value::Null);
    };
    let place = beyond.rsplit_once(" at ").map_or("", |(_, place)| place);
    Err(Stop::CouldNotRun(format!(
        "the answer is JSON with {what} ({place}), which keyproof cannot read"
    )))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::harness::Message;

    fn reply(headers: &[(&'static str, &'static str)]) -> Reply {
        let headers = headers
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let request = Message { line: String::new(), headers: Vec::new(), body: String::new() };
        Reply {
            status: 429,
            headers: HeaderMap::from_iter(headers),
            json: Value::Null,
            exchange: Exchange { request, response: None },
            open: (Instant::now(), Instant::now()),
        }
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        const DATE: (&str, &str) = ("date", "Wed, 25 Nov 2026 20:00:00 GMT");
        for (after, seconds) in [
            ("90", Some(90)),
            ("Wed, 25 Nov 2026 20:01:30 GMT", Some(90)),
            ("Wednesday, 25-Nov-26 20:01:30 GMT", Some(90)),
            ("Wed, 25 Nov 2026 19:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(reply(&[DATE, ("retry-after", after)]).retry_after(), seconds, "{after}");
        }
        assert_eq!(reply(&[DATE]).retry_after(), None);
        // Without a date to count from, it is the machine's clock: this one is past.
        let past = ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(reply(&[past]).retry_after(), Some(0));
    }

    #[test]
    fn a_date_that_cannot_be_read_is_not_missing() {
        assert_eq!(reply(&[("date", "half past nine")]).date_header(), DateHeader::Unreadable);
        assert_eq!(reply(&[]).date_header(), DateHeader::Missing);
    }
}
