//! The JSON Schema of a body, from what its reading asks for.

use serde_json::{Map, Value};

use super::reader::{Body, Reader, Rules};

/// The JSON Schema (draft 2020-12) of a body.
pub fn schema<T: Body>(rules: Rules) -> Value {
    let empty = Map::new();
    let mut reader = Reader::describing(&empty, rules);
    let _ = T::read(&mut reader);
    reader.into_schema()
}
