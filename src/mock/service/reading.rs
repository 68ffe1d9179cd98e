//! The levels that a read covers: as they are stored, opened by the server, merged.

use std::sync::Arc;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::sealing::off_thread;
use super::{Room, guard};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::violation::Violations;
use crate::crypto;
use crate::mock::dotenv::{self, Dotenv};
use crate::mock::model::{Level, ServerKey};
use crate::mock::{Message, Refusal};

/// The formats of names and values.
const NAMED: [&str; 2] = ["env", "json"];

/// A level and those above it, in the order of the merge.
pub(super) struct Levels {
    pub(super) project: String,
    /// One of [`SecretFormat`](crate::contract::request::SecretFormat).
    pub(super) format: String,
    pub(super) custody: Custody,
    pub(super) stored: Vec<StoredLevel>,
}

/// What one level holds.
pub(super) struct StoredLevel {
    pub(super) level: Level,
    /// The id of the secret.
    pub(super) id: String,
    pub(super) content: Arc<str>,
    /// The key that opens it, if the server has it.
    key: Option<Arc<ServerKey>>,
    /// Its plaintext, once it was opened.
    pub(super) opened: Option<Zeroizing<String>>,
}

/// Several levels merged into one.
pub(super) struct Merged {
    /// In the project's format.
    pub(super) text: String,
    /// Name and value, both text.
    pub(super) variables: Map<String, Value>,
}

impl StoredLevel {
    /// Its plaintext, once it was opened; the blob until then.
    pub(super) fn text(&self) -> &str {
        self.opened.as_ref().map_or(&*self.content, |text| text.as_str())
    }
}

impl Levels {
    /// Reads the levels as they are stored.
    pub(super) fn read(room: &Room, level: &Level) -> Result<Self, Refusal> {
        room.read(|project| {
            guard::level_exists(project, level)?;
            let stored = project.secrets.iter().filter(|(place, _)| is_above_or_at(place, level));
            Ok(Self {
                project: project.slug.clone(),
                format: project.secret_format.clone(),
                custody: project.custody(),
                stored: stored
                    .map(|(level, secret)| StoredLevel {
                        level: level.clone(),
                        id: secret.id.clone(),
                        content: Arc::clone(&secret.content),
                        key: project.server_key_of(secret.sealed).cloned(),
                        opened: None,
                    })
                    .collect(),
            })
        })
    }

    /// Opens what the server can. Gives a warning that names the levels that stay sealed.
    pub(super) async fn open(&mut self) -> Result<Option<String>, Refusal> {
        if self.custody == Custody::Client {
            return Ok(Some("the key is client-managed: decrypt has no effect".to_owned()));
        }
        for stored in &mut self.stored {
            if let Some(key) = &stored.key {
                let (key, content) = (key.data_key().await, Arc::clone(&stored.content));
                let opened = off_thread(move || crypto::open(&key, &content)).await?;
                stored.opened = opened.ok().and_then(text);
            }
        }
        let sealed = self.stored.iter().filter(|stored| stored.opened.is_none());
        let sealed: Vec<_> = sealed.map(|stored| stored.level.name()).collect();
        Ok((!sealed.is_empty()).then(|| {
            let levels = sealed.join(", ");
            format!("text under no key of this project was left as it is: {levels}")
        }))
    }

    pub(super) fn are_open(&self) -> bool {
        self.stored.iter().all(|stored| stored.opened.is_some())
    }

    /// Whether the server can read the names of variables.
    pub(super) fn have_names(&self) -> bool {
        self.custody == Custody::Server && NAMED.contains(&self.format.as_str())
    }

    /// Merges them; a deeper level wins.
    pub(super) fn merge(&self) -> Result<Merged, Refusal> {
        if self.custody == Custody::Client {
            let message = "This project's key is client-managed: the server cannot decrypt, and so not merge.";
            return Err(Refusal::new(Code::ClientManagedEncryption, message));
        }
        if !self.have_names() {
            let message = format!(
                "This project's secret_format is {}: merge, raw and filters are for {} only.",
                self.format,
                NAMED.join(" and ")
            );
            let code = Code::InvalidParameterCombination;
            return Err(Refusal::new(code, Message::own(message)));
        }
        let mut violations = Violations::default();
        let mut texts = Vec::with_capacity(self.stored.len());
        for stored in &self.stored {
            let member = || format!("levels.{}", stored.level.name());
            match &stored.opened {
                Some(text) => texts.push((member(), text.as_str())),
                None => violations.add(member(), "The level opens under no key of this project."),
            }
        }
        let merged = match self.format.as_str() {
            "json" => merge_json(&texts, &mut violations),
            _ => merge_env(&texts, &mut violations),
        };
        violations.into_result()?;
        Ok(merged)
    }
}

fn merge_env(texts: &[(String, &str)], violations: &mut Violations) -> Merged {
    let mut parsed = Vec::with_capacity(texts.len());
    for (member, text) in texts {
        match Dotenv::parse(text) {
            Ok(text) => parsed.push(text),
            Err(wrong) => violations.add(member, format!("The level is not .env text: {wrong}.")),
        }
    }
    let mut variables = Map::new();
    for text in &parsed {
        let assigned = text.variables().into_iter();
        variables.extend(assigned.map(|(name, value)| (name.to_owned(), value.into())));
    }
    Merged { text: dotenv::merge(&parsed), variables }
}

fn merge_json(texts: &[(String, &str)], violations: &mut Violations) -> Merged {
    let mut members = Map::new();
    for (member, text) in texts {
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(own) => members.extend(own),
            Err(_) => violations.add(member, "The level is not a JSON object."),
        }
    }
    let variables = members.iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text.into())
    });
    Merged { variables: variables.collect(), text: format!("{:#}", Value::Object(members)) }
}

fn text(bytes: Zeroizing<Vec<u8>>) -> Option<Zeroizing<String>> {
    Some(Zeroizing::new(std::str::from_utf8(&bytes).ok()?.to_owned()))
}

fn is_above_or_at(place: &Level, level: &Level) -> bool {
    (place.target.is_none() || place.target == level.target)
        && (place.environment.is_none() || place.environment == level.environment)
}
