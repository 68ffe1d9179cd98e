//! A door in front of a server: forwards every request, remembers what went through, and can keep
//! some of them waiting for ever, or answer them by itself.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};
use parking_lot::Mutex;
use serde_json::Value;

/// A request that went through, and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: String,
    headers: HeaderMap,
    pub(crate) request: String,
    pub(crate) answer: String,
    pub(crate) status: u16,
    /// `X-RateLimit-Limit` and `-Remaining` of the answer.
    pub(crate) bucket: Option<(u32, u32)>,
}

impl Passed {
    /// A header of the request.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Watch = dyn Fn(&str, &str) -> bool + Send + Sync;
type Alter = dyn Fn(&str, &mut u16, &mut Value) + Send + Sync;
type Divert = dyn Fn(&str, &str) -> Option<Instead> + Send + Sync;

/// What comes instead of the server's own answer.
#[derive(Debug, Clone)]
pub(crate) enum Instead {
    /// This status, of a request that the server never sees.
    Status(u16),
    /// This JSON, with 200; the server never sees the request.
    Json(String),
    /// The connection breaks off before the server sees the request.
    Reset,
    /// The connection breaks off when the server has done what it was asked for.
    Lost,
}

/// The running proxy. It lives as long as the runtime that it was started in.
pub(crate) struct Proxy {
    pub(crate) url: String,
    door: Arc<Door>,
}

struct Door {
    behind: String,
    http: reqwest::Client,
    passed: Mutex<Vec<Passed>>,
    refuses_deletes: AtomicBool,
    /// GETs that are still to fail.
    failing_gets: AtomicU32,
    /// Seconds that `Date` is ahead of the server's.
    ahead: AtomicI64,
    /// Told method and path of each request; one that it says no to is never answered.
    watch: Box<Watch>,
    /// Told the path of each request; makes of its answer, status and JSON, what it likes.
    alter: Option<Box<Alter>>,
    /// Told method and path of each request that is answered.
    divert: Mutex<Option<Box<Divert>>>,
    /// How much longer a request takes at most: by chance, half of it on the way there.
    longest: Duration,
    /// Told of each that was answered.
    tell: Mutex<Option<mpsc::Sender<Passed>>>,
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
        Self::start(behind, Box::new(watch), None, Duration::ZERO).await
    }

    /// Forwards everything, and answers with what `alter` makes of the answer.
    pub(crate) async fn altering(
        behind: &str,
        alter: impl Fn(&str, &mut u16, &mut Value) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        Self::start(behind, Box::new(|_, _| true), Some(Box::new(alter)), Duration::ZERO).await
    }

    /// Forwards everything, and lets each request take up to `longest` more.
    pub(crate) async fn slow(behind: &str, longest: Duration) -> std::io::Result<Self> {
        Self::start(behind, Box::new(|_, _| true), None, longest).await
    }

    async fn start(
        behind: &str,
        watch: Box<Watch>,
        alter: Option<Box<Alter>>,
        longest: Duration,
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
            refuses_deletes: AtomicBool::new(false),
            failing_gets: AtomicU32::new(0),
            ahead: AtomicI64::new(0),
            watch,
            alter,
            divert: Mutex::default(),
            longest,
            tell: Mutex::default(),
        });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&door));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, door })
    }

    /// Answers each DELETE with 403 from now on.
    pub(crate) fn refuse_deletes(&self) {
        self.door.refuses_deletes.store(true, Ordering::Relaxed);
    }

    /// Answers the next GETs with 502.
    pub(crate) fn fail_gets(&self, count: u32) {
        self.door.failing_gets.store(count, Ordering::Relaxed);
    }

    /// Sends a `Date` from now on that is so many seconds ahead of the server's.
    pub(crate) fn shift_date(&self, seconds: i64) {
        self.door.ahead.store(seconds, Ordering::Relaxed);
    }

    /// Answers what `divert` has something for from now on.
    pub(crate) fn divert(
        &self,
        divert: impl Fn(&str, &str) -> Option<Instead> + Send + Sync + 'static,
    ) {
        *self.door.divert.lock() = Some(Box::new(divert));
    }

    /// Tells of what goes through from now on.
    pub(crate) fn tell(&self) -> mpsc::Receiver<Passed> {
        let (tell, told) = mpsc::channel();
        *self.door.tell.lock() = Some(tell);
        told
    }

    /// What went through since this was last asked.
    pub(crate) fn take(&self) -> Vec<Passed> {
        std::mem::take(&mut *self.door.passed.lock())
    }
}

