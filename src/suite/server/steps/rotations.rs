//! Server rotations: with `keep`, with `re_encrypt`, without a body.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Company, FIRST, LimitedToken, Met, Project, Step, store_twice};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::crypto::DataKey;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::key::opens_to;
use crate::suite::server::needs;
use crate::suite::server::wire::{Call, Reply};

/// Three server rotations, each of a project of its own, two of them in company.
pub(crate) const ROTATIONS: Step = Step::new("rotations", 58, 3);

/// Looks at a job's work while it is awaited, each after twice the time of the one before.
const POLLS: u32 = 10;

/// How many versions are looked through for the one that holds the first text.
const MOST_VERSIONS: usize = 3;

/// What the three rotations left behind.
pub(crate) struct Rotations {
    pub(crate) keep: Rotated,
    pub(crate) re_encrypt: Rotated,
    pub(crate) plain: Rotated,
}

pub(crate) struct Rotated {
    pub(crate) project: Project,
    /// The descriptor before.
    pub(crate) before: Value,
    /// The data key before.
    pub(crate) old: DataKey,
    /// The id of the version that was there before.
    pub(crate) version: String,
    pub(crate) answer: Reply,
    /// What was open beside it, if anything.
    pub(crate) met: Option<Met>,
}

impl Context {
    pub(crate) async fn rotations(&self) -> Result<Arc<Rotations>, Stop> {
        self.once(ROTATIONS, make).await
    }
}

/// `keep` comes first, and is judged only after the job of `re_encrypt` was awaited: a server that
/// moves versions anyway has had the time to.
async fn make(context: Context) -> Result<Rotations, Stop> {
    let context = &context;
    let keep = rotate(context, (Some("keep"), None), Some(Company::Store)).await?;
    let re_encrypt =
        rotate(context, (Some("re_encrypt"), None), Some(Company::RestoreAndReaders)).await?;
    await_job(context, &re_encrypt).await?;
    let plain = rotate(context, (None, None), None).await?;
    Ok(Rotations { keep, re_encrypt, plain })
}

/// Makes a project with one version, and rotates its key: with this policy, or with none after the
/// project's own setting was changed.
pub(crate) async fn rotate(
    context: &Context,
    (policy, setting): (Option<&str>, Option<&str>),
    company: Option<Company>,
) -> Result<Rotated, Stop> {
    let slug = context.create_project(None, json!({})).await?;
    if let Some(setting) = setting {
        let setting = json!({"history_policy": setting});
        context.control("project", needs::PROJECT_SETTING, &slug, setting).await?;
    }
    let project = Project::new(slug, Custody::Server);
    let before = project.descriptor(context).await?;
    let old = context.shared.keys.server(&before).await?;
    store_twice(context, &project, &old).await?;
    let list = context.prepare("listing versions", &project.versions(json!({}))).await?;
    let version = version_of(context, &list, &old).await?;
    let mut call = project.call(Endpoint::RotateEncryptionKey);
    if let Some(policy) = policy {
        call = call.json(&json!({"history_policy": policy}));
    } else if let Ok(bearer) = LimitedToken::KeyRotate.bearer(context).await {
        // The one without a body is sent with nothing but the ability that it needs.
        call = call.bearer(bearer);
    }
    let (answer, met) = match company {
        None => (context.prepare("rotating a server-managed key", &call).await?, None),
        Some(company) => {
            let of = (&project, &before, &old);
            let rotation = (call, policy == Some("re_encrypt"));
            let (answer, met) = company.rotate(context, of, rotation).await?;
            (answer, Some(met))
        }
    };
    Ok(Rotated { project, before, old, version, answer, met })
}

/// The version that holds the first text: what else a server lists is its own affair.
async fn version_of(context: &Context, list: &Reply, key: &DataKey) -> Result<String, Stop> {
    for row in list.rows().iter().take(MOST_VERSIONS) {
        let id = row["id"].as_str().unwrap_or_default();
        let call = Call::to(Endpoint::GetVersion, &[id]);
        let version = context.prepare("reading a version", &call).await?;
        let content = version.json["data"]["content"].as_str().unwrap_or_default();
        if opens_to(key, content, FIRST) {
            return Ok(id.to_owned());
        }
    }
    Err(Stop::CouldNotRun("a replaced secret left no version".to_owned()))
}

/// Waits until the version opens under the new key, or the server's time for a job is over.
pub(crate) async fn await_job(context: &Context, rotated: &Rotated) -> Result<(), Stop> {
    let new = rotated.project.server_key(context).await?;
    for poll in (1..=POLLS).rev() {
        if opens_to(&new, &rotated.content(context).await?, FIRST) {
            break;
        }
        tokio::time::sleep(context.server().job_wait() / (1 << poll)).await;
    }
    Ok(())
}

impl Rotated {
    /// The blob of the version that was there before the rotation, as it is now.
    pub(crate) async fn content(&self, context: &Context) -> Result<String, Stop> {
        let call = Call::to(Endpoint::GetVersion, &[&self.version]);
        let reply = context.prepare("reading a version", &call).await?;
        reply.text("/data/content").map(str::to_owned)
    }
}
