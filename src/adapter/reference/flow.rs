//! The flows of a client, as the reference adapter performs them: the operations that take a passphrase.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Outcome, malformed, part, read};
use super::client::{Client, Place, Row};
use super::descriptor::{Derivation, Descriptor};
use super::slip::Slip;
use crate::crypto::{self, Class, DataKey, Iterations, SALT_LENGTH, encoding, pad_key};

/// Rows that are requested at once, unless the operation says how many.
const BATCH: u64 = 50;

/// The levels of secrets, from the widest to the narrowest.
const LEVELS: [&str; 3] = ["project", "target", "environment"];

#[derive(Deserialize)]
struct Create {
    name: String,
    key: String,
}

#[derive(Deserialize)]
struct Push {
    key: Option<String>,
    plaintext: String,
}

#[derive(Deserialize)]
struct Pull {
    key: Option<String>,
    target: Option<String>,
    environment: Option<String>,
}

#[derive(Deserialize)]
struct Rotate {
    key: String,
    new_key: String,
    secrets: Vec<Secret>,
}

#[derive(Deserialize)]
struct Secret {
    id: String,
    content: String,
}

#[derive(Deserialize)]
struct Reencrypt {
    key: String,
    old_keys: Vec<String>,
    batch_size: Option<u64>,
}

/// A key of the history.
#[derive(Deserialize)]
struct Past {
    version: String,
    key_check: Option<String>,
    key_check_salt: Option<String>,
    key_check_iterations: Option<i64>,
}

