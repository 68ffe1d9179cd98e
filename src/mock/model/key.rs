//! The keys of a project: one is active, the others are rotated and do not change any more.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::contract::custody::Custody;
use crate::contract::request::ProofFields;
use crate::crypto::{DataKey, Iterations, derive_shared};

/// One key version.
#[derive(Clone)]
pub(in crate::mock) struct Key {
    pub(in crate::mock) id: u64,
    /// From 1, grows by one.
    pub(in crate::mock) version: u64,
    pub(in crate::mock) material: Material,
    pub(in crate::mock) created_at: Timestamp,
    /// None on the active key.
    pub(in crate::mock) rotated_at: Option<Timestamp>,
}

/// What the server has of a key.
#[derive(Clone)]
pub(in crate::mock) enum Material {
    Server(Arc<ServerKey>),
    /// None on a key without verification.
    Client(Option<ProofFields>),
}

impl Key {
    pub(in crate::mock) fn custody(&self) -> Custody {
        match self.material {
            Material::Server(_) => Custody::Server,
            Material::Client(_) => Custody::Client,
        }
    }

    pub(in crate::mock) fn server(&self) -> Option<&Arc<ServerKey>> {
        match &self.material {
            Material::Server(key) => Some(key),
            Material::Client(_) => None,
        }
    }

    pub(in crate::mock) fn proof(&self) -> Option<&ProofFields> {
        match &self.material {
            Material::Client(proof) => proof.as_ref(),
            Material::Server(_) => None,
        }
    }
}

pub(in crate::mock) struct ServerKey {
    /// The raw key, as clients get it.
    pub(in crate::mock) key: Zeroizing<String>,
    pub(in crate::mock) salt: Vec<u8>,
    pub(in crate::mock) iterations: Iterations,
    /// Derived once, when a blob is first tried or sealed.
    data_key: OnceCell<Arc<DataKey>>,
}

impl ServerKey {
    pub(in crate::mock) fn new(
        key: Zeroizing<String>,
        salt: Vec<u8>,
        iterations: Iterations,
    ) -> Self {
        Self { key, salt, iterations, data_key: OnceCell::new() }
    }

    pub(in crate::mock) fn derived(
        key: Zeroizing<String>,
        salt: Vec<u8>,
        iterations: Iterations,
        data_key: DataKey,
    ) -> Self {
        Self { key, salt, iterations, data_key: OnceCell::new_with(Some(Arc::new(data_key))) }
    }

    /// A key from before there were salts, whose data key is the padded key itself.
    pub(in crate::mock) fn underived(key: Zeroizing<String>, iterations: Iterations) -> Self {
        let data_key = DataKey::from(&crate::crypto::pad_key(key.as_bytes()));
        Self::derived(key, Vec::new(), iterations, data_key)
    }

    /// Whether there is a salt to derive the data key with.
    pub(in crate::mock) fn derives(&self) -> bool {
        !self.salt.is_empty()
    }

    /// The data key, if it was derived already.
    pub(in crate::mock) fn derived_data_key(&self) -> Option<&DataKey> {
        self.data_key.get().map(Arc::as_ref)
    }

    /// The data key. The first call derives it, off the async threads.
    pub(in crate::mock) async fn data_key(self: &Arc<Self>) -> DataKey {
        let this = Arc::clone(self);
        self.data_key
            .get_or_init(|| async move {
                let derive = tokio::task::spawn_blocking(move || {
                    derive_shared(this.key.as_bytes(), &this.salt, this.iterations)
                });
                derive.await.expect("deriving a key cannot panic")
            })
            .await
            .as_ref()
            .clone()
    }
}
