//! The route table: the one list that the mock's router, its 405 answers and the suites read.

mod table;

pub use table::ROUTES;

use schemars::JsonSchema;

use super::custody::Custody;
use super::limit::{self, Bucket};
use super::scope::Scope;

/// Methods of the table. HEAD and OPTIONS follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Reads; HEAD is answered alike.
    Get,
    /// Writes.
    Post,
    /// Changes, and names what has to be named.
    Put,
    /// Changes what it names.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a route does: the name that the mock dispatches on and the suites call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, JsonSchema)]
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
    /// The organizations that the token reaches: its own.
    ListOrganizations,
    /// The token's organization.
    GetOwnOrganization,
    /// One organization.
    GetOrganization,
    /// Who the token speaks for.
    GetUser,
    /// Projects of the organization.
    ListProjects,
    /// A new project.
    CreateProject,
    /// One project.
    GetProject,
    /// Changes a project, by PUT.
    PutProject,
    /// Changes a project, by PATCH.
    PatchProject,
    /// Deletes a project and all that is in it.
    DeleteProject,
    /// Targets of a project.
    ListTargets,
    /// A new target of a project.
    CreateTarget,
    /// One target.
    GetTarget,
    /// Changes a target, by PUT.
    PutTarget,
    /// Changes a target, by PATCH.
    PatchTarget,
    /// Deletes a target and all that is in it.
    DeleteTarget,
    /// Environments of a target.
    ListEnvironments,
    /// A new environment of a target.
    CreateEnvironment,
    /// One environment.
    GetEnvironment,
    /// Changes an environment, by PUT.
    PutEnvironment,
    /// Changes an environment, by PATCH.
    PatchEnvironment,
    /// Deletes an environment and all that is in it.
    DeleteEnvironment,
    /// Stores a blob at a level.
    StoreSecrets,
    /// Empties a level.
    DeleteSecrets,
    /// The blobs of a project.
    GetProjectSecrets,
    /// The blobs of a project and of one target.
    GetTargetSecrets,
    /// The blobs of a project, of one target and of one environment.
    GetEnvironmentSecrets,
    /// The secrets of a level and those above it, or the key, as the body asks.
    RetrieveSecrets,
    /// Prior blobs of a level.
    ListVersions,
    /// One prior blob.
    GetVersion,
    /// Puts a prior blob back.
    RestoreVersion,
    /// Deletes one prior blob.
    DeleteVersion,
    /// Deletes all prior blobs of a level or of a project.
    PurgeVersions,
    /// API keys of the organization.
    ListApiKeys,
    /// A new API key.
    CreateApiKey,
    /// One API key.
    GetApiKey,
    /// Changes an API key, by PUT.
    PutApiKey,
    /// Changes an API key, by PATCH.
    PatchApiKey,
    /// Deletes an API key; its token is refused from then on.
    DeleteApiKey,
    /// Gives an API key another token.
    RotateApiKey,
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

impl Endpoint {
    /// Its name in kebab case: `rotate-encryption-key`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    /// Whether it can change what is kept.
    pub fn writes(self) -> bool {
        let reads_by_post = matches!(
            self,
            Self::ListPending | Self::RetrieveSecrets | Self::ListVersions
        );
        self.route().method != Method::Get && !reads_by_post
    }

    /// The longest body that it takes: long only where secrets travel in it. Bytes.
    pub const fn body_bytes(self) -> usize {
        match self {
            Self::StoreSecrets
            | Self::RotateClientKeys
            | Self::SubmitReencrypted
            | Self::RestoreVersion => limit::BODY_BYTES,
            _ => limit::SMALL_BODY_BYTES,
        }
    }

    /// The names that its query may have.
    pub const fn query(self) -> &'static [&'static str] {
        match self {
            Self::GetProjectSecrets | Self::GetTargetSecrets | Self::GetEnvironmentSecrets => {
                &["decrypt", "merge", "raw"]
            }
            Self::DeleteVersion => &["force"],
            _ => &[],
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_in_order() {
        assert_eq!(
            Endpoint::GetEnvironment.route().fill(&["o", "p", "t", "e"]),
            "/api/v1/o/p/t/e"
        );
        assert_eq!(
            Endpoint::GetTarget.route().fill_legacy(&["o", "p", "t"]),
            Some("/api/v1/organizations/o/projects/p/targets/t".to_owned())
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
