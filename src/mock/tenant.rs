//! The handle by which a test steers one organization of a running mock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::cell::Cell;
use super::exchange::Exchange;
use super::journal::view;
use super::project_line::ProjectLine;
use super::world::World;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::row::Row;
use crate::mock::misbehaviour::user_rows::{TooManyRows, UserRows};
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::server::error::UnknownToken;
use crate::mock::steer::fault::Mishap;
use crate::mock::steer::gate::{Gate, LONGEST, Point};
use crate::mock::steer::pattern::Pattern;

/// How long an expectation waits for requests.
const PATIENCE: Duration = Duration::from_secs(5);

/// An organization of a running mock, with tokens, state, limits, defects and a journal of its own. It stays when the
/// handle is dropped; [`Tenant::remove`] removes it.
#[derive(Clone)]
pub struct Tenant {
    pub(super) world: Arc<World>,
    pub(super) cell: Arc<Cell>,
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tenant").field("organization", &self.ulid()).finish_non_exhaustive()
    }
}

impl Tenant {
    /// Its ULID. Other organizations may have the same one: the token tells them apart.
    pub fn ulid(&self) -> String {
        self.cell.state.read().ulid.clone()
    }

    /// Its tokens: bearers by name. The one named `full` may do everything.
    pub fn tokens(&self) -> BTreeMap<String, String> {
        let organization = self.cell.state.read();
        let tokens = organization.tokens.iter();
        tokens.map(|(bearer, token)| (token.name.clone(), bearer.clone())).collect()
    }

    /// The bearer of the token of that name.
    ///
    /// # Errors
    /// No token has that name: the error says which names there are.
    pub fn token(&self, name: &str) -> Result<String, UnknownToken> {
        UnknownToken::look_up(name, self.tokens())
    }

    /// Its projects as they are now, with the passphrases of the keys that the fixture made.
    pub fn projects(&self) -> Vec<ProjectLine> {
        let fixture = self.world.fixture();
        ProjectLine::all(&self.cell.state.read(), &fixture.passphrases)
    }

    /// Switches a defect on or off, for requests that arrive from now on.
    pub fn defect(&self, defect: Defect, on: bool) {
        self.cell.configure(|config| switch(&mut config.defects, defect, on));
    }

    /// Switches a variant on or off, for requests that arrive from now on.
    pub fn variant(&self, variant: Variant, on: bool) {
        self.cell.configure(|config| switch(&mut config.variants, variant, on));
    }

    /// Replaces the rows of misbehaviour, for requests that arrive from now on. They apply in their order.
    ///
    /// # Errors
    /// There are more than 64. Nothing has changed then.
    ///
    /// ```
    /// # use keyproof::mock::{MockServer, Row};
    /// # use serde_json::json;
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let mock = MockServer::builder().start().await?;
    /// let row = Row::read(json!({"at": "/data/*/version", "do": "to_number"}))?;
    /// mock.isolate()?.misbehave(vec![row])?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn misbehave(&self, rows: Vec<Row>) -> Result<(), TooManyRows> {
        let rows = UserRows::new(rows)?;
        self.cell.configure(|config| config.rows = rows);
        Ok(())
    }

    /// Arms a fault: it is injected into the requests that the mishap names.
    pub fn mishap(&self, mishap: Mishap) {
        self.world.mishaps.arm(Some(self.cell.number), mishap);
    }

    /// Disarms every fault of this organization.
    pub fn clear_mishaps(&self) {
        self.world.mishaps.disarm_all(self.cell.number);
    }

    /// Arms a gate: the next request that comes there waits until the gate is released, half a minute at most.
    pub fn gate(&self, point: Point) -> ArmedGate {
        let gate = self.world.gates.arm(point, self.cell.number, None, LONGEST);
        ArmedGate { world: Arc::clone(&self.world), gate }
    }

    /// The last exchanges, oldest first, unredacted.
    pub fn journal(&self) -> Vec<Arc<Exchange>> {
        self.cell.journal.all()
    }

    /// The last exchanges whose path has its ULID and whose token is not known, oldest first. Another organization of
    /// that ULID may have been meant, so no expectation counts them.
    pub fn strays(&self) -> Vec<Arc<Exchange>> {
        self.world.strays_of(&self.cell)
    }

    /// The last exchanges that match a pattern, oldest first.
    pub fn seen(&self, pattern: &Pattern) -> Vec<Arc<Exchange>> {
        self.cell.journal.matching(pattern)
    }

    /// Begins an expectation about requests.
    pub fn expect(&self, pattern: Pattern) -> Expectation {
        Expectation { tenant: self.clone(), pattern }
    }

    /// Removes the organization, with the gates and faults that are armed for it.
    pub fn remove(&self) {
        self.world.mishaps.disarm_all(self.cell.number);
        for gate in self.world.gates.of(self.cell.number) {
            self.world.gates.release(&gate, false);
        }
        self.world.remove(&self.cell);
    }
}

