//! The bodies of refusals.

use serde::Serialize;
use serde_json::Value;

use crate::contract::violation::Violations;

/// A refusal with a code.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Refused {
    /// The error code.
    pub error: &'static str,
    /// A sentence for people.
    pub message: String,
    /// Further facts, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "std::collections::BTreeMap<String, Value>"))]
    pub details: Option<Value>,
}

/// The refusal of a body or a query that is not what the endpoint takes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Invalid {
    /// The first of the errors.
    pub message: String,
    /// What is wrong, by member.
    pub errors: Violations,
}
