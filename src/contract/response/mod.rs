//! Response bodies. Each type is what the mock sends and what its OpenAPI document describes.
//!
//! Member types follow what the published Go client decodes: a version is a number in the descriptor
//! and text everywhere else.

mod api_key;
mod error;
mod key;
mod organization;
mod place;
mod secret;
mod version;

use serde::Serialize;

pub use api_key::*;
pub use error::*;
pub use key::*;
pub use organization::*;
pub use place::*;
pub use secret::*;
pub use version::*;

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
