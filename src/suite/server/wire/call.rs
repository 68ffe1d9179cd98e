//! A request before it is sent.

use serde::Serialize;
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
    /// This one.
    Token(String),
}

/// A request to an endpoint of the route table, or to the control API.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) to: Address,
    pub(crate) bearer: Bearer,
    /// JSON text.
    pub(crate) body: Option<String>,
    /// The member of the body whose schema it breaks on purpose, missing ones included.
    pub(crate) breaks: Option<&'static str>,
}

/// Which of an endpoint's two paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The one that is recommended.
    Short,
    /// The long one, which is deprecated.
    Legacy,
}

/// Where a request goes.
#[derive(Clone)]
pub(crate) enum Address {
    /// An endpoint: the organization (the server's own, if none) and the path's other parameters.
    Endpoint { endpoint: Endpoint, organization: Option<String>, segments: Vec<String>, form: Form },
    /// A path below the control API's base.
    Control(&'static str),
}

/// A body with more members.
pub(crate) fn with_members(mut body: Value, more: Value) -> Value {
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

impl Call {
    /// A request to an endpoint, with the path's parameters after the organization.
    pub(crate) fn to(endpoint: Endpoint, segments: &[&str]) -> Self {
        Self {
            to: Address::Endpoint {
                endpoint,
                organization: None,
                segments: segments.iter().map(|&segment| segment.to_owned()).collect(),
                form: Form::Short,
            },
            bearer: Bearer::Full,
            body: None,
            breaks: None,
        }
    }

    /// A request to the control API.
    pub(crate) fn control(path: &'static str, body: &impl Serialize) -> Self {
        Self { to: Address::Control(path), bearer: Bearer::None, body: None, breaks: None }
            .json(body)
    }

    /// With this body.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_string(body).ok();
        self
    }

    /// It breaks the schema of this member of its body on purpose.
    pub(crate) fn breaking(mut self, member: &'static str) -> Self {
        self.breaks = Some(member);
        self
    }

    /// By the deprecated long path.
    pub(crate) fn legacy(mut self) -> Self {
        if let Address::Endpoint { form, .. } = &mut self.to {
            *form = Form::Legacy;
        }
        self
    }

    /// With this token instead.
    pub(crate) fn bearer(mut self, bearer: Bearer) -> Self {
        self.bearer = bearer;
        self
    }

    /// With this token instead.
    pub(crate) fn token(self, token: &str) -> Self {
        self.bearer(Bearer::Token(token.to_owned()))
    }

    /// To this organization instead.
    pub(crate) fn organization(mut self, ulid: &str) -> Self {
        if let Address::Endpoint { organization, .. } = &mut self.to {
            *organization = Some(ulid.to_owned());
        }
        self
    }

    /// The endpoint, if it goes to one.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        match self.to {
            Address::Endpoint { endpoint, .. } => Some(endpoint),
            Address::Control(_) => None,
        }
    }

    /// What it costs the server.
    pub(crate) fn costs(&self) -> Spending {
        let bucket = self.endpoint().map(|endpoint| endpoint.route().bucket);
        Spending {
            requests: u32::from(bucket.is_some()),
            rotations: u32::from(bucket == Some(Bucket::Rotate)),
        }
    }

    /// Whether it may change what is stored: a POST that only lists does not.
    pub(crate) fn may_change(&self) -> bool {
        match self.to {
            Address::Control(_) => true,
            Address::Endpoint { endpoint, .. } => {
                let lists = matches!(endpoint, Endpoint::ListPending | Endpoint::ListVersions);
                endpoint.route().method != Method::Get && !lists
            }
        }
    }

    /// The project that it names, in its path or its body.
    pub(crate) fn project(&self) -> Option<String> {
        let in_body = || {
            let body: Value = serde_json::from_str(self.body.as_deref()?).ok()?;
            body["project"].as_str().map(str::to_owned)
        };
        match &self.to {
            Address::Endpoint { endpoint, segments, .. }
                if endpoint.route().project == ProjectIn::Path =>
            {
                segments.first().cloned()
            }
            _ => in_body(),
        }
    }
}
