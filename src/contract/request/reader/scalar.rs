//! Members that are one value.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Reader;
use crate::contract::limit;
use crate::contract::request::outline;
use crate::crypto::{KEY_LENGTH, MINIMUM_LENGTH, encoding};
use crate::named::Named;

impl Reader<'_> {
    /// A text that must be there; it may be empty.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.required(name, string, "a string", owned)
    }

    /// A text that may be absent.
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        self.optional(name, string, "a string", owned)
    }

    /// A slug that may be absent. Empty text is none, as Laravel takes it, unless the server is strict.
    pub fn optional_slug(&mut self, name: &'static str) -> Option<String> {
        let slug = self.optional_text(name);
        if slug.as_deref() != Some("") || self.rules.strict {
            return slug;
        }
        self.blank.push(name);
        self.remark(name, "is empty text and was taken as absent");
        None
    }

    /// A text that must be there, but whose absence is refused elsewhere, with a code of its own.
    pub fn expected_text(&mut self, name: &'static str) -> Option<String> {
        let text = self.optional_text(name);
        self.note(name, true, string);
        text
    }

    /// A text. `None` if it is absent or no text, `Some(None)` if it is null.
    pub fn text_or_null(&mut self, name: &'static str) -> Option<Option<String>> {
        self.or_null(name, string, "a string or null", owned)
    }

    /// An object. `None` if it is absent or no object, `Some(None)` if it is null.
    pub fn object_or_null(&mut self, name: &'static str) -> Option<Option<Map<String, Value>>> {
        let is_empty_list = self.is_empty_list(name);
        let schema = || json!({"type": "object"});
        self.or_null(name, schema, "an object or null", |value| match value {
            Value::Object(object) => Some(object.clone()),
            _ => is_empty_list.then(Map::new),
        })
    }

    /// A whole number that must be there.
    pub fn integer(&mut self, name: &'static str) -> Option<i64> {
        self.required(name, || json!({"type": "integer"}), "an integer", Value::as_i64)
    }

    /// A whole number of at least `minimum` that must be there.
    pub fn count(&mut self, name: &'static str, minimum: u32) -> Option<u32> {
        let schema = || json!({"type": "integer", "minimum": minimum, "maximum": u32::MAX});
        let number = self.required(name, schema, "an integer", Value::as_i64)?;
        let bounded = u32::try_from(number).ok().filter(|count| *count >= minimum);
        if bounded.is_none() {
            self.refuse(name, &format!("must be at least {minimum}"));
        }
        bounded
    }

    /// A whole number from 1 to `most` that may be absent.
    pub fn optional_count(&mut self, name: &'static str, most: usize) -> Option<usize> {
        let schema = || json!({"type": "integer", "minimum": 1, "maximum": most});
        self.optional(name, schema, &format!("an integer from 1 to {most}"), |value| {
            let number = usize::try_from(value.as_u64()?).ok()?;
            (1..=most).contains(&number).then_some(number)
        })
    }

    /// A boolean that may be absent, which is `false`.
    pub fn flag(&mut self, name: &'static str) -> bool {
        let schema = || json!({"type": "boolean"});
        self.optional(name, schema, "a boolean", Value::as_bool).unwrap_or(false)
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

    /// The name of a value, which may be absent.
    pub(crate) fn one_of<T: Named>(&mut self, name: &'static str) -> Option<T> {
        let words: Vec<_> = T::names().collect();
        let schema = || json!({"type": "string", "enum": words});
        self.optional(name, schema, &alternatives(&words), |value| T::named(value.as_str()?))
    }

    /// A time in RFC 3339, to the whole second. `None` if it is absent or no time, `Some(None)` if it
    /// is null.
    pub fn time(&mut self, name: &'static str) -> Option<Option<Timestamp>> {
        let kind = "a time in RFC 3339, such as 2026-06-11T00:00:00Z";
        let schema = || json!({"type": "string", "format": "date-time"});
        self.or_null(name, schema, kind, whole_second)
    }

    /// A name that may be absent.
    pub fn optional_name(&mut self, name: &'static str) -> Option<String> {
        self.unless_absent(name, |reader| reader.name(name))
    }

    /// A content that may be absent.
    pub fn optional_content(&mut self, name: &'static str) -> Option<String> {
        self.unless_absent(name, |reader| reader.content(name))
    }

    /// A name that must be there: not blank, and of bounded length.
    pub fn name(&mut self, name: &'static str) -> Option<String> {
        let most = limit::NAME_CHARACTERS;
        let schema =
            || json!({"type": "string", "minLength": 1, "maxLength": most, "pattern": "\\S"});
        self.checked_text(name, schema, |text| {
            if text.trim().is_empty() {
                return Some("is required".to_owned());
            }
            let is_long = text.chars().count() > most;
            is_long.then(|| format!("must not be longer than {most} characters"))
        })
    }

    /// The content of a secret or version, which must be there: opaque text, not empty, of bounded length.
    pub fn content(&mut self, name: &'static str) -> Option<String> {
        let (most, strict) = (limit::CONTENT_BYTES, self.rules.strict);
        let schema = || json!({"type": "string", "minLength": 1, "maxLength": most});
        self.checked_text(name, schema, |text| {
            if text.is_empty() {
                Some("is required".to_owned())
            } else if text.len() > most {
                Some(format!("must not be longer than {most} bytes"))
            } else if strict && !is_blob(text) {
                Some("must be a sealed blob: base64 of IV, ciphertext and tag (strict)".to_owned())
            } else {
                None
            }
        })
    }

    /// Standard padded base64 of exactly `length` bytes, which must be there.
    pub fn bytes(&mut self, name: &'static str, length: usize) -> Option<String> {
        let schema = || outline::base64_of(length);
        self.checked_text(name, schema, |text| {
            let is_right = encoding::decode(text).is_ok_and(|bytes| bytes.len() == length);
            (!is_right).then(|| format!("must be standard padded base64 of {length} bytes"))
        })
    }

    /// The base64 text of a proof, which must be there.
    pub fn proof(&mut self, name: &'static str) -> Option<String> {
        self.bytes(name, KEY_LENGTH)
    }

    /// A text that must be there. `wrong` says what is wrong with it, if anything is.
    fn checked_text(
        &mut self,
        name: &'static str,
        schema: impl FnOnce() -> Value,
        wrong: impl FnOnce(&str) -> Option<String>,
    ) -> Option<String> {
        let text = self.required(name, schema, "a string", Value::as_str)?;
        if let Some(wrong) = wrong(text) {
            self.refuse(name, &wrong);
            return None;
        }
        Some(text.to_owned())
    }
}

fn string() -> Value {
    json!({"type": "string"})
}

fn owned(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// `one, two or three`.
fn alternatives(words: &[&str]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
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
