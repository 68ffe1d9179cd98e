//! A door in front of a server: forwards every request, remembers what went through, and can keep
//! some of them waiting for ever.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use parking_lot::Mutex;

/// A request that went through, and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) request: String,
    pub(crate) answer: String,
}

type Watch = dyn Fn(&str, &str) -> bool + Send + Sync;

/// The running proxy. It lives as long as the runtime that it was started in.
pub(crate) struct Proxy {
    pub(crate) url: String,
    door: Arc<Door>,
}

struct Door {
    behind: String,
    http: reqwest::Client,
    passed: Mutex<Vec<Passed>>,
    /// Told method and path of each request; one that it says no to is never answered.
    watch: Box<Watch>,
}

impl Proxy {
    /// Forwards everything to the server at `behind`.
    pub(crate) async fn before(behind: &str) -> std::io::Result<Self> {
        Self::watched(behind, |_, _| true).await
    }

    /// Forwards what `watch` says yes to.
    pub(crate) async fn watched(
        behind: &str,
        watch: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(std::io::Error::other)?;
        let door = Arc::new(Door {
            behind: behind.to_owned(),
            http,
            passed: Mutex::default(),
            watch: Box::new(watch),
        });
        let router = Router::new()
            .fallback(forward)
            .with_state(Arc::clone(&door));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, door })
    }

    /// What went through since this was last asked.
    pub(crate) fn take(&self) -> Vec<Passed> {
        std::mem::take(&mut *self.door.passed.lock())
    }
}

async fn forward(
    State(door): State<Arc<Door>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.to_string();
    if !(door.watch)(method.as_str(), &path) {
        std::future::pending::<()>().await;
    }
    headers.remove("host");
    headers.remove("content-length");
    let authorization = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let answer = door
        .http
        .request(method.clone(), format!("{}{path}", door.behind))
        .headers(headers)
        .body(body.clone())
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "content-length" && name != "transfer-encoding" {
            response = response.header(name, value);
        }
    }
    let bytes = answer.bytes().await.unwrap();
    door.passed.lock().push(Passed {
        method: method.to_string(),
        path,
        authorization,
        request: String::from_utf8_lossy(&body).into_owned(),
        answer: String::from_utf8_lossy(&bytes).into_owned(),
    });
    response.body(Body::from(bytes)).unwrap()
}
