//! The wire as types, the route table and the requirement catalogue. No IO.
//!
//! ```
//! use keyproof::contract::route::Endpoint;
//!
//! let route = Endpoint::RotateEncryptionKey.route();
//! let path = route.fill(&["01ARZ3NDEKTSV4RRFFQ69G5FAV", "my-app"]);
//! assert_eq!(route.method.name(), "POST");
//! assert_eq!(path, "/api/v1/01ARZ3NDEKTSV4RRFFQ69G5FAV/my-app/encryption-key/rotate");
//! ```

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
