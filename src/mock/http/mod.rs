//! The mock over HTTP: the route table as a router, the order of checks, headers and envelopes.

mod admission;
mod body;
mod choice;
mod console;
mod control;
mod cors;
mod dispatch;
mod host;
mod note;
#[cfg(feature = "openapi")]
mod openapi;
mod other_paths;
mod response;
mod sieve;
mod warning;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::response::Response;
use axum::routing::any;
use axum::{Router, middleware};

pub(super) use control::Control;

use self::admission::Visit;
use self::note::Received;
use super::world::World;
use crate::contract::error::Code;
use crate::contract::limit;
use crate::contract::route::{Method, ROUTES, Route};
use crate::mock::remedy;
use crate::mock::{Message, Refusal};

/// One path of the API.
struct Resource {
    routes: Vec<&'static Route>,
    /// Whether the path is the deprecated long form.
    legacy: bool,
}

impl Resource {
    fn route(&self, method: &str) -> Option<&'static Route> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.routes.iter().find(|route| route.method.name() == method).copied()
    }

    /// The methods, as `Allow` lists them.
    fn allow(&self) -> String {
        let mut methods: Vec<_> = self.routes.iter().map(|r| r.method.name()).collect();
        if self.route(Method::Get.name()).is_some() {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.join(", ")
    }
}

/// The mock's router: the API from the route table, and the control API.
pub(super) fn router(world: Arc<World>, control: Control) -> Router {
    let mut resources: BTreeMap<&str, Resource> = BTreeMap::new();
    for route in ROUTES {
        let paths = [(Some(route.path), false), (route.legacy, true)];
        for (path, legacy) in paths.into_iter().filter_map(|(path, legacy)| Some((path?, legacy))) {
            let new = || Resource { routes: Vec::new(), legacy };
            resources.entry(path).or_insert_with(new).routes.push(route);
        }
    }
    let mut router = Router::new();
    for (path, resource) in resources {
        let resource = Arc::new(resource);
        let serve = move |state: State<Arc<World>>, parameters, request| {
            serve(state, Arc::clone(&resource), parameters, request)
        };
        router = router.route(path, any(serve));
    }
    let kept = middleware::from_fn_with_state(Arc::clone(&world), note::keep);
    let noted = middleware::from_fn_with_state(Arc::clone(&world), note::note);
    let shared = middleware::from_fn_with_state(Arc::clone(&world), cors::share);
    let addressed = middleware::from_fn_with_state(Arc::clone(&world), host::addressed);
    let taken = middleware::from_fn_with_state(Arc::clone(&world.memory), whole::take);
    let control = Router::new()
        .merge(control::page(control.clone()))
        .nest("/_mock", control::router(Arc::clone(&world), control))
        .layer(addressed.clone());
    let router = router
        .merge(other_paths::router())
        .fallback(unknown_path)
        .layer(addressed.clone())
        .layer(kept)
        .layer(noted);
    #[cfg(feature = "openapi")]
    let router = router.merge(openapi::router(world.config.rules()).layer(addressed));
    router.layer(shared).with_state(world).merge(control).layer(taken)
}

async fn serve(
    State(world): State<Arc<World>>,
    resource: Arc<Resource>,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    if request.method() == axum::http::Method::OPTIONS {
        return Visit::nowhere(&world, resource.legacy).preflight(Some(resource.allow()));
    }
    // A segment that is not UTF-8 names nothing.
    let Ok(parameters) = parameters else {
        return unknown_path(State(world), request).await;
    };
    if note::head_bytes(&request) > limit::HEAD_BYTES {
        let most = limit::HEAD_BYTES;
        let message = format!("The path and the headers are longer than {most} bytes.");
        let refusal = Refusal::new(Code::HeaderFieldsTooLarge, Message::own(message))
            .would_pass(format!("send a path and headers of at most {most} bytes"));
        return Visit::nowhere(&world, resource.legacy).refuse(refusal);
    }
    let method = request.method().as_str().to_owned();
    let Some(route) = resource.route(&method) else {
        let named = METHODS.iter().find(|known| **known == method);
        let named = named.map_or_else(|| Message::foreign(&method), |own| Message::from(*own));
        let allow = resource.allow();
        let refusal =
            Refusal::new(Code::MethodNotAllowed, named.and(" is not a method of this path."))
                .would_pass(format!("use one of {allow}"));
        let visit = Visit::nowhere(&world, resource.legacy);
        return Visit { allow: Some(allow), ..visit }.refuse(refusal);
    };
    let mut visit = Visit::new(&world, route.project, resource.legacy);
    visit.endpoint = Some(route.endpoint);
    let result = dispatch::answer(&mut visit, route, &parameters, request).await;
    let received =
        Received { endpoint: visit.endpoint, cell: visit.cell.clone(), body: visit.body.clone() };
    let mut response = visit.respond(result);
    response.extensions_mut().insert(received);
    response
}

/// Methods that every server knows (httpwg.org/specs/rfc9110, RFC 5789).
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

async fn unknown_path(State(world): State<Arc<World>>, request: Request) -> Response {
    let visit = Visit::nowhere(&world, false);
    if cors::is_preflight(&request) {
        return visit.preflight(None);
    }
    let refusal = Refusal::new(Code::NotFound, "No such path in this API.");
    visit.refuse(refusal.would_pass(remedy::path(request.uri().path())))
}
