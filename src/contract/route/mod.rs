//! The route table: the one list that the mock's router, its 405 answers, the OpenAPI document and the suites read.

mod routes;
mod row;
mod table;

pub use routes::{Operation, ROUTES, operation};
pub use row::{Method, ProjectIn, Request, Route};
pub use table::Endpoint;
pub(crate) use table::endpoints;
