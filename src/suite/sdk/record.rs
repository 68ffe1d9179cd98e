//! What all processes of one run have answered, to be judged as a whole.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::adapter::{OPERATIONS, Request, answer_members};
use crate::crypto::{DataKey, IV_LENGTH, encoding, open, pad_key};

/// The answers of one run.
#[derive(Default)]
pub(super) struct Record {
    /// Operations that gave something to judge.
    judged: Mutex<BTreeSet<&'static str>>,
    /// Members of answers that their operation does not have, as `operation.member`.
    surplus: Mutex<BTreeSet<String>>,
    /// The IVs of blobs that open, in the order of their arrival.
    ivs: Mutex<Vec<Vec<u8>>>,
    /// Generated salts that are base64, in the order of their arrival.
    salts: Mutex<Vec<Vec<u8>>>,
}

impl Record {
    /// Takes in an answer.
    pub(super) fn note(&self, request: &Request, answer: &Map<String, Value>) {
        let Some(known) = OPERATIONS.into_iter().find(|known| *known == request.op) else {
            return;
        };
        let members = answer_members(known);
        let surplus = answer.keys().filter(|name| !members.contains(&name.as_str()));
        self.surplus.lock().extend(surplus.map(|name| format!("{known}.{name}")));
        self.ivs.lock().extend(iv_of(request, answer));
        if known == "generate_key_proof"
            && let Some(salt) = answer.get("salt").and_then(Value::as_str)
            && let Ok(salt) = encoding::decode(salt)
        {
            self.salts.lock().push(salt);
        }
    }

    /// An operation gave something to judge.
    pub(super) fn judged(&self, op: &str) {
        self.judged.lock().extend(OPERATIONS.into_iter().find(|known| *known == op));
    }

    /// The operations that gave something to judge, in the order of the protocol.
    pub(super) fn operations(&self) -> Vec<&'static str> {
        let judged = self.judged.lock();
        OPERATIONS.into_iter().filter(|op| judged.contains(op)).collect()
    }

    pub(super) fn surplus(&self) -> Vec<String> {
        self.surplus.lock().iter().cloned().collect()
    }

    pub(super) fn ivs(&self) -> Vec<Vec<u8>> {
        self.ivs.lock().clone()
    }

    /// The salts that have the length of the first one.
    pub(super) fn salts(&self) -> Vec<Vec<u8>> {
        let salts = self.salts.lock();
        let length = salts.first().map_or(0, Vec::len);
        salts.iter().filter(|salt| salt.len() == length).cloned().collect()
    }
}

/// The IV of a blob that opens: of any other it is not known where its IV is.
pub(super) fn iv_of(request: &Request, answer: &Map<String, Value>) -> Option<Vec<u8>> {
    let text = |name: &str| request.params.get(name).and_then(Value::as_str);
    let key = match request.op.as_ref() {
        "encrypt" => {
            let bytes: [u8; 32] = encoding::decode(text("data_key")?).ok()?.try_into().ok()?;
            DataKey::from(bytes)
        }
        "encrypt_with_project_key" => DataKey::from(&pad_key(text("key")?.as_bytes())),
        _ => return None,
    };
    let content = answer.get("content")?.as_str()?;
    let opened = open(&key, content).ok()?;
    (opened.as_slice() == text("plaintext")?.as_bytes()).then_some(())?;
    Some(encoding::decode(content).ok()?[..IV_LENGTH].to_vec())
}
