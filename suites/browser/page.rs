//! A mock for a browser, and pages that somebody else serves.

use axum::Router;
use axum::response::Html;
use keyproof::crypto::Iterations;
use keyproof::mock::{Limits, MockServer};
use serde_json::Value;
use tokio::net::TcpListener;

/// A mock with the default fixture.
pub(crate) async fn mock(limits: Limits) -> MockServer {
    MockServer::builder()
        .limits(limits)
        .min_iterations(Iterations::try_from(1000).unwrap())
        .start()
        .await
        .unwrap()
}

/// What the addresses of its organization begin with.
pub(crate) fn api(mock: &MockServer) -> String {
    format!("{}/api/v1/{}", mock.url(), mock.organization())
}

/// A request by somebody else than the page: its status and body.
pub(crate) async fn curl(mock: &MockServer, method: &str, path: &str) -> (u16, Value) {
    let url = format!("{}/{path}", api(mock));
    let call = reqwest::Client::new().request(method.parse().unwrap(), url);
    let answer = call.bearer_auth(mock.token("full").unwrap()).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

/// Serves an empty page on a port of its own. The port.
pub(crate) async fn another_origin() -> u16 {
    let page = r#"<!doctype html><title>A page</title><link rel="icon" href="data:,">"#;
    origin_of(page.to_owned()).await
}

/// Serves a page, whatever it is asked for, on a port of its own. The port.
pub(crate) async fn origin_of(page: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Router::new().fallback(move || async { Html(page) });
    tokio::spawn(async move { axum::serve(listener, serve).await });
    port
}
