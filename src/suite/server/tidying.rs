//! Deletes what runs have made, and nothing else: in the sweep before a run, at its end, after a signal,
//! and by `--cleanup`.

use std::collections::BTreeMap;
use std::fmt;

use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;
use serde_json::Value;

use super::arrival::{CannotStart, projects_of};
use super::inventory::{Kind, LISTS, Leftover, MOST, Thing};
use super::run::Shared;
use super::run_name::RunName;
use super::wire::{Call, Purpose, Purse, Reply, id_text};
use crate::contract::route::Endpoint;
use crate::harness::{Exit, Stop};

/// How often a DELETE is sent that fails. It is idempotent.
const TRIES: u32 = 2;
/// Lists until nothing is left: after each try, and one that found the things.
const ROUNDS: u32 = TRIES + 1;
/// Requests that the sweep before a run sends at most: as one run can have left, each once.
pub const SWEEP: u32 = MOST + ROUNDS * LISTS;
/// Requests that are sent side by side.
const SIDE_BY_SIDE: usize = 8;
/// The most names in a message: more than one run makes.
const NAMED: usize = 40;

/// The outcome of tidying up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// What is gone.
    pub deleted: Leftovers,
    /// What is still there, by the last list or the answer to the last DELETE.
    pub left: Leftovers,
    /// Why tokens could not be listed, if so: then nothing is known of them.
    pub unlisted: Option<String>,
    /// Whether it was stopped before its end.
    pub is_stopped: bool,
}

/// Things by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers(pub Vec<Leftover>);

/// The most requests that tidying up so many things takes.
pub(super) const fn most(things: u32) -> u32 {
    TRIES * things + ROUNDS * LISTS
}

/// One round of tidying up. What it has learnt survives when its future is dropped.
pub(super) struct Tidying<'t> {
    shared: &'t Shared,
    purse: Purse,
    /// Whether it follows an interrupt.
    pub(super) is_at_once: bool,
    /// The runs whose things are deleted.
    runs: &'t [RunName],
    /// Whether things of any run that is too old to be running are deleted too.
    pub(super) takes_abandoned: bool,
    deletions: Mutex<BTreeMap<Key, Deletion>>,
    /// Whether tokens could be listed, and why not.
    tokens: Mutex<Option<Result<(), String>>>,
}

/// Kind, whether it is in the other organization, name.
type Key = (Kind, bool, String);

/// A thing that has to be deleted, and what happened so far.
struct Deletion {
    thing: Thing,
    tries: u32,
    /// Whether the answer to the last DELETE says that it is gone.
    is_deleted: bool,
    /// Whether the last list has it, if there was one.
    is_listed: Option<bool>,
    /// Why it is not deleted, if it is not.
    stopped: Option<Stop>,
}

impl Deletion {
    fn new(thing: Thing, is_listed: Option<bool>) -> Self {
        Self { thing, tries: 0, is_deleted: false, is_listed, stopped: None }
    }

    /// The answer to a DELETE counts until a list shows otherwise.
    fn is_left(&self) -> bool {
        self.is_listed.unwrap_or(!self.is_deleted)
    }

    fn is_due(&self) -> bool {
        let is_there = self.is_listed == Some(true) || !self.is_deleted;
        is_there && self.tries < TRIES && self.thing.id.is_some()
    }
}

impl<'t> Tidying<'t> {
    /// Deletes everything that `runs` have made, and `things`, for what these take.
    pub(super) fn of(shared: &'t Shared, runs: &'t [RunName], things: Vec<Thing>) -> Self {
        let count = u32::try_from(things.len()).unwrap_or(MOST);
        let requests = most(count).min(shared.door.ledger.left_to_tidy());
        Self::new(shared, Purse::new(requests, LISTS), runs, things)
    }

    /// Deletes everything that `runs` have made, and `things` without finding them in a list first.
    pub(super) fn new(
        shared: &'t Shared,
        purse: Purse,
        runs: &'t [RunName],
        things: Vec<Thing>,
    ) -> Self {
        let deletions = things.into_iter().map(|thing| (thing.key(), Deletion::new(thing, None)));
        Self {
            shared,
            purse,
            is_at_once: false,
            runs,
            takes_abandoned: false,
            deletions: Mutex::new(deletions.collect()),
            tokens: Mutex::default(),
        }
    }

    /// Deletes and lists in turn, until the last list shows nothing that could still be deleted. Fails if the
    /// projects could not be listed.
    pub(super) async fn run(&self) -> Result<(), CannotStart> {
        loop {
            self.delete_due().await;
            let listed = self.list_all().await;
            let is_any_due = self.deletions.lock().values().any(Deletion::is_due);
            if !is_any_due || self.purse.is_spent() {
                return listed;
            }
        }
    }

    /// Deletes what it was given, and goes by the answers alone. The error is what stopped the last DELETE of
    /// something that is left.
    pub(super) async fn run_unlisted(&self) -> Result<(), Stop> {
        for _ in 0..TRIES {
            self.delete_due().await;
        }
        let mut deletions = self.deletions.lock();
        deletions.values_mut().find_map(|one| one.stopped.take()).map_or(Ok(()), Err)
    }

    /// The outcome so far.
    pub(super) fn outcome(&self) -> Swept {
        let deletions = self.deletions.lock();
        let of = |wanted: fn(&Deletion) -> bool| deletions.values().filter(move |one| wanted(one));
        Swept {
            deleted: of(|one| one.is_deleted && !one.is_left()).map(|one| &one.thing).collect(),
            left: of(Deletion::is_left).map(|one| &one.thing).collect(),
            unlisted: self.tokens.lock().clone().and_then(Result::err),
            is_stopped: false,
        }
    }

