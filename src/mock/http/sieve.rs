//! Parses JSON and keeps only the members that the endpoint reads. What is skipped has to be valid JSON as well.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::contract::request::Shape;
use crate::mock::memory::{Full, Reservation};

/// Bytes that an item of a list takes beside its content: the list grows by doubling.
const ITEM: usize = 2 * size_of::<Value>();
/// Bytes that a member takes beside its name and its content.
const MEMBER: usize = 4 * size_of::<Value>();
/// How many bytes are counted before they are taken from the memory of all bodies.
const STEP: usize = 64 * 1024;
/// Most bytes of names of unknown members: they are reported in a header, which holds no more.
const NAMES: usize = 4 * 1024;

#[derive(Debug)]
pub(super) enum Unread {
    Full,
    Json(serde_json::Error),
}

/// Reads JSON, and keeps of it what the shape says.
pub(super) fn read(
    bytes: &[u8],
    shape: &Shape,
    memory: Option<&Reservation>,
) -> Result<Value, Unread> {
    let keeping =
        Keeping { memory, owed: Cell::new(0), names: Cell::new(NAMES), is_full: Cell::new(false) };
    let sieve = Sieve { shape: Some(shape), keeping: &keeping };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = sieve.deserialize(&mut json);
    let value = value.and_then(|value| json.end().map(|()| value));
    value.map_err(|error| if keeping.is_full.get() { Unread::Full } else { Unread::Json(error) })
}

/// Counts the memory of what is kept.
struct Keeping<'k> {
    memory: Option<&'k Reservation>,
    owed: Cell<usize>,
    /// Bytes that are left for the names of unknown members.
    names: Cell<usize>,
    is_full: Cell<bool>,
}

impl Keeping<'_> {
    fn take<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        let owed = self.owed.get() + bytes;
        self.owed.set(owed);
        if owed < STEP {
            return Ok(());
        }
        self.owed.set(0);
        let taken = self.memory.map_or(Ok(()), |memory| memory.grow(owed));
        taken.map_err(|Full| {
            self.is_full.set(true);
            E::custom(Full)
        })
    }

    /// Whether the name of an unknown member is reported.
    fn names(&self, name: &str) -> bool {
        let left = self.names.get().checked_sub(name.len() + 1);
        self.names.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[derive(Clone, Copy)]
struct Sieve<'k> {
    /// What is kept of a value; nothing, without one.
    shape: Option<&'k Shape>,
    keeping: &'k Keeping<'k>,
}

