//! A project that the suite works on, and what it stores there.

use serde_json::{Value, json};

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::{Context, descriptor_of};
use crate::suite::server::key::ClientKey;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;
use crate::suite::server::wire::server::Access;

/// What the project level holds first, then, and what a target holds.
pub(crate) const FIRST: &str = "STAGE=first\n";
pub(crate) const SECOND: &str = "STAGE=second\n";
pub(crate) const THIRD: &str = "STAGE=third\n";
pub(crate) const AT_TARGET: &str = "ROLE=worker\n";
/// The target of a client-managed site.
pub(crate) const TARGET: &str = "backend";

/// A project, and where in it a blob is.
#[derive(Clone)]
pub(crate) struct Project {
    pub(crate) slug: String,
    pub(crate) custody: Custody,
    /// The target that holds a blob besides the project itself, if one does.
    pub(crate) target: Option<String>,
    /// The environment of that target that holds one too, if one does.
    pub(crate) environment: Option<String>,
    /// The organization that it is in, if that is not the target's own.
    pub(crate) other: Option<Access>,
}

impl Project {
    /// A project of the target's own organization that holds a blob at its own level only.
    pub(crate) fn new(slug: String, custody: Custody) -> Self {
        Self { slug, custody, target: None, environment: None, other: None }
    }

    /// Reads every level that holds a blob.
    pub(crate) fn secrets(&self) -> Call {
        let (endpoint, deeper) = match (&self.target, &self.environment) {
            (None, _) => (Endpoint::GetProjectSecrets, vec![]),
            (Some(target), None) => (Endpoint::GetTargetSecrets, vec![target]),
            (Some(target), Some(environment)) => {
                (Endpoint::GetEnvironmentSecrets, vec![target, environment])
            }
        };
        let mut segments = vec![self.slug.as_str()];
        segments.extend(deeper.into_iter().map(String::as_str));
        Call::to(endpoint, &segments)
    }

    /// The descriptor of the active key.
    pub(crate) async fn descriptor(&self, context: &Context) -> Result<Value, Stop> {
        let call = self.own(Call::to(Endpoint::GetEncryptionKey, &[&self.slug]));
        let reply = context.prepare("reading the key descriptor", &call).await?;
        descriptor_of(&reply)
    }

    /// The call, in the organization that the project is in.
    pub(crate) fn own(&self, call: Call) -> Call {
        match &self.other {
            Some(other) => call.organization(&other.place).token(&other.token),
            None => call,
        }
    }
}

/// A client-managed project under a key.
pub(crate) async fn create_client_project(
    context: &Context,
    key: &ClientKey,
    other: Option<Access>,
) -> Result<String, Stop> {
    let mut body = json!(key.proof);
    body["storage_mode"] = json!("client");
    context.create_project_at(other, body).await
}

/// Stores a blob; what it replaces becomes a version.
pub(crate) async fn store(
    context: &Context,
    project: &Project,
    target: Option<&str>,
    content: &str,
    key: Option<&ClientKey>,
) -> Result<Reply, Stop> {
    let mut body = json!({"project": project.slug, "content": content});
    if let Some(target) = target {
        body["target"] = json!(target);
    }
    if let Some(key) = key {
        body["key_proof"] = json!(key.proof.key_check);
    }
    let call = project.own(Call::to(Endpoint::StoreSecrets, &[]).json(&body));
    context.prepare("storing a secret", &call).await
}
