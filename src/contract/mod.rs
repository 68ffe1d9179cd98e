//! The wire as types, the route table and the requirement catalogue. No IO.

pub mod custody;
pub mod error;
pub mod identifier;
pub mod limit;
pub mod nearest;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod request;
pub mod requirement;
pub mod response;
pub mod route;
pub mod scope;
pub mod violation;
