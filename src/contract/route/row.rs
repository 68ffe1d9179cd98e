//! One route: a row of the table.

use serde_json::Value;

use super::endpoint::Endpoint;
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
    /// What it asks of the token.
    pub scope: Scope,
    /// The bucket that it counts in.
    pub bucket: Bucket,
    /// The body that it takes, if it takes one.
    pub request: Option<Request>,
    /// The longest body that it takes: long only where secrets travel in it. Bytes.
    pub body_bytes: usize,
    /// The names that its query may have.
    pub query: &'static [&'static str],
    /// The status of its success.
    pub status: u16,
    /// The JSON Schema of what it answers then, if it answers anything.
    #[cfg(feature = "openapi")]
    pub answer: Option<fn(&mut schemars::SchemaGenerator) -> schemars::Schema>,
    /// The name of the open schema in `suites/shapes/` that the answer has to fit, if there is one.
    pub shape: Option<&'static str>,
    /// Whether the project is named in the path, or in the body.
    pub project: ProjectIn,
    /// The custody that it only works for.
    pub custody: Option<Custody>,
    /// Whether it can change what is kept.
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

/// A row that reads, with a project in its path. It is completed by the macro of the table.
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

/// What is special about a row.
impl Route {
    pub(super) const fn legacy(self, path: &'static str) -> Self {
        Self { legacy: Some(path), ..self }
    }

    pub(super) const fn scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    pub(super) const fn needs(self, ability: &'static str) -> Self {
        self.scope(Scope::Named(ability))
    }

    pub(super) const fn bucket(self, bucket: Bucket) -> Self {
        Self { bucket, ..self }
    }

    pub(super) const fn only_for(self, custody: Custody) -> Self {
        Self { custody: Some(custody), ..self }
    }

    pub(super) const fn without_project(self) -> Self {
        Self { project: ProjectIn::Nowhere, ..self }
    }

    pub(super) const fn project_in_body(self) -> Self {
        Self { project: ProjectIn::Body, ..self }
    }

    pub(super) const fn long_body(self) -> Self {
        Self { body_bytes: limit::BODY_BYTES, ..self }
    }

    pub(super) const fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    pub(super) const fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// A POST that changes nothing.
    pub(super) const fn reads(self) -> Self {
        Self { writes: false, ..self }
    }
}

impl Route {
    /// The path with its parameters filled in, in the order in which they stand in it. Each value
    /// has to be a path segment already.
    pub fn fill(&self, values: &[&str]) -> String {
        fill(self.path, values)
    }

    /// The same with the deprecated long form, if there is one.
    pub fn fill_legacy(&self, values: &[&str]) -> Option<String> {
        self.legacy.map(|path| fill(path, values))
    }
}

fn fill(path: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    path.split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                values.next().copied().unwrap_or(segment)
            } else {
                segment
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}
