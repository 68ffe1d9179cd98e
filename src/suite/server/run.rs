//! What all cases and steps of one run share.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::changes::Changes;
use super::inventory::Inventory;
use super::key::Keys;
use super::run_name::RunName;
use super::wire::{Door, Server, Terms};
use crate::contract::route::Endpoint;
use crate::harness::{Redactor, Spending};

/// By type and name.
type Values = HashMap<(TypeId, &'static str), Arc<dyn Any + Send + Sync>>;

pub(super) struct Shared {
    pub(super) server: Arc<dyn Server>,
    pub(super) door: Door,
    pub(super) redactor: Redactor,
    pub(super) keys: Arc<Keys>,
    memo: Mutex<Values>,
    pub(super) changes: Changes,
    pub(super) inquiries: Arc<Mutex<Spending>>,
    pub(super) name: OnceCell<RunName>,
    /// How many names the run has given.
    pub(super) names: AtomicUsize,
    pub(super) inventory: Arc<Inventory>,
    /// Whether it makes do with few requests.
    pub(super) is_thrifty: bool,
    /// Endpoints that have accepted something, each with the project that it was for.
    pub(super) accepted: Mutex<HashSet<(Endpoint, String)>>,
    /// What each shared step that was made has spent.
    pub(super) step_costs: Mutex<BTreeMap<&'static str, Spending>>,
}

impl Shared {
    /// Registers the server's tokens with the redactor.
    pub(super) fn new(
        server: Arc<dyn Server>,
        terms: &Terms,
        redactor: &Redactor,
        keys: Arc<Keys>,
    ) -> Result<Self, String> {
        let tokens = server.tokens();
        let given = [
            Some(&tokens.full),
            tokens.read_only.as_ref(),
            tokens.key_retrieve.as_ref(),
            tokens.key_rotate.as_ref(),
            tokens.expired.as_ref(),
            server.other_organization().map(|other| &other.token),
            server.control().map(|control| &control.token),
        ];
        let tokens: Vec<&String> = given.into_iter().flatten().collect();
        tokens.iter().for_each(|token| redactor.register(token));
        let inventory = Arc::<Inventory>::default();
        Ok(Self {
            door: Door::new(&*server, &tokens, terms, Arc::clone(&inventory), redactor.clone())?,
            server,
            redactor: redactor.clone(),
            keys,
            memo: Mutex::default(),
            changes: Changes::default(),
            inquiries: Arc::default(),
            name: OnceCell::new(),
            names: AtomicUsize::new(0),
            inventory,
            is_thrifty: terms.is_thrifty,
            accepted: Mutex::default(),
            step_costs: Mutex::default(),
        })
    }

    /// The value of a type and a name that this run has: the type's default when it is first asked for.
    pub(super) fn memo<T: Any + Default + Send + Sync>(&self, name: &'static str) -> Arc<T> {
        let mut values = self.memo.lock();
        let value = values.entry((TypeId::of::<T>(), name));
        let value = Arc::clone(value.or_insert_with(|| Arc::<T>::default()));
        // The key says that it is of this type.
        value.downcast().unwrap_or_default()
    }

    pub(super) fn is_own(&self, run: &RunName) -> bool {
        self.name.get() == Some(run)
    }
}
