//! The console: a page that shows what the mock holds and does. It is static and asks for no token; what
//! it shows comes from the control API, for which it has one in the fragment of its address.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;

const PAGE: &str = include_str!("../console/index.html");

/// What it loads, by name.
const FILES: [(&str, &str, &str); 8] = [
    (
        "/console/style.css",
        "text/css",
        include_str!("../console/style.css"),
    ),
    (
        "/console/main.js",
        SCRIPT,
        include_str!("../console/main.js"),
    ),
    (
        "/console/control.js",
        SCRIPT,
        include_str!("../console/control.js"),
    ),
    (
        "/console/element.js",
        SCRIPT,
        include_str!("../console/element.js"),
    ),
    (
        "/console/timeline.js",
        SCRIPT,
        include_str!("../console/timeline.js"),
    ),
    (
        "/console/project.js",
        SCRIPT,
        include_str!("../console/project.js"),
    ),
    (
        "/console/journal.js",
        SCRIPT,
        include_str!("../console/journal.js"),
    ),
    (
        "/console/switches.js",
        SCRIPT,
        include_str!("../console/switches.js"),
    ),
];

const SCRIPT: &str = "text/javascript";

/// Nothing but the page's own files, and no page around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page itself, at `/_mock/`.
pub(super) async fn page() -> Response {
    answer("text/html; charset=utf-8", PAGE)
}

/// Its files, and the way to it from the address without the slash, below `/_mock`.
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
