//! The envelopes of answers, as JSON:API has them.

use serde::Serialize;

/// `{"data": …}`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Data{T}"))]
pub struct Data<T> {
    /// The answer itself.
    pub data: T,
}

/// One resource, as JSON:API writes it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Resource{A}"))]
pub struct Resource<A> {
    /// The type of the resource.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The id of the resource, as text.
    pub id: String,
    /// The attributes of the resource.
    pub attributes: A,
}

/// What a change did, and a message.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Changed{T}"))]
pub struct Changed<T> {
    /// What was changed.
    pub data: T,
    /// A sentence for people.
    pub message: &'static str,
}

pub(crate) const fn data<T>(data: T) -> Data<T> {
    Data { data }
}
