//! Pairs of requests that are to overlap, and the project that is made ready for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use super::{
    FIRST, Named, Project, SECOND, THIRD, create_client_project, id_of, rotation_body, secret_ids,
    token_of,
};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{
    CreateApiKey, DeleteApiKey, DeleteProject, DeleteSecrets, GetEncryptionKey, GetKeyHistory,
    ListPending, RestoreVersion, RotateClientKeys, StoreSecrets, SubmitReencrypted,
};
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::history::operation::{
    Blob, Content, Key, Level, Operation, Request, Secret, Text, Token, Version,
};
use crate::suite::server::history::project::Project as Start;
use crate::suite::server::inventory::Thing;
use crate::suite::server::key::ClientKey;
use crate::suite::server::needs;
use crate::suite::server::overlap::{Act, Done, Event, Scene};
use crate::suite::server::wire::{Call, Reply, number};

/// What overlaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pair {
    StoreAndRotation,
    RestoreAndRotation,
    DeletionAndRotation,
    SubmitAndRotation,
    Rotations,
    ReadersAndRotation,
    Submits,
    Stores,
    StoreAndProjectDeletion,
    StoreAndRevocation,
}

/// A project, and the requests that are to overlap on it.
pub(crate) struct Stage {
    pub(crate) setting: Setting,
    pub(crate) start: Start,
    /// The early ones, and the late ones.
    pub(crate) acts: (Vec<Act>, Vec<Act>),
    /// What is read at rest.
    pub(crate) reads: Vec<Act>,
}

/// A client-managed project while it is made ready.
pub(crate) struct Setting {
    pub(crate) scene: Scene,
    pub(crate) project: Project,
    /// The keys in turn, and their numbers in the scene.
    pub(super) keys: Vec<(Arc<ClientKey>, Key)>,
    /// Which of them is active.
    pub(super) active: usize,
    /// The first of them that no rotation has named.
    pub(super) fresh: usize,
    held: Text,
    former: Text,
    /// What it holds when the history begins.
    at_start: Text,
    /// What was true when the history began, if it has.
    pub(super) start: Option<Start>,
    /// Whether what makes it ready has to be explained too.
    is_told: bool,
    /// All of that so far.
    pub(crate) prior: Vec<Event>,
    ids: Vec<Named>,
    versions: BTreeMap<Version, (Level, Blob)>,
}

impl Stage {
    pub(crate) async fn set(context: &Context, pair: Pair) -> Result<Self, Stop> {
        let mut setting = Setting::of(context, pair).await?;
        let is_first = setting.start.is_none();
        let needs_version =
            matches!(pair, Pair::RestoreAndRotation | Pair::SubmitAndRotation | Pair::Submits);
        if needs_version && is_first {
            setting.write(context, FIRST).await?;
        }
        if pair == Pair::DeletionAndRotation {
            setting.delete_alone(context).await?;
        } else if is_first {
            setting.write(context, SECOND).await?;
        }
        let rotates = !matches!(
            pair,
            Pair::Stores | Pair::StoreAndProjectDeletion | Pair::StoreAndRevocation
        );
        if rotates && setting.ids.is_empty() {
            setting.find_ids(context).await?;
        }
        let acts = match pair {
            Pair::StoreAndRotation => (
                vec![setting.store("store", THIRD, "what the store sent")?],
                vec![setting.rotation()?],
            ),
            Pair::RestoreAndRotation => {
                setting.find_versions(context).await?;
                (vec![setting.restore()?], vec![setting.rotation()?])
            }
            Pair::DeletionAndRotation => (vec![setting.rotation()?], vec![setting.deletion()]),
            Pair::SubmitAndRotation => {
                setting.find_pending(context).await?;
                (vec![setting.submit("submit", FIRST)?], vec![setting.rotation()?])
            }
            Pair::Rotations => (vec![setting.rotation()?], vec![setting.rotation()?]),
            Pair::ReadersAndRotation => {
                // A cache that these reads have filled is empty after a write.
                setting.write(context, SECOND).await?;
                (setting.readers(), vec![setting.rotation()?])
            }
            Pair::Submits => {
                setting.find_pending(context).await?;
                let texts = ["STAGE=one\n", "STAGE=two\n"];
                let [one, other] = texts.map(|text| setting.submit("submit", text));
                (vec![one?], vec![other?])
            }
            Pair::Stores => {
                let one = setting.store("store", THIRD, "what the one store sent")?;
                let other =
                    setting.store("store", "STAGE=fourth\n", "what the other store sent")?;
                (vec![one], vec![other])
            }
            Pair::StoreAndProjectDeletion => {
                let delete = setting.project.call(DeleteProject);
                let delete = Act::new("deletion of the project", delete, Operation::DeleteProject);
                (vec![setting.store("store", THIRD, "what the store sent")?], vec![delete])
            }
            Pair::StoreAndRevocation => return setting.revoked(context).await,
        };
        let reads = match pair {
            Pair::StoreAndProjectDeletion => vec![setting.descriptor()],
            Pair::Stores => vec![setting.secrets()],
            Pair::Submits => vec![setting.rows(), setting.pending()],
            Pair::SubmitAndRotation => {
                vec![setting.descriptor(), setting.secrets(), setting.rows(), setting.pending()]
            }
            Pair::ReadersAndRotation => {
                // The versions that are pending have to be in the list.
                let mut reads = setting.readers();
                reads.insert(0, setting.pending());
                reads
            }
            _ => vec![setting.descriptor(), setting.history(), setting.secrets()],
        };
        Ok(setting.into_stage(acts, reads))
    }
}

