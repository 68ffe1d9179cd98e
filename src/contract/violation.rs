//! What is wrong with the members of a body: the `errors` map of a 422 without a code
//! (docs, api/errors).

use serde::Serialize;
use serde_json::{Map, Value};

/// Most members that an answer reports, so that a body of many wrong members is not answered with many megabytes.
const MOST: usize = 1000;

/// Messages by member, in the order in which they were added. Both are words of this project: nothing that was sent is
/// in them, except the places of items in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Violations(
    #[cfg_attr(
        feature = "openapi",
        schemars(with = "std::collections::BTreeMap<String, Vec<String>>")
    )]
    Map<String, Value>,
);

impl Violations {
    /// One message about one member.
    pub fn of(member: impl Into<String>, message: impl Into<String>) -> Self {
        let mut violations = Self::default();
        violations.add(member, message);
        violations
    }

    /// Adds a message about a member.
    pub fn add(&mut self, member: impl Into<String>, message: impl Into<String>) {
        let member = member.into();
        if self.0.len() >= MOST && !self.0.contains_key(&member) {
            return;
        }
        let messages = self.0.entry(member).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(messages) = messages {
            messages.push(Value::String(message.into()));
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first message, which is the `message` of the answer.
    pub fn first(&self) -> &str {
        self.messages().next().unwrap_or("The given data was invalid.")
    }

    /// Every message, with the member that it is about.
    pub fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(member, messages)| {
            let messages = messages.as_array().into_iter().flatten();
            messages.filter_map(move |message| Some((member.as_str(), message.as_str()?)))
        })
    }

    /// Every message.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.each().map(|(_, message)| message)
    }

    /// `Ok` if nothing is wrong.
    ///
    /// # Errors
    /// The violations, if there are any.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}
