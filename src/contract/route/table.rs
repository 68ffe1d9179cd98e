//! The rows.

use super::{Endpoint, Method, ProjectIn, Route};
use crate::contract::custody::Custody;
use crate::contract::limit::Bucket;
use crate::contract::scope::Scope;

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

const fn delete(endpoint: Endpoint, path: &'static str, scope: &'static str) -> Route {
    Route {
        method: Method::Delete,
        request: None,
        ..post(endpoint, path, Scope::Named(scope), "", ("empty", 204))
    }
}

/// A change of what a path names. PUT and PATCH are one: what the body does not name stays.
const fn change(
    endpoint: Endpoint,
    method: Method,
    path: &'static str,
    scope: &'static str,
    (request, response): (&'static str, &'static str),
) -> Route {
    Route {
        method,
        ..post(
            endpoint,
            path,
            Scope::Named(scope),
            request,
            (response, 200),
        )
    }
}

/// What any token of an organization may read of itself. No legacy twin: there is one form.
const fn own(endpoint: Endpoint, path: &'static str, response: &'static str) -> Route {
    Route {
        legacy: None,
        scope: Scope::All(&[]),
        project: ProjectIn::Nowhere,
        ..get(endpoint, path, "", "", response)
    }
}

/// API keys exist under the long form only, which is no legacy there.
const fn api_key(
    endpoint: Endpoint,
    method: Method,
    scope: Scope,
    request: Option<&'static str>,
    response: (&'static str, u16),
) -> Route {
    const ALL: &str = "/api/v1/organizations/{organization}/api-keys";
    const ONE: &str = "/api/v1/organizations/{organization}/api-keys/{api_key}";
    const ROTATE: &str = "/api/v1/organizations/{organization}/api-keys/{api_key}/rotate";
    let path = match endpoint {
        Endpoint::ListApiKeys | Endpoint::CreateApiKey => ALL,
        Endpoint::RotateApiKey => ROTATE,
        _ => ONE,
    };
    Route {
        method,
        request,
        project: ProjectIn::Nowhere,
        ..post(endpoint, path, scope, "", response)
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
    own(
        Endpoint::ListOrganizations,
        "/api/v1/organizations",
        "organization-list",
    ),
    own(
        Endpoint::GetOwnOrganization,
        "/api/v1/organization",
        "organization",
    ),
    Route {
        scope: Scope::Named("organization:read"),
        ..own(
            Endpoint::GetOrganization,
            "/api/v1/organizations/{organization}",
            "organization",
        )
    },
    own(Endpoint::GetUser, "/api/v1/user", "user"),
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
    change(
        Endpoint::PutProject,
        Method::Put,
        "/api/v1/{organization}/{project}",
        "project:update",
        ("UpdateProject", "project"),
    ),
    change(
        Endpoint::PatchProject,
        Method::Patch,
        "/api/v1/{organization}/{project}",
        "project:update",
        ("UpdateProject", "project"),
    ),
    delete(
        Endpoint::DeleteProject,
        "/api/v1/{organization}/{project}",
        "project:delete",
    ),
    get(
        Endpoint::ListTargets,
        "/api/v1/{organization}/{project}/targets",
        "/api/v1/organizations/{organization}/projects/{project}/targets",
        "target:read",
        "target-list",
    ),
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
    change(
        Endpoint::PutTarget,
        Method::Put,
        "/api/v1/{organization}/{project}/{target}",
        "target:update",
        ("UpdateTarget", "target"),
    ),
    change(
        Endpoint::PatchTarget,
        Method::Patch,
        "/api/v1/{organization}/{project}/{target}",
        "target:update",
        ("UpdateTarget", "target"),
    ),
    delete(
        Endpoint::DeleteTarget,
        "/api/v1/{organization}/{project}/{target}",
        "target:delete",
    ),
    get(
        Endpoint::ListEnvironments,
        "/api/v1/{organization}/{project}/{target}/environments",
        "/api/v1/organizations/{organization}/projects/{project}/targets/{target}/environments",
        "environment:read",
        "environment-list",
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
    change(
        Endpoint::PutEnvironment,
        Method::Put,
        "/api/v1/{organization}/{project}/{target}/{environment}",
        "environment:update",
        ("UpdateEnvironment", "environment"),
    ),
    change(
        Endpoint::PatchEnvironment,
        Method::Patch,
        "/api/v1/{organization}/{project}/{target}/{environment}",
        "environment:update",
        ("UpdateEnvironment", "environment"),
    ),
    delete(
        Endpoint::DeleteEnvironment,
        "/api/v1/{organization}/{project}/{target}/{environment}",
        "environment:delete",
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
    Route {
        project: ProjectIn::Body,
        ..post(
            Endpoint::DeleteSecrets,
            "/api/v1/{organization}/secrets/delete",
            Scope::Any(&["secret:write", "secret:purge"]),
            "DeleteSecrets",
            ("empty", 204),
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
        legacy: Some("/api/v1/organizations/{organization}/secrets/retrieve"),
        project: ProjectIn::Body,
        ..post(
            Endpoint::RetrieveSecrets,
            "/api/v1/{organization}/secrets/retrieve",
            Scope::Any(&["secret:read", "secret:decrypt", "key:retrieve"]),
            "RetrieveSecrets",
            ("retrieved", 200),
        )
    },
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
    Route {
        project: ProjectIn::Nowhere,
        ..post(
            Endpoint::RestoreVersion,
            "/api/v1/{organization}/secrets/versions/{version}/restore",
            Scope::Named("secret:restore"),
            "RestoreVersion",
            ("restored", 200),
        )
    },
    Route {
        request: Some("DeleteVersion"),
        project: ProjectIn::Nowhere,
        ..delete(
            Endpoint::DeleteVersion,
            "/api/v1/{organization}/secrets/versions/{version}",
            "secret:purge",
        )
    },
    Route {
        project: ProjectIn::Body,
        ..post(
            Endpoint::PurgeVersions,
            "/api/v1/{organization}/secrets/versions/purge",
            Scope::Named("secret:purge"),
            "PurgeVersions",
            ("purged", 200),
        )
    },
    api_key(
        Endpoint::ListApiKeys,
        Method::Get,
        Scope::Named("api-token:read"),
        None,
        ("api-key-list", 200),
    ),
    api_key(
        Endpoint::CreateApiKey,
        Method::Post,
        Scope::Named("api-token:create"),
        Some("CreateApiKey"),
        ("api-key-created", 201),
    ),
    api_key(
        Endpoint::GetApiKey,
        Method::Get,
        Scope::Named("api-token:read"),
        None,
        ("api-key", 200),
    ),
    api_key(
        Endpoint::PutApiKey,
        Method::Put,
        Scope::Named("api-token:update"),
        Some("PutApiKey"),
        ("api-key", 200),
    ),
    api_key(
        Endpoint::PatchApiKey,
        Method::Patch,
        Scope::Named("api-token:update"),
        Some("PatchApiKey"),
        ("api-key", 200),
    ),
    api_key(
        Endpoint::DeleteApiKey,
        Method::Delete,
        Scope::Named("api-token:delete"),
        None,
        ("empty", 204),
    ),
    api_key(
        Endpoint::RotateApiKey,
        Method::Post,
        Scope::All(&["api-token:create", "api-token:delete"]),
        None,
        ("api-key-rotated", 200),
    ),
];