impl Setting {
    pub(super) async fn new(context: &Context, count: usize) -> Result<Self, Stop> {
        let (project, _) = create_client_project(context, None).await?;
        let mut scene = Scene::new(&[Level::Project]);
        let mut keys = Vec::new();
        for number in 0..count {
            let key = context.key_of_pair(number).await?;
            let known = scene.client_key(&key);
            keys.push((key, known));
        }
        let held = scene.text(SECOND, "what the project held before");
        let former = scene.text(FIRST, "what the project held before that");
        Ok(Self {
            scene,
            project,
            keys,
            active: 0,
            fresh: 1,
            held,
            former,
            at_start: held,
            start: None,
            is_told: false,
            prior: Vec::new(),
            ids: Vec::new(),
            versions: BTreeMap::new(),
        })
    }

    fn key(&self) -> &(Arc<ClientKey>, Key) {
        &self.keys[self.active]
    }

    /// Sends what makes the project ready.
    async fn prepare(&mut self, context: &Context, act: Act) -> Result<Reply, Stop> {
        let began = Instant::now();
        let reply = context.prepare("making a project ready", &act.call).await?;
        if self.is_told {
            let done = Done { act, began, sent: Ok(reply.clone()) };
            self.prior.extend(self.scene.event(context, done).await);
        }
        Ok(reply)
    }

    pub(super) async fn write(&mut self, context: &Context, text: &str) -> Result<(), Stop> {
        let store = self.store("store", text, "what the project held before")?;
        self.prepare(context, store).await.map(drop)
    }

    pub(super) async fn find_ids(&mut self, context: &Context) -> Result<(), Stop> {
        self.ids = secret_ids(context, &self.project, Some(&self.key().0)).await?;
        Ok(())
    }

    /// Shows that a deletion by itself does empty the level, which only documentation says: one that has no effect beside
    /// a rotation is then a loss.
    async fn delete_alone(&mut self, context: &Context) -> Result<(), Stop> {
        self.write(context, FIRST).await?;
        self.at_start = self.former;
        self.is_told = true;
        for act in [self.deletion(), self.secrets()] {
            self.prepare(context, act).await?;
        }
        self.write(context, SECOND).await
    }

