//! What one case, or one shared step, is given: its way to the server, which counts what it spends.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::arrival::{Arrival, CannotStart};
use super::inventory::Thing;
use super::key::ClientKey;
use super::run::Shared;
use super::wire::{Access, Call, Purpose, REFUSED, Reply, Server, kind, with_members};
use crate::contract::route::Endpoint;
use crate::harness::{Judged, Need, Spending, Stop};

/// The most that finding out which of several requests changed something may cost, in the whole run.
pub(super) const INQUIRIES: Spending = Spending { requests: 72, rotations: 0 };

/// The run, as one case or one shared step sees it.
pub struct Context {
    pub(super) shared: Arc<Shared>,
    most: Spending,
    spent: Arc<Mutex<Spending>>,
}

impl Context {
    pub(super) fn new(shared: Arc<Shared>, most: Spending) -> Self {
        Self { shared, most, spent: Arc::default() }
    }

    pub(super) fn spent(&self) -> Spending {
        *self.spent.lock()
    }

    pub(super) fn server(&self) -> &dyn Server {
        &*self.shared.server
    }

    /// A context that spends for itself, up to `most`.
    pub(super) fn spending(&self, most: Spending) -> Self {
        Self::new(Arc::clone(&self.shared), most)
    }

    /// The one value of a type that this run has.
    pub(super) fn memo<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        self.shared.memo("")
    }

    /// A context for finding out which of several requests changed something: what that may cost is the
    /// same for all of them together.
    pub(super) fn of_inquiry(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            most: INQUIRIES,
            spent: Arc::clone(&self.shared.inquiries),
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
        let sent = shared.door.send(self.server(), call, Purpose::Check, &self.spent).await;
        shared.changes.count(call, sent.as_ref().ok());
        sent
    }

    /// Sends a request to a server whose limits are there to be used up.
    pub(super) async fn use_up(&self, server: &dyn Server, call: &Call) -> Result<Reply, Stop> {
        self.may_send(call)?;
        self.shared.door.send(server, call, Purpose::UsingUp, &self.spent).await
    }

    /// Sends a request that only prepares the check: if it is refused, the case could not run.
    pub(super) async fn prepare(&self, what: &str, call: &Call) -> Result<Reply, Stop> {
        let reply = self.send(call).await?;
        if reply.is_success() {
            return Ok(reply);
        }
        Err(reply.could_not_run(&format!("{what} was refused")))
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

    pub(super) async fn client_key(&self, number: usize) -> Result<Arc<ClientKey>, Stop> {
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
            Ok::<_, Stop>((arrival.run, self.server().timer().elapsed()))
        };
        let (run, _) = self.shared.name.get_or_try_init(arrive).await?;
        Ok(run.number(self.shared.names.fetch_add(1, Ordering::Relaxed)))
    }

    /// Judges the shape of all answers of an endpoint that the run has had.
    pub(super) fn judge_shape(&self, endpoint: Endpoint) -> Judged {
        self.shared.door.shapes.judge(Some(endpoint))
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
            return Err(reply.could_not_run("creating a project was refused"));
        }
        // What is deleted in the end is what this run has named: never a project of another slug.
        match reply.json.pointer("/data/attributes/slug").and_then(Value::as_str) {
            Some(slug) if slug != name => {
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
    Ok(key.clone())
}
