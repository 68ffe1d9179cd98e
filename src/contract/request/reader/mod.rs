//! Reads the members of a JSON object strictly, and collects all that is wrong with them.
//!
//! - `scalar`: members that are one value: texts, numbers, booleans, words, times.
//! - `list`: members that are lists.

mod list;
mod scalar;

use serde_json::{Map, Value};

use super::outline::{self, Outline};
use crate::contract::violation::Violations;

/// What a server demands of bodies, as it is configured.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Fewest iterations of a client's proof.
    pub minimum_iterations: u32,
    /// Whether a content has to be a well-formed blob, and a body must have no unknown members.
    pub strict: bool,
}

/// A cursor over the members of one object.
#[derive(Debug)]
pub struct Reader<'a> {
    object: &'a Map<String, Value>,
    /// Path of the object inside the body, with a full stop at its end; empty for the body itself.
    prefix: String,
    /// Members that were asked for.
    known: Vec<&'static str>,
    pub(super) violations: Violations,
    /// Paths of unknown members of inner objects.
    unknown_inside: Vec<String>,
    /// Members that are present and were taken as absent.
    blank: Vec<&'static str>,
    /// Members that were taken for something else than they are, in words.
    pub(super) remarks: Vec<String>,
    /// The schema of what was asked for, if the body is being described and not read.
    outline: Option<Outline>,
    /// What the server demands of bodies.
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

    /// Notes the schema of a member, if the body is being described.
    fn note(&mut self, name: &'static str, is_required: bool, schema: impl FnOnce() -> Value) {
        if let Some(outline) = &mut self.outline {
            outline.note(name, is_required, schema());
        }
    }

    /// Reads members in one case only; when the body is described, they are not required.
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

    /// Whether a member is present, and is neither null nor taken as absent.
    fn is_there(&self, name: &str) -> bool {
        let value = self.object.get(name);
        value.is_some_and(|value| !value.is_null()) && !self.blank.contains(&name)
    }

    /// Refuses a member that is present without another one.
    pub fn needs(&mut self, name: &'static str, other: &'static str, what: &str) {
        if let Some(outline) = &mut self.outline {
            outline.depends(name, other);
        }
        if self.is_there(name) && !self.is_there(other) {
            self.refuse(other, what);
        }
    }

    /// The unknown members: those that were never asked for.
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

    /// A member of any type, which `schema` describes; none if it is absent or null.
    pub fn any(&mut self, name: &'static str, schema: impl FnOnce() -> Value) -> Option<&'a Value> {
        self.note(name, false, schema);
        self.value(name)
    }

    /// The value of a member; none if it is absent or null.
    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A member that may be absent. `schema` describes it, `kind` is what it must be in words, `read` makes it that.
    fn optional<T>(
        &mut self,
        name: &'static str,
        schema: impl FnOnce() -> Value,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        self.note(name, false, || outline::or_null(schema()));
        let value = self.value(name)?;
        self.typed(name, value, kind, read)
    }

    /// The same of a member that must be there.
    fn required<T>(
        &mut self,
        name: &'static str,
        schema: impl FnOnce() -> Value,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        self.note(name, true, schema);
        let Some(value) = self.value(name) else {
            self.refuse(name, "is required");
            return None;
        };
        self.typed(name, value, kind, read)
    }

    /// The same of a member that may be absent, or null, which is `Some(None)`.
    fn or_null<T>(
        &mut self,
        name: &'static str,
        schema: impl FnOnce() -> Value,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<Option<T>> {
        self.note(name, false, || outline::or_null(schema()));
        self.known.push(name);
        match self.object.get(name)? {
            Value::Null => Some(None),
            value => self.typed(name, value, kind, read).map(Some),
        }
    }

    fn typed<T>(
        &mut self,
        name: &str,
        value: &'a Value,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let typed = read(value);
        if typed.is_none() {
            self.refuse(name, &format!("must be {kind}"));
        }
        typed
    }

    /// Notes that a member was taken for something else than it is.
    fn remark(&mut self, name: &str, what: &str) {
        self.remarks.push(format!("the {}{name} field {what}", self.prefix));
    }

    /// Whether a member is `[]`, which is how PHP writes an object without members. Notes it.
    fn is_empty_list(&mut self, name: &str) -> bool {
        let list = self.object.get(name).and_then(Value::as_array);
        let is_empty = !self.rules.strict && list.is_some_and(Vec::is_empty);
        if is_empty {
            self.remark(name, "[] was taken as an object without members");
        }
        is_empty
    }

    /// An object that may be absent. `read` reads its members, under `name.`.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> Option<T> {
        if self.outline.is_some() {
            let schema = Self::described(self.rules, read);
            self.note(name, false, || outline::or_null(schema));
            return None;
        }
        if self.is_empty_list(name) {
            self.known.push(name);
            return Some(self.inside(&Map::new(), name, read));
        }
        let object = self.optional(name, Value::default, "an object", Value::as_object)?;
        Some(self.inside(object, name, read))
    }

    /// The schema of what `read` asks for. The object is empty, so that nothing is read.
    pub(super) fn described<T>(rules: Rules, read: impl FnOnce(&mut Reader<'_>) -> T) -> Value {
        let empty = Map::new();
        let mut reader = Reader { outline: Some(Outline::default()), ..Reader::new(&empty, rules) };
        read(&mut reader);
        reader.outline.unwrap_or_default().into_schema()
    }

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
}
