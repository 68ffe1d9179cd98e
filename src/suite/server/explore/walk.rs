//! A sequence on its way: each request is sent, and what it was answered is put to the judge together with all before.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::client::Client;
use super::reading::{self, kept};
use super::script::{Line, Script};
use super::step::Look;
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::{Redactor, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::history::judge::{Judgement, judge};
use crate::suite::server::history::operation::{Answer, Call, Level, Operation, Version};
use crate::suite::server::history::project::Project;
use crate::suite::server::wire::{self, Reply, id_text, number, with_members};

/// Rows that are asked for where all are wanted. A sequence makes fewer.
pub(super) const ALL: usize = 50;
/// Versions of a list that are opened: the newest that were not before.
const OPENED: usize = 2;
pub(super) const TARGET: &str = "backend";
pub(super) const ENVIRONMENT: &str = "production";
/// When what a read showed is read again, where it does not fit: a replica or a cache may need so long.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

/// Why a walk ended before its sequence did.
pub(super) enum Halt {
    /// No order explains the answers, as these words say.
    Broken(String),
    /// There were too many orders.
    Undecided,
    Stopped(Stop),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

pub(super) struct Walk<'c> {
    pub(super) context: &'c Context,
    pub(super) slug: String,
    pub(super) client: Client,
    /// As it was when it was new.
    project: Project,
    pub(super) calls: Vec<Call>,
    /// What it holds, by the answer that showed it last: the ids, as requests send them, where an answer had them.
    pub(super) secrets: BTreeMap<Level, Option<String>>,
    deepest: Level,
    pub(super) began: Instant,
    /// How often a read that does not fit is read again.
    patience: usize,
    pub(super) script: Script,
    /// Whether the client hangs up on the write of this step.
    pub(super) hangs_up: bool,
    pub(super) tally: Tally,
}

/// What there is to tell of a walk, whatever it came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Requests that the client hung up on.
    pub(super) hung_up: u32,
    /// Answers of 500 and more, which say nothing of what was done.
    pub(super) failing: u32,
    /// Whether only what documentation promises, or a reader that was behind, did not fit.
    pub(super) is_questionable: bool,
    /// Whether there were too many orders to try them all.
    pub(super) is_undecided: bool,
}

impl<'c> Walk<'c> {
    /// A new project, whose key is read.
    pub(super) async fn start(
        context: &'c Context,
        custody: Custody,
        draws: ChaCha8Rng,
        patience: usize,
    ) -> Result<Self, Stop> {
        let mut client = Client::new(custody, draws);
        let first = client.draw_key();
        let mut body = json!({"storage_mode": custody.name()});
        if let Some(proof) = client.proof(first).filter(|_| custody == Custody::Client) {
            body = with_members(body, json!(proof));
        }
        allow(&context.shared.redactor, &body);
        let slug = context.create_project(None, body.clone()).await?;
        let create = wire::Call::to(Endpoint::CreateProject, &[]);
        let create = create.json(&with_members(json!({"name": slug}), body));
        let mut script = Script::new(context.server(), &slug, custody)?;
        script.note(match custody {
            Custody::Client => format!("make a project under {first}"),
            Custody::Server => "make a project".to_owned(),
        });
        script.push(context.server(), &create, Line::Plain)?;
        let descriptor = wire::Call::to(Endpoint::GetEncryptionKey, &[&slug]);
        let reply = context.prepare("reading the key of a new project", &descriptor).await?;
        let shown = reading::descriptor(context, &mut client, &reply).await?;
        let Some(Answer::Descriptor { key }) = shown else {
            return Err(reply.could_not_run("the key of a new project was not understood"));
        };
        client.before = None;
        Ok(Self {
            context,
            slug,
            project: Project::new(custody, vec![key], BTreeMap::new(), BTreeMap::new()),
            client,
            calls: Vec::new(),
            secrets: BTreeMap::new(),
            deepest: Level::Project,
            began: Instant::now(),
            patience: if context.server().control().is_some() { 0 } else { patience },
            script,
            hangs_up: false,
            tally: Tally::default(),
        })
    }

    pub(super) fn is_client(&self) -> bool {
        self.client.custody == Custody::Client
    }

