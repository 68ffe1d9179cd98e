//! A request with its method, its URL and its token.

use super::{Address, Bearer, Call, Server};
use crate::contract::limit::Bucket;
use crate::contract::route::Method;
use crate::harness::Stop;
use crate::suite::server::needs;

pub(crate) struct Outgoing {
    pub(crate) method: reqwest::Method,
    pub(crate) url: String,
    /// None for the control API.
    pub(crate) bucket: Option<Bucket>,
    pub(crate) bearer: Option<String>,
}

impl Outgoing {
    pub(crate) fn of(server: &dyn Server, call: &Call) -> Result<Self, Stop> {
        let (endpoint, organization, segments, is_legacy) = match &call.to {
            Address::Endpoint { endpoint, organization, segments, is_legacy } => {
                (endpoint, organization, segments, is_legacy)
            }
            Address::Control(method, path) => {
                let control = server.control().ok_or(Stop::NotObservable(needs::CONTROL))?;
                return Ok(Self {
                    method: method_of(*method),
                    url: format!("{}/{path}", control.place),
                    bucket: None,
                    bearer: Some(control.token.clone()),
                });
            }
        };
        let route = endpoint.route();
        let mut values = vec![organization.as_deref().unwrap_or(server.organization())];
        values.extend(segments.iter().map(String::as_str));
        if !values.iter().all(|value| is_segment(value)) {
            return Err(Stop::CouldNotRun(
                "the server gave an id that is no slug, ULID or number".to_owned(),
            ));
        }
        let path = if *is_legacy {
            let no_legacy = || Stop::Harness(format!("{} has no legacy form", route.path));
            route.fill_legacy(&values).ok_or_else(no_legacy)?
        } else {
            route.fill(&values)
        };
        Ok(Self {
            method: method_of(route.method),
            url: format!("{}{path}", server.url()),
            bucket: Some(route.bucket),
            bearer: match &call.bearer {
                Bearer::Full => Some(server.tokens().full.clone()),
                Bearer::None => None,
                Bearer::Token(token) => Some(token.clone()),
            },
        })
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == reqwest::Method::GET
    }
}

const fn method_of(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// Whether a text can stand in a path as it is: ids come from the server, and must not lead elsewhere.
fn is_segment(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(fits)
}
