//! Reads the members of a JSON object strictly, and collects all that is wrong with them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::outline::{self, Outline};

use crate::contract::limit;
use crate::contract::violation::Violations;
use crate::crypto::{KEY_LENGTH, MINIMUM_LENGTH, encoding};

/// What a server may be configured to demand.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Fewest iterations of a client's proof.
    pub minimum_iterations: u32,
    /// Whether a content has to be a well-formed blob.
    pub strict: bool,
}

/// A body that can be read from a JSON object.
pub trait Body: Sized {
    /// Reads the members. `None` only if the reader holds a violation.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// A cursor over the members of one object.
#[derive(Debug)]
pub struct Reader<'a> {
    object: &'a Map<String, Value>,
    /// Path of the object inside the body, with a full stop at its end; empty for the body itself.
    prefix: String,
    known: Vec<&'static str>,
    pub(super) violations: Violations,
    /// Paths of members of inner objects that nobody asked for.
    unknown_inside: Vec<String>,
    /// Members that stand there and were taken as absent.
    blank: Vec<&'static str>,
    /// What was taken for what it is not.
    pub(super) remarks: Vec<String>,
    /// What was asked for, if the body is being described and not read.
    outline: Option<Outline>,
    /// What the server demands.
    pub rules: Rules,
}

impl<'a> Reader<'a> {
    pub(super) fn new(object: &'a Map<String, Value>, rules: Rules) -> Self {
        Self {
            object,
            prefix: String::new(),
            known: Vec::new(),
            violations: Violations::default(),
            unknown_inside: Vec::new(),
            blank: Vec::new(),
            remarks: Vec::new(),
            outline: None,
            rules,
        }
    }

    /// Notes what is asked for. The object is empty, so that nothing is read.
    pub(super) fn describing(empty: &'a Map<String, Value>, rules: Rules) -> Self {
        Self {
            outline: Some(Outline::default()),
            ..Self::new(empty, rules)
        }
    }

    pub(super) fn into_schema(self) -> Value {
        self.outline.unwrap_or_default().into_schema()
    }

    /// Notes what a member has to be.
    fn note(&mut self, name: &'static str, is_required: bool, schema: impl FnOnce() -> Value) {
        if let Some(outline) = &mut self.outline {
            outline.note(name, is_required, schema());
        }
    }

    fn note_optional(&mut self, name: &'static str, schema: impl FnOnce() -> Value) {
        self.note(name, false, || outline::or_null(schema()));
    }

    /// Reads members in some cases only.
    pub fn when<T>(&mut self, is_case: bool, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let Some(outline) = &mut self.outline else {
            return is_case.then(|| read(self));
        };
        let before = outline.set_conditional(true);
        read(self);
        if let Some(outline) = &mut self.outline {
            outline.set_conditional(before);
        }
        None
    }

