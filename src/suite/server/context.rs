//! What one case, or one shared step, is given: its way to the server, which counts what it spends.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::arrival::{Arrival, CannotStart};
use super::inventory::Thing;
use super::key::{CLIENT_KEYS, ClientKey};
use super::run::Shared;
use super::wire::{
    Access, Call, Convention, Door, Purpose, REFUSED, Reply, Server, kind, with_members,
};
use crate::contract::route::Endpoint;
use crate::harness::{Case, Exchange, Judged, Need, Phase, Spending, Stop};

/// The most that finding out which of several requests changed something may cost, in the whole run.
pub(super) const INQUIRIES: Spending = Spending { requests: 88, rotations: 0 };
/// The same of a thrifty run, which leaves the rest for all that it has to see.
const FEW_INQUIRIES: Spending = Spending { requests: 24, rotations: 0 };

/// The last answers of a thrifty run to its reads, and how often what they show may have been changed before.
#[derive(Default)]
struct Reads(Mutex<HashMap<String, (u64, Reply)>>);

/// The run, as one case or one shared step sees it.
#[derive(Clone)]
pub struct Context {
    pub(super) shared: Arc<Shared>,
    /// If it is not the run's own.
    server: Option<Arc<dyn Server>>,
    most: Spending,
    /// Whether it runs when all that the run records is there.
    is_late: bool,
    spent: Arc<Mutex<Spending>>,
    /// What was made in it, and is nobody else's.
    made: Arc<Mutex<Vec<Thing>>>,
}

impl Context {
    pub(super) fn new(shared: Arc<Shared>, most: Spending) -> Self {
        let (spent, made) = (Arc::default(), Arc::default());
        Self { shared, server: None, most, is_late: false, spent, made }
    }

    /// The context of one case.
    pub(super) fn of(case: &Case<Self>, shared: Arc<Shared>) -> Self {
        Self { is_late: case.phase == Phase::Late, ..Self::new(shared, case.spends) }
    }

    /// What the whole run has recorded, to judge by.
    pub(super) fn recorded(&self) -> Result<&Door, Stop> {
        if self.is_late {
            return Ok(&self.shared.door);
        }
        // Else the verdict would depend on what happened to run before.
        Err(Stop::Harness("a case judges by the whole run, and is not late".to_owned()))
    }

    pub(super) fn spent(&self) -> Spending {
        *self.spent.lock()
    }

    /// What it spends from now on too.
    pub(super) fn counted(&self) -> Arc<Mutex<Spending>> {
        Arc::clone(&self.spent)
    }

    pub(super) fn server(&self) -> &dyn Server {
        self.server.as_deref().unwrap_or(&*self.shared.server)
    }

    /// A context that spends for itself, up to `most`.
    pub(super) fn spending(&self, most: Spending) -> Self {
        Self { most, spent: Arc::default(), made: Arc::default(), ..self.clone() }
    }

    /// The same, where what is made stays until the end of the run.
    pub(super) fn of_run(&self) -> Self {
        Self { made: Arc::default(), ..self.clone() }
    }

    /// The same with a server that may be killed: the run's own, or another of its kind.
    pub(super) async fn restartable(&self) -> Result<Self, Stop> {
        let server = match self.server().restartable().await {
            None => self.server.clone(),
            Some(Ok(another)) => Some(Arc::from(another)),
            Some(Err(error)) => {
                return Err(Stop::Harness(format!("a second server did not start: {error}")));
            }
        };
        Ok(Self { server, ..self.clone() })
    }

    /// What was made in it that may still be there.
    pub(super) fn made(&self) -> Vec<Thing> {
        let made = self.made.lock();
        let is_made = |thing: &Thing| made.iter().any(|one| one.key() == thing.key());
        self.shared.inventory.all().into_iter().filter(is_made).collect()
    }

