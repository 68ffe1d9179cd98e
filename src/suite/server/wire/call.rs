//! A request before it is sent.

use serde_json::Value;

use crate::contract::limit::Bucket;
use crate::contract::route::{Endpoint, Method, ProjectIn};
use crate::harness::Spending;

/// Whose token a request carries.
#[derive(Clone)]
pub(crate) enum Bearer {
    /// The server's full token.
    Full,
    /// None: no `Authorization` at all.
    None,
    Token(String),
}

/// A request to an endpoint of the route table, or to the control API.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) to: Address,
    pub(crate) bearer: Bearer,
    pub(crate) body: Option<Value>,
    /// The member of the body whose schema it breaks on purpose, missing ones included.
    pub(crate) breaks: Option<&'static str>,
    /// Whether any answer will do.
    pub(crate) is_answer_free: bool,
    /// The project that it is about, where nothing in it tells.
    pub(crate) about: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Address {
    Endpoint {
        endpoint: Endpoint,
        /// If not the server's own.
        organization: Option<String>,
        /// The path's parameters after the organization.
        segments: Vec<String>,
        /// Whether it goes by the long path, which is deprecated.
        is_legacy: bool,
    },
    /// A path below the control API's base.
    Control(Method, &'static str),
}

pub(crate) fn with_members(mut body: Value, more: Value) -> Value {
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

impl Call {
    /// A request to an endpoint, with the path's parameters after the organization.
    pub(crate) fn to(endpoint: Endpoint, segments: &[&str]) -> Self {
        let segments = segments.iter().map(|&segment| segment.to_owned()).collect();
        Self::of(Address::Endpoint { endpoint, organization: None, segments, is_legacy: false })
    }

    fn of(to: Address) -> Self {
        Self {
            to,
            bearer: Bearer::Full,
            body: None,
            breaks: None,
            is_answer_free: false,
            about: None,
        }
    }

    pub(crate) fn control(path: &'static str, body: Value) -> Self {
        let to = Address::Control(Method::Post, path);
        Self { bearer: Bearer::None, body: Some(body), ..Self::of(to) }
    }

    /// Ends what a call of the control API has begun.
    pub(crate) fn end_control(path: &'static str, body: Value) -> Self {
        let to = Address::Control(Method::Delete, path);
        Self { to, ..Self::control(path, body) }
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.clone());
        self
    }

    /// What it sends; null without a body.
    pub(crate) fn body(&self) -> &Value {
        self.body.as_ref().unwrap_or(&Value::Null)
    }

    /// With another value of one member of its body.
    pub(crate) fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body.get_or_insert_default()[name] = value.into();
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        if let Some(Value::Object(members)) = &mut self.body {
            members.remove(name);
        }
        self
    }

    /// It breaks the schema of this member of its body on purpose.
    pub(crate) fn breaking(mut self, member: &'static str) -> Self {
        self.breaks = Some(member);
        self
    }

    /// Whatever it is answered is right.
    pub(crate) fn free(mut self) -> Self {
        self.is_answer_free = true;
        self
    }

    pub(crate) fn legacy(mut self) -> Self {
        if let Address::Endpoint { is_legacy, .. } = &mut self.to {
            *is_legacy = true;
        }
        self
    }

    pub(crate) fn bearer(mut self, bearer: Bearer) -> Self {
        self.bearer = bearer;
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.bearer(Bearer::Token(token.to_owned()))
    }

    /// To this organization instead of the server's own.
    pub(crate) fn organization(mut self, ulid: &str) -> Self {
        if let Address::Endpoint { organization, .. } = &mut self.to {
            *organization = Some(ulid.to_owned());
        }
        self
    }

    /// The endpoint, unless it goes to the control API.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        match self.to {
            Address::Endpoint { endpoint, .. } => Some(endpoint),
            Address::Control(..) => None,
        }
    }

    /// The path's parameters after the organization.
    pub(crate) fn segments(&self) -> &[String] {
        match &self.to {
            Address::Endpoint { segments, .. } => segments,
            Address::Control(..) => &[],
        }
    }

    /// What it costs the server. The control API is not counted.
    pub(crate) fn costs(&self) -> Spending {
        let bucket = self.endpoint().map(|endpoint| endpoint.route().bucket);
        Spending {
            requests: u32::from(bucket.is_some()),
            rotations: u32::from(bucket == Some(Bucket::Rotate)),
        }
    }

    /// Whether it may change what is stored: a POST that only lists does not.
    pub(crate) fn may_change(&self) -> bool {
        self.endpoint().is_none_or(|endpoint| endpoint.route().writes)
    }

    /// What tells it from other requests that read with the full token, if it is one.
    pub(crate) fn read(&self) -> Option<String> {
        let Address::Endpoint { endpoint, organization, segments, is_legacy } = &self.to else {
            return None;
        };
        let reads = matches!(self.bearer, Bearer::Full) && !self.may_change();
        let of = (endpoint, organization, segments, is_legacy, &self.body);
        reads.then(|| format!("{of:?}"))
    }

    /// The project that it names, in its path or its body, or is known to be about.
    pub(crate) fn project(&self) -> Option<&str> {
        match &self.to {
            Address::Endpoint { endpoint, segments, .. }
                if endpoint.route().project == ProjectIn::Path =>
            {
                segments.first().map(String::as_str)
            }
            _ => self.body()["project"].as_str().or(self.about.as_deref()),
        }
    }
}
