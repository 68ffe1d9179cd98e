//! What surrounds the answer of a request: faults that are injected, and the journal.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{self, StreamExt as _};

use super::admission::{Visit, bearer};
use super::response::SentBody;
use crate::contract::limit;
use crate::contract::route::{Endpoint, ProjectIn, ROUTES, Route};
use crate::mock::connection::Peer;
use crate::mock::feed::Event;
use crate::mock::steer::fault::Effect;
use crate::mock::{Cell, Exchange, Trace, World};

/// What is known of a request once it was answered.
#[derive(Clone, Default)]
pub(super) struct Received {
    pub(super) endpoint: Option<Endpoint>,
    pub(super) cell: Option<Arc<Cell>>,
    pub(super) body: Bytes,
}

/// In how many pieces a slow body is sent.
const PIECES: usize = 8;

/// The length of a request's path and headers.
pub(super) fn head_bytes(request: &Request) -> usize {
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let path = request.uri().path_and_query();
    path.map_or(0, |path| path.as_str().len()) + headers.sum::<usize>()
}

/// Answers a request, injects the fault that strikes it, and journals the exchange.
pub(super) async fn note(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().as_str().to_owned();
    let uri = request.uri().clone();
    // A head that is too long is not journaled.
    let is_bounded = head_bytes(&request) <= limit::HEAD_BYTES;
    let headers = request.headers().iter().filter(|_| is_bounded);
    let headers =
        headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    let headers = headers.collect();
    let peer = request.extensions().get::<ConnectInfo<Peer>>().cloned();
    let sender = bearer(request.headers()).map(str::to_owned);
    let effect = strike(&world, &request);
    if let Some(Effect::Delay { milliseconds }) = effect {
        pause(milliseconds).await;
    }
    let mut response = match effect {
        Some(Effect::Status { status, retry_after }) => {
            refused(&world, &request, status, retry_after)
        }
        Some(Effect::DropBefore) => refused(&world, &request, 503, None),
        _ => next.run(request).await,
    };
    let received = response.extensions_mut().remove::<Received>();
    let Received { endpoint, cell, body } = received.unwrap_or_default();
    // A request that was refused before its token was checked, or because that has expired, belongs to the token's owner.
    let cell = cell.or_else(|| world.of_bearer(sender.as_deref()?));
    let named = if cell.is_none() { world.named_in(uri.path()) } else { None };
    let sent = response.extensions_mut().remove::<SentBody>();
    let SentBody { body: answer, redacted } = sent.unwrap_or_default();
    let path = uri.path_and_query().filter(|_| is_bounded);
    let trace = response.extensions().get().cloned();
    let dropped = matches!(effect, Some(Effect::DropBefore | Effect::DropAfter));
    let exchange = Exchange {
        number: 0,
        at: world.clock.now(),
        path: path.map_or("", |path| path.as_str()).to_owned(),
        method,
        endpoint,
        headers,
        body_length: body.len(),
        body,
        status: (!dropped).then(|| response.status().as_u16()),
        answer: answer.clone(),
        trace: trace.unwrap_or_else(|| Trace::new(ProjectIn::Nowhere)),
        mishap: effect.map(|effect| effect.name().to_owned()),
        named,
        redacted,
        noted: Instant::now(),
    };
    let journal = match &cell {
        Some(cell) => &cell.journal,
        None if exchange.named.is_some() => &world.strays,
        None => &world.strangers,
    };
    let exchange = journal.note(exchange);
    let number = cell.as_ref().map(|cell| cell.number);
    world.feed.tell(|| Event::Answered(number, exchange));
    if let Some(effect) = effect {
        let name = HeaderValue::from_static(effect.name());
        response.headers_mut().insert("x-mock-fault", name);
    }
    match effect {
        Some(Effect::DropBefore | Effect::DropAfter) => {
            if let Some(ConnectInfo(peer)) = peer {
                peer.cut();
            }
            response
        }
        Some(Effect::Truncate) => truncated(response, answer),
        Some(Effect::Slow { milliseconds }) => slow(response, answer, milliseconds),
        _ => response,
    }
}

/// Sends an answer once all that it shows is in the data file, so that no crash takes it back.
pub(super) async fn keep(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    // Such an answer shows nothing, and says why.
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        return response;
    }
    let received = response.extensions_mut().remove::<Received>();
    let cell = received.as_ref().and_then(|received| received.cell.as_deref());
    if let Err(refusal) = world.keep(cell).await {
        let mut visit = Visit::nowhere(&world, false);
        if let Some(trace) = response.extensions_mut().remove::<Trace>() {
            visit.trace = trace;
        }
        response = visit.respond(Err(refusal));
    }
    if let Some(received) = received {
        response.extensions_mut().insert(received);
    }
    response
}

/// The fault that strikes a request.
fn strike(world: &World, request: &Request) -> Option<Effect> {
    // A preflight only precedes the request that is meant.
    if world.mishaps.is_empty() || request.method() == Method::OPTIONS {
        return None;
    }
    let cell = bearer(request.headers()).and_then(|bearer| world.of_bearer(bearer));
    let organization = cell.map(|cell| cell.number);
    let (method, path) = (request.method().as_str(), request.uri().path());
    world.mishaps.strike(organization, endpoint_of(request), method, path)
}

/// The endpoint that a request is for.
fn endpoint_of(request: &Request) -> Option<Endpoint> {
    let matched = request.extensions().get::<MatchedPath>()?.as_str();
    let is_path = |path: &str| path == matched;
    let is_it = |route: &&Route| {
        route.method.name() == request.method().as_str()
            && (is_path(route.path) || route.legacy.is_some_and(is_path))
    };
    ROUTES.iter().find(is_it).map(|route| route.endpoint)
}

/// The injected answer in place of the API's. The body of the request is not read.
fn refused(world: &World, request: &Request, status: u16, retry_after: Option<u32>) -> Response {
    let refusal = serde_json::json!({
        "error": if status == 429 { "rate_limited" } else { "injected_fault" },
        "message": "This answer was asked for at the mock's control API.",
    });
    let body = Bytes::from(refusal.to_string());
    let mut response = Response::new(Body::from(body.clone()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    let cell = bearer(request.headers()).and_then(|bearer| world.of_bearer(bearer));
    response.extensions_mut().insert(SentBody { body, redacted: Some(refusal) });
    let endpoint = endpoint_of(request);
    response.extensions_mut().insert(Received { endpoint, cell, body: Bytes::new() });
    response
}

async fn pause(milliseconds: u32) {
    tokio::time::sleep(Duration::from_millis(milliseconds.into()).min(Effect::LONGEST)).await;
}

/// Announces the length of the whole body, and sends half of it.
fn truncated(mut response: Response, answer: Bytes) -> Response {
    let length = answer.len();
    let half = answer.slice(..length / 2);
    let cut = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    // Half of it is on its way before the connection ends: of an answer that has not begun, a browser asks for another.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(cut)
    });
    *response.body_mut() = Body::from_stream(stream::iter([Ok(half)]).chain(end));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    response
}

fn slow(mut response: Response, answer: Bytes, milliseconds: u32) -> Response {
    let length = answer.len();
    let size = length.div_ceil(PIECES).max(1);
    let pieces = (0..length.div_ceil(size)).map(move |place| {
        let start = place * size;
        answer.slice(start..(start + size).min(length))
    });
    let parts = stream::iter(pieces).then(move |piece| async move {
        pause(milliseconds).await;
        Ok::<_, std::io::Error>(piece)
    });
    *response.body_mut() = Body::from_stream(parts);
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    response
}
