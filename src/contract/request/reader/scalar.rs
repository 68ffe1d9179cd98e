//! Members that are one value.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Reader;
use crate::contract::limit;
use crate::contract::request::outline;
use crate::crypto::{KEY_LENGTH, MINIMUM_LENGTH, encoding};

impl<'a> Reader<'a> {
    /// A text that must be there; it may be empty.
    pub fn text(&mut self, name: &'static str) -> Option<&'a str> {
        self.note(name, true, string);
        let value = self.required(name);
        self.typed(name, value, "a string", Value::as_str)
    }

    /// A text that may be absent.
    pub fn optional_text(&mut self, name: &'static str) -> Option<&'a str> {
        self.note_optional(name, string);
        let value = self.optional(name);
        self.typed(name, value, "a string", Value::as_str)
    }

    /// A slug that may be absent. Empty text is none, as Laravel takes it, unless the server is strict.
    pub fn optional_slug(&mut self, name: &'static str) -> Option<&'a str> {
        let slug = self.optional_text(name);
        if slug != Some("") || self.rules.strict {
            return slug;
        }
        self.blank.push(name);
        let member = format!("{}{name}", self.prefix);
        let remark = format!("the {member} field is empty text and was taken as absent");
        self.remarks.push(remark);
        None
    }

    /// A text that must be there, but whose absence is refused elsewhere, with a code of its own.
    pub fn expected_text(&mut self, name: &'static str) -> Option<&'a str> {
        let text = self.optional_text(name);
        self.note(name, true, string);
        text
    }

    /// A text. `None` if it is absent or no text, `Some(None)` if it is null.
    pub fn text_or_null(&mut self, name: &'static str) -> Option<Option<String>> {
        self.note_optional(name, string);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.or_null(name, "a string or null", text)
    }

    /// An object. `None` if it is absent or no object, `Some(None)` if it is null.
    pub fn object_or_null(&mut self, name: &'static str) -> Option<Option<Map<String, Value>>> {
        self.note_optional(name, || json!({"type": "object"}));
        let lists_none = self.lists_no_members(name);
        let object = |value: &Value| match value {
            Value::Object(object) => Some(object.clone()),
            _ => lists_none.then(Map::new),
        };
        self.or_null(name, "an object or null", object)
    }

    /// A whole number that must be there.
    pub fn integer(&mut self, name: &'static str) -> Option<i64> {
        self.note(name, true, || json!({"type": "integer"}));
        let value = self.required(name);
        self.typed(name, value, "an integer", Value::as_i64)
    }

    /// A whole number of at least `minimum` that must be there.
    pub fn count(&mut self, name: &'static str, minimum: u32) -> Option<u32> {
        let number = self.integer(name);
        let schema = || json!({"type": "integer", "minimum": minimum, "maximum": u32::MAX});
        self.note(name, false, schema);
        let bounded = u32::try_from(number?).ok().filter(|count| *count >= minimum);
        if bounded.is_none() {
            self.refuse(name, &format!("must be at least {minimum}"));
        }
        bounded
    }

    /// A whole number from `low` to `high` that may be absent.
    pub fn optional_integer(&mut self, name: &'static str, low: i64, high: i64) -> Option<i64> {
        let value = self.optional(name);
        let kind = format!("an integer from {low} to {high}");
        self.note_optional(name, || json!({"type": "integer", "minimum": low, "maximum": high}));
        self.typed(name, value, &kind, |value| {
            value.as_i64().filter(|number| (low..=high).contains(number))
        })
    }

    /// A boolean that may be absent, which is `false`.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.note_optional(name, || json!({"type": "boolean"}));
        let value = self.optional(name);
        self.typed(name, value, "a boolean", Value::as_bool).unwrap_or(false)
    }

    /// A boolean that must be true.
    pub fn consent(&mut self, name: &'static str) -> bool {
        let is_given = self.flag(name);
        self.note(name, true, || json!({"const": true}));
        if !is_given {
            self.refuse(name, "must be true");
        }
        is_given
    }

    /// One of some words, which may be absent.
    pub fn one_of<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let value = self.optional(name);
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let kind = alternatives(&names);
        self.note_optional(name, || json!({"type": "string", "enum": names}));
        self.typed(name, value, &kind, |value| {
            let sent = value.as_str()?;
            words.iter().find(|(word, _)| *word == sent).map(|(_, is)| *is)
        })
    }

    /// A time in RFC 3339, to the whole second. `None` if it is absent or no time, `Some(None)` if it
    /// is null.
    pub fn time(&mut self, name: &'static str) -> Option<Option<Timestamp>> {
        let kind = "a time in RFC 3339, such as 2026-06-11T00:00:00Z";
        self.note_optional(name, || json!({"type": "string", "format": "date-time"}));
        self.or_null(name, kind, whole_second)
    }

    /// A name that may be absent.
    pub fn optional_name(&mut self, name: &'static str) -> Option<&'a str> {
        self.unless_absent(name, |reader| reader.name(name))
    }

    /// A content that may be absent.
    pub fn optional_content(&mut self, name: &'static str) -> Option<&'a str> {
        self.unless_absent(name, |reader| reader.content(name))
    }

    /// A name: not blank, and of bounded length.
    pub fn name(&mut self, name: &'static str) -> Option<&'a str> {
        let text = self.text(name);
        let schema = || {
            let most = limit::NAME_CHARACTERS;
            json!({"type": "string", "minLength": 1, "maxLength": most, "pattern": "\\S"})
        };
        self.note(name, false, schema);
        let text = text?;
        if text.trim().is_empty() {
            self.refuse(name, "is required");
            return None;
        }
        if text.chars().count() > limit::NAME_CHARACTERS {
            self.refuse(
                name,
                &format!("must not be longer than {} characters", limit::NAME_CHARACTERS),
            );
            return None;
        }
        Some(text)
    }

    /// The content of a secret or version: opaque text, not empty, of bounded length.
    pub fn content(&mut self, name: &'static str) -> Option<&'a str> {
        let text = self.text(name);
        let most = limit::CONTENT_BYTES;
        let schema = || json!({"type": "string", "minLength": 1, "maxLength": most});
        self.note(name, false, schema);
        let text = text?;
        let wrong = if text.is_empty() {
            Some("is required".to_owned())
        } else if text.len() > limit::CONTENT_BYTES {
            Some(format!("must not be longer than {} bytes", limit::CONTENT_BYTES))
        } else if self.rules.strict && !is_blob(text) {
            Some("must be a sealed blob: base64 of IV, ciphertext and tag (strict)".to_owned())
        } else {
            None
        };
        match wrong {
            Some(wrong) => {
                self.refuse(name, &wrong);
                None
            }
            None => Some(text),
        }
    }

    /// Standard padded base64 of exactly `length` bytes.
    pub fn bytes(&mut self, name: &'static str, length: usize) -> Option<&'a str> {
        let text = self.text(name);
        self.note(name, false, || outline::base64_of(length));
        let text = text?;
        if encoding::decode(text).is_ok_and(|bytes| bytes.len() == length) {
            return Some(text);
        }
        self.refuse(name, &format!("must be standard padded base64 of {length} bytes"));
        None
    }

    /// The base64 text of a proof.
    pub fn proof(&mut self, name: &'static str) -> Option<&'a str> {
        self.bytes(name, KEY_LENGTH)
    }
}

fn string() -> Value {
    json!({"type": "string"})
}

/// `one, two or three`.
fn alternatives(words: &[&str]) -> String {
    match words {
        [rest @ .., before, last] => {
            let rest: String = rest.iter().map(|word| format!("{word}, ")).collect();
            format!("{rest}{before} or {last}")
        }
        _ => words.concat(),
    }
}

fn whole_second(value: &Value) -> Option<Timestamp> {
    let time: Timestamp = value.as_str()?.parse().ok()?;
    Timestamp::from_second(time.as_second()).ok()
}

fn is_blob(text: &str) -> bool {
    encoding::decode(text).is_ok_and(|bytes| bytes.len() >= MINIMUM_LENGTH)
}
