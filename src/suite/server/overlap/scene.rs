//! A project on which requests overlap: what is known of it, and what was asked and answered, as a history that can be
//! judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::contract::route::Endpoint;
use crate::crypto::{self, DataKey};
use crate::harness::{Exchange, Stop};
use crate::suite::server::context::{Context, descriptor_of};
use crate::suite::server::history::operation::{
    Answer, Blob, Content, Current, Kept, Key, Level, Operation, Request, Secret, Text, Version,
};
use crate::suite::server::key::ClientKey;
use crate::suite::server::wire::{Call, Reply, id_text, number};

/// A request, what failures call it, and what it asks for in the model.
#[derive(Clone)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) call: Call,
    pub(crate) request: Request,
    /// The versions whose contents are read too, if it lists versions.
    pub(crate) opens: Vec<Version>,
}

impl Act {
    pub(crate) fn new(name: &'static str, call: Call, request: impl Into<Request>) -> Self {
        Self { name, call, request: request.into(), opens: Vec::new() }
    }
}

/// A request that was sent, and what came of it.
pub(crate) struct Done {
    pub(crate) act: Act,
    /// Not after it was sent, which an answer tells exactly.
    pub(crate) began: Instant,
    pub(crate) sent: Result<Reply, Stop>,
}

/// What was asked and answered, for the judge and for whoever reads a failure.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) request: Request,
    pub(crate) sent: Duration,
    pub(crate) answered: Option<Duration>,
    pub(crate) answer: Option<Answer>,
    /// Status and code; why there was none, without an answer.
    pub(crate) outcome: String,
    pub(crate) exchange: Option<Exchange>,
}

enum Opener {
    Client(Arc<ClientKey>),
    Server(DataKey),
}

struct KnownKey {
    /// The salt of a client's key, or the server's key itself.
    material: String,
    opener: Opener,
}

/// What is known of a project. Keys, texts and secrets are numbered as they become known.
pub(crate) struct Scene {
    began: Instant,
    keys: Vec<KnownKey>,
    texts: Vec<(String, &'static str)>,
    secrets: Vec<String>,
    /// The levels that are looked at: what the others hold is not told.
    levels: &'static [Level],
    /// The keys by their versions, as answers write them.
    versions: BTreeMap<u64, Key>,
}

impl Scene {
    pub(crate) fn new(levels: &'static [Level]) -> Self {
        Self {
            began: Instant::now(),
            keys: Vec::new(),
            texts: Vec::new(),
            secrets: Vec::new(),
            levels,
            versions: BTreeMap::new(),
        }
    }

    pub(crate) fn client_key(&mut self, key: &Arc<ClientKey>) -> Key {
        let opener = Opener::Client(Arc::clone(key));
        self.know(KnownKey { material: key.proof.key_check_salt.clone(), opener })
    }

    /// The server's key of a descriptor, or of the answer of a rotation.
    pub(crate) async fn server_key(
        &mut self,
        context: &Context,
        descriptor: &Value,
    ) -> Result<Key, Stop> {
        let data_key = context.shared.keys.server(descriptor).await?;
        let material = descriptor["key"].as_str().unwrap_or_default().to_owned();
        let key = self.know(KnownKey { material, opener: Opener::Server(data_key) });
        self.is_version(key, &descriptor["version"]);
        Ok(key)
    }

    /// What was said of a key last is how it opens: the descriptor is read at rest, after the answer of a rotation, which
    /// need not say all of it.
    fn know(&mut self, key: KnownKey) -> Key {
        match self.keys.iter().position(|known| known.material == key.material) {
            Some(known) => {
                self.keys[known].opener = key.opener;
                Key(place(known))
            }
            None => {
                self.keys.push(key);
                Key(place(self.keys.len() - 1))
            }
        }
    }

    fn find(&self, material: &str) -> Option<Key> {
        let known = self.keys.iter().position(|key| key.material == material);
        known.map(|known| Key(place(known)))
    }

    fn is_version(&mut self, key: Key, version: &Value) {
        if let Some(version) = number(version) {
            self.versions.insert(version, key);
        }
    }

    /// A text that is written, and in words what it is.
    pub(crate) fn text(&mut self, plaintext: &str, words: &'static str) -> Text {
        let known = self.texts.iter().position(|(known, _)| known == plaintext);
        Text(place(known.unwrap_or_else(|| {
            self.texts.push((plaintext.to_owned(), words));
            self.texts.len() - 1
        })))
    }

    pub(crate) fn secret(&mut self, id: &str) -> Secret {
        let known = self.secrets.iter().position(|known| known == id);
        Secret(place(known.unwrap_or_else(|| {
            self.secrets.push(id.to_owned());
            self.secrets.len() - 1
        })))
    }

    /// What its numbers stand for.
    pub(super) fn legend(&self) -> Vec<String> {
        let texts = self.texts.iter().enumerate();
        texts.map(|(number, (_, words))| format!("text {number} is {words}")).collect()
    }

    /// The event that a request became; none for a read that tells nothing that can be understood.
    pub(crate) async fn event(&mut self, context: &Context, done: Done) -> Option<Event> {
        let Done { act, began, sent } = done;
        let of_scene = self.began;
        let since = |at: Instant| at.saturating_duration_since(of_scene);
        let reads = act.request.operation.reads();
        let event = match sent {
            Err(stop) => Event {
                name: act.name,
                request: act.request,
                sent: since(began),
                answered: None,
                answer: None,
                outcome: stop.to_string(),
                exchange: None,
            },
            Ok(reply) => {
                let answer = self.answer(context, &act.request.operation, &reply).await;
                Event {
                    name: act.name,
                    request: act.request,
                    sent: since(reply.open.0),
                    answered: Some(since(reply.open.1)),
                    answer,
                    outcome: reply.outcome(),
                    exchange: Some(reply.exchange),
                }
            }
        };
        (event.answer.is_some() || !reads).then_some(event)
    }

