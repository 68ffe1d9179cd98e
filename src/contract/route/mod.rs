//! The route table: the one list that the mock's router, its 405 answers, the OpenAPI document and the suites read.

mod endpoint;
mod routes;
mod row;
mod table;

pub use endpoint::Endpoint;
pub use routes::{Operation, ROUTES, operation};
pub use row::{Method, ProjectIn, Request, Route};
pub(crate) use table::endpoints;
