//! The JSON Schema of a body. A reader notes it while the body is read from an empty object, so that the schema describes
//! what is read.

use serde_json::{Map, Value, json};

/// The members that were asked for.
#[derive(Debug, Default)]
pub(super) struct Outline {
    members: Map<String, Value>,
    required: Vec<&'static str>,
    /// For members that need another one: the name of that one, in a list.
    dependent: Map<String, Value>,
    /// Whether the members that are noted now are read in one case only, so that none of them is required.
    is_conditional: bool,
}

impl Outline {
    pub(super) fn note(&mut self, name: &'static str, is_required: bool, schema: Value) {
        if is_required && !self.is_conditional {
            self.required.push(name);
        }
        self.members.insert(name.to_owned(), schema);
    }

    pub(super) fn allow_null(&mut self, name: &str) {
        if let Some(schema) = self.members.get_mut(name) {
            *schema = or_null(schema.take());
        }
    }

    pub(super) fn depends(&mut self, name: &'static str, on: &'static str) {
        self.dependent.insert(name.to_owned(), json!([on]));
    }

    pub(super) fn set_conditional(&mut self, is_conditional: bool) -> bool {
        std::mem::replace(&mut self.is_conditional, is_conditional)
    }

    /// The schema of the object. It is open, since unknown members are ignored.
    pub(super) fn into_schema(self) -> Value {
        let mut schema = json!({"type": "object", "properties": self.members});
        if !self.required.is_empty() {
            schema["required"] = json!(self.required);
        }
        if !self.dependent.is_empty() {
            schema["dependentRequired"] = Value::Object(self.dependent);
        }
        schema
    }
}

/// Makes a schema take null too, as a member that may be absent does.
pub(super) fn or_null(mut schema: Value) -> Value {
    if let Some(kind) = schema.get("type").cloned() {
        schema["type"] = json!([kind, "null"]);
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}

/// Standard padded base64 of exactly `length` bytes.
pub(super) fn base64_of(length: usize) -> Value {
    let whole = length / 3 * 4;
    let letters = "[A-Za-z0-9+/]";
    let pattern = match length % 3 {
        0 => format!("^{letters}{{{whole}}}$"),
        1 => format!("^{letters}{{{}}}[AQgw]==$", whole + 1),
        _ => format!("^{letters}{{{}}}[AEIMQUYcgkosw048]=$", whole + 2),
    };
    json!({"type": "string", "contentEncoding": "base64", "pattern": pattern})
}
