//! What the browser is served: the page that shows the frames, in each of them the adapter's page with the files
//! beside it, and its requests and replies.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path as Segments, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next as Inside, from_fn_with_state, map_response};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::hub::{Event, Hub, Next};

const FRAMES: &str = include_str!("frames.html");
/// What a list without a number is called in an address.
const NONE: &str = "none";

/// By the end of a file's name, as browsers want to be told.
const TYPES: [(&str, &str); 8] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("svg", "image/svg+xml"),
    ("wasm", "application/wasm"),
];

/// What all that is served goes by.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) hub: Arc<Hub>,
    /// The folder of the page, without links in it.
    pub(super) folder: PathBuf,
    /// The page's file, below that.
    pub(super) page: String,
    /// How this is called: another name that leads here is somebody else's (DNS rebinding).
    pub(super) host: String,
}

impl Site {
    /// Everything is below a token, which no other page knows.
    pub(super) fn router(self, token: &str) -> Router {
        let frame = Router::new()
            .route("/keyproof/next", get(next))
            .route("/keyproof/reply", post(reply))
            .route("/keyproof/end", post(end))
            .route("/{*file}", get(file).fallback(stranger));
        Router::new()
            .route(&format!("/{token}/"), get(frames_page))
            .route(&format!("/{token}/frames/{{viewer}}/{{shown}}"), get(frames))
            .nest(&format!("/{token}/{{frame}}"), frame)
            // A reply that is too long is for the harness to judge.
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn_with_state(self.clone(), of_this_page))
            .layer(map_response(unshared))
            .with_state(self)
    }
}

/// Refuses what does not come from a page of this site.
async fn of_this_page(State(site): State<Site>, request: Request, inside: Inside) -> Response {
    let headers = request.headers();
    let is = |name: HeaderName, value: &str| {
        let mut values = headers.get_all(name).iter();
        let is_it = values.next().is_some_and(|found| found.as_bytes() == value.as_bytes());
        is_it && values.next().is_none()
    };
    let origin = format!("http://{}", site.host);
    let is_ours = !headers.contains_key(header::ORIGIN) || is(header::ORIGIN, &origin);
    if is(header::HOST, &site.host) && is_ours {
        inside.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

/// No other page may have it, and no cache keep it.
async fn unshared(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn frames_page(State(site): State<Site>) -> Html<String> {
    let page =
        percent_encoding::utf8_percent_encode(&site.page, percent_encoding::NON_ALPHANUMERIC);
    let viewer = site.hub.load().to_string();
    Html(FRAMES.replace("{{page}}", &page.to_string()).replace("{{viewer}}", &viewer))
}

async fn frames(
    State(site): State<Site>,
    Segments((viewer, shown)): Segments<(u64, String)>,
) -> Response {
    let shown: Vec<u64> = shown.split('.').filter_map(|number| number.parse().ok()).collect();
    match site.hub.frames(viewer, &shown).await {
        Some(frames) if frames.is_empty() => NONE.into_response(),
        Some(frames) => {
            let frames: Vec<String> = frames.iter().map(u64::to_string).collect();
            frames.join(".").into_response()
        }
        None => StatusCode::GONE.into_response(),
    }
}

async fn next(State(site): State<Site>, Segments(frame): Segments<u64>) -> Response {
    match site.hub.next(frame).await {
        Next::Line(line) => Body::from(line).into_response(),
        Next::Nothing => StatusCode::NO_CONTENT.into_response(),
        Next::Over => StatusCode::GONE.into_response(),
    }
}

async fn reply(
    State(site): State<Site>,
    Segments(frame): Segments<u64>,
    reply: Bytes,
) -> StatusCode {
    told(site.hub.tell(frame, Event::Reply(reply.into())))
}

async fn end(State(site): State<Site>, Segments(frame): Segments<u64>) -> StatusCode {
    told(site.hub.tell(frame, Event::End))
}

fn told(is_told: bool) -> StatusCode {
    if is_told { StatusCode::NO_CONTENT } else { StatusCode::GONE }
}

/// What is neither a file nor an address of this site is told: the page has nowhere else to look.
async fn stranger(
    State(site): State<Site>,
    Segments((frame, path)): Segments<(u64, String)>,
    method: Method,
) -> StatusCode {
    let note = format!(
        "the page sent {method} {path}: there are GET keyproof/next, POST keyproof/reply and keyproof/end"
    );
    site.hub.tell(frame, Event::Note(note));
    StatusCode::NOT_FOUND
}

async fn file(
    State(site): State<Site>,
    Segments((frame, file)): Segments<(u64, String)>,
) -> Response {
    let missing = || {
        let note = format!("the page asked for {file}, which is not beside it");
        site.hub.tell(frame, Event::Note(note));
        StatusCode::NOT_FOUND.into_response()
    };
    let Some(path) = below(&site.folder, &file) else {
        return missing();
    };
    if file == site.page {
        site.hub.load_frame(frame);
    }
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    let known = TYPES.iter().find(|(known, _)| end.eq_ignore_ascii_case(known));
    let content_type = known.map_or("application/octet-stream", |(_, content_type)| *content_type);
    match std::fs::read(&path) {
        Ok(bytes) => ([(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        Err(_) => missing(),
    }
}

/// A file of the folder or below it, without what is hidden and without links that lead out of it.
fn below(folder: &Path, file: &str) -> Option<PathBuf> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.'));
    let file = Path::new(file);
    let path = file.components().all(is_plain).then(|| folder.join(file))?;
    path.canonicalize().ok().filter(|path| path.starts_with(folder) && path.is_file())
}