    /// Reads what has to fit in the end.
    pub(super) async fn look_at_all(&mut self) -> Result<(), Halt> {
        self.script.note("all of it is read".to_owned());
        for look in [Look::Descriptor, Look::History, Look::Secrets] {
            self.look(look).await?;
        }
        if self.is_client() {
            self.look(Look::Pending(ALL)).await?;
            if self.listed().len() > 1 {
                self.look(Look::Pending(1)).await?;
            }
        }
        self.look(Look::Versions(Level::Project)).await
    }

    /// What is pending, if it was listed last.
    pub(super) fn listed(&self) -> Vec<Version> {
        match self.calls.last().and_then(|call| call.answer.as_ref()) {
            Some((_, Answer::Pending { rows, .. })) => rows.keys().copied().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) async fn look(&mut self, look: Look) -> Result<(), Halt> {
        let sent = self.began.elapsed();
        let Some((operation, answer)) = self.read(look).await? else { return Ok(()) };
        self.calls.push(Call::answered(operation.into(), sent, self.began.elapsed(), answer));
        let mut halted = self.judge();
        for wait in AGAIN.into_iter().take(self.patience) {
            if !matches!(halted, Err(Halt::Broken(_))) {
                break;
            }
            tokio::time::sleep(wait).await;
            let sent = self.began.elapsed();
            if let Some((operation, answer)) = self.read(look).await? {
                self.calls.pop();
                let answered = self.began.elapsed();
                self.calls.push(Call::answered(operation.into(), sent, answered, answer));
                halted = self.judge();
                self.tally.is_questionable |= halted.is_ok();
            }
        }
        halted
    }

    /// What a read is in the model, and what it showed, if that can be understood.
    async fn read(&mut self, look: Look) -> Result<Option<(Operation, Answer)>, Stop> {
        let slug = &*self.slug.clone();
        let deepest = self.deepest;
        let (operation, call) = match look {
            Look::Descriptor => {
                (Operation::Descriptor, wire::Call::to(Endpoint::GetEncryptionKey, &[slug]))
            }
            Look::History => (Operation::History, wire::Call::to(Endpoint::GetKeyHistory, &[slug])),
            Look::Secrets => {
                let call = match deepest {
                    Level::Project => wire::Call::to(Endpoint::GetProjectSecrets, &[slug]),
                    Level::Target => wire::Call::to(Endpoint::GetTargetSecrets, &[slug, TARGET]),
                    Level::Environment => wire::Call::to(
                        Endpoint::GetEnvironmentSecrets,
                        &[slug, TARGET, ENVIRONMENT],
                    ),
                };
                (Operation::Secrets { deepest }, call)
            }
            Look::Versions(level) => {
                if !self.make(level).await? {
                    return Ok(None);
                }
                let body = self.at(level, json!({"per_page": ALL}));
                let call = wire::Call::to(Endpoint::ListVersions, &[]).json(&body);
                (Operation::Versions { level }, call)
            }
            Look::Pending(limit) => {
                let call = wire::Call::to(Endpoint::ListPending, &[slug]);
                (Operation::Pending { limit }, call.json(&json!({"limit": limit})))
            }
        };
        let reply = self.send(&call, Line::Plain).await?;
        if reply.is_refusal() {
            return Ok(Some((operation, Answer::Refused { status: reply.status })));
        }
        let client = &mut self.client;
        let answer = match look {
            _ if !reply.is_success() => None,
            Look::Descriptor => reading::descriptor(self.context, client, &reply).await?,
            Look::History => reading::history(client, &reply),
            Look::Secrets => {
                self.remember_secrets(&reply);
                reading::secrets(&mut self.client, &reply)
            }
            Look::Versions(level) => self.versions(level, &reply).await?,
            Look::Pending(_) => reading::pending(client, &reply),
        };
        Ok(answer.map(|answer| (operation, answer)))
    }

    fn remember_secrets(&mut self, reply: &Reply) {
        let levels = &reply.json["data"]["attributes"]["levels"];
        for level in Level::ALL {
            let shown = &levels[level.name()];
            if shown["content"].as_str().unwrap_or_default().is_empty() {
                self.secrets.remove(&level);
                continue;
            }
            let id = self.secrets.entry(level).or_default();
            *id = id_text(&shown["id"]).or_else(|| id.take());
        }
    }

    /// The versions of a list, the newest of which are opened.
    async fn versions(&mut self, level: Level, list: &Reply) -> Result<Option<Answer>, Stop> {
        let mut rows = BTreeMap::new();
        let mut opened = 0;
        for row in list.newest_first() {
            let Some(version) = number(&row["id"]).map(Version) else { return Ok(None) };
            let is_known = self.client.rows.get(&version).is_some_and(|(of, _)| of.is_some());
            let mut shown = kept(&mut self.client, version, None, &Value::Null, &Value::Null);
            if !is_known && opened < OPENED {
                opened += 1;
                let call = wire::Call::to(Endpoint::GetVersion, &[&version.0.to_string()]);
                let reply = self.send(&call, Line::Plain).await?;
                if reply.is_success() {
                    let (content, key) =
                        (&reply.json["data"]["content"], &reply.json["data"]["key"]);
                    let client = &mut self.client;
                    shown = kept(client, version, Some(level), content, &key["version"]);
                }
            }
            rows.insert(version, shown);
        }
        Ok(Some(Answer::Versions(rows)))
    }

    /// Makes the target and the environment of a level, when it is first used. Whether there are any then: of a project
    /// that is gone there is nothing to make.
    pub(super) async fn make(&mut self, level: Level) -> Result<bool, Stop> {
        let parts = [
            (Level::Target, Endpoint::CreateTarget, vec![], TARGET),
            (Level::Environment, Endpoint::CreateEnvironment, vec![TARGET], ENVIRONMENT),
        ];
        for (part, endpoint, below, name) in parts {
            if self.deepest >= part || level < part {
                continue;
            }
            let segments: Vec<&str> = std::iter::once(&*self.slug).chain(below).collect();
            let call = wire::Call::to(endpoint, &segments).json(&json!({"name": name}));
            if !self.send(&call, Line::Plain).await?.is_success() {
                return Ok(false);
            }
            self.deepest = part;
        }
        Ok(true)
    }

    /// Sends a write whose answer the client does not wait for.
    pub(super) async fn hang_up(&mut self, call: &wire::Call) -> Result<(), Stop> {
        let Some(endpoint) = call.endpoint() else { return Ok(()) };
        self.script.push(self.context.server(), call, Line::HangsUp)?;
        self.tally.hung_up += 1;
        let half = self.context.shared.door.latency(endpoint) / 2;
        self.context.hang_up(call, tokio::time::sleep(half)).await.map(drop)
    }

    pub(super) async fn send(&mut self, call: &wire::Call, line: Line) -> Result<Reply, Stop> {
        self.script.push(self.context.server(), call, line)?;
        let reply = self.context.send(call).await?;
        self.tally.failing += u32::from(reply.status >= 500);
        self.script.answered(&reply);
        Ok(reply)
    }

    /// What is sent of the client's own, in a report too.
    pub(super) fn allow(&self, call: &wire::Call) {
        if self.is_client() {
            allow(&self.context.shared.redactor, call.body());
        }
    }

    pub(super) fn judge(&mut self) -> Result<(), Halt> {
        match judge(&self.project, &self.calls) {
            Judgement::Explained => Ok(()),
            Judgement::Questionable(_) => {
                self.tally.is_questionable = true;
                Ok(())
            }
            Judgement::Unexplained(unexplained) => Err(Halt::Broken(unexplained.sentence)),
            Judgement::Undecided => {
                self.tally.is_undecided = true;
                Err(Halt::Undecided)
            }
        }
    }
}

/// What the client has drawn for this project alone is no secret: whoever reads a failure runs it again.
fn allow(redactor: &Redactor, body: &Value) {
    match body {
        Value::String(text) => redactor.allow(text),
        Value::Array(items) => items.iter().for_each(|item| allow(redactor, item)),
        Value::Object(members) => members.values().for_each(|value| allow(redactor, value)),
        _ => {}
    }
}
