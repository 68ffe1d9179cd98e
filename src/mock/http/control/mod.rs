//! The control API, `/_mock`, which does what no public endpoint can. It answers loopback only, unless its token was
//! chosen, and no web page but the console.

mod body;
mod clock;
mod events;
mod faults;
mod gates;
mod jobs;
mod journal;
mod organizations;
mod overview;
mod settings;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use self::body::{Input, organization};
use super::console;
use crate::contract::custody::{Custody, HistoryPolicy};
use crate::contract::error::Code;
use crate::contract::violation::Violations;
use crate::crypto::proofs_equal;
use crate::mock::access::{Access, host_of, is_loopback};
use crate::mock::clock::http_date;
use crate::mock::connection::Peer;
use crate::mock::feed::Event;
use crate::mock::model::Project;
use crate::mock::service::Answer;
use crate::mock::{Refusal, World};

/// Who may use the control API.
#[derive(Clone)]
pub(in crate::mock) struct Control {
    /// None if the mock can be reached from elsewhere and no token was chosen: then nobody may use it.
    pub(in crate::mock) token: Option<Arc<str>>,
    pub(in crate::mock) port: u16,
    /// The names under which other machines may use it, if the token was chosen. The port is not compared then: it may
    /// be mapped to another.
    pub(in crate::mock) elsewhere: Option<Arc<Access>>,
}

/// The routes below `/_mock`.
pub(super) fn router<S: Clone + Send + Sync + 'static>(
    world: Arc<World>,
    control: Control,
) -> Router<S> {
    let health = Router::new().route("/health", get(health)).with_state(Arc::clone(&world));
    Router::new()
        .route("/overview", get(overview::overview))
        .route("/known", get(overview::known))
        .route("/reveal", post(overview::reveal))
        .route("/events", get(events::events))
        .route("/hold", post(hold))
        .route("/release", post(release))
        .route("/project", post(project))
        .route("/reset", post(reset))
        .route("/clock", get(clock::read).post(clock::change))
        .route("/limits", post(settings::limits))
        .route("/plan", post(settings::plan))
        .route(
            "/organizations",
            get(organizations::list).post(organizations::make).delete(organizations::remove),
        )
        .route("/journal", post(journal::journal))
        .route("/journal/strangers", get(journal::strangers))
        .route("/gates", post(gates::arm).delete(gates::release))
        .route("/gates/list", post(gates::list))
        .route("/gates/wait", post(gates::wait))
        .route("/faults", post(faults::arm).delete(faults::disarm))
        .route("/faults/list", post(faults::list))
        .route("/settings", post(settings::settings))
        .route("/jobs", post(jobs::jobs))
        .route("/state/dump", post(state::dump))
        .route("/state/restore", post(state::restore))
        .with_state(Arc::clone(&world))
        .layer(middleware::map_response_with_state(Arc::clone(&world), dated))
        .layer(middleware::from_fn_with_state(Arc::clone(&world), changed))
        .layer(middleware::from_fn_with_state(control.clone(), with_token))
        .merge(health)
        .merge(console::router())
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(control, from_here))
        .layer(middleware::map_response_with_state(world, dated))
}

/// The `Date` of every answer is the mock's, here too.
async fn dated(State(world): State<Arc<World>>, mut response: Response) -> Response {
    if let Ok(date) = HeaderValue::from_str(&http_date(world.clock.now())) {
        // The one that is there is from before the clock was saved.
        response.headers_mut().entry(header::DATE).or_insert(date);
    }
    response
}

/// The console, which answers under the same rules as the control API, but needs no token.
pub(super) fn page<S: Clone + Send + Sync + 'static>(control: Control) -> Router<S> {
    Router::new()
        .route("/_mock/", get(console::page))
        .layer(middleware::from_fn_with_state(control, from_here))
}

/// Calls that change nothing, though they have a body.
const READS: [&str; 6] =
    ["/faults/list", "/gates/list", "/gates/wait", "/journal", "/reveal", "/state/dump"];

/// Writes what a call has changed to the data file, and notifies the consoles that watch.
async fn changed(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let is_read = request.method() == Method::GET || READS.contains(&request.uri().path());
    if !is_read && let Err(refusal) = world.may_change().await {
        return refusal.into_response();
    }
    let response = next.run(request).await;
    if !is_read {
        world.feed.tell(|| Event::Changed);
    }
    match world.keep(None).await {
        Ok(()) => response,
        Err(refusal) => refusal.into_response(),
    }
}

fn refuse(message: &'static str) -> Response {
    Refusal::new(Code::ControlRefused, message).into_response()
}

