//! Shared steps: each is done once a run, for all the cases that use it.

pub(super) mod levels;
pub(super) mod lifetime;
pub(super) mod minted;
pub(super) mod probe;
pub(super) mod secret_ids;
pub(super) mod site;
pub(super) mod snapshot;
pub(super) mod used_up;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::crypto::DataKey;
use crate::harness::{Spending, Stop};
use crate::suite::server::key::{opens_to, seal};
use crate::suite::server::needs;
use crate::suite::server::scene::Scene;
use crate::suite::server::steps::levels::Levels;
use crate::suite::server::steps::lifetime::Lifetime;
use crate::suite::server::steps::minted::Limited;
use crate::suite::server::steps::probe::Probed;
use crate::suite::server::steps::secret_ids::SecretIds;
use crate::suite::server::steps::site::{FIRST, SECOND, Site};
use crate::suite::server::steps::snapshot::Subject;
use crate::suite::server::steps::used_up::UsedUp;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;

/// A step as data: its name, and the most that it spends.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// What cases call it in `shares`.
    pub name: &'static str,
    /// The most that it spends.
    pub spends: Spending,
}

/// What a client-managed site takes, where no level shows its secret's id.
const OF_CLIENT: u32 = 8 + SecretIds::most(2);

/// A server-managed project for reads and refusals.
pub(super) const SERVER_SITE: Step = step("server-site", 4, 0);
/// A client-managed project for reads, refusals, pending and submit.
pub(super) const CLIENT_SITE: Step = step("client-site", OF_CLIENT, 0);
/// A client-managed project for the refusals of client rotation.
pub(super) const ROTATION_SITE: Step = step("rotation-site", OF_CLIENT, 0);
/// A server-managed project of the other organization.
pub(super) const OTHER_SERVER_SITE: Step = step("other-server-site", 4, 0);
/// A client-managed project of the other organization.
pub(super) const OTHER_CLIENT_SITE: Step = step("other-client-site", OF_CLIENT, 0);
/// Three server rotations: with `keep`, with `re_encrypt`, without a body.
pub(super) const ROTATIONS: Step = step("rotations", 38, 3);

/// Rotations until the hour has none left, and one after it is over.
pub(super) const USED_UP: Step = step("used-up", 16, 13);

/// What GET encryption-key refuses of any request.
pub(super) const DESCRIPTOR_PROBE: Step = step("descriptor-probe", 17, 0);
/// The same of the key history.
pub(super) const HISTORY_PROBE: Step = step("history-probe", 16, 0);
/// The same of client rotation.
pub(super) const CLIENT_ROTATION_PROBE: Step = step("client-rotation-probe", 23, 0);
/// The same of `pending`.
pub(super) const PENDING_PROBE: Step = step("pending-probe", 23, 0);
/// The same of submit.
pub(super) const SUBMIT_PROBE: Step = step("submit-probe", 28, 0);
/// The same of writes.
pub(super) const STORE_PROBE: Step = step("store-probe", 23, 0);

/// A client-managed project with a secret at every level.
pub(super) const LEVELS: Step = step("levels", 6, 0);
/// A secret from its first write to its last.
pub(super) const LIFETIME: Step = step("lifetime", 28, 0);

/// All of them.
pub const STEPS: [Step; 15] = [
    SERVER_SITE,
    CLIENT_SITE,
    ROTATION_SITE,
    OTHER_SERVER_SITE,
    OTHER_CLIENT_SITE,
    ROTATIONS,
    USED_UP,
    DESCRIPTOR_PROBE,
    HISTORY_PROBE,
    CLIENT_ROTATION_PROBE,
    PENDING_PROBE,
    SUBMIT_PROBE,
    STORE_PROBE,
    LEVELS,
    LIFETIME,
];

/// Whether a step can be had without writing: where a run may only look at one existing project,
/// that is the site.
pub(super) fn can_be_read(step: &str) -> bool {
    [SERVER_SITE.name, CLIENT_SITE.name].contains(&step)
}

const fn step(name: &'static str, requests: u32, rotations: u32) -> Step {
    Step {
        name,
        spends: Spending {
            requests,
            rotations,
        },
    }
}

/// Looks at a job's work while it is awaited, each after twice the time of the one before.
const POLLS: u32 = 10;

/// Versions that are looked through for the one that a project was made with.
const MOST_VERSIONS: usize = 3;

