//! Nothing left behind: deletes what runs have made, and nothing else. The sweep at the start, the end of
//! a run, a signal and `--cleanup` are all this.

use std::collections::BTreeMap;
use std::fmt;

use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;
use serde_json::Value;

use super::arrival::{Turned, projects_of};
use super::made::{Kind, LISTS, Leftover, MOST, Thing};
use super::run_name::RunName;
use super::scene::Scene;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::wire::budget::Purse;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::door::Errand;
use crate::suite::server::wire::reply::Reply;

/// How often a DELETE is sent that does not do what it should: it is idempotent.
const TRIES: u32 = 2;
/// Lists until nothing is left: after each try, and one that found the things.
const ROUNDS: u32 = TRIES + 1;
/// Requests that the sweep before a run sends at most: as one run can have left, each once.
pub const SWEEP: u32 = MOST + ROUNDS * LISTS;
/// Requests on the way at a time.
const SIDE_BY_SIDE: usize = 8;
/// Names that are told of, so that a message has an end. More than a run makes.
const TOLD: usize = 40;

/// What a tidying came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// What is gone.
    pub deleted: Leftovers,
    /// What is still there, as far as the last list or the answer to the last DELETE tells.
    pub left: Leftovers,
    /// Why nothing is known of tokens, if they could not be listed.
    pub unlisted: Option<String>,
    /// Whether it was stopped before its end.
    pub is_stopped: bool,
}

/// Things by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers(pub Vec<Leftover>);

/// Requests that a tidying of so many things takes at most.
pub(super) const fn most(things: u32) -> u32 {
    TRIES * things + ROUNDS * LISTS
}

/// One tidying. What it knows stays known when its future is dropped.
pub(super) struct Tidying<'t> {
    scene: &'t Scene,
    errand: Errand<'t>,
    /// The runs of which nothing is to stay.
    runs: &'t [RunName],
    /// Whether nothing is to stay either of what is older than any run.
    takes_abandoned: bool,
    purse: &'t Purse,
    going: Mutex<BTreeMap<Key, Going>>,
    /// Whether tokens could be listed, and why not.
    tokens: Mutex<Option<Result<(), String>>>,
}

/// Kind, whether it is in the other organization, name.
type Key = (Kind, bool, String);

/// A thing that has to go.
struct Going {
    thing: Thing,
    tries: u32,
    /// Whether the last DELETE was answered as one of what is gone.
    is_deleted: bool,
    /// Whether the last list has it, if there was one.
    is_listed: Option<bool>,
    /// Why it is not deleted, if it is not.
    stopped: Option<Stop>,
}

impl Going {
    fn new(thing: Thing, is_listed: Option<bool>) -> Self {
        Self {
            thing,
            tries: 0,
            is_deleted: false,
            is_listed,
            stopped: None,
        }
    }

    /// An answer is believed until a list says otherwise.
    fn is_left(&self) -> bool {
        self.is_listed.unwrap_or(!self.is_deleted)
    }

    fn is_due(&self) -> bool {
        let is_there = self.is_listed == Some(true) || !self.is_deleted;
        is_there && self.tries < TRIES && self.thing.id.is_some()
    }
}

