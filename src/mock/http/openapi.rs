//! The OpenAPI document, for generators of clients and for browsers of APIs. It takes no token.

use axum::Router;
use axum::http::header;
use axum::routing::get;

use crate::contract::openapi;
use crate::contract::request::Rules;

/// Its one path.
pub(super) fn router<S: Clone + Send + Sync + 'static>(rules: Rules) -> Router<S> {
    let document = format!("{:#}\n", openapi::document(rules));
    let headers = [(header::CONTENT_TYPE, "application/json")];
    Router::new().route(
        "/openapi.json",
        get(move || async move { (headers, document) }),
    )
}
