//! The route table: the one list that the mock's router, its 405 answers and the suites read.

use super::custody::Custody;
use super::limit::Bucket;
use super::scope::Scope;

/// Methods of the table. HEAD and OPTIONS follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Reads; HEAD is answered alike.
    Get,
    /// Writes.
    Post,
    /// Deletes.
    Delete,
}

impl Method {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What a route does: the name that the mock dispatches on and the suites call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// The active key descriptor.
    GetEncryptionKey,
    /// Key versions, active first.
    GetKeyHistory,
    /// Rotates a server-managed key.
    RotateEncryptionKey,
    /// Rotates a client-managed key.
    RotateClientKeys,
    /// Historical versions that are still under an older key.
    ListPending,
    /// Historical versions, sealed again under the active key.
    SubmitReencrypted,
    /// Projects of the organization.
    ListProjects,
    /// A new project.
    CreateProject,
    /// One project.
    GetProject,
    /// Deletes a project and all that is in it.
    DeleteProject,
    /// A new target of a project.
    CreateTarget,
    /// One target.
    GetTarget,
    /// A new environment of a target.
    CreateEnvironment,
    /// One environment.
    GetEnvironment,
    /// Stores a blob at a level.
    StoreSecrets,
    /// The blobs of a project.
    GetProjectSecrets,
    /// The blobs of a project and of one target.
    GetTargetSecrets,
    /// The blobs of a project, of one target and of one environment.
    GetEnvironmentSecrets,
    /// Prior blobs of a level.
    ListVersions,
    /// One prior blob.
    GetVersion,
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
    /// The name of the body that it takes, if it takes one.
    pub request: Option<&'static str>,
    /// The name of the shape of its success, and its status.
    pub response: (&'static str, u16),
    /// Whether the project is named in the path, or in the body.
    pub project: ProjectIn,
    /// The custody that it only works for.
    pub custody: Option<Custody>,
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

const fn get(
    endpoint: Endpoint,
    path: &'static str,
    legacy: &'static str,
    scope: &'static str,
    response: &'static str,
) -> Route {
    Route {
        endpoint,
        method: Method::Get,
        path,
        legacy: Some(legacy),
        scope: Scope::Named(scope),
        bucket: Bucket::Api,
        request: None,
        response: (response, 200),
        project: ProjectIn::Path,
        custody: None,
    }
}

const fn post(
    endpoint: Endpoint,
    path: &'static str,
    scope: Scope,
    request: &'static str,
    response: (&'static str, u16),
) -> Route {
    Route {
        endpoint,
        method: Method::Post,
        path,
        legacy: None,
        scope,
        bucket: Bucket::Api,
        request: Some(request),
        response,
        project: ProjectIn::Path,
        custody: None,
    }
}

/// Every route that the mock serves. Literal segments win over parameters.
pub const ROUTES: &[Route] = &[
    get(
        Endpoint::GetEncryptionKey,
        "/api/v1/{organization}/{project}/encryption-key",
        "/api/v1/organizations/{organization}/projects/{project}/encryption-key",
        "key:retrieve",
        "key-descriptor",
    ),
    get(
        Endpoint::GetKeyHistory,
        "/api/v1/{organization}/{project}/encryption-key/history",
        "/api/v1/organizations/{organization}/projects/{project}/encryption-key/history",
        "key:retrieve",
        "key-history",
    ),
    Route {
        bucket: Bucket::Rotate,
        custody: Some(Custody::Server),
        ..post(
            Endpoint::RotateEncryptionKey,
            "/api/v1/{organization}/{project}/encryption-key/rotate",
            Scope::Named("key:rotate"),
            "RotateEncryptionKey",
            ("rotated-key", 200),
        )
    },
    Route {
        custody: Some(Custody::Client),
        ..post(
            Endpoint::RotateClientKeys,
            "/api/v1/{organization}/{project}/secrets/rotate-client-keys",
            Scope::Writing,
            "RotateClientKeys",
            ("rotated-client-keys", 200),
        )
    },
    Route {
        custody: Some(Custody::Client),
        ..post(
            Endpoint::ListPending,
            "/api/v1/{organization}/{project}/secrets/re-encrypt-history/pending",
            Scope::Named("key:rotate"),
            "ListPending",
            ("pending", 200),
        )
    },
    Route {
        custody: Some(Custody::Client),
        ..post(
            Endpoint::SubmitReencrypted,
            "/api/v1/{organization}/{project}/secrets/re-encrypt-history",
            Scope::Named("key:rotate"),
            "SubmitReencrypted",
            ("submitted", 200),
        )
    },
    Route {
        project: ProjectIn::Nowhere,
        ..get(
            Endpoint::ListProjects,
            "/api/v1/{organization}/projects",
            "/api/v1/organizations/{organization}/projects",
            "project:read",
            "project-list",
        )
    },
    Route {
        project: ProjectIn::Nowhere,
        ..post(
            Endpoint::CreateProject,
            "/api/v1/{organization}/projects",
            Scope::Named("project:create"),
            "CreateProject",
            ("project", 201),
        )
    },
    get(
        Endpoint::GetProject,
        "/api/v1/{organization}/{project}",
        "/api/v1/organizations/{organization}/projects/{project}",
        "project:read",
        "project",
    ),
    Route {
        endpoint: Endpoint::DeleteProject,
        method: Method::Delete,
        path: "/api/v1/{organization}/{project}",
        legacy: None,
        scope: Scope::Named("project:delete"),
        bucket: Bucket::Api,
        request: None,
        response: ("empty", 204),
        project: ProjectIn::Path,
        custody: None,
    },
    post(
        Endpoint::CreateTarget,
        "/api/v1/{organization}/{project}/targets",
        Scope::Named("target:create"),
        "CreateTarget",
        ("target", 201),
    ),
    get(
        Endpoint::GetTarget,
        "/api/v1/{organization}/{project}/{target}",
        "/api/v1/organizations/{organization}/projects/{project}/targets/{target}",
        "target:read",
        "target",
    ),
    post(
        Endpoint::CreateEnvironment,
        "/api/v1/{organization}/{project}/{target}/environments",
        Scope::Named("environment:create"),
        "CreateEnvironment",
        ("environment", 201),
    ),
    get(
        Endpoint::GetEnvironment,
        "/api/v1/{organization}/{project}/{target}/{environment}",
        "/api/v1/organizations/{organization}/projects/{project}/targets/{target}/environments/{environment}",
        "environment:read",
        "environment",
    ),
    Route {
        project: ProjectIn::Body,
        ..post(
            Endpoint::StoreSecrets,
            "/api/v1/{organization}/secrets/store",
            Scope::Named("secret:write"),
            "StoreSecrets",
            ("stored", 200),
        )
    },
    get(
        Endpoint::GetProjectSecrets,
        "/api/v1/{organization}/{project}/secrets",
        "/api/v1/organizations/{organization}/projects/{project}/secrets",
        "secret:read",
        "secrets",
    ),
    get(
        Endpoint::GetTargetSecrets,
        "/api/v1/{organization}/{project}/{target}/secrets",
        "/api/v1/organizations/{organization}/projects/{project}/targets/{target}/secrets",
        "secret:read",
        "secrets",
    ),
    get(
        Endpoint::GetEnvironmentSecrets,
        "/api/v1/{organization}/{project}/{target}/{environment}/secrets",
        "/api/v1/organizations/{organization}/projects/{project}/targets/{target}/environments/{environment}/secrets",
        "secret:read",
        "secrets",
    ),
    Route {
        project: ProjectIn::Body,
        ..post(
            Endpoint::ListVersions,
            "/api/v1/{organization}/secrets/versions",
            Scope::Named("secret:history"),
            "ListVersions",
            ("version-list", 200),
        )
    },
    Route {
        legacy: None,
        project: ProjectIn::Nowhere,
        ..get(
            Endpoint::GetVersion,
            "/api/v1/{organization}/secrets/versions/{version}",
            "",
            "secret:history",
            "version",
        )
    },
];

impl Endpoint {
    /// Its row of the table.
    pub fn route(self) -> &'static Route {
        ROUTES
            .iter()
            .find(|route| route.endpoint == self)
            .expect("each endpoint has a row: a test walks them all")
    }
}

impl Route {
    /// The path with its parameters filled in, in the order in which they stand in it. Each value
    /// has to be a path segment already.
    pub fn fill(&self, values: &[&str]) -> String {
        let mut values = values.iter();
        self.path
            .split('/')
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_in_order() {
        assert_eq!(
            Endpoint::GetEnvironment.route().fill(&["o", "p", "t", "e"]),
            "/api/v1/o/p/t/e"
        );
    }

    #[test]
    fn a_method_and_path_stand_in_the_table_once() {
        let mut seen = std::collections::BTreeSet::new();
        for route in ROUTES {
            for path in std::iter::once(route.path).chain(route.legacy) {
                assert!(
                    seen.insert((route.method, path)),
                    "{path} stands there twice"
                );
            }
        }
    }
}