    /// The versions that there are, of which one holds the former text.
    async fn find_versions(&mut self, context: &Context) -> Result<(), Stop> {
        const MOST: usize = 3;
        if self.start.is_some() {
            return self.find_pending(context).await;
        }
        let list = context.prepare("listing versions", &self.project.versions(json!({}))).await?;
        for row in list.rows().iter().take(MOST) {
            let Some(id) = number(&row["id"]).map(Version) else { continue };
            if let Content::Opens(blob) = self.scene.version(context, id).await?.content {
                self.versions.insert(id, (Level::Project, blob));
            }
        }
        Ok(())
    }

    /// Finds versions under older keys, after a rotation if there was none.
    async fn find_pending(&mut self, context: &Context) -> Result<(), Stop> {
        if self.active == 0 {
            let rotation = self.rotation()?;
            self.prepare(context, rotation).await?;
            self.active += 1;
        }
        self.versions.clear();
        let pending = self.prepare(context, self.pending()).await?;
        for row in pending.rows() {
            let content = row["content"].as_str().unwrap_or_default();
            if let (Some(id), Content::Opens(blob)) =
                (number(&row["id"]), self.scene.content(content))
            {
                self.versions.insert(Version(id), (Level::Project, blob));
            }
        }
        Ok(())
    }

    /// The version that holds the former text; or one under an older key, where others have gone before.
    fn version(&self) -> Result<Version, Stop> {
        let find = |is: &dyn Fn(Blob) -> bool| {
            self.versions.iter().find(|(_, (_, blob))| is(*blob)).map(|(id, _)| *id)
        };
        let row = find(&|blob| blob.text == self.former);
        let is_old = |blob: Blob| self.start.is_some() && blob.key != self.key().1;
        let row = row.or_else(|| find(&is_old));
        row.ok_or_else(|| Stop::CouldNotRun("a replaced secret left no version".to_owned()))
    }

    fn store(&mut self, name: &'static str, plain: &str, words: &'static str) -> Result<Act, Stop> {
        let (sealer, key) = self.key().clone();
        let text = self.scene.text(plain, words);
        let body = json!({
            "project": self.project.slug,
            "content": sealer.seal(plain)?,
            "key_proof": sealer.proof.key_check,
        });
        let (level, blob) = (Level::Project, Blob { text, key });
        let call = Call::to(StoreSecrets, &[]).json(&body);
        Ok(Act::new(name, call, Operation::Store { level, blob, proof: Some(key) }))
    }

    fn restore(&self) -> Result<Act, Stop> {
        let ((sealer, key), version) = (self.key().clone(), self.version()?);
        let body = json!({"content": sealer.seal(FIRST)?, "key_proof": sealer.proof.key_check});
        let call = Call::to(RestoreVersion, &[&version.0.to_string()]).json(&body);
        let call = self.project.own(call);
        let content = Some(Blob { text: self.former, key });
        Ok(Act::new("restore", call, Operation::Restore { version, content, proof: Some(key) }))
    }

    fn deletion(&self) -> Act {
        let body = json!({"project": self.project.slug});
        let call = Call::to(DeleteSecrets, &[]).json(&body);
        Act::new("deletion", call, Operation::Delete { level: Level::Project })
    }

    fn submit(&mut self, name: &'static str, plain: &str) -> Result<Act, Stop> {
        let ((sealer, key), version) = (self.key().clone(), self.version()?);
        let text = self.scene.text(plain, "what a submit sent");
        let row = json!({"id": version.0, "content": sealer.seal(plain)?});
        let body = json!({"versions": [row], "key_proof": sealer.proof.key_check});
        let call = self.project.call(SubmitReencrypted).json(&body);
        let versions = BTreeMap::from([(version, (Level::Project, text))]);
        Ok(Act::new(name, call, Operation::Submit { key, versions }))
    }

    /// A right rotation to a key that none has named.
    fn rotation(&mut self) -> Result<Act, Stop> {
        let (next, to) = self.keys[self.fresh].clone();
        self.fresh += 1;
        let call = self.project.call(RotateClientKeys).json(&rotation_body(&next, &self.ids)?);
        let named =
            self.ids.iter().map(|(id, _)| (self.scene.secret(id), (Level::Project, self.held)));
        let secrets: BTreeMap<Secret, _> = named.collect();
        Ok(Act::new("client rotation", call, Operation::RotateClient { to, secrets }))
    }