    /// The one value of a type that this run has.
    pub(super) fn memo<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        self.shared.memo("")
    }

    /// A context for finding out which of several requests changed something: what that may cost is the
    /// same for all of them together.
    pub(super) fn of_inquiry(&self) -> Self {
        Self {
            most: if self.shared.is_thrifty { FEW_INQUIRIES } else { INQUIRIES },
            spent: Arc::clone(&self.shared.inquiries),
            ..self.clone()
        }
    }

    /// What a server sends may ask for more requests, and never for more than are declared: else a plan
    /// would be no promise.
    fn may_send(&self, call: &Call) -> Result<(), Stop> {
        if self.spent().and(call.costs()).is_within(self.most) {
            return Ok(());
        }
        Err(Stop::CouldNotRun(format!(
            "the {} requests that this may take did not do: what comes after them was not seen",
            self.most.requests
        )))
    }

    pub(super) async fn send(&self, call: &Call) -> Result<Reply, Stop> {
        self.may_send(call)?;
        let shared = &self.shared;
        // Before it is sent: what changes beside it may not be in its answer yet.
        let changes = shared.changes.of_read(call);
        let sent = shared.door.send(self.server(), call, Purpose::Check, &self.spent).await;
        shared.changes.count(call, sent.as_ref().ok());
        if let (Some(endpoint), Some(project), Ok(true)) =
            (call.endpoint(), call.project(), sent.as_ref().map(Reply::is_success))
        {
            shared.accepted.lock().insert((endpoint, project.to_owned()));
        }
        if let (true, Ok(reply), Some(text), Some(changes)) =
            (shared.is_thrifty, &sent, call.read(), changes)
            && reply.is_success()
        {
            self.memo::<Reads>().0.lock().insert(text, (changes, reply.clone()));
        }
        sent
    }

    /// Sends a request that reads with the full token. A thrifty run takes the answer that it has had already, if
    /// nothing that was accepted since can have changed that.
    pub(super) async fn look(&self, call: &Call) -> Result<Reply, Stop> {
        let known = call.read().and_then(|text| self.memo::<Reads>().0.lock().get(&text).cloned());
        match known {
            Some((so_far, reply)) if self.shared.changes.of_read(call) == Some(so_far) => Ok(reply),
            _ => self.send(call).await,
        }
    }

    /// The same where it only prepares the check.
    pub(super) async fn look_up(&self, what: &str, call: &Call) -> Result<Reply, Stop> {
        let reply = self.look(call).await?;
        self.prepared(what, call, reply)
    }

    /// Sends a request whose client hangs up when `moment` has come. Gives the request, as failures show it.
    pub(super) async fn hang_up(
        &self,
        call: &Call,
        moment: impl Future<Output = ()>,
    ) -> Result<Exchange, Stop> {
        self.may_send(call)?;
        let shared = &self.shared;
        let sent = shared.door.hang_up(self.server(), call, moment, &self.spent).await;
        shared.changes.count(call, None);
        sent
    }

    /// Whether the project that the request names has accepted one to that endpoint before.
    pub(super) fn has_accepted(&self, call: &Call) -> bool {
        let (Some(endpoint), Some(project)) = (call.endpoint(), call.project()) else {
            return false;
        };
        self.shared.accepted.lock().contains(&(endpoint, project.to_owned()))
    }

    /// Sends a request to a server whose limits are there to be used up.
    pub(super) async fn use_up(&self, server: &dyn Server, call: &Call) -> Result<Reply, Stop> {
        self.may_send(call)?;
        self.shared.door.send(server, call, Purpose::UsingUp, &self.spent).await
    }

    /// Sends a request that only prepares the check: if it is refused, the case could not run.
    pub(super) async fn prepare(&self, what: &str, call: &Call) -> Result<Reply, Stop> {
        let reply = self.send(call).await?;
        self.prepared(what, call, reply)
    }

    fn prepared(&self, what: &str, call: &Call, reply: Reply) -> Result<Reply, Stop> {
        if reply.is_success() {
            return Ok(reply);
        }
        self.note_refusal(call, &reply);
        Err(reply.could_not_run(&format!("{what} was refused")))
    }

    /// Keeps that a right request was refused, for the case that says it is accepted: the others only could not run.
    pub(super) fn note_refusal(&self, call: &Call, refusal: &Reply) {
        if let Some(endpoint) = call.endpoint() {
            // By which ids a rotation names secrets is told nowhere: one that is refused may name others.
            if endpoint == Endpoint::RotateClientKeys && refusal.is_refusal() {
                return;
            }
            self.shared.door.shapes.note_refusal(endpoint, refusal);
        }
    }

    /// Sends a request that has to succeed: if it is refused, that is the mismatch.
    pub(super) async fn succeed(&self, status: u16, call: &Call) -> Result<Reply, Stop> {
        let reply = self.send(call).await?;
        reply.is_done(status)?;
        Ok(reply)
    }

    /// Reads a version, which has to succeed.
    pub(super) async fn version(&self, id: &str) -> Result<Reply, Stop> {
        self.succeed(200, &Call::to(Endpoint::GetVersion, &[id])).await
    }

    /// The client key of that number; numbers go round.
    pub(super) async fn client_key(&self, number: usize) -> Result<Arc<ClientKey>, Stop> {
        self.key_of_pair(number % CLIENT_KEYS).await
    }

    /// One of all keys, for a project that is under none twice.
    pub(super) async fn key_of_pair(&self, number: usize) -> Result<Arc<ClientKey>, Stop> {
        self.shared.keys.client(number, &self.shared.redactor).await
    }

    pub(super) async fn control(
        &self,
        path: &'static str,
        need: Need,
        project: &str,
        more: Value,
    ) -> Result<(), Stop> {
        let body = json!({"token": self.server().tokens().full, "project": project});
        if self.server().control().is_none() {
            return Err(Stop::NotObservable(need));
        }
        self.prepare("the control API", &Call::control(path, with_members(body, more))).await?;
        Ok(())
    }

    /// First contact: asks for the list of projects with the full token.
    pub(super) async fn arrive(&self) -> Result<Arrival, CannotStart> {
        let sent = self.send(&Call::to(Endpoint::ListProjects, &[])).await;
        Arrival::read(self.server().url(), sent)
    }

    /// A unique name for a project or a token.
    pub(super) async fn new_name(&self) -> Result<String, Stop> {
        let arrive = || async {
            let arrival = self.spending(Spending::UNBOUNDED).arrive().await;
            let arrival = arrival.map_err(|refusal| Stop::CouldNotRun(refusal.why))?;
            Ok::<_, Stop>(arrival.run)
        };
        let run = self.shared.name.get_or_try_init(arrive).await?;
        Ok(run.number(self.shared.names.fetch_add(1, Ordering::Relaxed)))
    }

    /// Judges all answers of these endpoints that the run has had: their shapes, and that no right request was refused.
    /// `asked` makes sure that there are some. What stops it is no matter where one of them is wrong.
    pub(super) async fn judge_shapes(
        &self,
        endpoints: &[Endpoint],
        asked: impl Future<Output = Judged>,
    ) -> Judged {
        let asked = asked.await;
        let shapes = &self.recorded()?.shapes;
        endpoints.iter().try_for_each(|&endpoint| shapes.judge_refusals(endpoint))?;
        endpoints.iter().try_for_each(|&endpoint| shapes.judge(Some(endpoint)))?;
        asked
    }

    /// Judges by all answers of the run what they have in common.
    pub(super) fn judge_convention(&self, convention: Convention) -> Judged {
        self.recorded()?.witness.judge(convention)
    }

    /// Makes a project, in the server's own organization or another, and remembers to delete it.
    /// Gives its slug.
    pub(super) async fn create_project(
        &self,
        other: Option<Access>,
        more: Value,
    ) -> Result<String, Stop> {
        let name = self.new_name().await?;
        let body = with_members(json!({"name": name, "storage_mode": "server"}), more);
        let mut call = Call::to(Endpoint::CreateProject, &[]).json(&body);
        if let Some(other) = &other {
            call = call.organization(&other.place).token(&other.token);
        }
        let reply = self.create(Thing::project(other.is_some(), &name), &call).await?;
        if !reply.is_success() {
            // A plan may have no room for another project; a fault is no answer to a right request.
            if !reply.is_refusal() {
                self.note_refusal(&call, &reply);
            }
            return Err(reply.could_not_run("creating a project was refused"));
        }
        // What is deleted in the end is what this run has named: never a project of another slug.
        match reply.json.pointer("/data/attributes/slug").and_then(Value::as_str) {
            Some(slug) if slug != name => {
                let mut call = Call::to(Endpoint::GetProject, &[slug]);
                if let Some(other) = &other {
                    call = call.organization(&other.place).token(&other.token);
                }
                if self.send(&call).await?.is_refusal() {
                    self.shared.door.shapes.keep_unfound(&reply);
                }
                Err(Stop::CouldNotRun("a new project has another slug than its name".to_owned()))
            }
            _ => Ok(name),
        }
    }

    /// Sends a request that creates something. It is counted among what has to be deleted from before
    /// it is sent until it is known not to have been made.
    pub(super) async fn create(&self, thing: Thing, call: &Call) -> Result<Reply, Stop> {
        let inventory = &self.shared.inventory;
        inventory.remember(thing.clone());
        self.made.lock().push(thing.clone());
        let sent = self.send(call).await;
        let may_be_made = match &sent {
            Ok(reply) => !reply.is_refusal(),
            Err(Stop::Unreachable(why)) => why != REFUSED,
            Err(_) => false,
        };
        if !may_be_made {
            inventory.forget(&thing);
        }
        sent
    }
}

/// The descriptor inside an answer of GET encryption-key; else a mismatch that names what is malformed.
pub(super) fn descriptor_of(reply: &Reply) -> Result<Value, Stop> {
    let text = reply.text("/data/attributes/content")?;
    let document: Value = serde_json::from_str(text).map_err(|_| {
        reply.mismatch(
            "data.attributes.content is not a JSON document",
            "a JSON document in a text",
            "other text",
        )
    })?;
    let key = &document["key"];
    let what = "the document in data.attributes.content has no object `key`";
    reply.ensure(key.is_object(), what, "an object `key`", kind(key))?;
    let mut key = key.clone();
    key.as_object_mut().into_iter().flatten().for_each(|(_, value)| make_whole(value));
    Ok(key)
}

/// JSON knows one kind of numbers: 1.0 is 1, and the published client reads it so in this document.
fn make_whole(value: &mut Value) {
    let whole = value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0);
    if let Some(Ok(whole)) = whole.map(|number| format!("{number:.0}").parse::<i64>()) {
        *value = whole.into();
    }
}
