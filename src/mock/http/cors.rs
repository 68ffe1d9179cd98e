//! CORS (fetch.spec.whatwg.org): lets pages of this machine call the API, from any port.
//!
//! A library answers every OPTIONS by itself. Here a preflight is answered by the route, after an unknown
//! path was refused, and lists that route's methods.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

/// What scripts may read of an answer, beside its body.
const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, \
    X-API-Version, Deprecation, Sunset, X-Mock-Choice, X-Mock-Fault, X-Mock-Warning, Allow, Date, WWW-Authenticate";
/// What a preflight allows that asks for no headers.
const ALLOWED: &str = "Authorization, Content-Type, Accept, X-API-Version";
/// Seconds for which a browser remembers a preflight.
const REMEMBERED: &str = "600";
/// What the answer to a preflight depends on.
const ASKED: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
/// How a page from elsewhere asks for this machine (wicg.github.io/private-network-access).
const PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// Marks the answers to pages of this machine as theirs to read.
pub(super) async fn share(request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_preflight = asked
        .as_ref()
        .is_some_and(|asked| asked.preflight.is_some());
    let varies = if is_preflight { ASKED } else { "Origin" };
    headers.append(header::VARY, HeaderValue::from_static(varies));
    if let Some(asked) = asked {
        asked.answer(headers);
    }
    response
}

/// What a page of this machine asks.
struct Asked {
    origin: HeaderValue,
    preflight: Option<Preflight>,
}

/// Which request it is going to send.
struct Preflight {
    headers: Option<HeaderValue>,
    private_network: bool,
}

impl Asked {
    fn of(request: &Request) -> Option<Self> {
        let headers = request.headers();
        let origin = headers
            .get(header::ORIGIN)
            .filter(|origin| is_of_here(origin))?;
        let is_preflight = request.method() == Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        Some(Self {
            origin: origin.clone(),
            preflight: is_preflight.then(|| Preflight {
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
        if let Some(methods) = headers.get(header::ALLOW).cloned() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        let allowed = preflight
            .headers
            .unwrap_or(HeaderValue::from_static(ALLOWED));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        let remembered = HeaderValue::from_static(REMEMBERED);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, remembered);
        if preflight.private_network {
            headers.insert("access-control-allow-private-network", yes);
        }
    }
}

/// Whether a page comes from this machine. `null`, which any sandboxed frame sends, does not.
fn is_of_here(origin: &HeaderValue) -> bool {
    let uri = Uri::try_from(origin.as_bytes()).ok();
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
    let Some(host) = uri.as_ref().filter(|uri| is_web(uri)).and_then(Uri::host) else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<std::net::IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
}
