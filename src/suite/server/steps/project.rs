//! A project that the suite works on, and what it stores there.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::crypto::DataKey;
use crate::harness::Stop;
use crate::suite::server::context::{Context, descriptor_of};
use crate::suite::server::key::{ClientKey, seal};
use crate::suite::server::wire::{Access, Call, Reply, with_members};

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
    /// The organization that it is in, if that is not the server's own.
    pub(crate) other: Option<Access>,
}

impl Project {
    /// A project of the server's own organization that holds a blob at its own level only.
    pub(crate) fn new(slug: String, custody: Custody) -> Self {
        Self { slug, custody, target: None, environment: None, other: None }
    }

    pub(crate) fn call(&self, endpoint: Endpoint) -> Call {
        self.own(Call::to(endpoint, &[&self.slug]))
    }

    /// The call about the project, in the organization that it is in.
    pub(crate) fn own(&self, call: Call) -> Call {
        let call = Call { about: Some(self.slug.clone()), ..call };
        match &self.other {
            Some(other) => call.organization(&other.place).token(&other.token),
            None => call,
        }
    }

    /// Reads every level that holds a blob.
    pub(crate) fn secrets(&self) -> Call {
        let slug = self.slug.as_str();
        self.own(match (&self.target, &self.environment) {
            (None, _) => Call::to(Endpoint::GetProjectSecrets, &[slug]),
            (Some(target), None) => Call::to(Endpoint::GetTargetSecrets, &[slug, target]),
            (Some(target), Some(environment)) => {
                Call::to(Endpoint::GetEnvironmentSecrets, &[slug, target, environment])
            }
        })
    }

    /// Lists versions of the project, or of what `more` names in it.
    pub(crate) fn versions(&self, more: Value) -> Call {
        let body = with_members(json!({"project": self.slug}), more);
        self.own(Call::to(Endpoint::ListVersions, &[]).json(&body))
    }

    pub(crate) async fn descriptor(&self, context: &Context) -> Result<Value, Stop> {
        let call = self.call(Endpoint::GetEncryptionKey);
        let reply = context.look_up("reading the key descriptor", &call).await?;
        descriptor_of(&reply)
    }

    /// The data key of the active key, of a server-managed project.
    pub(crate) async fn server_key(&self, context: &Context) -> Result<DataKey, Stop> {
        context.shared.keys.server(&self.descriptor(context).await?).await
    }
}

/// Makes a client-managed project under the first client key.
pub(crate) async fn create_client_project(
    context: &Context,
    other: Option<Access>,
) -> Result<(Project, Arc<ClientKey>), Stop> {
    let key = context.client_key(0).await?;
    let body = json!({"storage_mode": "client", "secret_format": "env"});
    let body = with_members(body, json!(key.proof));
    let slug = context.create_project(other.clone(), body).await?;
    Ok((Project { other, ..Project::new(slug, Custody::Client) }, key))
}

/// Stores the first text under a server-managed key, and then the second, which makes a version of the first.
pub(crate) async fn store_twice(
    context: &Context,
    project: &Project,
    key: &DataKey,
) -> Result<(), Stop> {
    for plaintext in [FIRST, SECOND] {
        store(context, project, None, &seal(key, plaintext)?, None).await?;
    }
    Ok(())
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