    fn descriptor(&self) -> Act {
        Act::new("key descriptor", self.project.call(GetEncryptionKey), Operation::Descriptor)
    }

    fn history(&self) -> Act {
        Act::new("key history", self.project.call(GetKeyHistory), Operation::History)
    }

    fn secrets(&self) -> Act {
        let deepest = Level::Project;
        Act::new("secrets", self.project.secrets(), Operation::Secrets { deepest })
    }

    /// The list of versions, and the content of the one that is submitted.
    fn rows(&self) -> Act {
        let versions = Operation::Versions { level: Level::Project };
        let opens = self.version().into_iter().collect();
        Act { opens, ..Act::new("versions", self.project.versions(json!({})), versions) }
    }

    fn pending(&self) -> Act {
        const LIMIT: usize = 50;
        let call = self.project.call(ListPending).json(&json!({"limit": LIMIT}));
        Act::new("pending versions", call, Operation::Pending { limit: LIMIT })
    }

    fn readers(&self) -> Vec<Act> {
        vec![self.descriptor(), self.history(), self.secrets(), self.rows()]
    }

    /// A store with a token that is revoked beside it.
    async fn revoked(mut self, context: &Context) -> Result<Stage, Stop> {
        let name = context.new_name().await?;
        let abilities = json!(["secret:write", "key:retrieve"]);
        let body = json!({"name": name, "abilities": abilities});
        let call = Call::to(CreateApiKey, &[]).json(&body);
        let made = context.create(Thing::token(&name, None), &call).await?;
        let (Some(bearer), Some(id)) = (token_of(&made), id_of(&made)) else {
            return Err(Stop::NotObservable(needs::LIMITED_TOKENS));
        };
        context.shared.inventory.remember(Thing::token(&name, Some(id.clone())));
        let with_token = |act: Act| Act {
            call: act.call.token(&bearer),
            request: Request { token: Token::Revocable, ..act.request },
            ..act
        };
        let store = with_token(self.store("store by the token", THIRD, "what the store sent")?);
        let revoke = Call::to(DeleteApiKey, &[&id]);
        let revoke = Act::new("revocation of the token", revoke, Operation::RevokeToken);
        let descriptor = with_token(self.descriptor());
        let reads = vec![Act { name: "key descriptor by the token", ..descriptor }, self.secrets()];
        Ok(self.into_stage((vec![store], vec![revoke]), reads))
    }

    fn into_stage(mut self, acts: (Vec<Act>, Vec<Act>), reads: Vec<Act>) -> Stage {
        let start = self.begin();
        Stage { setting: self, start, acts, reads }
    }

    /// What is true when the history begins. What follows has to be explained.
    pub(super) fn begin(&mut self) -> Start {
        if let Some(start) = &self.start {
            return start.clone();
        }
        let secret = self.ids.first().map(|(id, _)| self.scene.secret(id));
        let blob = Blob { text: self.at_start, key: self.key().1 };
        // A level that was emptied may have another id afterwards.
        let secret = secret.filter(|_| self.prior.is_empty());
        let levels = BTreeMap::from([(Level::Project, (secret, blob))]);
        let keys = self.keys[..=self.active].iter().map(|(_, key)| *key).collect();
        // Versions that no answer has shown yet: a page may be smaller than what is pending.
        let texts = [self.former, self.held];
        let earlier = self.keys[..self.active].iter();
        let kept = earlier.flat_map(|(_, key)| texts.map(|text| Blob { text, key: *key }));
        let kept = kept.map(|blob| (Level::Project, blob)).collect();
        let versions = self.versions.clone();
        let start = Start::new(Custody::Client, keys, levels, versions).with_former(kept);
        self.is_told = true;
        self.start.insert(start).clone()
    }
}
