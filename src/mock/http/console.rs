//! The console: a page that shows what the mock holds and does. It is static and needs no token. What it shows comes
//! from the control API, whose token stands in the fragment of the page's address.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;

const PAGE: &str = include_str!("../console/index.html");

/// A file that the page loads: path, type and text.
macro_rules! file {
    ($name:literal, $kind:literal) => {
        (concat!("/console/", $name), $kind, include_str!(concat!("../console/", $name)))
    };
}

const FILES: [(&str, &str, &str); 8] = [
    file!("style.css", "text/css"),
    file!("main.js", "text/javascript"),
    file!("control.js", "text/javascript"),
    file!("element.js", "text/javascript"),
    file!("timeline.js", "text/javascript"),
    file!("project.js", "text/javascript"),
    file!("journal.js", "text/javascript"),
    file!("switches.js", "text/javascript"),
];

/// Allows nothing but the page's own files, and no page around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn page() -> Response {
    answer("text/html; charset=utf-8", PAGE)
}

/// Its files, and a redirect from the address without the slash, below `/_mock`.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new().route("/", get(|| async { Redirect::permanent("/_mock/") }));
    for (path, kind, text) in FILES {
        router = router.route(path, get(move || async move { answer(kind, text) }));
    }
    router
}

fn answer(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}