impl Door {
    /// Part of the way that a request or its answer takes longer.
    async fn delay(&self) {
        if !self.longest.is_zero() {
            // Its keys are random.
            let chance = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
            tokio::time::sleep(self.longest.mul_f64(chance / 2.0)).await;
        }
    }

    fn instead(&self, method: &str, path: &str) -> Option<Instead> {
        self.divert.lock().as_ref()?(method, path)
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
    if method == Method::DELETE && door.refuses_deletes.load(Ordering::Relaxed) {
        return Response::builder().status(403).body(Body::empty()).unwrap();
    }
    let fails = |left: u32| left.checked_sub(1);
    let failing = &door.failing_gets;
    let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
    if method == Method::GET && failing.fetch_update(set, fetch, fails).is_ok() {
        return Response::builder().status(502).body(Body::empty()).unwrap();
    }
    headers.remove("host");
    headers.remove("content-length");
    let instead = door.instead(method.as_str(), &path);
    let authorization = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let mut noted = Noted {
        door: &door,
        passed: Some(Passed {
            method: method.to_string(),
            path: path.clone(),
            authorization,
            headers: headers.clone(),
            request: String::from_utf8_lossy(&body).into_owned(),
            answer: String::new(),
            status: 0,
            bucket: None,
        }),
    };
    let mut passed = |status: u16, answer: String, bucket: Option<(u32, u32)>| {
        let Some(passed) = noted.passed.take() else { return };
        let passed = Passed { answer, status, bucket, ..passed };
        if let Some(tell) = &*door.tell.lock() {
            let _ = tell.send(passed.clone());
        }
        door.passed.lock().push(passed);
    };
    let own = match &instead {
        Some(Instead::Status(status)) => Some((*status, String::new())),
        Some(Instead::Json(text)) => Some((200, text.clone())),
        Some(Instead::Reset) => Some((0, String::new())),
        Some(Instead::Lost) | None => None,
    };
    if let Some((status, text)) = own {
        passed(status, text.clone(), None);
        if status == 0 {
            break_off();
        }
        return Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(Body::from(text))
            .unwrap();
    }
    door.delay().await;
    let answer = door
        .http
        .request(method.clone(), format!("{}{path}", door.behind))
        .headers(headers.clone())
        .body(body.clone())
        .send()
        .await
        .unwrap();
    let mut status = answer.status().as_u16();
    let mut response = Response::builder();
    for (name, value) in answer.headers() {
        if name == "date" {
            let date = shifted(value.to_str().unwrap(), door.ahead.load(Ordering::Relaxed));
            response = response.header(name, date);
        } else if name != "content-length" && name != "transfer-encoding" {
            response = response.header(name, value);
        }
    }
    let number = |name: &str| -> Option<u32> {
        let value = answer.headers().get(name)?;
        value.to_str().ok()?.parse().ok()
    };
    let bucket = number("x-ratelimit-limit").zip(number("x-ratelimit-remaining"));
    let mut bytes = answer.bytes().await.unwrap();
    if let (Some(alter), Ok(mut json)) = (&door.alter, serde_json::from_slice(&bytes)) {
        alter(&path, &mut status, &mut json);
        bytes = Bytes::from(json.to_string());
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    passed(status, text, bucket);
    door.delay().await;
    if matches!(instead, Some(Instead::Lost)) {
        break_off();
    }
    response.status(status).body(Body::from(bytes)).unwrap()
}

/// A request that has no answer yet. Its client may hang up.
struct Noted<'d> {
    door: &'d Door,
    passed: Option<Passed>,
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.door.passed.lock().extend(self.passed.take());
    }
}

/// A date of a header, so many seconds later.
pub(crate) fn shifted(date: &str, seconds: i64) -> String {
    let date = DateTimeParser::new().parse_timestamp(date).unwrap().as_second();
    let date = Timestamp::from_second(date + seconds).unwrap();
    DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap()
}

/// Ends the task of the connection, and the connection with it, without a word.
fn break_off() {
    std::panic::resume_unwind(Box::new("the connection breaks off"));
}
