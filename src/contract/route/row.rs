//! One route: a row of the table.

use serde_json::Value;

use super::table::Endpoint;
use crate::contract::custody::Custody;
use crate::contract::limit::{self, Bucket};
use crate::contract::request::Rules;
use crate::contract::scope::Scope;
use crate::named::named;

named! {
    /// The methods of the table. HEAD and OPTIONS follow from it.
    pub enum Method {
        Get = "GET": "Reads; HEAD is answered alike",
        Post = "POST": "Writes, or reads with a body",
        Put = "PUT": "Changes, and may require a member that PATCH does not",
        Patch = "PATCH": "Changes the members that the body has",
        Delete = "DELETE": "Deletes",
    }
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The name of its type.
    pub name: &'static str,
    /// Its JSON Schema, as a server with these rules reads it.
    pub schema: fn(Rules) -> Value,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// What it does.
    pub endpoint: Endpoint,
    /// Its method.
    pub method: Method,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// The deprecated long form of the path.
    pub legacy: Option<&'static str>,
    /// The abilities that the token needs.
    pub scope: Scope,
    /// The bucket that it counts in.
    pub bucket: Bucket,
    /// The body that it takes, if it takes one.
    pub request: Option<Request>,
    /// The longest body that it takes, in bytes: long only where secrets travel in it.
    pub body_bytes: usize,
    /// The parameters that its query may have.
    pub query: &'static [&'static str],
    /// The status of its success.
    pub status: u16,
    /// The JSON Schema of the body of a success, if it has one.
    #[cfg(feature = "openapi")]
    pub answer: Option<fn(&mut schemars::SchemaGenerator) -> schemars::Schema>,
    /// The name of the open schema in `suites/shapes/` for the body of a success, if there is one.
    pub shape: Option<&'static str>,
    /// Where a request names its project.
    pub project: ProjectIn,
    /// The only custody for which it works; none if it works for both.
    pub custody: Option<Custody>,
    /// Whether it can change the state of the server.
    pub writes: bool,
}

/// Where a request names its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectIn {
    /// It names none.
    Nowhere,
    /// The path parameter `project`.
    Path,
    /// The body's member `project`.
    Body,
}

/// A row that reads, with a project in its path. The macro of the table completes it.
pub(super) const fn get(path: &'static str) -> Route {
    Route {
        endpoint: Endpoint::ALL[0],
        method: Method::Get,
        path,
        legacy: None,
        scope: Scope::All(&[]),
        bucket: Bucket::Api,
        request: None,
        body_bytes: limit::SMALL_BODY_BYTES,
        query: &[],
        status: 200,
        #[cfg(feature = "openapi")]
        answer: None,
        shape: None,
        project: ProjectIn::Path,
        custody: None,
        writes: false,
    }
}

const fn changing(method: Method, path: &'static str) -> Route {
    Route { method, writes: true, ..get(path) }
}

pub(super) const fn post(path: &'static str) -> Route {
    changing(Method::Post, path)
}

pub(super) const fn put(path: &'static str) -> Route {
    changing(Method::Put, path)
}

pub(super) const fn patch(path: &'static str) -> Route {
    changing(Method::Patch, path)
}

pub(super) const fn delete(path: &'static str) -> Route {
    changing(Method::Delete, path).status(204)
}

macro_rules! differences {
    ($($name:ident($($value:ident: $Type:ty)?) $member:ident = $is:expr;)+) => {
        /// How a row differs from the plain one of its method.
        impl Route {
            $(pub(super) const fn $name(self $(, $value: $Type)?) -> Self {
                Self { $member: $is, ..self }
            })+
        }
    };
}

differences! {
    legacy(path: &'static str) legacy = Some(path);
    scope(scope: Scope) scope = scope;
    needs(ability: &'static str) scope = Scope::Named(ability);
    bucket(bucket: Bucket) bucket = bucket;
    only_for(custody: Custody) custody = Some(custody);
    without_project() project = ProjectIn::Nowhere;
    project_in_body() project = ProjectIn::Body;
    long_body() body_bytes = limit::BODY_BYTES;
    query(names: &'static [&'static str]) query = names;
    status(status: u16) status = status;
    reads() writes = false;
}

impl Route {
    /// The path with its parameters filled in, in their order. Each value has to be a path segment already.
    pub fn fill(&self, values: &[&str]) -> String {
        fill(self.path, values)
    }

    /// The same of the deprecated long form, if there is one.
    pub fn fill_legacy(&self, values: &[&str]) -> Option<String> {
        self.legacy.map(|path| fill(path, values))
    }
}

fn fill(path: &str, values: &[&str]) -> String {
    let mut values = values.iter().copied();
    let filled = path.split('/').map(|segment| {
        if segment.starts_with('{') { values.next().unwrap_or(segment) } else { segment }
    });
    filled.collect::<Vec<_>>().join("/")
}
