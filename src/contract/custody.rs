//! Who keeps a key, and what a rotation does with history.

use serde::Serialize;

use crate::named::{Named, named};

named! {
    /// Who keeps the key of a project (encryption-keys, "Server-managed vs client-managed"): the word in `managed`,
    /// `storage_mode` and `encryption_type`.
    #[derive(Serialize)]
    pub enum Custody {
        Server = "server": "The server keeps the key and can decrypt",
        Client = "client": "The server keeps only a one-way proof of the key",
    }
}

named! {
    /// What a rotation does with historical versions (encryption-keys, "Rotate a server-managed key").
    #[derive(Serialize)]
    pub enum HistoryPolicy {
        Keep = "keep": "They stay under the old key",
        ReEncrypt = "re_encrypt": "They are moved onto the new key",
    }
}

impl HistoryPolicy {
    /// The policy of that name.
    pub fn named(name: &str) -> Option<Self> {
        Named::named(name)
    }
}
