//! Reads a whole body.

use serde_json::{Map, Value};

use super::body::Body;
use super::reader::{Reader, Rules};
use crate::contract::violation::Violations;

/// What was read.
#[derive(Debug)]
pub struct Read<T> {
    /// The body.
    pub body: T,
    /// The members that the body has no place for.
    pub unknown: Vec<String>,
    /// What was taken for what it is not, in words.
    pub remarks: Vec<String>,
}

/// Reads a whole body. An absent body is an empty object, and so is what PHP makes of one: `[]`. That is
/// for bodies without members that must be there, and not for a strict server.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read<T: Body>(body: Option<&Value>, rules: Rules) -> Result<Read<T>, Violations> {
    let empty = Map::new();
    let none = match body {
        None => return read_members(&empty, rules),
        Some(Value::Object(object)) => return read_members(object, rules),
        Some(Value::Null) => "null",
        Some(Value::Array(items)) if items.is_empty() => "[]",
        Some(_) => "",
    };
    let no_object = || Violations::of("body", "The body must be a JSON object.");
    if none.is_empty() || rules.strict {
        return Err(no_object());
    }
    let mut read = read_members::<T>(&empty, rules).map_err(|_| no_object())?;
    let remark = format!("the body {none} was taken as one without members: send {{}}");
    read.remarks.push(remark);
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
