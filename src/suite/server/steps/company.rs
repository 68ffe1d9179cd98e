//! What is open beside a server rotation: each rotation counts against the limit of an hour, so that those that are made
//! anyway are made in company. It is at a target, which nothing else looks at.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{AT_TARGET, FIRST, Project, SECOND, TARGET, THIRD, store};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{
    CreateTarget, GetEncryptionKey, GetKeyHistory, GetProjectSecrets, GetTargetSecrets,
    RestoreVersion, RotateEncryptionKey, StoreSecrets,
};
use crate::crypto::DataKey;
use crate::harness::{Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::history::operation::{Blob, Content, Level, Operation, Text, Version};
use crate::suite::server::history::project::Project as Start;
use crate::suite::server::key::seal;
use crate::suite::server::needs;
use crate::suite::server::overlap::{Act, Event, Moment, Scene, have_met, meet, settle};
use crate::suite::server::wire::{Call, Reply, number};

/// What is sent beside a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    Store,
    /// A restore, and every reader.
    RestoreAndReaders,
}

/// A rotation and its company, not judged yet.
pub(crate) struct Met {
    open: Mutex<Option<Open>>,
    judged: OnceCell<Judged>,
}

struct Open {
    scene: Scene,
    start: Start,
    events: Vec<Event>,
    reads: Vec<Act>,
}

const LEVELS: &[Level] = &[Level::Target];

impl Met {
    /// Reads the state at rest and judges it, whoever asks first.
    pub(crate) async fn settle(&self, context: &Context) -> Judged {
        self.judged.get_or_init(|| self.judge(context)).await.clone()
    }

    async fn judge(&self, context: &Context) -> Judged {
        let open = self.open.lock().take();
        let Some(Open { mut scene, start, events, reads }) = open else {
            return Err(Stop::Harness("a rotation in company is judged once".to_owned()));
        };
        if !have_met(&events) {
            return Err(Stop::NotObservable(needs::OVERLAP));
        }
        settle(context, &mut scene, &start, (Vec::new(), events), &reads).await.map(drop)
    }
}

impl Company {
    /// Sends the rotation in this company. Gives its answer.
    pub(crate) async fn rotate(
        self,
        context: &Context,
        (project, before, old): (&Project, &Value, &DataKey),
        (rotation, re_encrypt): (Call, bool),
    ) -> Result<(Reply, Met), Stop> {
        let target = project.call(CreateTarget).json(&json!({"name": TARGET}));
        context.prepare("creating a target", &target).await?;
        let mut scene = Scene::new(LEVELS);
        let key = scene.server_key(context, before).await?;
        let former = scene.text(FIRST, "what the target held before that");
        let held = scene.text(AT_TARGET, "what the target held before");
        let mut versions = BTreeMap::new();
        if self == Self::RestoreAndReaders {
            store(context, project, Some(TARGET), &seal(old, FIRST)?, None).await?;
        }
        store(context, project, Some(TARGET), &seal(old, AT_TARGET)?, None).await?;
        let operation = Operation::RotateServer { re_encrypt };
        let rotation = Act::new("server rotation", rotation, operation);
        let place = json!({"project": project.slug, "target": TARGET});
        let (early, late) = match self {
            Self::Store => {
                let text = scene.text(THIRD, "what the store sent");
                let mut body = place.clone();
                body["content"] = json!(seal(old, THIRD)?);
                let call = Call::to(StoreSecrets, &[]).json(&body);
                let (level, blob) = (Level::Target, Blob { text, key });
                let store = Operation::Store { level, blob, proof: None };
                (vec![rotation], vec![Act::new("store", call, store)])
            }
            Self::RestoreAndReaders => {
                versions = kept(context, &scene, project, former).await?;
                let Some(version) = versions.keys().next().copied() else {
                    return Err(Stop::CouldNotRun("a replaced secret left no version".to_owned()));
                };
                let call = Call::to(RestoreVersion, &[&version.0.to_string()]);
                let restore = Operation::Restore { version, content: None, proof: None };
                let mut early = vec![Act::new("restore", call, restore)];
                early.extend(readers(project));
                (early, vec![rotation])
            }
        };
        let is_early = early.len() == 1;
        let done = meet(context, &project.slug, (early, late), Moment::Half).await?;
        let of_rotation = if is_early { done.first() } else { done.last() };
        let answer = match of_rotation.map(|done| &done.sent) {
            Some(Ok(reply)) if reply.is_success() => reply.clone(),
            Some(Ok(reply)) => {
                return Err(reply.could_not_run("rotating a server-managed key was refused"));
            }
            Some(Err(stop)) => return Err(stop.clone()),
            None => return Err(Stop::Harness("a rotation was not sent".to_owned())),
        };
        // Who has read beside the rotation may have seen the new key, which has to be known to understand the answer.
        let told = &answer.json["data"]["key"]["attributes"];
        let is_whole = ["key", "key_check_salt", "key_check_iterations"]
            .iter()
            .all(|name| told[*name] != Value::Null);
        let new = if is_whole { Ok(told.clone()) } else { project.descriptor(context).await };
        if let Ok(new) = new {
            let _ = scene.server_key(context, &new).await;
        }
        let mut events = Vec::new();
        for one in done {
            events.extend(scene.event(context, one).await);
        }
        let levels = BTreeMap::from([(Level::Target, (None, Blob { text: held, key }))]);
        let start = Start::new(Custody::Server, vec![key], levels, versions);
        let mut reads = readers(project);
        // Whether a restore leaves the version that it restores is documented, and no more.
        reads.truncate(3);
        let open = Open { scene, start, events, reads };
        Ok((answer, Met { open: Mutex::new(Some(open)), judged: OnceCell::new() }))
    }
}

