//! What answers say of one key, and of what one project holds, has to agree, whichever of them says it.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

use super::reply::{id_text, number};
use super::{Address, Bearer, Call, Convention, Reply};
use crate::contract::route::Endpoint;
use crate::harness::{Exchange, Mismatch, Stop};

/// What answers say of a key, and never otherwise, since a rotation makes another one.
const OF_KEY: [&str; 5] = ["managed", "key", "key_check", "key_check_salt", "key_check_iterations"];

/// A project, one of its keys by version, and what is said of it; without a version it is said of the project.
type Subject = (String, Option<u64>, &'static str);

/// What was said so far.
#[derive(Default)]
pub(super) struct Agreement(Mutex<Said>);

#[derive(Default)]
struct Said {
    facts: BTreeMap<Subject, (Value, Arc<Exchange>)>,
    /// The project that each version belongs to, by its id.
    owners: BTreeMap<String, String>,
    /// The projects that the run has made: it knows what they hold.
    made: Vec<String>,
}

impl Agreement {
    /// What an answer to the run's own organization says otherwise than another one.
    pub(super) fn see(
        &self,
        endpoint: Endpoint,
        call: &Call,
        reply: &Reply,
    ) -> Vec<(Convention, Stop)> {
        let Address::Endpoint { segments, organization: None, .. } = &call.to else {
            return Vec::new();
        };
        if !reply.is_success() || !matches!(call.bearer, Bearer::Full) {
            return Vec::new();
        }
        let mut said = self.0.lock();
        let mut hearing = Hearing { exchange: Arc::new(reply.exchange.clone()), found: Vec::new() };
        let data = &reply.json["data"];
        let project = call.project().unwrap_or_default();
        match endpoint {
            Endpoint::CreateProject => {
                if let Some(name) = call.body()["name"].as_str() {
                    said.made.push(name.to_owned());
                    hearing.of_project(&mut said, name, &call.body()["secret_format"]);
                }
            }
            Endpoint::GetEncryptionKey => {
                let content = data["attributes"]["content"].as_str().unwrap_or_default();
                let document: Value = serde_json::from_str(content).unwrap_or_default();
                hearing.of_key(&mut said, project, &document["key"]);
            }
            Endpoint::GetKeyHistory => {
                reply.rows().iter().for_each(|entry| hearing.of_key(&mut said, project, entry));
            }
            Endpoint::RotateEncryptionKey => {
                hearing.of_key(&mut said, project, &data["key"]["attributes"]);
            }
            Endpoint::ListVersions | Endpoint::ListPending => {
                for id in reply.rows().iter().filter_map(|row| id_text(&row["id"])) {
                    said.owners.insert(id, project.to_owned());
                }
            }
            Endpoint::GetVersion => {
                if let Some(owner) = segments.first().and_then(|id| said.owners.get(id)).cloned() {
                    hearing.of_key(&mut said, &owner, &data["key"]);
                }
            }
            Endpoint::GetProjectSecrets
            | Endpoint::GetTargetSecrets
            | Endpoint::GetEnvironmentSecrets
                if said.made.iter().any(|made| made == project) =>
            {
                let attributes = &data["attributes"];
                hearing.of_project(&mut said, project, &attributes["format"]);
                hearing.of_levels(&attributes["levels"], reply);
            }
            _ => {}
        }
        hearing.found
    }
}

/// An answer that is compared with those before it.
struct Hearing {
    exchange: Arc<Exchange>,
    found: Vec<(Convention, Stop)>,
}

impl Hearing {
    fn of_key(&mut self, said: &mut Said, project: &str, key: &Value) {
        let Some(version) = number(&key["version"]) else { return };
        for member in OF_KEY {
            let subject = (project.to_owned(), Some(version), member);
            self.compare(said, subject, &key[member], Convention::Keys);
        }
    }

    fn of_project(&mut self, said: &mut Said, project: &str, format: &Value) {
        self.compare(said, (project.to_owned(), None, "format"), format, Convention::Sealed);
    }

    /// All that the run stores is sealed. A client that is told otherwise prints ciphertext.
    fn of_levels(&mut self, levels: &Value, reply: &Reply) {
        for (name, level) in levels.as_object().into_iter().flatten() {
            let holds = level["content"].as_str().is_some_and(|content| !content.is_empty());
            if holds && level["encrypted"] != true {
                let stop = reply.mismatch(
                    "GET secrets says of a blob that it is not encrypted",
                    format!("encrypted: true for the {name}, whose content is sealed"),
                    level["encrypted"].to_string(),
                );
                self.found.push((Convention::Sealed, stop));
            }
        }
    }

    /// Each answer may leave something out.
    fn compare(
        &mut self,
        said: &mut Said,
        subject: Subject,
        value: &Value,
        convention: Convention,
    ) {
        if value.is_null() || *value == "" {
            return;
        }
        let member = subject.2;
        let known = said.facts.entry(subject);
        let (known, first) = known.or_insert_with(|| (value.clone(), Arc::clone(&self.exchange)));
        if is_same(known, value) {
            return;
        }
        let of = if convention == Convention::Keys { "a key" } else { "a project" };
        let exchanges = [&**first, &*self.exchange].map(Exchange::clone).to_vec();
        let mismatch = Mismatch {
            what: format!("two answers do not agree on the {member} of {of}"),
            expected: format!("one {member}, in each answer that says it"),
            got: "another one".to_owned(),
            exchanges,
        };
        self.found.push((convention, mismatch.into()));
    }
}

/// JSON knows one kind of numbers.
fn is_same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().is_some_and(|number| Some(number) == other.as_f64())
}
