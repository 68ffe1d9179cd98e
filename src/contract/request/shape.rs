//! Which parts of a body are read. They follow from its schema, which the reader notes.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use parking_lot::RwLock;
use serde_json::Value;

use super::body::{Body, schema};
use super::reader::Rules;

/// Which parts of a value are read.
#[derive(Debug, PartialEq, Eq)]
pub enum Shape {
    /// All of it.
    Whole,
    /// The value, if it is a text, a number or a word. Of a list or an object only its type.
    Leaf,
    /// The items of a list, and the most that it may have. One item more is read, so that a longer list is refused.
    List(Box<Self>, usize),
    /// Members of an object, by name.
    Object(HashMap<String, Self>),
}

/// The shapes of the bodies that were read so far.
static KNOWN: LazyLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(RwLock::default);

impl Shape {
    /// The shape of a body.
    pub fn of<T: Body + 'static>() -> Arc<Self> {
        let kind = TypeId::of::<T>();
        if let Some(known) = KNOWN.read().get(&kind) {
            return Arc::clone(known);
        }
        // Rules change what a value may be, and not which members there are.
        let rules = Rules { minimum_iterations: 1, strict: false };
        let shape = Arc::new(Self::described(&schema::<T>(rules)));
        KNOWN.write().insert(kind, Arc::clone(&shape));
        shape
    }

    fn described(schema: &Value) -> Self {
        if let Some(members) = schema["properties"].as_object() {
            let members = members.iter();
            let members = members.map(|(name, schema)| (name.clone(), Self::described(schema)));
            return Self::Object(members.collect());
        }
        if let Some(items) = schema.get("items") {
            let most = schema["maxItems"].as_u64();
            let most = most.and_then(|most| usize::try_from(most).ok());
            let items = Box::new(Self::described(items));
            return Self::List(items, most.unwrap_or(usize::MAX));
        }
        // The members of an object without a schema are the client's own.
        let kinds = &schema["type"];
        let is_object = |kind: &Value| kind == "object";
        let is_free =
            is_object(kinds) || kinds.as_array().is_some_and(|all| all.iter().any(is_object));
        if is_free { Self::Whole } else { Self::Leaf }
    }

    /// What is read of a member; none if it is not read at all.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Whole => Some(self),
            Self::Object(members) => members.get(name),
            Self::Leaf | Self::List(..) => None,
        }
    }

    /// What is read of the items of a list, and of how many; none if they are not read at all.
    pub fn items(&self) -> Option<(&Self, usize)> {
        match self {
            Self::Whole => Some((self, usize::MAX)),
            Self::List(items, most) => Some((items, most.saturating_add(1))),
            Self::Leaf | Self::Object(_) => None,
        }
    }
}