/// A gate that is armed. Dropping the handle releases it.
pub struct ArmedGate {
    world: Arc<World>,
    gate: Arc<Gate>,
}

impl std::fmt::Debug for ArmedGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ArmedGate").field(&self.gate.point).finish()
    }
}

impl ArmedGate {
    /// Waits until a request has come to the gate, `longest` at most. Whether one has.
    pub async fn reached(&self, longest: Duration) -> bool {
        self.gate.reached(longest).await
    }

    /// Lets the request go on.
    pub fn release(self) {
        drop(self);
    }

    /// Refuses the request (503). It has changed nothing.
    pub fn abort(self) {
        self.world.gates.release(&self.gate, true);
    }
}

impl Drop for ArmedGate {
    fn drop(&mut self) {
        self.world.gates.release(&self.gate, false);
    }
}

/// An expectation about the requests of an organization that match a pattern.
#[derive(Debug)]
#[must_use = "an expectation is checked by one of its methods"]
pub struct Expectation {
    tenant: Tenant,
    pattern: Pattern,
}

impl Expectation {
    /// Exactly `count` requests match. Fewer are waited for, a few seconds at most.
    ///
    /// # Panics
    /// More or fewer match; the message lists the requests that there were, without secrets.
    #[track_caller]
    pub fn times(self, count: usize) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        let Self { tenant, pattern } = self;
        async move {
            let seen = tenant.cell.journal.wait(&pattern, count, PATIENCE).await;
            assert!(
                seen.len() == count,
                "{place}: expected {count} of: {pattern}; there were {}\n{}",
                seen.len(),
                tenant.listing()
            );
        }
    }

    /// At least one request matches. A first one is waited for, a few seconds at most. Gives the last.
    ///
    /// # Panics
    /// None matches in time; the message lists the requests that there were, without secrets.
    #[track_caller]
    pub fn once_more(self) -> impl Future<Output = Arc<Exchange>> {
        let place = std::panic::Location::caller();
        let Self { tenant, pattern } = self;
        async move {
            let seen = tenant.cell.journal.wait(&pattern, 1, PATIENCE).await;
            match seen.last() {
                Some(last) => Arc::clone(last),
                None => panic!("{place}: expected: {pattern}\n{}", tenant.listing()),
            }
        }
    }
}

fn switch<T: Ord>(set: &mut BTreeSet<T>, value: T, on: bool) {
    if on {
        set.insert(value);
    } else {
        set.remove(&value);
    }
}

impl Tenant {
    /// The last exchanges, a line each, for the message of a failure.
    fn listing(&self) -> String {
        let all = self.journal();
        if all.is_empty() {
            return "nothing came".to_owned();
        }
        let lines = all.iter().map(|exchange| {
            let view = view::without_secrets(exchange);
            let text = |name: &str| view[name].as_str().unwrap_or("-").to_owned();
            let status = exchange.status.map_or_else(|| "cut".to_owned(), |s| s.to_string());
            let why = view["would_pass"].as_str();
            let why = why.map_or_else(String::new, |why| format!("  would pass: {why}"));
            format!("  {} {} {status}{why}", text("method"), text("path"))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