/// Refuses other machines, unless they may use it, and what a browser sends for a page from elsewhere.
async fn from_here(State(control): State<Control>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let is_here =
        |ConnectInfo(peer): &ConnectInfo<Peer>| peer.address.ip().to_canonical().is_loopback();
    if control.elsewhere.is_none() && !peer.is_none_or(is_here) {
        return refuse("The control API answers this machine only.");
    }
    let headers = request.headers();
    let Some(host) = text(headers, header::HOST).filter(|host| control.is_own(host)) else {
        return refuse(match control.elsewhere {
            None => "The control API answers under a loopback name only: check Host.",
            Some(_) => {
                "The control API answers under a loopback name, an address, or a name given by --allow-host: check Host."
            }
        });
    };
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        if !control.is_own_origin(origin, host) {
            return refuse("The control API does not answer pages from another origin.");
        }
    }
    next.run(request).await
}

async fn with_token(State(control): State<Control>, request: Request, next: Next) -> Response {
    let Some(token) = &control.token else {
        return refuse("The control API is off: this mock can be reached from other machines.");
    };
    let given = text(request.headers(), header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if !proofs_equal(token, given) {
        return refuse("The control API needs Authorization: Bearer with the control token.");
    }
    next.run(request).await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl Control {
    /// Whether a `Host`, or the authority of an `Origin`, is this mock.
    fn is_own(&self, authority: &str) -> bool {
        let Some(host) = host_of(authority) else {
            return false;
        };
        if let Some(access) = &self.elsewhere {
            return access.takes_host(host);
        }
        let port = authority.get(host.len()..).unwrap_or_default();
        is_loopback(host) && port.strip_prefix(':').unwrap_or("80").parse() == Ok(self.port)
    }

    /// Whether a page is the mock's own, which is the console.
    fn is_own_origin(&self, origin: &str, host: &str) -> bool {
        match &self.elsewhere {
            None => origin.strip_prefix("http://").is_some_and(|authority| self.is_own(authority)),
            // Where TLS ends before the mock, the page has another scheme than the request.
            Some(_) => ["http://", "https://"]
                .iter()
                .filter_map(|scheme| origin.strip_prefix(scheme))
                .any(|authority| authority.eq_ignore_ascii_case(host)),
        }
    }
}

async fn unknown() -> Refusal {
    Refusal::new(Code::NotFound, "No such path in the control API.")
}

/// Whether the mock can answer requests and save what they change.
async fn health(State(world): State<Arc<World>>) -> Answer {
    match world.can_keep().await {
        Ok(()) => Answer::ok(&json!({"status": "ok"})),
        Err(why) => {
            let message = format!("The data file cannot be written: {why}.");
            Answer::of(Code::NotKept.status(), &json!({"status": "failing", "message": message}))
        }
    }
}

/// Names a project, and an organization by one of its tokens: two may show the same ULID.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    token: String,
    project: String,
}

async fn hold(Input(world, named): Input<Named>) -> Result<Answer, Refusal> {
    set_held(&world, &named, true)
}

async fn release(Input(world, named): Input<Named>) -> Result<Answer, Refusal> {
    set_held(&world, &named, false)
}

fn set_held(world: &World, named: &Named, held: bool) -> Result<Answer, Refusal> {
    change(world, &named.token, &named.project, |project| {
        project.held = held;
        Ok(Answer::ok(&json!({"held": held})))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    token: String,
    project: String,
    history_policy: Option<HistoryPolicy>,
    verified: Option<bool>,
}

async fn project(Input(world, settings): Input<Settings>) -> Result<Answer, Refusal> {
    let refuse = |message| Err(Violations::of("verified", message).into());
    change(&world, &settings.token, &settings.project, |project| {
        match settings.verified {
            Some(true) => {
                return refuse("The verified field can only be false: a proof cannot be made up.");
            }
            Some(false) if project.custody() == Custody::Server => {
                return refuse("The verified field is for client-managed projects.");
            }
            Some(false) => project.forget_verification(),
            None => {}
        }
        if let Some(policy) = settings.history_policy {
            project.history_policy = policy;
        }
        Ok(Answer::empty())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// A token of the organization; all of the fixture's, without it.
    token: Option<String>,
}

async fn reset(Input(world, reset): Input<Reset>) -> Result<Answer, Refusal> {
    let fixture = world.cells().into_iter();
    let cells = match &reset.token {
        Some(token) => vec![organization(&world, token)?],
        None => fixture.filter(|cell| cell.isolated.is_none()).collect(),
    };
    for cell in &cells {
        world.reset(cell).map_err(|error| Refusal::internal(&error.to_string()))?;
    }
    Ok(Answer::empty())
}

/// Changes the project of that slug in the organization of a token.
fn change(
    world: &World,
    token: &str,
    slug: &str,
    change: impl FnOnce(&mut Project) -> Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let cell = organization(world, token)?;
    let mut organization = cell.state.write();
    let project = organization.project_mut(slug);
    let (project, _) = project.ok_or_else(|| Refusal::not_found("Project"))?;
    change(project)
}
