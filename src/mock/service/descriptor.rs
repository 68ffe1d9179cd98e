//! The active key descriptor and the key history.

use serde_json::json;

use super::call::serve;
use super::{Answer, Room};
use crate::contract::response::{
    Descriptor, DescriptorAttributes, DescriptorContent, HistoryEntry, Resource, data,
};
use crate::crypto::encoding;
use crate::mock::Refusal;
use crate::mock::clock::rfc3339;
use crate::mock::model::{Key, Material};

serve! {
    GetEncryptionKey(call, ()) get(call.room);
    GetKeyHistory(call, ()) history(call.room);
}

pub(super) fn get(room: &Room) -> Result<Answer, Refusal> {
    room.read(|project| {
        let key = project.active();
        let content = DescriptorContent { key: describe(key) };
        Ok(Answer::ok(&data(Resource {
            kind: "encryption_keys",
            id: key.id.to_string(),
            attributes: DescriptorAttributes {
                format: "json",
                encrypted: false,
                content: json!(content).to_string(),
            },
        })))
    })
}

fn describe(key: &Key) -> Descriptor {
    let (raw, salt, iterations) = match &key.material {
        Material::Server(key) => (
            Some(key.key.to_string()),
            key.derives().then(|| encoding::encode(&key.salt)),
            key.derives().then(|| key.iterations.get()),
        ),
        Material::Client(Some(proof)) => {
            (None, Some(proof.key_check_salt.clone()), Some(proof.key_check_iterations))
        }
        Material::Client(None) => (None, None, None),
    };
    Descriptor {
        managed: key.custody().name(),
        key: raw,
        key_check_salt: salt,
        key_check_iterations: iterations,
        version: key.version,
        created_at: rfc3339(key.created_at),
    }
}

fn history(room: &Room) -> Result<Answer, Refusal> {
    room.read(|project| {
        let entries: Vec<_> = project.history().map(entry).collect();
        Ok(Answer::ok(&data(entries)))
    })
}

/// One key as the history shows it: never with the material of a server-managed key.
pub(super) fn entry(key: &Key) -> HistoryEntry {
    let proof = key.proof();
    HistoryEntry {
        version: key.version.to_string(),
        managed: key.custody().name(),
        key_check: proof.map(|proof| proof.key_check.clone()),
        key_check_salt: proof.map(|proof| proof.key_check_salt.clone()),
        key_check_iterations: proof.map(|proof| proof.key_check_iterations),
        is_active: key.rotated_at.is_none(),
        created_at: rfc3339(key.created_at),
        rotated_at: key.rotated_at.map(rfc3339),
    }
}
