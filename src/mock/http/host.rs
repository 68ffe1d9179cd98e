//! Under which name a request was meant for the mock. A page from elsewhere whose name was made to point at this
//! machine (DNS rebinding) is, for its browser, of the mock's own origin: CORS does not hold it back, and only `Host`
//! shows it.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;

use super::admission::Visit;
use super::cors;
use crate::contract::error::Code;
use crate::mock::access::{Access, host_of};
use crate::mock::connection::Peer;
use crate::mock::{Message, Refusal, World};

/// How the page that a request is for is related to the mock's origin, in a browser's words.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request without a host, and that of a browser under a name that anybody could have made.
pub(super) async fn addressed(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    match check(&world.config.access, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => Visit::nowhere(&world, false).refuse(refusal),
    }
}

fn check(access: &Access, request: &Request) -> Result<(), Refusal> {
    // A page can read nothing of its answer, and learns from the request itself why that is refused.
    if cors::is_preflight(request) {
        return Ok(());
    }
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().and_then(host_of),
        // A call without a socket needs no address.
        (None, _) if request.extensions().get::<ConnectInfo<Peer>>().is_none() => return Ok(()),
        _ => None,
    };
    let Some(host) = host else {
        let message = "A request needs one Host header, with a name or an address in it.";
        return Err(Refusal::new(Code::InvalidHost, message).would_pass("send one Host header"));
    };
    if is_of_a_browser(headers) && !access.takes_host(host) {
        let message = Message::from("The mock does not answer a browser under the name ")
            .quoting(host)
            .and(": anybody can make a name point here. Call it by localhost or by its address, or start it with --allow-host ")
            .quoting(host)
            .and(".");
        return Err(Refusal::new(Code::HostRefused, message).would_pass(
            "call the mock by localhost or by its address, or start it with --allow-host and the name",
        ));
    }
    Ok(())
}

/// Whether a browser sends a request for a page. It says so in `Origin` or `Sec-Fetch-Site`, but in neither for a
/// GET of its own origin without TLS, which is what such a page sends. `User-Agent` names it in any case.
fn is_of_a_browser(headers: &HeaderMap) -> bool {
    let named = headers.get(header::USER_AGENT);
    let is_named = named.is_some_and(|name| name.as_bytes().starts_with(b"Mozilla/"));
    let signs = [header::ORIGIN, SEC_FETCH_SITE, header::REFERER];
    is_named || signs.iter().any(|name| headers.contains_key(name))
}
