//! The OpenAPI document, for generators of clients and for browsers of APIs. It takes no token.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::routing::get;

use crate::contract::openapi;
use crate::contract::request::Rules;

pub(super) fn router<S: Clone + Send + Sync + 'static>(rules: Rules) -> Router<S> {
    // Made on the first request: it takes megabytes, and most mocks get none.
    let document = Arc::new(OnceLock::<Bytes>::new());
    let headers = [(header::CONTENT_TYPE, "application/json")];
    let document = get(move || async move {
        let text = || format!("{:#}\n", openapi::document(rules)).into();
        (headers, document.get_or_init(text).clone())
    });
    let methods = || async { (StatusCode::NO_CONTENT, [(header::ALLOW, "GET, HEAD, OPTIONS")]) };
    Router::new().route("/openapi.json", document.options(methods))
}
