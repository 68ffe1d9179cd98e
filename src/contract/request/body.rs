//! What a body is: what reads it, and what describes it.

use serde_json::{Map, Value};

use super::reader::{Reader, Rules};

/// A body that can be read from a JSON object.
pub trait Body: Sized {
    /// Reads the members. `None` only if the reader holds a violation.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// The slug of the project that it names.
    fn project(&self) -> Option<&str> {
        None
    }

    /// The ability that it needs beside those of its route.
    fn ability(&self) -> Option<&'static str> {
        None
    }
}

/// No body.
impl Body for () {
    fn read(_: &mut Reader<'_>) -> Option<Self> {
        Some(())
    }
}

/// The JSON Schema (draft 2020-12) of a body.
pub fn schema<T: Body>(rules: Rules) -> Value {
    let empty = Map::new();
    let mut reader = Reader::describing(&empty, rules);
    let _ = T::read(&mut reader);
    reader.into_schema()
}
