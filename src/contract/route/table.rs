//! Every endpoint: a row for each, with its name, what it does, its body, its answer and its route. No other file of this
//! room names one.

use crate::named::named;

/// Passes the rows to a macro, which makes of them what its room needs. A row is
///
/// ```ignore
/// StoreSecrets = "store-secrets": "Stores a blob at a level"
///     (StoreSecrets) -> Stored as "stored"
///     => post("/api/v1/{organization}/secrets/store").needs("secret:write").project_in_body();
/// ```
///
/// The body is a type of [`request`](crate::contract::request), whose closed schema is in `suites/shapes/requests/`. The answer is a type of
/// [`response`](crate::contract::response), whose open schema is in `suites/shapes/` if it has a name there. PUT and
/// PATCH are one: what the body does not name stays. API keys exist under the long form of their paths only.
macro_rules! endpoints {
    ($with:ident) => {
        $with! {
            GetEncryptionKey = "get-encryption-key": "The active key descriptor"
                -> Data<Resource<DescriptorAttributes>> as "key-descriptor"
                => get("/api/v1/{organization}/{project}/encryption-key")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/encryption-key")
                    .needs("key:retrieve");
            GetKeyHistory = "get-key-history": "Key versions, active first"
                -> Data<Vec<HistoryEntry>> as "key-history"
                => get("/api/v1/{organization}/{project}/encryption-key/history")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/encryption-key/history")
                    .needs("key:retrieve");
            RotateEncryptionKey = "rotate-encryption-key": "Rotates a server-managed key"
                (RotateEncryptionKey) -> Rotated as "rotated-key"
                => post("/api/v1/{organization}/{project}/encryption-key/rotate")
                    .needs("key:rotate").only_for(Custody::Server).bucket(Bucket::Rotate);
            RotateClientKeys = "rotate-client-keys": "Rotates a client-managed key"
                (RotateClientKeys) -> RotatedClientKeys as "rotated-client-keys"
                => post("/api/v1/{organization}/{project}/secrets/rotate-client-keys")
                    .scope(Scope::Writing).only_for(Custody::Client).long_body();
            ListPending = "list-pending": "Historical versions that are still under an older key"
                (ListPending) -> Pending as "pending"
                => post("/api/v1/{organization}/{project}/secrets/re-encrypt-history/pending")
                    .needs("key:rotate").only_for(Custody::Client).reads();
            SubmitReencrypted = "submit-reencrypted": "Historical versions, sealed again under the active key"
                (SubmitReencrypted) -> Data<Submitted> as "submitted"
                => post("/api/v1/{organization}/{project}/secrets/re-encrypt-history")
                    .needs("key:rotate").only_for(Custody::Client).long_body();
            ListOrganizations = "list-organizations": "The organizations that the token reaches: its own"
                -> Data<Vec<Organization>>
                => get("/api/v1/organizations").without_project();
            GetOwnOrganization = "get-own-organization": "The token's organization"
                -> Data<Organization>
                => get("/api/v1/organization").without_project();
            GetOrganization = "get-organization": "One organization"
                -> Data<Organization>
                => get("/api/v1/organizations/{organization}").needs("organization:read").without_project();
            GetUser = "get-user": "Who the token speaks for"
                -> User
                => get("/api/v1/user").without_project();
            ListProjects = "list-projects": "Projects of the organization"
                -> Data<Vec<Resource<Project>>> as "project-list"
                => get("/api/v1/{organization}/projects")
                    .legacy("/api/v1/organizations/{organization}/projects")
                    .needs("project:read").without_project();
            CreateProject = "create-project": "A new project"
                (CreateProject) -> Data<Resource<Project>> as "project"
                => post("/api/v1/{organization}/projects").needs("project:create").without_project().status(201);
            GetProject = "get-project": "One project"
                -> Data<Resource<Project>> as "project"
                => get("/api/v1/{organization}/{project}")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}")
                    .needs("project:read");
            PutProject = "put-project": "Changes a project, by PUT"
                (UpdateProject) -> Data<Resource<Project>> as "project"
                => put("/api/v1/{organization}/{project}").needs("project:update");
            PatchProject = "patch-project": "Changes a project, by PATCH"
                (UpdateProject) -> Data<Resource<Project>> as "project"
                => patch("/api/v1/{organization}/{project}").needs("project:update");
            DeleteProject = "delete-project": "Deletes a project and all that is in it"
                => delete("/api/v1/{organization}/{project}").needs("project:delete");
            ListTargets = "list-targets": "Targets of a project"
                -> Data<Vec<Resource<Target>>>
                => get("/api/v1/{organization}/{project}/targets")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/targets")
                    .needs("target:read");
            CreateTarget = "create-target": "A new target of a project"
                (CreateTarget) -> Data<Resource<Target>>
                => post("/api/v1/{organization}/{project}/targets").needs("target:create").status(201);
            GetTarget = "get-target": "One target"
                -> Data<Resource<Target>>
                => get("/api/v1/{organization}/{project}/{target}")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/targets/{target}")
                    .needs("target:read");
            PutTarget = "put-target": "Changes a target, by PUT"
                (UpdateTarget) -> Data<Resource<Target>>
                => put("/api/v1/{organization}/{project}/{target}").needs("target:update");
            PatchTarget = "patch-target": "Changes a target, by PATCH"
                (UpdateTarget) -> Data<Resource<Target>>
                => patch("/api/v1/{organization}/{project}/{target}").needs("target:update");
            DeleteTarget = "delete-target": "Deletes a target and all that is in it"
                => delete("/api/v1/{organization}/{project}/{target}").needs("target:delete");
            ListEnvironments = "list-environments": "Environments of a target"
                -> Data<Vec<Resource<Environment>>>
                => get("/api/v1/{organization}/{project}/{target}/environments")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/targets/{target}/environments")
                    .needs("environment:read");
            CreateEnvironment = "create-environment": "A new environment of a target"
                (CreateEnvironment) -> Data<Resource<Environment>>
                => post("/api/v1/{organization}/{project}/{target}/environments")
                    .needs("environment:create").status(201);
            GetEnvironment = "get-environment": "One environment"
                -> Data<Resource<Environment>>
                => get("/api/v1/{organization}/{project}/{target}/{environment}")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/targets/{target}/environments/{environment}")
                    .needs("environment:read");
            PutEnvironment = "put-environment": "Changes an environment, by PUT"
                (UpdateEnvironment) -> Data<Resource<Environment>>
                => put("/api/v1/{organization}/{project}/{target}/{environment}").needs("environment:update");
            PatchEnvironment = "patch-environment": "Changes an environment, by PATCH"
                (UpdateEnvironment) -> Data<Resource<Environment>>
                => patch("/api/v1/{organization}/{project}/{target}/{environment}").needs("environment:update");
            DeleteEnvironment = "delete-environment": "Deletes an environment and all that is in it"
                => delete("/api/v1/{organization}/{project}/{target}/{environment}").needs("environment:delete");
            StoreSecrets = "store-secrets": "Stores a blob at a level"
                (StoreSecrets) -> Stored as "stored"
                => post("/api/v1/{organization}/secrets/store").needs("secret:write").project_in_body().long_body();
            DeleteSecrets = "delete-secrets": "Empties a level"
                (DeleteSecrets)
                => post("/api/v1/{organization}/secrets/delete")
                    .scope(Scope::Any(&["secret:write", "secret:purge"])).project_in_body().status(204);
            GetProjectSecrets = "get-project-secrets": "The blobs of a project"
                -> Secrets as "secrets"
                => get("/api/v1/{organization}/{project}/secrets")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/secrets")
                    .needs("secret:read").query(READING);
            GetTargetSecrets = "get-target-secrets": "The blobs of a project and of one target"
                -> Secrets as "secrets"
                => get("/api/v1/{organization}/{project}/{target}/secrets")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/targets/{target}/secrets")
                    .needs("secret:read").query(READING);
            GetEnvironmentSecrets = "get-environment-secrets": "The blobs of a project, of one target and of one environment"
                -> Secrets as "secrets"
                => get("/api/v1/{organization}/{project}/{target}/{environment}/secrets")
                    .legacy("/api/v1/organizations/{organization}/projects/{project}/targets/{target}/environments/{environment}/secrets")
                    .needs("secret:read").query(READING);
            RetrieveSecrets = "retrieve-secrets": "The secrets of a level and those above it, or the key, as the body asks"
                (RetrieveSecrets) -> Retrieved
                => post("/api/v1/{organization}/secrets/retrieve")
                    .legacy("/api/v1/organizations/{organization}/secrets/retrieve")
                    .scope(Scope::Any(&["secret:read", "secret:decrypt", "key:retrieve"])).project_in_body().reads();
            ListVersions = "list-versions": "Prior blobs of a level"
                (ListVersions) -> VersionPage as "version-list"
                => post("/api/v1/{organization}/secrets/versions").needs("secret:history").project_in_body().reads();
            GetVersion = "get-version": "One prior blob"
                -> Data<Version> as "version"
                => get("/api/v1/{organization}/secrets/versions/{version}").needs("secret:history").without_project();
            RestoreVersion = "restore-version": "Puts a prior blob back"
                (RestoreVersion) -> Restored as "restored"
                => post("/api/v1/{organization}/secrets/versions/{version}/restore")
                    .needs("secret:restore").without_project().long_body();
            DeleteVersion = "delete-version": "Deletes one prior blob"
                (DeleteVersion)
                => delete("/api/v1/{organization}/secrets/versions/{version}")
                    .needs("secret:purge").without_project().query(&["force"]);
            PurgeVersions = "purge-versions": "Deletes all prior blobs of a level or of a project"
                (PurgeVersions) -> Purged
                => post("/api/v1/{organization}/secrets/versions/purge").needs("secret:purge").project_in_body();
            ListApiKeys = "list-api-keys": "API keys of the organization"
                -> Data<Vec<ApiKey>>
                => get("/api/v1/organizations/{organization}/api-keys").needs("api-token:read").without_project();
            CreateApiKey = "create-api-key": "A new API key"
                (CreateApiKey) -> CreatedApiKey<NewToken>
                => post("/api/v1/organizations/{organization}/api-keys")
                    .needs("api-token:create").without_project().status(201);
            GetApiKey = "get-api-key": "One API key"
                -> Data<ApiKey>
                => get("/api/v1/organizations/{organization}/api-keys/{api_key}")
                    .needs("api-token:read").without_project();
            PutApiKey = "put-api-key": "Changes an API key, by PUT"
                (PutApiKey) -> Data<ApiKey>
                => put("/api/v1/organizations/{organization}/api-keys/{api_key}")
                    .needs("api-token:update").without_project();
            PatchApiKey = "patch-api-key": "Changes an API key, by PATCH"
                (PatchApiKey) -> Data<ApiKey>
                => patch("/api/v1/organizations/{organization}/api-keys/{api_key}")
                    .needs("api-token:update").without_project();
            DeleteApiKey = "delete-api-key": "Deletes an API key; its token is refused from then on"
                => delete("/api/v1/organizations/{organization}/api-keys/{api_key}")
                    .needs("api-token:delete").without_project();
            RotateApiKey = "rotate-api-key": "Gives an API key another token"
                -> Data<RotatedApiKey>
                => post("/api/v1/organizations/{organization}/api-keys/{api_key}/rotate")
                    .scope(Scope::All(&["api-token:create", "api-token:delete"])).without_project();
        }
    };
}

macro_rules! define {
    ($(
        $Name:ident = $name:literal: $summary:literal
        $(($Body:ident))? $(-> $Answer:ty $(as $shape:literal)?)? => $route:expr;
    )+) => {
        named! {
            /// What a route does: the name that the mock dispatches on and the suites call.
            pub enum Endpoint {
                $($Name = $name: $summary,)+
            }
        }
    };
}

endpoints!(define);

pub(crate) use endpoints;
