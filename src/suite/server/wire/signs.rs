//! Signs that an address does not lead to one server, or not at once: answers that do not know what an answer before them
//! has told. Cases judge what comes of it; this says where to look.

use std::collections::HashMap;
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::Value;

use super::{Address, Bearer, Call, Reply, number};
use crate::contract::route::Endpoint;

/// How many answers did not know what was told before they were asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Answers that did not know a project that the run had made.
    pub projects: u32,
    /// Descriptors of a key that is older than one that was told.
    pub keys: u32,
}

/// What the run was told of its own projects.
#[derive(Default)]
pub(crate) struct Signs {
    projects: Mutex<HashMap<String, Told>>,
    forgotten: Mutex<Forgotten>,
}

/// What was told of a project last.
struct Told {
    at: Instant,
    /// The newest version of its key.
    version: u64,
}

impl Signs {
    pub(crate) fn so_far(&self) -> Forgotten {
        *self.forgotten.lock()
    }

    /// Learns from the answer to a request that was sent then. One that overlapped another may overtake it.
    pub(crate) fn learn(&self, call: &Call, reply: &Reply, sent: Instant) {
        let Address::Endpoint { endpoint, organization: None, segments, .. } = &call.to else {
            return;
        };
        let Bearer::Full = call.bearer else { return };
        let mut projects = self.projects.lock();
        if *endpoint == Endpoint::CreateProject {
            let slug = reply.json.pointer("/data/attributes/slug").and_then(Value::as_str);
            if let Some(slug) = slug.filter(|_| reply.is_success()) {
                projects.insert(slug.to_owned(), Told { at: Instant::now(), version: 0 });
            }
            return;
        }
        let [slug] = &segments[..] else { return };
        if *endpoint == Endpoint::DeleteProject {
            projects.remove(slug);
            return;
        }
        let Some(told) = projects.get_mut(slug) else { return };
        let is_later = told.at < sent;
        if reply.status == 404 && is_later {
            self.forgotten.lock().projects += 1;
        }
        let Some(version) = version(*endpoint, reply) else { return };
        if version > told.version {
            *told = Told { at: Instant::now(), version };
        } else if version < told.version && is_later {
            self.forgotten.lock().keys += 1;
        }
    }
}

/// The version of the active key that an answer tells.
fn version(endpoint: Endpoint, reply: &Reply) -> Option<u64> {
    if !reply.is_success() {
        return None;
    }
    match endpoint {
        Endpoint::RotateEncryptionKey => {
            number(reply.json.pointer("/data/key/attributes/version")?)
        }
        Endpoint::GetEncryptionKey => {
            let text = reply.json.pointer("/data/attributes/content")?.as_str()?;
            let document: Value = serde_json::from_str(text).ok()?;
            number(&document["key"]["version"])
        }
        _ => None,
    }
}