    /// Sends a DELETE for each thing that is due, whatever becomes of the others.
    pub(super) async fn delete_due(&self) {
        let mut due = Vec::new();
        for one in self.deletions.lock().values_mut().filter(|one| one.is_due()) {
            one.tries += 1;
            due.push(one.thing.clone());
        }
        let deletes = due.into_iter().map(|thing| self.delete(thing));
        stream::iter(deletes).buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
    }

    async fn delete(&self, thing: Thing) {
        let Some(id) = &thing.id else { return };
        let endpoint = match thing.kind {
            Kind::Project => Endpoint::DeleteProject,
            Kind::Token => Endpoint::DeleteApiKey,
        };
        let sent = self.send(endpoint, &[id], thing.elsewhere).await;
        let mut deletions = self.deletions.lock();
        let Some(one) = deletions.get_mut(&thing.key()) else { return };
        one.stopped = None;
        match sent {
            // A 404 means that it is gone, or never was there.
            Ok(reply) if reply.is_success() || reply.status == 404 => {
                one.is_deleted = true;
                one.is_listed = None;
                self.shared.inventory.forget(&thing);
            }
            Ok(reply) => {
                // Another try would be refused for the same reason.
                if reply.is_refusal() {
                    one.tries = TRIES;
                }
                one.stopped = Some(Stop::CouldNotRun(reply.outcome()));
            }
            Err(stop) => {
                if !matches!(stop, Stop::Unreachable(_)) {
                    one.tries = TRIES;
                }
                one.stopped = Some(stop);
            }
        }
    }

    async fn list_all(&self) -> Result<(), CannotStart> {
        self.list_projects(false).await?;
        if self.shared.server.other_organization().is_some() {
            self.list_projects(true).await?;
        }
        self.list_tokens().await;
        Ok(())
    }

    async fn list_projects(&self, elsewhere: bool) -> Result<(), CannotStart> {
        let sent = self.send(Endpoint::ListProjects, &[], elsewhere).await;
        let reply = sent.map_err(|stop| CannotStart::new(Exit::Incomplete, stop.to_string()))?;
        let projects = projects_of(&reply)?;
        let things = projects.iter().map(|slug| Thing::project(elsewhere, slug));
        self.learn(Kind::Project, elsewhere, &reply, things.collect());
        Ok(())
    }

    /// A token may lack the ability to list tokens: that is noted, and no error.
    async fn list_tokens(&self) {
        let why = match self.send(Endpoint::ListApiKeys, &[], false).await {
            Ok(reply) => match tokens_of(&reply) {
                Some(things) => {
                    *self.tokens.lock() = Some(Ok(()));
                    return self.learn(Kind::Token, false, &reply, things);
                }
                None => reply.outcome(),
            },
            Err(stop) => stop.to_string(),
        };
        self.tokens.lock().get_or_insert(Err(why));
    }

    /// Takes from a list what is there still, and what there is besides.
    fn learn(&self, kind: Kind, elsewhere: bool, list: &Reply, listed: Vec<Thing>) {
        let now = list.date();
        let mut deletions = self.deletions.lock();
        for one in deletions.values_mut() {
            if (one.thing.kind, one.thing.elsewhere) == (kind, elsewhere) {
                one.is_listed = Some(false);
            }
        }
        for thing in listed {
            let Some(run) = RunName::of(&thing.name) else { continue };
            let is_old = || now.is_some_and(|now| run.is_abandoned(now));
            let is_dead = self.runs.contains(&run) || (self.takes_abandoned && is_old());
            if let Some(one) = deletions.get_mut(&thing.key()) {
                one.is_listed = Some(true);
                one.thing.id = thing.id.or_else(|| one.thing.id.take());
                // An interrupt now has to name it as left behind.
                if self.shared.is_own(&run) {
                    self.shared.inventory.remember(one.thing.clone());
                }
            } else if is_dead {
                deletions.insert(thing.key(), Deletion::new(thing, Some(true)));
            }
        }
    }

    async fn send(
        &self,
        endpoint: Endpoint,
        segments: &[&str],
        elsewhere: bool,
    ) -> Result<Reply, Stop> {
        let server = &*self.shared.server;
        let mut call = Call::to(endpoint, segments);
        if let Some(other) = server.other_organization().filter(|_| elsewhere) {
            call = call.organization(&other.place).token(&other.token);
        }
        let purpose = if self.is_at_once { Purpose::AtOnce } else { Purpose::TidyUp };
        self.shared.door.send(server, &call, purpose(&self.purse), &Mutex::default()).await
    }
}

/// The API keys that an answer lists, where it does.
fn tokens_of(reply: &Reply) -> Option<Vec<Thing>> {
    let rows = reply.json["data"].as_array()?;
    let token = |row: &Value| {
        let name = row.get("name").or_else(|| row.pointer("/attributes/name"))?;
        Some(Thing::token(name.as_str()?, id_text(&row["id"])))
    };
    reply.is_success().then(|| rows.iter().filter_map(token).collect())
}

impl Leftovers {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something of that run is among them.
    pub fn has_of(&self, run: &RunName) -> bool {
        self.0.iter().any(|one| RunName::of(&one.name).as_ref() == Some(run))
    }
}

impl<'g> FromIterator<&'g Thing> for Leftovers {
    fn from_iter<I: IntoIterator<Item = &'g Thing>>(things: I) -> Self {
        Self(things.into_iter().map(Thing::leftover).collect())
    }
}

impl fmt::Display for Leftovers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.0.iter().take(NAMED).map(Leftover::to_string);
        f.write_str(&named.collect::<Vec<_>>().join(", "))?;
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
