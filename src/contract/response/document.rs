//! What answers have around their data, as JSON:API has it.

use serde::Serialize;

/// `{"data": …}`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Data<T> {
    /// The answer itself.
    pub data: T,
}

/// One thing, as JSON:API shows it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Resource<A> {
    /// The type of the resource.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its id, as text.
    pub id: String,
    /// Its attributes.
    pub attributes: A,
}

/// Puts an answer under `data`.
pub(crate) const fn data<T>(data: T) -> Data<T> {
    Data { data }
}