/// The version of the target that holds the former text.
async fn kept(
    context: &Context,
    scene: &Scene,
    project: &Project,
    former: Text,
) -> Result<BTreeMap<Version, (Level, Blob)>, Stop> {
    let list =
        context.prepare("listing versions", &project.versions(json!({"target": TARGET}))).await?;
    let mut kept = BTreeMap::new();
    for row in list.rows().iter().take(2) {
        let Some(id) = number(&row["id"]).map(Version) else { continue };
        match scene.version(context, id).await?.content {
            Content::Opens(blob) if blob.text == former => {
                kept.insert(id, (Level::Target, blob));
                break;
            }
            _ => {}
        }
    }
    Ok(kept)
}

/// Each that a rotation has to do with.
fn readers(project: &Project) -> Vec<Act> {
    let slug = project.slug.as_str();
    let secrets = Call::to(GetTargetSecrets, &[slug, TARGET]);
    let versions = project.versions(json!({"target": TARGET}));
    vec![
        Act::new("key descriptor", project.call(GetEncryptionKey), Operation::Descriptor),
        Act::new("key history", project.call(GetKeyHistory), Operation::History),
        Act::new("secrets", secrets, Operation::Secrets { deepest: Level::Target }),
        Act::new("versions", versions, Operation::Versions { level: Level::Target }),
    ]
}

/// A server rotation beside another, of a project that nothing else changes.
pub(crate) async fn two_rotations(context: &Context, project: &Project) -> Judged {
    let mut scene = Scene::new(&[Level::Project]);
    let key = scene.server_key(context, &project.descriptor(context).await?).await?;
    let held = scene.text(SECOND, "what the project holds");
    let secrets = Act::new(
        "secrets",
        Call::to(GetProjectSecrets, &[&project.slug]),
        Operation::Secrets { deepest: Level::Project },
    );
    let alone = context.send(&secrets.call).await?;
    let content = alone.content(Level::Project.name())?;
    if scene.content(content) != Content::Opens(Blob { text: held, key }) {
        return Err(Stop::CouldNotRun(
            "what was stored does not open before a rotation".to_owned(),
        ));
    }
    let rotation = || {
        let call = project.call(RotateEncryptionKey);
        let call = call.json(&json!({"history_policy": "keep"}));
        Act::new("server rotation", call, Operation::RotateServer { re_encrypt: false })
    };
    let acts = (vec![rotation()], vec![rotation()]);
    let done = meet(context, &project.slug, acts, Moment::Half).await?;
    let mut events = Vec::new();
    for one in done {
        events.extend(scene.event(context, one).await);
    }
    if !have_met(&events) {
        return Err(Stop::NotObservable(needs::OVERLAP));
    }
    let levels = BTreeMap::from([(Level::Project, (None, Blob { text: held, key }))]);
    let start = Start::new(Custody::Server, vec![key], levels, BTreeMap::new());
    let mut reads = readers(project);
    reads.truncate(2);
    reads.push(secrets);
    settle(context, &mut scene, &start, (Vec::new(), events), &reads).await.map(drop)
}
