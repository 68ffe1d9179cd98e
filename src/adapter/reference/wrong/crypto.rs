//! The operations of the crypto, done wrong.

use serde_json::{Value, json};

use super::super::answer::{Answer, Outcome, read};
use super::super::bug::Bug;
use super::super::crypto::{data_key, plaintext};
use super::super::protocol::Adapter as _;
use super::super::quirk::Quirk;
use super::super::variant::Variant;
use super::Wrong;
use crate::crypto::wrong::{Derivation, Derived, Sealing};
use crate::crypto::{
    self, Class, DataKey, Error, IV_LENGTH, Iterations, KEY_LENGTH, TAG_LENGTH, encoding, pad_key,
};
use crate::vectors::{Derive, PadKey, Verify};

impl Wrong<'_> {
    /// Performs an operation of the crypto.
    pub(super) fn answer_of_the_crypto(&mut self, op: &str, params: &Value) -> Answer {
        let params = &self.misread(params);
        self.leak(params);
        match self.perform(op, params) {
            Answer::Reject(..) if self.opens_anything(params) => {
                Answer::Ok(json!({"plaintext": "null"}))
            }
            Answer::Reject(mut class, mut message) => {
                if let Some(key) = params["data_key"].as_str()
                    && self.has(Quirk::LeaksSealingKey)
                {
                    let start: String = key.chars().take(16).collect();
                    message = format!("cannot use the data key {start}...: {message}");
                }
                if let Some(key) = params["key"].as_str().filter(|_| self.has(Quirk::LeaksKey)) {
                    message = format!("cannot use the key {key}: {message}");
                }
                if self.has(Quirk::WrongClass) {
                    class = Class::Malformed;
                }
                Answer::Reject(class, message)
            }
            Answer::Unsupported if self.has(Quirk::OkToUnknownOps) => Answer::Ok(json!({})),
            Answer::Ok(mut answer) if self.has(Quirk::AnswersMore) => {
                answer["took_ms"] = json!(1);
                Answer::Ok(answer)
            }
            answer => answer,
        }
    }

    fn opens_anything(&self, params: &Value) -> bool {
        self.has(Quirk::OpensAnything)
            && !params["content"].is_null()
            && self.cipher_key(params).is_some()
    }

    /// The parameters as this adapter understands them.
    fn misread(&self, params: &Value) -> Value {
        let mut params = params.clone();
        let mut change = |member: &str, change: &dyn Fn(&str) -> Option<String>| {
            if let Some(changed) = params[member].as_str().and_then(change) {
                params[member] = json!(changed);
            }
        };
        if self.has(Quirk::EmptiesBadSalt) {
            change("salt", &|salt| encoding::decode(salt).is_err().then(String::new));
        }
        if self.has(Quirk::TakesAnyKeyLength) {
            change("data_key", &|key| {
                let mut bytes = encoding::decode(key).ok()?;
                bytes.resize(KEY_LENGTH, 0);
                Some(encoding::encode(bytes))
            });
        }
        if self.has(Quirk::SkipsStrangers) {
            for member in ["salt", "content"] {
                change(member, &|text| Some(text.chars().filter(char::is_ascii).collect()));
            }
        }
        if self.has(Quirk::NormalisesLineEnds) {
            change("plaintext", &|text| Some(text.replace("\r\n", "\n")));
        }
        if self.has(Quirk::DropsFinalNewline) {
            change("plaintext", &|text| text.strip_suffix('\n').map(str::to_owned));
        }
        if self.is(Variant::LenientBase64) {
            for member in ["salt", "content"] {
                change(member, &|text| encoding::decode_leniently(text).ok().map(encoding::encode));
            }
        }
        let is_below_1 = params["iterations"].as_i64().is_some_and(|count| count < 1);
        if self.has(Quirk::CountsBelowOneAsOne) && is_below_1 {
            params["iterations"] = json!(1);
        }
        if self.has(Quirk::CountsWithoutSign) && is_below_1 {
            params["iterations"] = json!(params["iterations"].as_i64().map(i64::abs));
        }
        if self.is(Variant::DefaultIterations) && is_below_1 {
            params["iterations"] = json!(Iterations::PLATFORM.get());
        }
        params
    }

    /// Prints secrets, as debugging code does.
    fn leak(&self, params: &Value) {
        if let Some(plaintext) = params["plaintext"].as_str()
            && self.has(Quirk::LeaksPlaintext)
        {
            eprintln!("debug: sealing {plaintext}");
        }
        let Some(key) = params["key"].as_str() else {
            return;
        };
        if self.has(Quirk::LeaksKeyBytes) {
            eprintln!("debug: key {:?}", key.as_bytes());
        }
        if self.has(Quirk::LeaksKeyPiece) {
            let start: String = key.chars().take(16).collect();
            eprintln!("debug: key {}...", start.to_uppercase());
        }
        if self.has(Quirk::LeaksPaddedKey) {
            let padded = pad_key(key.as_bytes());
            eprintln!("debug: key {}", encoding::encode(padded.as_bytes()));
        }
    }

    /// The operation with the bugs; without any in it, what is right.
    fn perform(&mut self, op: &str, params: &Value) -> Answer {
        let performed = match op {
            "pad_key" => self.padded(params).map(Ok),
            "derive_key_proof" => self.derived(Derived::Proof, "proof", params).map(Ok),
            "derive_data_key" => {
                let derived = self.derived(Derived::DataKey, "data_key", params);
                if self.has(Quirk::LeaksDataKey)
                    && let Answer::Ok(right) = self.right.answer(op, params)
                {
                    let key = encoding::decode(right["data_key"].as_str().unwrap_or_default());
                    let digits = key.into_iter().flatten().map(|byte| format!("{byte:02x}"));
                    eprintln!("debug: derived {}", digits.collect::<String>());
                }
                derived.map(Ok)
            }
            "generate_key_proof" => self.generated(params).map(Ok),
            "verify_key_proof" => self.verified(params).map(Ok),
            "encrypt" | "encrypt_with_project_key" => self.sealed(params).map(Ok),
            "decrypt" | "decrypt_with_project_key" => self.opened(params),
            _ => None,
        };
        performed.map_or_else(|| self.right.answer(op, params), Answer::from)
    }

    fn derivation(&self, derived: Derived) -> Option<Derivation> {
        self.behaviour.bugs.iter().find_map(|bug| match bug {
            Bug::Derivation(of, one) if *of == derived => Some(*one),
            _ => None,
        })
    }

    fn sealing(&self) -> Option<Sealing> {
        self.behaviour.bugs.iter().find_map(|bug| match bug {
            Bug::Sealing(sealing) => Some(*sealing),
            _ => None,
        })
    }

    fn padded(&self, params: &Value) -> Option<Value> {
        let PadKey { key } = read(params).ok()?;
        let derivation = self.derivation(Derived::PadKey)?;
        Some(json!({"padded_key": derivation.answer(Derived::PadKey, &key, "", Iterations::ONE)?}))
    }

    fn derived(&mut self, derived: Derived, member: &str, params: &Value) -> Option<Value> {
        let Derive { key, salt, iterations } = read(params).ok()?;
        let decoded = encoding::decode(&salt).ok()?;
        let iterations = Iterations::try_from(iterations).ok()?;
        if self.has(Quirk::RemembersByHash) && derived == Derived::Proof {
            let hash = key
                .encode_utf16()
                .fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
            let proof = || crypto::derive_key_proof(key.as_bytes(), &decoded, iterations);
            let name = format!("{hash} {salt} {}", iterations.get());
            let proof = self.remembered.entry(name).or_insert_with(proof);
            return Some(json!({member: proof}));
        }
        let derivation = self.derivation(derived)?;
        Some(json!({member: derivation.answer(derived, &key, &salt, iterations)?}))
    }

    fn proof(&mut self, key: &str, salt: &str, iterations: i64) -> Option<String> {
        let params = json!({"key": key, "salt": salt, "iterations": iterations});
        match self.perform("derive_key_proof", &params) {
            Answer::Ok(derived) => derived["proof"].as_str().map(str::to_owned),
            _ => None,
        }
    }

    fn generated(&mut self, params: &Value) -> Option<Value> {
        let PadKey { mut key } = read(params).ok()?;
        let salt = encoding::encode(self.draw.salt(self.behaviour)?);
        let iterations =
            if self.has(Quirk::GenerateWrongCount) { 100_000 } else { Iterations::PLATFORM.get() };
        if self.has(Quirk::GenerateWrongProof) {
            key.insert(0, 'x');
        }
        let proof = self.proof(&key, &salt, iterations.into())?;
        Some(json!({"salt": salt, "proof": proof, "iterations": iterations}))
    }

    fn verified(&mut self, params: &Value) -> Option<Value> {
        let p: Verify = read(params).ok()?;
        let mut proof = self.proof(&p.key, &p.salt, p.iterations)?;
        if self.has(Quirk::VerifyRemembers) {
            proof = self.remembered.entry(p.key).or_insert(proof).clone();
        }
        let valid = if self.has(Quirk::VerifyAlwaysTrue) {
            true
        } else if self.has(Quirk::VerifyAlwaysFalse) {
            false
        } else if self.has(Quirk::VerifyPrefix) {
            let length = p.proof.len().min(8);
            proof.as_bytes()[..length] == p.proof.as_bytes()[..length]
        } else if self.has(Quirk::VerifyIgnoresCase) {
            proof.eq_ignore_ascii_case(&p.proof)
        } else if self.has(Quirk::VerifyContains) {
            p.proof.contains(&proof)
        } else if self.has(Quirk::VerifyUntilNul) {
            p.proof.split('\0').next() == Some(&proof)
        } else {
            crypto::proofs_equal(&proof, &p.proof)
        };
        Some(json!({"valid": valid}))
    }

    /// The key of either cipher, if this adapter accepts it.
    fn cipher_key(&self, params: &Value) -> Option<DataKey> {
        if let Some(text) = params["data_key"].as_str() {
            return data_key(text).ok();
        }
        let key = params["key"].as_str()?;
        let is_taken = !key.is_empty() || self.has(Quirk::AcceptsEmptyKey);
        if self.has(Quirk::OlderCipherPadsWithNul) {
            let mut padded = key.as_bytes().to_vec();
            padded.resize(KEY_LENGTH, 0);
            return padded.try_into().ok().map(|key: [u8; KEY_LENGTH]| DataKey::from(key));
        }
        is_taken.then(|| DataKey::from(&pad_key(key.as_bytes())))
    }

    fn sealed(&mut self, params: &Value) -> Option<Value> {
        let key = self.cipher_key(params)?;
        let plaintext = params["plaintext"].as_str()?.as_bytes();
        let iv = self.draw.iv(self.behaviour)?;
        let sealed = match self.sealing() {
            Some(sealing) => sealing.seal(&key, &iv, plaintext),
            None => {
                let iv = iv.first_chunk::<IV_LENGTH>()?;
                crypto::seal_with_iv(&key, iv, plaintext)
            }
        };
        Some(json!({"content": sealed.ok()?}))
    }

    fn opened(&self, params: &Value) -> Option<Outcome> {
        let key = self.cipher_key(params)?;
        let content = params["content"].as_str()?;
        let opened = match self.sealing() {
            Some(sealing) => sealing.open(&key, content).ok_or(Error::Tag),
            None => crypto::open(&key, content).map(|text| text.to_vec()),
        };
        let opened = match opened {
            Err(Error::Tag) if self.has(Quirk::IgnoresTag) => unchecked(&key, content),
            Err(Error::Tag) if self.has(Quirk::ReleasesPlaintext) => {
                let text = unchecked(&key, content);
                let text = String::from_utf8_lossy(&text);
                let message = format!("the tag does not fit the text {text}");
                return Some(Err(Answer::Reject(Class::Authentication, message)));
            }
            Err(Error::TooShort(_)) if self.has(Quirk::AcceptsTruncated) => Vec::new(),
            Err(error) => return Some(Err(error.into())),
            Ok(opened) => opened,
        };
        if let Some(unmarked) = opened.strip_prefix("\u{feff}".as_bytes())
            && self.has(Quirk::SwallowsMark)
        {
            return Some(plaintext(unmarked.to_vec()));
        }
        if self.has(Quirk::RepairsUtf8) {
            return Some(Ok(json!({"plaintext": String::from_utf8_lossy(&opened)})));
        }
        Some(plaintext(opened))
    }
}

/// The plaintext of a blob, whether or not its tag fits.
fn unchecked(key: &DataKey, content: &str) -> Vec<u8> {
    let bytes = encoding::decode(content).unwrap_or_default();
    let end = bytes.len().saturating_sub(TAG_LENGTH);
    let without_tag = encoding::encode(&bytes[..end]);
    let opened = Sealing::CtrWithoutTag.open(key, &without_tag);
    opened.unwrap_or_default()
}
