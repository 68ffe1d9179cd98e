//! What slips make of a right client: of what it sends, of what it derives, and of what it answers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::super::answer::{Answer, Outcome};
use super::super::behaviour::Behaviour;
use super::super::bug::Bug;
use super::super::descriptor::{Derivation, Descriptor};
use super::super::slip::Slip;
use crate::crypto::wrong::TextMistake;
use crate::crypto::{DataKey, Iterations, SALT_LENGTH, encoding};

/// The slips of a client. Each function gets what is right, and gives what the client goes on with.
pub(crate) struct Slips<'b> {
    behaviour: &'b Behaviour,
    /// What [`Slip::StaleSalt`] remembers, by token and project.
    descriptors: BTreeMap<String, Descriptor>,
}

impl<'b> Slips<'b> {
    pub(crate) const fn new(behaviour: &'b Behaviour) -> Self {
        Self { behaviour, descriptors: BTreeMap::new() }
    }

    pub(crate) fn has(&self, slip: Slip) -> bool {
        self.behaviour.bugs.contains(&Bug::Slip(slip))
    }

    pub(crate) fn headers(
        &self,
        mut headers: BTreeMap<&'static str, &'static str>,
    ) -> BTreeMap<&'static str, &'static str> {
        if self.has(Slip::AsksForVersion2) {
            headers.insert("X-API-Version", "2");
        }
        if self.has(Slip::OmitsAccept) {
            headers.remove("Accept");
        }
        if self.has(Slip::TypesNothing) {
            headers.insert("Content-Type", "application/json");
        }
        if self.has(Slip::BodyAsText) {
            headers.entry("Content-Type").and_modify(|kind| *kind = "text/plain");
        }
        headers
    }

    /// The body that is sent to a path.
    pub(crate) fn body(&self, path: &str, body: Option<Value>) -> Option<Value> {
        let Some(mut body) = body else {
            let names_policy = path.ends_with("encryption-key/rotate");
            let policy = json!({"history_policy": "keep"});
            return (names_policy && self.has(Slip::SendsPolicyUnasked)).then_some(policy);
        };
        if path.ends_with("re-encrypt-history/pending") && self.has(Slip::IgnoresLimit) {
            body = json!({});
        }
        if self.has(Slip::SendsEmptyArray) && body == json!({}) {
            body = json!([]);
        }
        if self.has(Slip::MisnamesPolicy)
            && let Some(policy) =
                body.as_object_mut().and_then(|body| body.shift_remove("history_policy"))
        {
            body["historyPolicy"] = policy;
        }
        if self.has(Slip::SecretIdsAsNumbers) {
            each_id(&mut body, "secrets", |id| {
                let number = id.as_str().and_then(|id| id.parse::<u64>().ok());
                number.map_or_else(|| id.clone(), Value::from)
            });
        }
        if self.has(Slip::VersionIdsAsText) {
            each_id(&mut body, "versions", |id| json!(id.to_string()));
        }
        if let Some(body) = body.as_object_mut() {
            if path == "secrets/store" && self.has(Slip::SendsNulls) {
                for name in ["target", "environment", "key_proof"] {
                    body.entry(name).or_insert(Value::Null);
                }
            }
            if self.has(Slip::OmitsProof) {
                body.shift_remove("key_proof");
            }
        }
        Some(body)
    }

    /// Whether a request is sent again after this answer.
    pub(crate) fn repeats(&self, path: &str, answered: &Outcome) -> bool {
        match answered {
            Err(Answer::Error(_)) => {
                path.ends_with("encryption-key/rotate") && self.has(Slip::RetriesRotation)
            }
            Err(Answer::Http { status: 429, .. }) => self.has(Slip::IgnoresRetryAfter),
            _ => false,
        }
    }

    /// The descriptor of a project, of which `current` is the active one.
    pub(crate) fn descriptor(&mut self, project: String, current: Descriptor) -> Descriptor {
        if self.has(Slip::StaleSalt) {
            self.descriptors.entry(project).or_insert(current).clone()
        } else {
            current
        }
    }

    /// What a new key is derived with, and its proof.
    pub(crate) fn generated(
        &self,
        key: &str,
        mut derivation: Derivation,
        proof: String,
    ) -> Result<(Derivation, String), Answer> {
        let has_few = self.has(Slip::CreatesWithFewIterations);
        let has_one_salt = self.has(Slip::CreatesWithOneSalt);
        if has_few {
            derivation.iterations = Iterations::try_from(1000)?;
        }
        if has_one_salt {
            derivation.salt = vec![7; SALT_LENGTH];
        }
        let has_own_salt = self.has(Slip::OneSaltPerProcess);
        if has_own_salt {
            static SALT: OnceLock<Vec<u8>> = OnceLock::new();
            derivation.salt = SALT.get_or_init(|| derivation.salt.clone()).clone();
        }
        let is_changed = has_few || has_one_salt || has_own_salt;
        let proof = if is_changed { derivation.proof(key) } else { proof };
        Ok((derivation, proof))
    }