    /// Reads a member that may be absent as one that must be there, if it is.
    pub fn unless_absent<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.when(self.is_there(name), read).flatten();
        if let Some(outline) = &mut self.outline {
            outline.allow_null(name);
        }
        value
    }

    /// Whether a member stands there, and is not null nor taken as absent.
    fn is_there(&self, name: &str) -> bool {
        let value = self.object.get(name);
        value.is_some_and(|value| !value.is_null()) && !self.blank.contains(&name)
    }

    /// Refuses a member that stands there without another one.
    pub fn needs(&mut self, name: &'static str, other: &'static str, what: &str) {
        if let Some(outline) = &mut self.outline {
            outline.depends(name, other);
        }
        if self.is_there(name) && !self.is_there(other) {
            self.refuse(other, what);
        }
    }

    /// The members that nobody asked for.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.object
            .keys()
            .filter(|name| !self.known.contains(&name.as_str()))
            .map(|name| format!("{}{name}", self.prefix))
            .chain(self.unknown_inside.iter().cloned())
            .collect()
    }

    /// Notes what is wrong with a member.
    pub fn refuse(&mut self, name: &str, what: &str) {
        let member = format!("{}{name}", self.prefix);
        let message = format!("The {member} field {what}.");
        self.violations.add(member, message);
    }

    /// The member, unless it is absent or null, which `schema` describes.
    pub fn any(&mut self, name: &'static str, schema: impl FnOnce() -> Value) -> Option<&'a Value> {
        self.note(name, false, schema);
        self.optional(name)
    }

    /// The member, unless it is absent or null.
    fn optional(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn required(&mut self, name: &'static str) -> Option<&'a Value> {
        let value = self.optional(name);
        if value.is_none() {
            self.refuse(name, "is required");
        }
        value
    }

    fn typed<T>(
        &mut self,
        name: &'static str,
        value: Option<&'a Value>,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let typed = read(value?);
        if typed.is_none() {
            self.refuse(name, &format!("must be {kind}"));
        }
        typed
    }

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

    /// Whether a member is `[]`, which is how PHP writes an object without members. Notes it.
    fn lists_no_members(&mut self, name: &str) -> bool {
        let list = self.object.get(name).and_then(Value::as_array);
        let lists_none = !self.rules.strict && list.is_some_and(Vec::is_empty);
        if lists_none {
            let member = format!("{}{name}", self.prefix);
            let remark = format!("the {member} field [] was taken as an object without members");
            self.remarks.push(remark);
        }
        lists_none
    }

    fn or_null<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<Option<T>> {
        self.known.push(name);
        match self.object.get(name)? {
            Value::Null => Some(None),
            value => self.typed(name, Some(value), kind, read).map(Some),
        }
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
        let bounded = u32::try_from(number?)
            .ok()
            .filter(|count| *count >= minimum);
        if bounded.is_none() {
            self.refuse(name, &format!("must be at least {minimum}"));
        }
        bounded
    }

    /// A whole number from `low` to `high` that may be absent.
    pub fn optional_integer(&mut self, name: &'static str, low: i64, high: i64) -> Option<i64> {
        let value = self.optional(name);
        let kind = format!("an integer from {low} to {high}");
        self.note_optional(
            name,
            || json!({"type": "integer", "minimum": low, "maximum": high}),
        );
        self.typed(name, value, &kind, |value| {
            value
                .as_i64()
                .filter(|number| (low..=high).contains(number))
        })
    }

    /// A boolean that may be absent, which is `false`.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.note_optional(name, || json!({"type": "boolean"}));
        let value = self.optional(name);
        self.typed(name, value, "a boolean", Value::as_bool)
            .unwrap_or(false)
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
            let said = value.as_str()?;
            words
                .iter()
                .find(|(word, _)| *word == said)
                .map(|(_, is)| *is)
        })
    }

    /// The texts of a list that may be absent.
    pub fn optional_texts(&mut self, name: &'static str) -> Vec<String> {
        self.note_optional(name, || json!({"type": "array", "items": string()}));
        let value = self.optional(name);
        let texts = self.typed(name, value, "an array of strings", |value| {
            let texts = value
                .as_array()?
                .iter()
                .map(|text| text.as_str().map(str::to_owned));
            texts.collect()
        });
        texts.unwrap_or_default()
    }

    /// An object that may be absent. Its members are read by `read`, under `name.`.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> Option<T> {
        if self.outline.is_some() {
            let schema = Self::described(self.rules, read);
            self.note_optional(name, || schema);
            return None;
        }
        let value = self.optional(name);
        let empty = Map::new();
        let object = if self.lists_no_members(name) {
            &empty
        } else {
            self.typed(name, value, "an object", Value::as_object)?
        };
        Some(self.inside(object, name, read))
    }

    /// The schema of what `read` asks for.
    fn described<T>(rules: Rules, read: impl FnOnce(&mut Reader<'_>) -> T) -> Value {
        let empty = Map::new();
        let mut inner = Reader::describing(&empty, rules);
        read(&mut inner);
        inner.into_schema()
    }

    /// Reads the members of an inner object.
    fn inside<T>(
        &mut self,
        object: &Map<String, Value>,
        name: &str,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> T {
        let mut inner = Reader {
            prefix: format!("{}{name}.", self.prefix),
            violations: std::mem::take(&mut self.violations),
            ..Reader::new(object, self.rules)
        };
        let value = read(&mut inner);
        self.unknown_inside.extend(inner.unknown());
        self.remarks.append(&mut inner.remarks);
        self.violations = inner.violations;
        value
    }

    /// A time in RFC 3339, to the whole second. `None` if it is absent or no time, `Some(None)` if it
    /// is null.
    pub fn time(&mut self, name: &'static str) -> Option<Option<Timestamp>> {
        let kind = "a time in RFC 3339, such as 2026-06-11T00:00:00Z";
        self.note_optional(name, || json!({"type": "string", "format": "date-time"}));
        self.or_null(name, kind, whole_second)
    }

    /// The texts of a list, which `items` describes. `wrong` says what is wrong with one.
    pub fn texts(
        &mut self,
        name: &'static str,
        lengths: std::ops::RangeInclusive<usize>,
        items: impl FnOnce() -> Value,
        wrong: impl Fn(&str) -> Option<String>,
    ) -> Option<Vec<String>> {
        self.note(name, true, || {
            let mut schema = array_of(items(), &lengths);
            schema["uniqueItems"] = json!(true);
            schema
        });
        let items = self.items(name, lengths)?;
        let mut texts = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let wrong = match item.as_str() {
                Some(text) if texts.iter().any(|earlier| earlier == text) => {
                    Some("has a duplicate value".to_owned())
                }
                Some(text) => {
                    texts.push(text.to_owned());
                    wrong(text)
                }
                None => Some("must be a string".to_owned()),
            };
            if let Some(wrong) = wrong {
                self.refuse(&format!("{name}.{place}"), &wrong);
            }
        }
        (texts.len() == items.len()).then_some(texts)
    }

    /// The items of a list of bounded length.
    fn items(
        &mut self,
        name: &'static str,
        lengths: std::ops::RangeInclusive<usize>,
    ) -> Option<&'a [Value]> {
        let value = self.required(name);
        let items = self.typed(name, value, "an array", Value::as_array)?;
        if !lengths.contains(&items.len()) {
            let bounds = format!("must have {} to {} items", lengths.start(), lengths.end());
            self.refuse(name, &bounds);
            return None;
        }
        Some(items)
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
                &format!(
                    "must not be longer than {} characters",
                    limit::NAME_CHARACTERS
                ),
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
            Some(format!(
                "must not be longer than {} bytes",
                limit::CONTENT_BYTES
            ))
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
        self.refuse(
            name,
            &format!("must be standard padded base64 of {length} bytes"),
        );
        None
    }

    /// The base64 text of a proof.
    pub fn proof(&mut self, name: &'static str) -> Option<&'a str> {
        self.bytes(name, KEY_LENGTH)
    }

    /// The objects of a list. Each is read by `read`, its members under `name.N.`.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        lengths: std::ops::RangeInclusive<usize>,
        mut read: impl FnMut(&mut Reader<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        if self.outline.is_some() {
            let items = Self::described(self.rules, read);
            self.note(name, true, || array_of(items, &lengths));
            return None;
        }
        let items = self.items(name, lengths)?;
        let mut values = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let Value::Object(object) = item else {
                self.refuse(&format!("{name}.{place}"), "must be an object");
                continue;
            };
            values.extend(self.inside(object, &format!("{name}.{place}"), &mut read));
        }
        (values.len() == items.len()).then_some(values)
    }
}

fn string() -> Value {
    json!({"type": "string"})
}

fn array_of(items: Value, lengths: &std::ops::RangeInclusive<usize>) -> Value {
    let mut schema = json!({"type": "array", "items": items});
    if *lengths.start() > 0 {
        schema["minItems"] = json!(lengths.start());
    }
    if *lengths.end() < usize::MAX {
        schema["maxItems"] = json!(lengths.end());
    }
    schema
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
