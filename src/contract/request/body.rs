//! What a body is, how it is read, and how it is described.

use serde_json::{Map, Value};

use super::reader::{Reader, Rules};
use crate::contract::violation::Violations;

/// A body that can be read from a JSON object.
pub trait Body: Sized {
    /// Reads the members. `None` only if the reader has noted a violation.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// The slug of the project that the body names.
    fn project(&self) -> Option<&str> {
        None
    }

    /// The ability that the token needs beside those of the route.
    fn ability(&self) -> Option<&'static str> {
        None
    }
}

impl Body for () {
    fn read(_: &mut Reader<'_>) -> Option<Self> {
        Some(())
    }
}

/// The JSON Schema (draft 2020-12) of a body.
pub fn schema<T: Body>(rules: Rules) -> Value {
    Reader::described(rules, T::read)
}

/// A body that was read.
#[derive(Debug)]
pub struct Read<T> {
    /// The body.
    pub body: T,
    /// The paths of the members that are unknown.
    pub unknown: Vec<String>,
    /// Members that were taken for something else than they are, in words.
    pub remarks: Vec<String>,
}

/// Reads a whole body. No body is an empty object. So are `null` and `[]`, which PHP makes of one, if no member is
/// required and the server is not strict.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read<T: Body>(body: Option<&Value>, rules: Rules) -> Result<Read<T>, Violations> {
    let empty = Map::new();
    let no_object = || Violations::of("body", "The body must be a JSON object.");
    let blank = match body {
        None => return read_members(&empty, rules),
        Some(Value::Object(object)) => return read_members(object, rules),
        Some(Value::Null) if !rules.strict => "null",
        Some(Value::Array(items)) if items.is_empty() && !rules.strict => "[]",
        Some(_) => return Err(no_object()),
    };
    let mut read = read_members::<T>(&empty, rules).map_err(|_| no_object())?;
    read.remarks.push(format!("the body {blank} was taken as one without members: send {{}}"));
    Ok(read)
}

fn read_members<T: Body>(object: &Map<String, Value>, rules: Rules) -> Result<Read<T>, Violations> {
    let mut reader = Reader::new(object, rules);
    let value = T::read(&mut reader);
    let unknown = reader.unknown();
    reader.violations.into_result()?;
    let body = value.ok_or_else(|| Violations::of("body", "The body could not be read."))?;
    Ok(Read { body, unknown, remarks: reader.remarks })
}
