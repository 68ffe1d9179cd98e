//! The route table: the one list that the mock's router, its 405 answers, the OpenAPI document and the suites read.

mod endpoint;
pub mod operation;
mod routes;
mod row;
mod table;

pub use endpoint::Endpoint;
pub use operation::Operation;
pub use routes::ROUTES;
pub use row::{Method, ProjectIn, Request, Route};
pub(crate) use table::endpoints;