impl Client<'_> {
    /// Adds the proof fields of a new key to a body. Gives the key's data key.
    fn set_key(&self, key: &str, body: &mut Value) -> Result<DataKey, Answer> {
        let generated = crypto::generate_key_proof(key.as_bytes())?;
        let derivation = Derivation::of(&generated.salt, generated.iterations.get().into())?;
        let (derivation, proof) = self.slips.generated(key, derivation, generated.key_check)?;
        body["key_check"] = json!(proof);
        body["key_check_salt"] = json!(encoding::encode(&derivation.salt));
        body["key_check_iterations"] = json!(derivation.iterations.get());
        Ok(derivation.data_key(key))
    }

    pub(super) fn create_project(&mut self, place: &Place, params: &Value) -> Outcome {
        let Create { name, key } = read(params)?;
        let mut body = json!({"name": name, "storage_mode": "client"});
        self.set_key(&key, &mut body)?;
        let answer = self.send(place, reqwest::Method::POST, "projects", Some(body))?;
        let slug: String = part(&answer["data"]["attributes"]["slug"])?;
        Ok(json!({"project": slug}))
    }

    /// The data key of a project under `key`, and the proof under client custody.
    fn keys(
        &mut self,
        place: &Place,
        key: Option<&str>,
    ) -> Result<(DataKey, Option<String>), Answer> {
        let descriptor = self.descriptor(place)?;
        let key = self.slips.key(key, descriptor.is_client_managed());
        if key.is_some() != descriptor.is_client_managed() {
            let message = "the key does not fit the custody of the project";
            return Err(Answer::Reject(Class::InvalidArgument, message.to_owned()));
        }
        let derivation = self.slips.derivation(key, descriptor.derivation()?);
        let text = key.or(descriptor.key.as_deref()).unwrap_or_default();
        let text = self.slips.passphrase(text);
        let data_key = match &derivation {
            Some(derivation) => derivation.data_key(text),
            None => DataKey::from(&pad_key(text.as_bytes())),
        };
        self.slips.log(text, &data_key);
        let proof = key.zip(derivation).map(|(_, derivation)| derivation.proof(text));
        let proof = self.slips.proof(proof, &data_key);
        Ok((data_key, proof))
    }

    pub(super) fn push(&mut self, place: &Place, params: &Value) -> Outcome {
        let Push { key, plaintext } = read(params)?;
        let (data_key, proof) = self.keys(place, key.as_deref())?;
        let mut store = params.clone();
        let blob = crypto::seal(&data_key, plaintext.as_bytes())?;
        store["content"] =
            json!(if self.slips.has(Slip::SendsPlaintext) { plaintext } else { blob });
        store["key_proof"] = json!(proof);
        if self.slips.has(Slip::PushesToProject) {
            (store["target"], store["environment"]) = (Value::Null, Value::Null);
        }
        self.store(place, &store)
    }

    pub(super) fn pull(&mut self, place: &Place, params: &Value) -> Outcome {
        let Pull { key, target, environment } = read(params)?;
        if key.is_none() && self.slips.has(Slip::PullsWithKeyOnly) {
            let message = "no passphrase is given";
            return Err(Answer::Reject(Class::InvalidArgument, message.to_owned()));
        }
        let below = [target, environment].into_iter().flatten();
        let path: String = below.map(|name| format!("{name}/")).collect();
        let answer = self.get(place, &format!("{path}secrets"))?;
        let (data_key, _) = self.keys(place, key.as_deref())?;
        let mut pulled = Vec::new();
        for level in LEVELS {
            let stored = &answer["data"]["attributes"]["levels"][level];
            if stored.is_null() {
                continue;
            }
            let content: String = part(&stored["content"])?;
            if content.is_empty() || (level != "project" && self.slips.has(Slip::PullsProjectOnly))
            {
                continue;
            }
            match text(&data_key, &content) {
                Ok(text) => {
                    let text = self.slips.pulled(text);
                    pulled.push(json!({"level": level, "plaintext": text}));
                }
                Err(_) if self.slips.has(Slip::PullsReadableOnly) => {}
                Err(answer) => return Err(answer),
            }
        }
        Ok(json!({"levels": pulled}))
    }

    pub(super) fn rotate(&mut self, place: &Place, params: &Value) -> Outcome {
        let Rotate { key, new_key, secrets } = read(params)?;
        let (old, _) = self.keys(place, Some(&key))?;
        let mut opened = Vec::new();
        for Secret { id, content } in secrets {
            match crypto::open(&old, &content) {
                Ok(text) => opened.push((id, Ok(text))),
                Err(_) if self.slips.has(Slip::RotatesUnread) => opened.push((id, Err(content))),
                Err(error) => return Err(error.into()),
            }
        }
        let mut body = json!({"secrets": []});
        let mut new = self.set_key(&new_key, &mut body)?;
        if let Some(salt) = self.rotation_salt(place)? {
            let derivation = Derivation::of(&salt, Iterations::PLATFORM.get().into())?;
            body["key_check"] = json!(derivation.proof(&new_key));
            body["key_check_salt"] = json!(salt);
            new = derivation.data_key(&new_key);
        }
        let sealing = if self.slips.has(Slip::RotatesUnderOldKey) { &old } else { &new };
        let mut sealed = Vec::new();
        for (id, opened) in opened {
            let content = opened.map_or_else(Ok, |text| crypto::seal(sealing, &text))?;
            sealed.push(json!({"id": id, "content": content}));
        }
        body["secrets"] = json!(sealed);
        self.post(place, "secrets/rotate-client-keys", Some(body))?;
        Ok(json!({}))
    }

    /// The salt of a rotation, if a slip makes it another than a fresh one.
    fn rotation_salt(&mut self, place: &Place) -> Result<Option<String>, Answer> {
        if self.slips.has(Slip::RotatesWithOldSalt) {
            let derivation = self.descriptor(place)?.derivation()?;
            return Ok(derivation.map(|derivation| encoding::encode(derivation.salt)));
        }
        let one = self.slips.has(Slip::RotatesWithOneSalt);
        Ok(one.then(|| encoding::encode([9; SALT_LENGTH])))
    }

    pub(super) fn reencrypt(&mut self, place: &Place, params: &Value) -> Outcome {
        let Reencrypt { key, mut old_keys, batch_size } = read(params)?;
        let (data_key, proof) = self.keys(place, Some(&key))?;
        let active = self.descriptor(place)?;
        let history = self.get(place, "encryption-key/history")?;
        old_keys.push(key);
        let past = part(&history["data"])?;
        let mut ring = Ring { past, keys: old_keys, data_keys: BTreeMap::new() };
        let limit = json!({"limit": self.slips.batch(batch_size, BATCH)});
        let (mut updated, mut before) = (0, u64::MAX);
        loop {
            let pending = self.list_pending(place, &limit)?;
            let rows: Vec<Row> = part(&pending["versions"])?;
            if rows.is_empty() {
                let remaining: u64 = part(&pending["remaining"])?;
                let done = json!({"updated": updated, "remaining": remaining});
                return if remaining == 0 { Ok(done) } else { Err(malformed()) };
            }
            let sealed = self.resealed(&rows, &mut ring, &active, &data_key)?;
            if sealed.is_empty() {
                return Ok(json!({"updated": updated, "remaining": 0}));
            }
            let submit = json!({"versions": sealed, "key_proof": proof});
            let submitted = self.submit(place, &submit)?;
            let moved: u64 = part(&submitted["updated"])?;
            let remaining: u64 = part(&submitted["remaining"])?;
            updated += moved;
            if remaining == 0 || self.slips.has(Slip::IgnoresRemaining) {
                return Ok(json!({"updated": updated, "remaining": 0}));
            }
            let is_stuck = moved == 0 || remaining >= before;
            if is_stuck && !self.slips.has(Slip::LoopsForever) {
                return Err(malformed());
            }
            before = remaining;
        }
    }

    /// The rows, sealed under the active data key. The first that does not open is an error.
    fn resealed(
        &self,
        rows: &[Row],
        ring: &mut Ring,
        active: &Descriptor,
        data_key: &DataKey,
    ) -> Result<Vec<Value>, Answer> {
        let past = ring.past.iter().map(|past| past.version.clone());
        let past = past.filter(|version| *version != active.version());
        let newest = past.max_by_key(|version| version.parse::<u64>().ok());
        let mut sealed = Vec::new();
        for row in rows {
            let is_older = newest.as_ref().is_some_and(|newest| *newest != row.key_version);
            if is_older && self.slips.has(Slip::MovesLastKeyOnly) {
                continue;
            }
            let content = match ring.open(row) {
                _ if row.key_version == active.version()
                    && self.slips.has(Slip::TrustsKeyVersion) =>
                {
                    row.content.clone()
                }
                Ok(text) => crypto::seal(data_key, &self.slips.moved(&text))?,
                Err(_) if self.slips.has(Slip::DropsUnopened) => continue,
                Err(answer) => return Err(answer),
            };
            sealed.push(json!({"id": row.id, "content": content}));
        }
        Ok(sealed)
    }
}