    /// What an answer says, if it can be understood.
    async fn answer(
        &mut self,
        context: &Context,
        operation: &Operation,
        reply: &Reply,
    ) -> Option<Answer> {
        if reply.is_refusal() {
            return Some(Answer::Refused { status: reply.status });
        }
        if !reply.is_success() {
            return None;
        }
        let data = &reply.json["data"];
        Some(match operation {
            Operation::RotateServer { .. } => {
                let attributes = &data["key"]["attributes"];
                Answer::Rotated { key: self.server_key(context, attributes).await.ok()? }
            }
            Operation::Submit { .. } => Answer::Submitted {
                updated: number(&data["updated"])?,
                is_done: number(&data["remaining"])? == 0,
            },
            Operation::Descriptor => {
                let descriptor = descriptor_of(reply).ok()?;
                let key = if descriptor["key"].is_string() {
                    self.server_key(context, &descriptor).await.ok()?
                } else {
                    self.find(descriptor["key_check_salt"].as_str()?)?
                };
                self.is_version(key, &descriptor["version"]);
                Answer::Descriptor { key }
            }
            Operation::History => self.history(data)?,
            Operation::Secrets { .. } => self.levels(data)?,
            Operation::Versions { .. } => self.rows(reply)?,
            Operation::Pending { .. } => {
                let mut rows = BTreeMap::new();
                for row in reply.rows() {
                    let named = number(&row["key_version"]);
                    let named = named.and_then(|version| self.versions.get(&version).copied());
                    let content = self.content(row["content"].as_str().unwrap_or_default());
                    rows.insert(Version(number(&row["id"])?), Kept { named, content });
                }
                let is_done = number(&reply.json["meta"]["remaining"])? == 0;
                Answer::Pending { rows, is_done }
            }
            _ => Answer::Accepted,
        })
    }

    /// A key is recognised by its salt, or by a version that is known.
    fn history(&mut self, entries: &Value) -> Option<Answer> {
        let (mut active, mut former) = (None, BTreeSet::new());
        for entry in entries.as_array()? {
            let salt = entry["key_check_salt"].as_str();
            let key = salt.and_then(|salt| self.find(salt));
            let by_version = || self.versions.get(&number(&entry["version"])?).copied();
            let key = key.or_else(by_version)?;
            self.is_version(key, &entry["version"]);
            if entry["is_active"] == true && active.is_none() {
                active = Some(key);
            } else {
                former.insert(key);
            }
        }
        Some(Answer::History { active: active?, former })
    }

    fn levels(&mut self, data: &Value) -> Option<Answer> {
        let levels = data["attributes"]["levels"].as_object()?;
        let mut held = BTreeMap::new();
        for &level in self.levels {
            let Some(of) = levels.get(level.name()) else { continue };
            let content = of["content"].as_str().unwrap_or_default();
            if !content.is_empty() {
                let secret = id_text(&of["id"]).map(|id| self.secret(&id));
                held.insert(level, Current { secret, content: self.content(content) });
            }
        }
        Some(Answer::Secrets(held))
    }

    /// All versions of a level, if one page holds them.
    fn rows(&self, list: &Reply) -> Option<Answer> {
        let rows = list.json["data"].as_array()?;
        let total = number(&list.json["meta"]["total"]);
        if total.is_some_and(|total| total > rows.len() as u64) {
            return None;
        }
        let mut kept = BTreeMap::new();
        for row in rows {
            let content = row["content"].as_str().or_else(|| row["attributes"]["content"].as_str());
            let content = content.map_or(Content::Unread, |content| self.content(content));
            kept.insert(Version(number(&row["id"])?), Kept { named: None, content });
        }
        Some(Answer::Versions(kept))
    }

    /// A version, and the key that the answer names, if it is one that is known.
    pub(crate) async fn version(&self, context: &Context, id: Version) -> Result<Kept, Stop> {
        let version = Call::to(Endpoint::GetVersion, &[&id.0.to_string()]);
        let version = context.send(&version).await?;
        let data = &version.json["data"];
        let named = data["key"]["key_check_salt"].as_str().and_then(|salt| self.find(salt));
        Ok(Kept { named, content: self.content(data["content"].as_str().unwrap_or_default()) })
    }

    /// What a blob opens to, under whichever key of those that are known.
    pub(crate) fn content(&self, blob: &str) -> Content {
        if blob.is_empty() {
            return Content::Unread;
        }
        for (number, key) in self.keys.iter().enumerate() {
            let Some(plaintext) = key.opener.open(blob) else { continue };
            let text = self.texts.iter().position(|(known, _)| *known == plaintext);
            let opened =
                |text| Content::Opens(Blob { text: Text(place(text)), key: Key(place(number)) });
            return text.map_or(Content::Sealed, opened);
        }
        Content::Sealed
    }
}

impl Opener {
    fn open(&self, blob: &str) -> Option<String> {
        match self {
            Self::Client(key) => key.open(blob),
            Self::Server(key) => {
                let plaintext = crypto::open(key, blob).ok()?;
                String::from_utf8(plaintext.to_vec()).ok()
            }
        }
    }
}

fn place(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
