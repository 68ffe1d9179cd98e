//! A request with its method, its URL and its token.

use crate::contract::limit::Bucket;
use crate::contract::route::Method;
use crate::harness::Stop;
use crate::suite::server::needs;
use crate::suite::server::wire::call::{Address, Bearer, Call, Form};
use crate::suite::server::wire::server::Server;

/// A request as it goes out.
pub(crate) struct Outgoing {
    pub(crate) method: reqwest::Method,
    pub(crate) url: String,
    /// None for the control API.
    pub(crate) bucket: Option<Bucket>,
    pub(crate) bearer: Option<String>,
}

impl Outgoing {
    pub(crate) fn of(server: &dyn Server, call: &Call) -> Result<Self, Stop> {
        let (method, url, bucket) = address(server, call)?;
        Ok(Self { method, url, bucket, bearer: bearer(server, call) })
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == reqwest::Method::GET
    }
}

fn address(
    server: &dyn Server,
    call: &Call,
) -> Result<(reqwest::Method, String, Option<Bucket>), Stop> {
    match &call.to {
        Address::Endpoint { endpoint, organization, segments, form } => {
            let route = endpoint.route();
            let mut values = vec![organization.as_deref().unwrap_or(server.organization())];
            values.extend(segments.iter().map(String::as_str));
            if !values.iter().all(|value| is_segment(value)) {
                return Err(Stop::CouldNotRun(
                    "the server gave an id that is no slug, ULID or number".to_owned(),
                ));
            }
            let method = match route.method {
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Put => reqwest::Method::PUT,
                Method::Patch => reqwest::Method::PATCH,
                Method::Delete => reqwest::Method::DELETE,
            };
            let path = match form {
                Form::Short => route.fill(&values),
                Form::Legacy => route
                    .fill_legacy(&values)
                    .ok_or_else(|| Stop::Harness(format!("{} has no legacy form", route.path)))?,
            };
            let url = format!("{}{path}", server.url());
            Ok((method, url, Some(route.bucket)))
        }
        Address::Control(path) => {
            let control = server.control().ok_or(Stop::NotObservable(needs::CONTROL))?;
            let url = format!("{}/{path}", control.place);
            Ok((reqwest::Method::POST, url, None))
        }
    }
}

/// Whether a text can stand in a path as it is: ids come from the server, and must not lead elsewhere.
fn is_segment(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(fits)
}

fn bearer(server: &dyn Server, call: &Call) -> Option<String> {
    match (&call.to, &call.bearer) {
        (Address::Control(_), _) => server.control().map(|control| control.token.clone()),
        (_, Bearer::Full) => Some(server.tokens().full.clone()),
        (_, Bearer::None) => None,
        (_, Bearer::Token(token)) => Some(token.clone()),
    }
}
