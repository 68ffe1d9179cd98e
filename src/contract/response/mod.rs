//! Response bodies. Each type is what the mock sends and what its OpenAPI document describes.
//!
//! Member types follow what the published Go client decodes: a version is a number in the descriptor
//! and text everywhere else.

mod api_key;
mod document;
mod error;
mod key;
mod organization;
mod place;
mod secret;
mod version;

pub use api_key::*;
pub(crate) use document::data;
pub use document::{Changed, Data, Resource};
pub use error::*;
pub use key::*;
pub use organization::*;
pub use place::*;
pub use secret::*;
pub use version::*;
