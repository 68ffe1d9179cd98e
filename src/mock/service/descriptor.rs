//! The active key descriptor and the key history.

use serde_json::json;

use super::{Answer, Room};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::response::{
    Descriptor, DescriptorAttributes, DescriptorContent, HistoryEntry, Resource, data,
};
use crate::crypto::encoding;
use crate::mock::clock::rfc3339;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::key::{Key, Material};
use crate::mock::model::project::Project;
use crate::mock::refusal::Refusal;

/// GET encryption-key.
pub(in crate::mock) fn get(room: &Room) -> Result<Answer, Refusal> {
    room.read(|project| {
        let key = project.active();
        if key.custody() == Custody::Client && room.has(Defect::DescriptorRefusesClientCustody) {
            return Err(Refusal::new(
                Code::ClientManagedEncryption,
                "This project uses client-side encryption.",
            ));
        }
        let mut descriptor = json!(DescriptorContent { key: describe(key) });
        if room.has(Defect::DescriptorOmitsKey)
            && let Some(members) = descriptor["key"].as_object_mut()
        {
            members.remove("key");
        }
        if room.has(Defect::DescriptorSendsKeyCheck)
            && let Some(proof) = key.proof()
        {
            descriptor["key"]["key_check"] = json!(proof.key_check);
        }
        if room.has(Defect::DescriptorVersionAsText) {
            descriptor["key"]["version"] = json!(key.version.to_string());
        }
        Ok(Answer::ok(&data(Resource {
            kind: "encryption_keys",
            id: key.id.to_string(),
            attributes: DescriptorAttributes {
                format: "json",
                encrypted: false,
                content: descriptor.to_string(),
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
        Material::Client(Some(proof)) => (
            None,
            Some(proof.key_check_salt.clone()),
            Some(proof.key_check_iterations),
        ),
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

/// GET encryption-key/history.
pub(in crate::mock) fn history(room: &Room) -> Result<Answer, Refusal> {
    room.read(|project| {
        let mut entries: Vec<_> = project.history().map(entry).collect();
        if room.has(Defect::HistoryOrderedAsText) {
            entries[1..].sort_by(|one, other| other.version.cmp(&one.version));
        }
        if room.has(Defect::HistoryForgetsRotatedProof) {
            rewrite_rotated_proofs(project, &mut entries);
        }
        if room.has(Defect::HistoryLeavesOldActive) && project.custody() == Custody::Server {
            entries.iter_mut().for_each(|entry| entry.is_active = true);
        }
        if room.has(Defect::HistoryExposesServerKey) {
            return Ok(Answer::ok(&data(with_raw_keys(project, &entries))));
        }
        if room.has(Defect::HistoryVersionAsNumber) {
            return Ok(Answer::ok(&data(with_numbers(project, &entries))));
        }
        if room.varies(Variant::HistoryWithoutProofs) {
            entries.iter_mut().for_each(forget_proof);
        }
        if room.varies(Variant::HistoryNullMembers) {
            let shown: Vec<_> = entries.iter().map(with_nulls).collect();
            return Ok(Answer::ok(&data(shown)));
        }
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

fn rewrite_rotated_proofs(project: &Project, entries: &mut [HistoryEntry]) {
    let active = project.proof();
    for entry in entries.iter_mut().filter(|entry| !entry.is_active) {
        entry.key_check_salt = active.map(|proof| proof.key_check_salt.clone());
    }
}

fn with_numbers(project: &Project, entries: &[HistoryEntry]) -> Vec<serde_json::Value> {
    let with_number = |(key, entry): (&Key, &HistoryEntry)| {
        let mut entry = json!(entry);
        entry["version"] = json!(key.version);
        entry
    };
    project.history().zip(entries).map(with_number).collect()
}

fn forget_proof(entry: &mut HistoryEntry) {
    entry.key_check = None;
    entry.key_check_salt = None;
    entry.key_check_iterations = None;
}

fn with_nulls(entry: &HistoryEntry) -> serde_json::Value {
    let mut entry = json!(entry);
    for name in [
        "key_check",
        "key_check_salt",
        "key_check_iterations",
        "rotated_at",
    ] {
        // Reading a member that is not there makes it null.
        let _ = &mut entry[name];
    }
    entry
}

fn with_raw_keys(project: &Project, entries: &[HistoryEntry]) -> Vec<serde_json::Value> {
    project
        .history()
        .zip(entries)
        .map(|(key, entry)| {
            let mut entry = json!(entry);
            if let Some(server) = key.server() {
                entry["key"] = json!(server.key.as_str());
            }
            entry
        })
        .collect()
}