type Once<T> = OnceCell<Result<Arc<T>, Stop>>;

/// What has been done so far.
#[derive(Default)]
pub(super) struct Steps {
    server_site: Once<Site>,
    client_site: Once<Site>,
    rotation_site: Once<Site>,
    other_server_site: Once<Site>,
    other_client_site: Once<Site>,
    rotations: Once<Rotations>,
    used_up: Once<UsedUp>,
    levels: Once<Levels>,
    lifetime: Once<Lifetime>,
    probed: Mutex<HashMap<Endpoint, Arc<Once<Probed>>>>,
}

/// What the three rotations left behind.
pub(super) struct Rotations {
    pub(super) keep: Rotated,
    pub(super) re_encrypt: Rotated,
    pub(super) plain: Rotated,
}

/// One rotated project.
pub(super) struct Rotated {
    pub(super) slug: String,
    /// The descriptor before.
    pub(super) before: Value,
    /// The data key before.
    pub(super) old: DataKey,
    /// The version that was there before, with what it says, and its blob.
    pub(super) version: String,
    pub(super) answer: Reply,
}

impl Scene {
    pub(super) async fn server_site(&self) -> Result<Arc<Site>, Stop> {
        let scene = self.of_step(SERVER_SITE);
        let make = once(SERVER_SITE, Site::of(&scene, Custody::Server));
        done(&self.shared.steps.server_site, make).await
    }

    pub(super) async fn client_site(&self) -> Result<Arc<Site>, Stop> {
        let scene = self.of_step(CLIENT_SITE);
        let make = once(CLIENT_SITE, Site::of(&scene, Custody::Client));
        done(&self.shared.steps.client_site, make).await
    }

    pub(super) async fn rotation_site(&self) -> Result<Arc<Site>, Stop> {
        let scene = self.of_step(ROTATION_SITE);
        let make = once(ROTATION_SITE, Site::client(&scene, None));
        done(&self.shared.steps.rotation_site, make).await
    }

    pub(super) async fn other_server_site(&self) -> Result<Arc<Site>, Stop> {
        let (scene, other) = (self.of_step(OTHER_SERVER_SITE), self.other()?);
        let make = once(OTHER_SERVER_SITE, Site::server(&scene, Some(other)));
        done(&self.shared.steps.other_server_site, make).await
    }

    pub(super) async fn other_client_site(&self) -> Result<Arc<Site>, Stop> {
        let (scene, other) = (self.of_step(OTHER_CLIENT_SITE), self.other()?);
        let make = once(OTHER_CLIENT_SITE, Site::client(&scene, Some(other)));
        done(&self.shared.steps.other_client_site, make).await
    }

    pub(super) async fn rotations(&self) -> Result<Arc<Rotations>, Stop> {
        let scene = self.of_step(ROTATIONS);
        let make = once(ROTATIONS, rotations(&scene));
        done(&self.shared.steps.rotations, make).await
    }

    pub(super) async fn used_up(&self) -> Result<Arc<UsedUp>, Stop> {
        let scene = self.of_step(USED_UP);
        let make = once(USED_UP, UsedUp::make(&scene));
        done(&self.shared.steps.used_up, make).await
    }

    pub(super) async fn levels(&self) -> Result<Arc<Levels>, Stop> {
        let scene = self.of_step(LEVELS);
        let make = once(LEVELS, Levels::make(&scene));
        done(&self.shared.steps.levels, make).await
    }

    pub(super) async fn lifetime(&self) -> Result<Arc<Lifetime>, Stop> {
        let scene = self.of_step(LIFETIME);
        let make = once(LIFETIME, Lifetime::make(&scene));
        done(&self.shared.steps.lifetime, make).await
    }

    /// The refusals of an endpoint, sent by the step that is for them.
    pub(super) async fn probed(&self, step: Step, endpoint: Endpoint) -> Result<Arc<Probed>, Stop> {
        let scene = self.of_step(step);
        let cell = Arc::clone(self.shared.steps.probed.lock().entry(endpoint).or_default());
        let make = once(step, Probed::make(&scene, endpoint));
        done(&cell, make).await
    }

    /// A scene whose spending is the step's, not the case's.
    fn of_step(&self, step: Step) -> Self {
        Self::new(Arc::clone(&self.shared), step.spends)
    }
}

