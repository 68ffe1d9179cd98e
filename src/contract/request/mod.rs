//! Request bodies: flat JSON objects. Each type is what a server reads of a body.
//!
//! A body is read whole: every member that is wrong is reported, and nothing of a wrong body is used.

mod api_key;
mod body;
mod key;
mod outline;
mod project;
mod reader;
mod reading;
mod secret;
mod shape;
mod version;

pub use api_key::*;
pub use body::{Body, Read, read, schema};
pub use key::*;
pub use project::*;
pub use reader::{Reader, Rules};
pub use reading::*;
pub use secret::*;
pub use shape::Shape;
pub use version::*;