impl<'t> Tidying<'t> {
    /// Of everything that `runs` have made.
    pub(super) fn of(
        scene: &'t Scene,
        errand: fn(&'t Purse) -> Errand<'t>,
        purse: &'t Purse,
        runs: &'t [RunName],
    ) -> Self {
        Self {
            scene,
            errand: errand(purse),
            runs,
            takes_abandoned: false,
            purse,
            going: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    /// And of what is abandoned by the server's clock.
    pub(super) fn with_abandoned(mut self) -> Self {
        self.takes_abandoned = true;
        self
    }

    /// And of these things, which no list has to show first.
    pub(super) fn with(self, things: Vec<Thing>) -> Self {
        let going = things
            .into_iter()
            .map(|thing| (thing.key(), Going::new(thing, None)));
        self.going.lock().extend(going);
        self
    }

    /// Deletes and lists in turn, until the last list shows nothing that could still be deleted.
    ///
    /// # Errors
    /// The projects could not be listed.
    pub(super) async fn run(&self) -> Result<(), Turned> {
        loop {
            self.delete_due().await;
            let listed = self.list_all().await;
            let is_any_due = self.going.lock().values().any(Going::is_due);
            if !is_any_due || self.purse.is_spent() {
                return listed;
            }
        }
    }

    /// Deletes what it was given, and believes the answers.
    ///
    /// # Errors
    /// Why something is left, by what stopped its last DELETE.
    pub(super) async fn run_unlisted(&self) -> Result<(), Stop> {
        for _ in 0..TRIES {
            self.delete_due().await;
        }
        let mut going = self.going.lock();
        going
            .values_mut()
            .find_map(|one| one.stopped.take())
            .map_or(Ok(()), Err)
    }

    /// What came of it so far.
    pub(super) fn outcome(&self) -> Swept {
        let going = self.going.lock();
        let of = |wanted: fn(&Going) -> bool| going.values().filter(move |one| wanted(one));
        Swept {
            deleted: of(|one| one.is_deleted && !one.is_left())
                .map(|one| &one.thing)
                .collect(),
            left: of(Going::is_left).map(|one| &one.thing).collect(),
            unlisted: self.tokens.lock().clone().and_then(Result::err),
            is_stopped: false,
        }
    }

    /// One that fails is no reason not to try the others.
    async fn delete_due(&self) {
        let mut due = Vec::new();
        for one in self.going.lock().values_mut().filter(|one| one.is_due()) {
            one.tries += 1;
            due.push(one.thing.clone());
        }
        let deletes = due.into_iter().map(|thing| self.delete(thing));
        stream::iter(deletes)
            .buffer_unordered(SIDE_BY_SIDE)
            .collect::<()>()
            .await;
    }

    async fn delete(&self, thing: Thing) {
        let Some(id) = &thing.id else { return };
        let endpoint = match thing.kind {
            Kind::Project => Endpoint::DeleteProject,
            Kind::Token => Endpoint::DeleteApiKey,
        };
        let call = self.call(endpoint, &[id], thing.elsewhere);
        let sent = self.scene.send_to_tidy_up(&call, self.errand).await;
        let mut going = self.going.lock();
        let Some(one) = going.get_mut(&thing.key()) else {
            return;
        };
        one.stopped = None;
        match sent {
            // What never was there is gone too.
            Ok(reply) if reply.is_success() || reply.status == 404 => {
                one.is_deleted = true;
                one.is_listed = None;
                self.scene.shared.made.forget(&thing);
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

    async fn list_all(&self) -> Result<(), Turned> {
        self.list_projects(false).await?;
        if self.scene.target().other_organization().is_some() {
            self.list_projects(true).await?;
        }
        self.list_tokens().await;
        Ok(())
    }

    async fn list_projects(&self, elsewhere: bool) -> Result<(), Turned> {
        let call = self.call(Endpoint::ListProjects, &[], elsewhere);
        let sent = self.scene.send_to_tidy_up(&call, self.errand).await;
        let reply = sent.map_err(|stop| Turned::could_not_run(stop.to_string()))?;
        let projects = projects_of(&reply)?;
        let things = projects.iter().map(|slug| Thing::project(elsewhere, slug));
        self.learn(Kind::Project, elsewhere, &reply, things.collect());
        Ok(())
    }

    /// A token may be one that lists no others.
    async fn list_tokens(&self) {
        let call = self.call(Endpoint::ListApiKeys, &[], false);
        let sent = self.scene.send_to_tidy_up(&call, self.errand).await;
        let why = match sent {
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
        let mut going = self.going.lock();
        let alike = |one: &&mut Going| (one.thing.kind, one.thing.elsewhere) == (kind, elsewhere);
        for one in going.values_mut().filter(alike) {
            one.is_listed = Some(false);
        }
        for thing in listed {
            let Some(run) = RunName::of(&thing.name) else {
                continue;
            };
            let is_old = || now.is_some_and(|now| run.is_abandoned(now));
            let is_dead = self.runs.contains(&run) || (self.takes_abandoned && is_old());
            match going.get_mut(&thing.key()) {
                Some(one) => {
                    one.is_listed = Some(true);
                    one.thing.id = thing.id.or_else(|| one.thing.id.take());
                    // Whoever ends the process now has to name it.
                    if self.scene.shared.is_own(&run) {
                        self.scene.shared.made.remember(one.thing.clone());
                    }
                }
                None if is_dead => {
                    going.insert(thing.key(), Going::new(thing, Some(true)));
                }
                None => {}
            }
        }
    }

    fn call(&self, endpoint: Endpoint, segments: &[&str], elsewhere: bool) -> Call {
        let call = Call::to(endpoint, segments);
        match self.scene.target().other_organization() {
            Some(other) if elsewhere => call.organization(&other.place).token(&other.token),
            _ => call,
        }
    }
}

/// The API keys that an answer lists, where it does.
fn tokens_of(reply: &Reply) -> Option<Vec<Thing>> {
    let rows = reply.json["data"].as_array()?;
    let token = |row: &Value| {
        let name = row
            .get("name")
            .or_else(|| row.pointer("/attributes/name"))?;
        let id = match &row["id"] {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        };
        Some(Thing::token(name.as_str()?, id))
    };
    reply
        .is_success()
        .then(|| rows.iter().filter_map(token).collect())
}

impl Leftovers {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something of that run is among them.
    pub fn has_of(&self, run: &RunName) -> bool {
        let mut runs = self.0.iter().filter_map(|one| RunName::of(&one.name));
        runs.any(|one| one == *run)
    }
}

impl<'g> FromIterator<&'g Thing> for Leftovers {
    fn from_iter<I: IntoIterator<Item = &'g Thing>>(things: I) -> Self {
        Self(things.into_iter().map(Thing::leftover).collect())
    }
}

impl fmt::Display for Leftovers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.0.iter().take(TOLD).map(Leftover::to_string);
        f.write_str(&told.collect::<Vec<_>>().join(", "))?;
        match self.0.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// What is asked of a server to tidy up, and no more.
pub(super) fn purse(things: u32) -> Purse {
    Purse::new(most(things), LISTS)
}
