//! An organization of a running mock, in the hands of the test that made it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::cell::Cell;
use super::exchange::Exchange;
use super::journal::view;
use super::project_line::ProjectLine;
use super::world::World;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::row::Row;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::server::error::UnknownToken;
use crate::mock::steer::fault::Mishap;
use crate::mock::steer::gate::{Gate, LONGEST, Point};
use crate::mock::steer::pattern::Pattern;

/// How long an expectation waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(5);

/// An organization, apart from all others: its own tokens, state, limits, defects and journal. Dropping
/// the handle leaves it; [`Tenant::remove`] takes it away.
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
    /// Its ULID. Others may show the same one: the token tells them apart.
    pub fn ulid(&self) -> String {
        self.cell.state.read().ulid.clone()
    }

    /// Its tokens by name: `full` first of all.
    pub fn tokens(&self) -> BTreeMap<String, String> {
        let organization = self.cell.state.read();
        let tokens = organization.tokens.iter();
        tokens.map(|(bearer, token)| (token.name.clone(), bearer.clone())).collect()
    }

    /// The token of that name.
    ///
    /// # Errors
    /// There is none: the error says which there are.
    pub fn token(&self, name: &str) -> Result<String, UnknownToken> {
        UnknownToken::look_up(name, self.tokens())
    }

    /// Its projects as they are now, with the passphrases of the keys that the fixture made.
    pub fn projects(&self) -> Vec<ProjectLine> {
        let fixture = self.world.fixture();
        ProjectLine::all(&self.cell.state.read(), &fixture.passphrases)
    }

    /// Switches a defect on or off, for requests that come from now on.
    pub fn defect(&self, defect: Defect, on: bool) {
        self.cell.configure(|config| {
            if on {
                config.defects.insert(defect)
            } else {
                config.defects.remove(&defect)
            };
        });
    }

    /// Switches a variant on or off, for requests that come from now on.
    pub fn variant(&self, variant: Variant, on: bool) {
        self.cell.configure(|config| {
            if on {
                config.variants.insert(variant)
            } else {
                config.variants.remove(&variant)
            };
        });
    }

    /// Switches these rows of misbehaviour on, in place of those that were, for requests that come from now on.
    pub fn misbehave(&self, rows: Vec<Row>) {
        self.cell.configure(|config| config.rows = rows);
    }

    /// Lets something go wrong.
    pub fn mishap(&self, mishap: Mishap) {
        self.world.mishaps.arm(Some(self.cell.number), mishap);
    }

    /// Lets nothing go wrong any more.
    pub fn clear_mishaps(&self) {
        self.world.mishaps.disarm_all(self.cell.number);
    }

    /// Arms a gate for the next request that comes there. It is let go by itself after half a minute.
    pub fn gate(&self, point: Point) -> ArmedGate {
        let gate = self.world.gates.arm(point, self.cell.number, None, LONGEST);
        ArmedGate { world: Arc::clone(&self.world), gate }
    }

    /// The last exchanges, oldest first, unredacted.
    pub fn journal(&self) -> Vec<Arc<Exchange>> {
        self.cell.journal.all()
    }

    /// The last exchanges that its ULID is named in and whose token is not known, oldest first: it may be another
    /// organization of that ULID that was meant, so no expectation counts them.
    pub fn strays(&self) -> Vec<Arc<Exchange>> {
        self.world.strays_of(&self.cell)
    }

    /// Those of the last exchanges that match.
    pub fn seen(&self, pattern: &Pattern) -> Vec<Arc<Exchange>> {
        self.cell.journal.matching(pattern)
    }

    /// Begins an expectation about requests.
    pub fn expect(&self, pattern: Pattern) -> Expectation {
        Expectation { tenant: self.clone(), pattern }
    }

    /// Takes it away, with all that is armed for it.
    pub fn remove(&self) {
        self.world.mishaps.disarm_all(self.cell.number);
        for gate in self.world.gates.of(self.cell.number) {
            self.world.gates.release(&gate, false);
        }
        self.world.remove(&self.cell);
    }
}

/// A gate that is armed. Dropping the handle lets whoever waits there go on.
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
    /// Waits until a request has come. Whether it has in time.
    pub async fn reached(&self, longest: Duration) -> bool {
        self.gate.reached(longest).await
    }

    /// Lets the request go on.
    pub fn release(self) {
        self.world.gates.release(&self.gate, false);
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

/// What is expected of the requests that match a pattern.
#[derive(Debug)]
#[must_use = "an expectation says nothing until it is asked"]
pub struct Expectation {
    tenant: Tenant,
    pattern: Pattern,
}

impl Expectation {
    /// There are exactly so many, counting those that are under way for a few seconds.
    ///
    /// # Panics
    /// There are more or fewer; the message lists what came instead, without secrets.
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

    /// There is at least one, and this is the last.
    ///
    /// # Panics
    /// There is none in time; the message lists what came instead, without secrets.
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

impl Tenant {
    /// What came, a line each, for the message of a failure.
    fn listing(&self) -> String {
        let all = self.journal();
        if all.is_empty() {
            return "nothing came".to_owned();
        }
        let lines = all.iter().map(|exchange| {
            let shown = view::without_secrets(exchange);
            let text = |name: &str| shown[name].as_str().unwrap_or("-").to_owned();
            let status = exchange.status.map_or_else(|| "cut".to_owned(), |s| s.to_string());
            let why = shown["would_pass"].as_str();
            let why = why.map_or_else(String::new, |why| format!("  would pass: {why}"));
            format!("  {} {} {status}{why}", text("method"), text("path"))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
