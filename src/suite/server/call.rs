//! A request before it is sent.

use serde::Serialize;
use serde_json::Value;

use crate::contract::route::{Endpoint, Method, ProjectIn};

/// Whose token a request carries.
#[derive(Clone)]
pub(super) enum Bearer {
    /// The target's full token.
    Full,
    /// None: no `Authorization` at all.
    None,
    /// This one.
    Token(String),
}

/// A request to an endpoint of the route table, or to the control API.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) to: Address,
    pub(super) bearer: Bearer,
    /// JSON text.
    pub(super) body: Option<String>,
}

/// Where a request goes.
#[derive(Clone)]
pub(super) enum Address {
    /// An endpoint: the organization (the target's own, if none) and the path's other parameters.
    Endpoint {
        endpoint: Endpoint,
        organization: Option<String>,
        segments: Vec<String>,
    },
    /// A path below the control API's base.
    Control(&'static str),
}

impl Call {
    /// A request to an endpoint, with the path's parameters after the organization.
    pub(super) fn to(endpoint: Endpoint, segments: &[&str]) -> Self {
        Self {
            to: Address::Endpoint {
                endpoint,
                organization: None,
                segments: segments.iter().map(|&segment| segment.to_owned()).collect(),
            },
            bearer: Bearer::Full,
            body: None,
        }
    }

    /// A request to the control API.
    pub(super) fn control(path: &'static str, body: &impl Serialize) -> Self {
        Self {
            to: Address::Control(path),
            bearer: Bearer::None,
            body: None,
        }
        .json(body)
    }

    /// With this body.
    pub(super) fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_string(body).ok();
        self
    }

    /// With this token instead.
    pub(super) fn bearer(mut self, bearer: Bearer) -> Self {
        self.bearer = bearer;
        self
    }

    /// With this token instead.
    pub(super) fn token(self, token: &str) -> Self {
        self.bearer(Bearer::Token(token.to_owned()))
    }

    /// To this organization instead.
    pub(super) fn organization(mut self, ulid: &str) -> Self {
        if let Address::Endpoint { organization, .. } = &mut self.to {
            *organization = Some(ulid.to_owned());
        }
        self
    }

    /// The endpoint, if it goes to one.
    pub(super) fn endpoint(&self) -> Option<Endpoint> {
        match self.to {
            Address::Endpoint { endpoint, .. } => Some(endpoint),
            Address::Control(_) => None,
        }
    }

    /// Whether it may change what is stored: a POST that only lists does not.
    pub(super) fn may_change(&self) -> bool {
        match self.to {
            Address::Control(_) => true,
            Address::Endpoint { endpoint, .. } => {
                let lists = matches!(endpoint, Endpoint::ListPending | Endpoint::ListVersions);
                endpoint.route().method != Method::Get && !lists
            }
        }
    }

    /// The project that it names, in its path or its body.
    pub(super) fn project(&self) -> Option<String> {
        let in_body = || {
            let body: Value = serde_json::from_str(self.body.as_deref()?).ok()?;
            body["project"].as_str().map(str::to_owned)
        };
        match &self.to {
            Address::Endpoint {
                endpoint, segments, ..
            } if endpoint.route().project == ProjectIn::Path => segments.first().cloned(),
            _ => in_body(),
        }
    }
}