impl<'k> Sieve<'k> {
    fn inside(self, shape: Option<&'k Shape>) -> Self {
        Self { shape, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Sieve<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sieve<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        if self.shape.is_none() {
            return Ok(Value::Null);
        }
        // One copy here, and one in the type that is read from it.
        self.keeping.take(2 * text.len())?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        if let Some((shape, most)) = self.shape.and_then(Shape::items) {
            while kept.len() < most {
                self.keeping.take(ITEM)?;
                match list.next_element_seed(self.inside(Some(shape)))? {
                    Some(item) => kept.push(item),
                    None => return Ok(kept.into()),
                }
            }
        }
        while list.next_element_seed(self.inside(None))?.is_some() {
            // That the list was not empty is kept.
            if self.shape.is_some() && kept.is_empty() {
                kept.push(Value::Null);
            }
        }
        Ok(kept.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        let Some(shape) = self.shape else {
            while object.next_entry_seed(self, self)?.is_some() {}
            return Ok(Value::Null);
        };
        while let Some(name) = object.next_key::<String>()? {
            if let Some(shape) = shape.member(&name) {
                self.keeping.take(MEMBER + name.len())?;
                let value = object.next_value_seed(self.inside(Some(shape)))?;
                kept.insert(name, value);
                continue;
            }
            object.next_value_seed(self.inside(None))?;
            if matches!(shape, Shape::Object(_)) && self.keeping.names(&name) {
                kept.insert(name, Value::Null);
            }
        }
        Ok(kept.into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::contract::request::{
        self, Body, CreateApiKey, PurgeVersions, RetrieveSecrets, RotateClientKeys, Rules,
        StoreSecrets, SubmitReencrypted, UpdateProject,
    };
    use crate::contract::violation::Violations;
    use crate::mock::memory::Memory;

    /// What is wrong with a body, or which of its members are unknown.
    fn judged<T: Body>(value: &Value) -> Result<Vec<String>, Violations> {
        let rules = Rules { minimum_iterations: 1000, strict: true };
        request::read::<T>(Some(value), rules).map(|read| read.unknown)
    }

    fn is_judged_alike<T: Body + 'static>(text: &str) {
        let whole: Value = serde_json::from_str(text).expect("it is JSON");
        let kept = read(text.as_bytes(), &Shape::of::<T>(), None).expect("it is JSON");
        assert_eq!(judged::<T>(&kept), judged::<T>(&whole), "{text}");
    }

    #[test]
    fn what_is_kept_is_judged_as_the_whole_would_be() {
        let nested = json!({"a": [1, {"b": []}], "project": {"x": 1}, "content": ["x"]});
        let retrieve = json!({
            "project": "p", "action": "decrypt", "merge": true, "x": 1,
            "filters": {"names": ["A", 1, []], "tags": {}, "search": "x", "y": {}},
        });
        let rotate = json!({
            "secrets": [{"id": "a", "content": "x", "level": 1}, {"id": 1}, [], 0, {"content": {}}],
            "key_check": "x", "key_check_salt": null, "key_check_iterations": 1e3, "b": null,
        });
        let many =
            json!({"versions": vec![json!({"id": 1, "content": "x"}); 300], "key_proof": "x"});
        let key = json!({"name": "n", "abilities": ["*", "*", 7], "expires_at": "now"});
        let update = json!({"name": "", "metadata": {"a": {"b": [1, "c", null]}}, "slug": 7});
        for body in [
            json!(null),
            json!(7),
            json!("text"),
            json!([]),
            json!([[1]]),
            json!({}),
            json!({"project": "p", "scope": "level", "confirmed": true, "environment": "e"}),
            nested,
            retrieve,
            rotate,
            many,
            key,
            update,
        ] {
            let text = body.to_string();
            is_judged_alike::<StoreSecrets>(&text);
            is_judged_alike::<RetrieveSecrets>(&text);
            is_judged_alike::<RotateClientKeys>(&text);
            is_judged_alike::<SubmitReencrypted>(&text);
            is_judged_alike::<CreateApiKey>(&text);
            is_judged_alike::<UpdateProject>(&text);
            is_judged_alike::<PurgeVersions>(&text);
        }
        is_judged_alike::<StoreSecrets>(r#"{"project": "a", "x": 1, "x": 2, "project": [2]}"#);
    }

    #[test]
    fn what_is_skipped_has_to_be_json() {
        let shape = Shape::of::<StoreSecrets>();
        let deep = format!("{{\"a\":{}", "[".repeat(1000));
        for text in [
            &b"{\"a\": [1, 2,]}"[..],
            b"{\"a\": \"\xff\"}",
            b"{\"a\": 1e999}",
            b"{\"a\": tru}",
            b"{\"a\"}",
            b"{} {}",
            b"",
            deep.as_bytes(),
        ] {
            let whole = serde_json::from_slice::<Value>(text).map_err(|error| error.to_string());
            match read(text, &shape, None) {
                Err(Unread::Json(error)) => assert_eq!(Err(error.to_string()), whole),
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_nobody_reads_takes_no_memory() {
        let memory = Arc::new(Memory::of(8 * STEP));
        let is_read = |body: String| {
            let held = Reservation::of(&memory);
            let read = read(body.as_bytes(), &Shape::of::<RotateClientKeys>(), Some(&held));
            assert!(!matches!(read, Err(Unread::Json(_))), "{read:?}");
            read.is_ok()
        };
        let zeros = vec!["0"; 1_000_000].join(",");
        assert!(is_read(format!("{{\"a\":[{zeros}]}}")));
        assert!(is_read(format!("{{\"key_check\":[{zeros}]}}")));
        assert!(is_read(format!("{{\"b\":{{\"secrets\":[{zeros}]}}}}")));
        let names: Vec<_> = (0..100_000).map(|number| format!("\"{number}\":0")).collect();
        assert!(is_read(format!("{{{}}}", names.join(","))));
        assert!(!is_read(format!("{{\"secrets\":[{zeros}]}}")));
        assert!(!is_read(format!("{{\"key_check\":\"{}\"}}", "x".repeat(8 * STEP))));
    }
}
