//! CORS (fetch.spec.whatwg.org): lets pages of this machine call the API, from any port, and those of the origins that
//! the mock was started with.
//!
//! A library answers every OPTIONS by itself. Here a preflight is answered by the route, and lists that route's
//! methods. It succeeds on every path and for every method, so that the page can read how the request itself is
//! refused.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::mock::World;
use crate::mock::access::Access;

/// What scripts may read of an answer, beside its body.
const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, \
    X-API-Version, Deprecation, Sunset, X-Mock-Choice, X-Mock-Fault, X-Mock-Warning, Accept-Encoding, Allow, Date, WWW-Authenticate";
/// The headers that are allowed if a preflight names none.
const ALLOWED: &str = "Authorization, Content-Type, Accept, X-API-Version";
/// Seconds for which a browser remembers a preflight.
const REMEMBERED: &str = "600";
/// What the answer to a preflight depends on.
const REQUESTED: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
/// How a page from elsewhere asks for this machine (wicg.github.io/private-network-access).
const PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// Whether a request only finds out if the browser may send another.
pub(super) fn is_preflight(request: &Request) -> bool {
    let name = header::ACCESS_CONTROL_REQUEST_METHOD;
    request.method() == Method::OPTIONS && request.headers().contains_key(name)
}

const WARNING: HeaderName = HeaderName::from_static("x-mock-warning");
/// The reason, in a header, for an answer that a browser withholds from its page.
const UNREADABLE: &str =
    "the page may not read this: start the mock with --allow-origin and the page's origin";

/// Lets pages that may call the mock read its answers.
pub(super) async fn share(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let page = CrossOrigin::of(&world.config.access, &request);
    let is_of_another = page.is_none() && request.headers().contains_key(header::ORIGIN);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_preflight = page.as_ref().is_some_and(|page| page.preflight.is_some());
    let varies = if is_preflight { REQUESTED } else { "Origin" };
    headers.append(header::VARY, HeaderValue::from_static(varies));
    if let Some(page) = page {
        page.answer(headers);
    } else if is_of_another {
        headers.append(WARNING, HeaderValue::from_static(UNREADABLE));
    }
    response
}

/// The request of a page that may call.
struct CrossOrigin {
    origin: HeaderValue,
    preflight: Option<Preflight>,
}

/// The request that it is going to send.
struct Preflight {
    method: Option<Method>,
    headers: Option<HeaderValue>,
    private_network: bool,
}

impl CrossOrigin {
    fn of(access: &Access, request: &Request) -> Option<Self> {
        let headers = request.headers();
        let may_call = |origin: &&HeaderValue| {
            let origin = origin.to_str();
            origin.is_ok_and(|origin| access.takes_pages_of(origin))
        };
        let origin = headers.get(header::ORIGIN).filter(may_call)?;
        let method = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD);
        Some(Self {
            origin: origin.clone(),
            preflight: is_preflight(request).then(|| Preflight {
                method: method.and_then(|method| Method::from_bytes(method.as_bytes()).ok()),
                headers: headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
                private_network: headers.contains_key(PRIVATE_NETWORK),
            }),
        })
    }

    fn answer(self, headers: &mut HeaderMap) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.origin);
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes.clone());
        let Some(preflight) = self.preflight else {
            let exposed = HeaderValue::from_static(EXPOSED);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
            return;
        };
        let methods = preflight.methods(headers.get(header::ALLOW));
        if let Ok(methods) = HeaderValue::from_str(&methods) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        let allowed = preflight.headers.unwrap_or(HeaderValue::from_static(ALLOWED));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        let remembered = HeaderValue::from_static(REMEMBERED);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, remembered);
        if preflight.private_network {
            headers.insert("access-control-allow-private-network", yes);
        }
    }
}

impl Preflight {
    /// Those of the path, and the requested one: if it is wrong, its own answer says so.
    fn methods(&self, of_path: Option<&HeaderValue>) -> String {
        let of_path = of_path.and_then(|methods| methods.to_str().ok());
        let requested = self.method.as_ref().map(Method::as_str);
        let of_path = of_path.into_iter().flat_map(|methods| methods.split(", "));
        let mut methods: Vec<_> = of_path.collect();
        methods.extend(requested.filter(|method| !methods.contains(method)));
        methods.join(", ")
    }
}