    /// The passphrase that is used under that custody.
    pub(crate) fn key<'k>(&self, key: Option<&'k str>, is_client_managed: bool) -> Option<&'k str> {
        match key {
            Some(_) if !is_client_managed && self.has(Slip::TrustsCustody) => None,
            None if is_client_managed && self.has(Slip::PushesWithoutKey) => Some(""),
            key => key,
        }
    }

    /// The size of batches, of which `usual` is the client's own.
    pub(crate) fn batch(&self, given: Option<u64>, usual: u64) -> u64 {
        match given {
            _ if self.has(Slip::IgnoresBatchSize) => usual,
            None if self.has(Slip::BatchesOfNothing) => 0,
            given => given.unwrap_or(usual),
        }
    }

    /// What is taken for the passphrase.
    pub(crate) fn passphrase<'k>(&self, key: &'k str) -> &'k str {
        if self.has(Slip::TrimsPassphrase) { key.trim() } else { key }
    }

    /// A text that was opened to be pulled.
    pub(crate) fn pulled(&self, text: String) -> String {
        if self.has(Slip::PullsLatin1) { TextMistake::DoubleUtf8.of(&text) } else { text }
    }

    /// The bytes of a text that was opened to be moved.
    pub(crate) fn moved<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        if self.has(Slip::MovesLatin1) {
            let text = String::from_utf8_lossy(bytes);
            return TextMistake::DoubleUtf8.of(&text).into_bytes().into();
        }
        bytes.into()
    }

    /// Prints secrets, as debugging code does.
    pub(crate) fn log(&self, passphrase: &str, data_key: &DataKey) {
        if self.has(Slip::LogsPassphrase) {
            eprintln!("debug: key {passphrase}");
        }
        if self.has(Slip::LogsDataKey) {
            let start = data_key.as_bytes().iter().take(12).map(|byte| format!("{byte:02x}"));
            eprintln!("debug: data key {}...", start.collect::<String>());
        }
    }

    /// What a data key is derived with, of a passphrase if there is one.
    pub(crate) fn derivation(
        &self,
        key: Option<&str>,
        mut derivation: Option<Derivation>,
    ) -> Option<Derivation> {
        if let Some(derivation) = &mut derivation
            && self.has(Slip::FixedIterations)
        {
            derivation.iterations = Iterations::PLATFORM;
        }
        derivation.filter(|_| key.is_some() || !self.has(Slip::PadsServerKey))
    }

    /// What is sent as the proof.
    pub(crate) fn proof(&self, proof: Option<String>, data_key: &DataKey) -> Option<String> {
        let sends_data_key = self.has(Slip::SendsDataKey);
        proof
            .map(|proof| if sends_data_key { encoding::encode(data_key.as_bytes()) } else { proof })
    }

    /// What an operation answers.
    pub(crate) fn answer(&self, op: &str, mut answer: Answer) -> Answer {
        let nothing_left = || Answer::Ok(json!({"updated": 0, "remaining": 0}));
        match &mut answer {
            Answer::Ok(Value::Object(descriptor))
                if op == "get_encryption_key" && self.has(Slip::DropsIterations) =>
            {
                descriptor.shift_remove("key_check_iterations");
            }
            Answer::Ok(history)
                if op == "get_key_history" && self.has(Slip::ListsActiveKeyOnly) =>
            {
                let keys = history["keys"].as_array_mut().into_iter();
                keys.for_each(|keys| keys.retain(|key| key["is_active"] == true));
            }
            Answer::Ok(answer) if self.has(Slip::AnswersMore) => answer["raw"] = json!({}),
            Answer::Http { .. } if self.has(Slip::SwallowsRefusals) => {
                return Answer::Ok(json!({}));
            }
            Answer::Http { status: 422, .. } if self.has(Slip::IgnoresConflict) => {
                return nothing_left();
            }
            Answer::Error(_) if self.has(Slip::TakesSilenceForSuccess) => return nothing_left(),
            Answer::Error(_) if op == "push_secrets" && self.has(Slip::TakesCutAnswer) => {
                return Answer::Ok(json!({}));
            }
            _ => {}
        }
        answer
    }
}

/// Changes the id of each row.
fn each_id(body: &mut Value, rows: &str, change: impl Fn(&Value) -> Value) {
    let rows = body.get_mut(rows).and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        row["id"] = change(&row["id"]);
    }
}