async fn done<T>(
    cell: &Once<T>,
    make: impl Future<Output = Result<Arc<T>, Stop>>,
) -> Result<Arc<T>, Stop> {
    cell.get_or_init(|| make).await.clone()
}

/// Does a step. What stops it is no case's failure: the cases that need it could not run.
async fn once<T>(step: Step, make: impl Future<Output = Result<T, Stop>>) -> Result<Arc<T>, Stop> {
    make.await.map(Arc::new).map_err(|stop| match stop {
        Stop::Mismatch(mismatch) => Stop::CouldNotRun(format!(
            "the shared step {} stopped: {}",
            step.name, mismatch.what
        )),
        other => other,
    })
}

/// `keep` comes first, and is judged only after the job of `re_encrypt` was awaited: a server that
/// moves versions anyway has had the time to.
async fn rotations(scene: &Scene) -> Result<Rotations, Stop> {
    let keep = rotate(scene, Some("keep"), None).await?;
    let re_encrypt = rotate(scene, Some("re_encrypt"), None).await?;
    await_job(scene, &re_encrypt).await?;
    let plain = rotate(scene, None, None).await?;
    Ok(Rotations {
        keep,
        re_encrypt,
        plain,
    })
}

/// Makes a project with one version, and rotates its key: with this policy, or with none after the
/// project's own setting was changed.
pub(super) async fn rotate(
    scene: &Scene,
    policy: Option<&str>,
    setting: Option<&str>,
) -> Result<Rotated, Stop> {
    let slug = scene.create_project(json!({})).await?;
    if let Some(setting) = setting {
        let setting = json!({"history_policy": setting});
        scene
            .control("project", needs::PROJECT_SETTING, &slug, setting)
            .await?;
    }
    let before = scene.descriptor(&slug).await?;
    let old = scene.shared.keys.server(&before).await?;
    let subject = Subject::new(slug, Custody::Server);
    for plaintext in [FIRST, SECOND] {
        let content = seal(&old, plaintext)?;
        site::store(scene, &subject, None, &content, None).await?;
    }
    let list = Call::to(Endpoint::ListVersions, &[]).json(&json!({"project": subject.slug}));
    let list = scene.prepare("listing versions", &list).await?;
    let version = version_of(scene, &list, &old).await?;
    let mut call = Call::to(Endpoint::RotateEncryptionKey, &[&subject.slug]);
    if let Some(policy) = policy {
        call = call.json(&json!({"history_policy": policy}));
    }
    // The one without a body is sent with nothing but the ability that it needs.
    if policy.is_none()
        && let Ok(bearer) = Limited::KeyRotate.bearer(scene).await
    {
        call = call.bearer(bearer);
    }
    let answer = scene
        .prepare("rotating a server-managed key", &call)
        .await?;
    Ok(Rotated {
        slug: subject.slug,
        before,
        old,
        version,
        answer,
    })
}

/// The version that holds the first text: what else a server lists is its own affair.
async fn version_of(scene: &Scene, list: &Reply, key: &DataKey) -> Result<String, Stop> {
    let rows = list.json["data"].as_array().into_iter().flatten();
    for row in rows.take(MOST_VERSIONS) {
        let id = row["id"].as_str().unwrap_or_default();
        let call = Call::to(Endpoint::GetVersion, &[id]);
        let version = scene.prepare("reading a version", &call).await?;
        let content = version.json["data"]["content"].as_str().unwrap_or_default();
        if opens_to(key, content, FIRST) {
            return Ok(id.to_owned());
        }
    }
    Err(Stop::CouldNotRun(
        "a replaced secret left no version".to_owned(),
    ))
}

/// Waits until the version opens under the new key, or the target's time for a job is over.
pub(super) async fn await_job(scene: &Scene, rotated: &Rotated) -> Result<(), Stop> {
    let new = scene.server_key(&rotated.slug).await?;
    for poll in (1..=POLLS).rev() {
        if opens_to(&new, &rotated.content(scene).await?, FIRST) {
            break;
        }
        tokio::time::sleep(scene.target().job_wait() / (1 << poll)).await;
    }
    Ok(())
}

impl Rotated {
    /// The blob of the version that was there before the rotation, as it is now.
    pub(super) async fn content(&self, scene: &Scene) -> Result<String, Stop> {
        let call = Call::to(Endpoint::GetVersion, &[&self.version]);
        let reply = scene.prepare("reading a version", &call).await?;
        reply.text("/data/content").map(str::to_owned)
    }
}
