//! A request before it is sent: over a socket, or into the router.

use axum::body::Body;
use serde_json::Value;

use super::server::{ULID, token};

/// A request.
#[derive(Clone)]
pub(crate) struct Call {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    /// With the token `full`. A path that does not begin with a slash is below the organization.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let path =
            if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{ULID}/{path}") };
        Self { method: method.to_owned(), path, headers: Vec::new(), body: None }.by("full")
    }

    /// With another token of the fixture.
    pub(crate) fn by(self, name: &str) -> Self {
        self.bearer(&token(name))
    }

    pub(crate) fn bearer(self, bearer: &str) -> Self {
        self.header("authorization", &format!("Bearer {bearer}"))
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(given, _)| given != name);
        self
    }

    /// Sets a header, in place of one of that name.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let mut call = self.without(name);
        call.headers.push((name.to_owned(), value.to_owned()));
        call
    }

    pub(crate) fn json(self, body: Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn over_http(self, client: &reqwest::Client, url: &str) -> reqwest::RequestBuilder {
        let method = self.method.parse().unwrap();
        let mut request = client.request(method, format!("{url}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match self.body {
            Some(body) => request.body(body),
            None => request,
        }
    }

    pub(super) fn into_router(self) -> axum::extract::Request {
        let mut request =
            axum::http::Request::builder().method(self.method.as_str()).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = self.body.map_or_else(Body::empty, Body::from);
        request.body(body).unwrap()
    }
}