fn text(key: &DataKey, blob: &str) -> Result<String, Answer> {
    let bytes = crypto::open(key, blob)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| malformed())
}

/// The keys that versions of the history may be under.
struct Ring {
    past: Vec<Past>,
    keys: Vec<String>,
    /// The data keys that have opened a version, by the version of the key.
    data_keys: BTreeMap<String, DataKey>,
}

impl Ring {
    fn open(&mut self, row: &Row) -> Result<zeroize::Zeroizing<Vec<u8>>, Answer> {
        if let Some(data_key) = self.data_keys.get(&row.key_version) {
            return crypto::open(data_key, &row.content).map_err(Answer::from);
        }
        let mut past = self.past.iter();
        let past = past.find(|past| past.version == row.key_version);
        let past = past.ok_or_else(malformed)?;
        let (Some(salt), Some(count)) = (&past.key_check_salt, past.key_check_iterations) else {
            return Err(malformed());
        };
        let derivation = Derivation::of(salt, count)?;
        for key in &self.keys {
            let check = past.key_check.as_deref();
            let fits =
                check.is_none_or(|check| crypto::proofs_equal(&derivation.proof(key), check));
            let data_key = fits.then(|| derivation.data_key(key));
            if let Some(data_key) = data_key
                && let Ok(text) = crypto::open(&data_key, &row.content)
            {
                self.data_keys.insert(row.key_version.clone(), data_key);
                return Ok(text);
            }
        }
        let message = "none of the keys opens a version";
        Err(Answer::Reject(Class::Authentication, message.to_owned()))
    }
}
