//! Members that are lists.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::Reader;

impl<'a> Reader<'a> {
    /// The texts of a list that may be absent.
    pub fn optional_texts(&mut self, name: &'static str) -> Vec<String> {
        let schema = || json!({"type": "array", "items": {"type": "string"}});
        let texts = self.optional(name, schema, "an array of strings", |value| {
            let texts = value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect()
        });
        texts.unwrap_or_default()
    }

    /// The texts of a list that must be there, each once. `items` is their schema; `wrong` says what is wrong with a text.
    pub fn texts(
        &mut self,
        name: &'static str,
        lengths: RangeInclusive<usize>,
        items: impl FnOnce() -> Value,
        wrong: impl Fn(&str) -> Option<String>,
    ) -> Option<Vec<String>> {
        let items = self.items(name, &lengths, || {
            let mut schema = array_of(items(), &lengths);
            schema["uniqueItems"] = json!(true);
            schema
        })?;
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

    /// The items of a list that must be there, of bounded length.
    fn items(
        &mut self,
        name: &'static str,
        lengths: &RangeInclusive<usize>,
        schema: impl FnOnce() -> Value,
    ) -> Option<&'a [Value]> {
        let items = self.required(name, schema, "an array", Value::as_array)?;
        if !lengths.contains(&items.len()) {
            let bounds = format!("must have {} to {} items", lengths.start(), lengths.end());
            self.refuse(name, &bounds);
            return None;
        }
        Some(items)
    }

    /// The objects of a list that must be there. `read` reads each of them, its members under `name.N.`.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        lengths: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Reader<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        if self.outline.is_some() {
            let items = Self::described(self.rules, read);
            self.note(name, true, || array_of(items, &lengths));
            return None;
        }
        let items = self.items(name, &lengths, Value::default)?;
        let mut values = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let member = format!("{name}.{place}");
            match item {
                Value::Object(object) => values.extend(self.inside(object, &member, &mut read)),
                _ => self.refuse(&member, "must be an object"),
            }
        }
        (values.len() == items.len()).then_some(values)
    }
}

fn array_of(items: Value, lengths: &RangeInclusive<usize>) -> Value {
    let mut schema = json!({"type": "array", "items": items});
    if *lengths.start() > 0 {
        schema["minItems"] = json!(lengths.start());
    }
    if *lengths.end() < usize::MAX {
        schema["maxItems"] = json!(lengths.end());
    }
    schema
}
