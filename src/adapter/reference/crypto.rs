//! The operations of the reference adapter: this crate's own cryptography, with its bugs.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Answer, Bug, Manner, Quirk, Variant};
use crate::adapter::OPTIONAL;
use crate::crypto::wrong::{Derivation, Sealing, Target};
use crate::crypto::{
    self, Class, DataKey, Error, IV_LENGTH, Iterations, KEY_LENGTH, SALT_LENGTH, encoding, pad_key,
};
use crate::vectors::{Derive, PadKey, Verify};

/// Where what is drawn by [`Quirk::IvAfterRestart`] and its like starts.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

pub(super) struct Crypto<'m> {
    manner: &'m Manner,
    /// The last counter of [`Quirk::CounterIv`], the state of [`Crypto::seeded`].
    counter: Option<u128>,
    state: u64,
}

#[derive(Deserialize)]
struct Seal {
    data_key: String,
    plaintext: String,
}

#[derive(Deserialize)]
struct Open {
    data_key: String,
    content: String,
}

#[derive(Deserialize)]
struct SealWithProjectKey {
    key: String,
    plaintext: String,
}

#[derive(Deserialize)]
struct OpenWithProjectKey {
    key: String,
    content: String,
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        Self::Reject(error.class(), error.to_string())
    }
}

pub(super) type Outcome = Result<Value, Answer>;

impl<'m> Crypto<'m> {
    pub(super) const fn new(manner: &'m Manner) -> Self {
        Self {
            manner,
            counter: None,
            state: SEED,
        }
    }

    fn has(&self, quirk: Quirk) -> bool {
        self.manner.has(quirk)
    }

    /// Operations that it does not have, whether it claims them or not.
    pub(super) fn lacks(&self, op: &str) -> bool {
        let may_lack = self.has(Quirk::ClaimsMissingOps) || self.manner.is(Variant::NoOlderCipher);
        may_lack && OPTIONAL.contains(&op)
    }

    /// A text of base64 as it is read.
    fn base64<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let is_lenient = self.manner.is(Variant::LenientBase64);
        match encoding::decode_leniently(text).ok().filter(|_| is_lenient) {
            Some(bytes) => Cow::Owned(encoding::encode(bytes)),
            None => Cow::Borrowed(text),
        }
    }

    fn iterations(&self, count: i64) -> Result<Iterations, Error> {
        if self.manner.is(Variant::DefaultIterations) && count < 1 {
            Ok(Iterations::PLATFORM)
        } else {
            Iterations::try_from(count)
        }
    }

    pub(super) fn answer(&mut self, op: &str, params: &Value) -> Answer {
        if self.lacks(op) {
            return Answer::Unsupported;
        }
        self.leak(params);
        let outcome = match op {
            "pad_key" => read(params).and_then(|p| self.pad_key(&p)),
            "derive_key_proof" => read(params).and_then(|p| self.proof(&p)),
            "generate_key_proof" => read(params).and_then(|p| self.generate(&p)),
            "verify_key_proof" => read(params).and_then(|p| self.verify(&p)),
            "derive_data_key" => read(params).and_then(|p| self.data_key(&p)),
            "encrypt" => read(params).and_then(|p| self.encrypt(&p)),
            "decrypt" => read(params).and_then(|p| self.decrypt(&p)),
            "encrypt_with_project_key" => read(params).and_then(|p| self.encrypt_older(&p)),
            "decrypt_with_project_key" => read(params).and_then(|p| self.decrypt_older(&p)),
            _ if self.has(Quirk::OkToUnknownOps) => Ok(json!({})),
            _ => Err(Answer::Unsupported),
        };
        match outcome {
            Ok(ok) => Answer::Ok(ok),
            Err(Answer::Reject(class, mut message)) => {
                if let Some(key) = params["key"].as_str().filter(|_| self.has(Quirk::LeaksKey)) {
                    message = format!("cannot use the key {key}: {message}");
                }
                let class = if self.has(Quirk::WrongClass) {
                    Class::Malformed
                } else {
                    class
                };
                Answer::Reject(class, message)
            }
            Err(other) => other,
        }
    }

    /// Prints a key, as debugging code does.
    fn leak(&self, params: &Value) {
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

    fn derivation(&self, target: Target) -> Option<Derivation> {
        self.manner.bugs.iter().find_map(|bug| match bug {
            Bug::Derivation(of, one) if *of == target => Some(*one),
            _ => None,
        })
    }

    fn sealing(&self) -> Option<Sealing> {
        self.manner.bugs.iter().find_map(|bug| match bug {
            Bug::Sealing(sealing) => Some(*sealing),
            _ => None,
        })
    }

    fn pad_key(&self, p: &PadKey) -> Outcome {
        let wrong = self.derivation(Target::PadKey);
        let wrong =
            wrong.and_then(|one| one.answer(Target::PadKey, &p.key, "", Iterations::PLATFORM));
        let right = || encoding::encode(pad_key(p.key.as_bytes()).as_bytes());
        Ok(json!({"padded_key": wrong.unwrap_or_else(right)}))
    }

    fn derive(&self, target: Target, p: &Derive) -> Result<String, Answer> {
        let iterations = self.iterations(p.iterations)?;
        let salt = match encoding::decode(&self.base64(&p.salt)) {
            Err(_) if self.has(Quirk::EmptiesBadSalt) => Vec::new(),
            salt => salt?,
        };
        let wrong = self.derivation(target);
        let wrong = wrong.and_then(|one| one.answer(target, &p.key, &p.salt, iterations));
        let key = p.key.as_bytes();
        Ok(wrong.unwrap_or_else(|| match target {
            Target::DataKey => encoding::encode(DataKey::derive(key, &salt, iterations).as_bytes()),
            Target::Proof | Target::PadKey => crypto::derive_key_proof(key, &salt, iterations),
        }))
    }

    fn proof(&self, p: &Derive) -> Outcome {
        Ok(json!({"proof": self.derive(Target::Proof, p)?}))
    }

    fn data_key(&self, p: &Derive) -> Outcome {
        Ok(json!({"data_key": self.derive(Target::DataKey, p)?}))
    }

    fn generate(&mut self, p: &PadKey) -> Outcome {
        let mut salt = vec![7; SALT_LENGTH];
        if self.has(Quirk::GenerateSaltAfterRestart) {
            salt = self.seeded().to_vec();
        } else if !self.has(Quirk::GenerateConstantSalt) {
            getrandom::fill(&mut salt).map_err(|_| Error::Randomness)?;
        }
        if self.has(Quirk::GenerateShortSalt) {
            salt.truncate(SALT_LENGTH / 2);
        }
        let iterations = if self.has(Quirk::GenerateWrongCount) {
            100_000
        } else {
            Iterations::PLATFORM.get()
        };
        let mut key = p.key.clone();
        if self.has(Quirk::GenerateWrongProof) {
            key.insert(0, 'x');
        }
        let salt = encoding::encode(salt);
        let derive = Derive {
            key,
            salt: salt.clone(),
            iterations: i64::from(iterations),
        };
        let proof = self.derive(Target::Proof, &derive)?;
        Ok(json!({"salt": salt, "proof": proof, "iterations": iterations}))
    }

    fn verify(&self, p: &Verify) -> Outcome {
        let derive = Derive {
            key: p.key.clone(),
            salt: p.salt.clone(),
            iterations: p.iterations,
        };
        let proof = self.derive(Target::Proof, &derive)?;
        let valid = if self.has(Quirk::VerifyAlwaysTrue) {
            true
        } else if self.has(Quirk::VerifyAlwaysFalse) {
            false
        } else if self.has(Quirk::VerifyPrefix) {
            let length = p.proof.len().min(8);
            proof.as_bytes()[..length] == p.proof.as_bytes()[..length]
        } else {
            crypto::proofs_equal(&proof, &p.proof)
        };
        Ok(json!({"valid": valid}))
    }

    fn encrypt(&mut self, p: &Seal) -> Outcome {
        let key = self.read_data_key(&p.data_key)?;
        Ok(json!({"content": self.seal(&key, &p.plaintext)?}))
    }

    fn decrypt(&self, p: &Open) -> Outcome {
        self.open(&self.read_data_key(&p.data_key)?, &p.content)
    }

    fn read_data_key(&self, text: &str) -> Result<DataKey, Answer> {
        match encoding::decode(text) {
            Ok(mut bytes) if self.has(Quirk::TakesAnyKeyLength) => {
                bytes.resize(KEY_LENGTH, 0);
                data_key(&encoding::encode(bytes))
            }
            _ => data_key(text),
        }
    }

    fn encrypt_older(&mut self, p: &SealWithProjectKey) -> Outcome {
        let key = self.project_key(&p.key)?;
        Ok(json!({"content": self.seal(&key, &p.plaintext)?}))
    }

    fn decrypt_older(&self, p: &OpenWithProjectKey) -> Outcome {
        let key = self.project_key(&p.key)?;
        self.open(&key, &p.content)
    }

    fn project_key(&self, key: &str) -> Result<DataKey, Error> {
        if key.is_empty() && !self.has(Quirk::AcceptsEmptyKey) {
            return Err(Error::EmptyKey);
        }
        Ok(DataKey::from(&pad_key(key.as_bytes())))
    }

    fn seal(&mut self, key: &DataKey, plaintext: &str) -> Result<String, Error> {
        let mut plaintext = plaintext.to_owned();
        if self.has(Quirk::NormalisesLineEnds) {
            plaintext = plaintext.replace("\r\n", "\n");
        }
        if self.has(Quirk::DropsFinalNewline) && plaintext.ends_with('\n') {
            plaintext.pop();
        }
        if self.has(Quirk::LeaksPlaintext) {
            eprintln!("debug: sealing {plaintext}");
        }
        let iv = self.iv()?;
        if let Some(sealing) = self.sealing() {
            return sealing.seal(key, &iv, plaintext.as_bytes());
        }
        let mut short = [0; IV_LENGTH];
        short.copy_from_slice(&iv[..IV_LENGTH]);
        crypto::seal_with_iv(key, &short, plaintext.as_bytes())
    }

    fn open(&self, key: &DataKey, content: &str) -> Outcome {
        match self.open_or_refuse(key, content) {
            Err(Answer::Reject(..)) if self.has(Quirk::OpensAnything) => {
                Ok(json!({"plaintext": "null"}))
            }
            outcome => outcome,
        }
    }

    fn open_or_refuse(&self, key: &DataKey, content: &str) -> Outcome {
        let content = &*self.base64(content);
        let opened = match self.sealing() {
            Some(sealing) => sealing.open(key, content).ok_or(Error::Tag)?,
            None => match crypto::open(key, content) {
                Ok(plaintext) => plaintext.to_vec(),
                Err(Error::Tag) => self.open_unchecked(key, content)?,
                Err(Error::TooShort(_)) if self.has(Quirk::AcceptsTruncated) => Vec::new(),
                Err(error) => return Err(error.into()),
            },
        };
        match String::from_utf8(opened) {
            Ok(plaintext) => Ok(json!({"plaintext": plaintext})),
            Err(error) if self.has(Quirk::RepairsUtf8) => {
                let repaired = String::from_utf8_lossy(error.as_bytes());
                Ok(json!({"plaintext": repaired}))
            }
            Err(_) => Err(Answer::Reject(
                Class::Malformed,
                "the plaintext is not UTF-8".to_owned(),
            )),
        }
    }

    /// What the tag did not vouch for, for the bugs that give it away.
    fn open_unchecked(&self, key: &DataKey, content: &str) -> Result<Vec<u8>, Answer> {
        let decrypted = || {
            let bytes = encoding::decode(content).unwrap_or_default();
            let end = bytes.len() - crypto::TAG_LENGTH;
            let unchecked = encoding::encode(&bytes[..end]);
            Sealing::CtrWithoutTag
                .open(key, &unchecked)
                .unwrap_or_default()
        };
        if self.has(Quirk::IgnoresTag) {
            return Ok(decrypted());
        }
        if self.has(Quirk::ReleasesPlaintext) {
            let text = String::from_utf8_lossy(&decrypted()).into_owned();
            let message = format!("the tag does not fit the text {text}");
            return Err(Answer::Reject(Class::Authentication, message));
        }
        Err(Error::Tag.into())
    }

    /// SplitMix64: looks random, and is the same in each process.
    fn seeded(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        for chunk in bytes.chunks_exact_mut(8) {
            self.state = self.state.wrapping_add(SEED);
            let mut mixed = self.state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
        }
        bytes
    }

    fn iv(&mut self) -> Result<[u8; 16], Error> {
        let mut iv = [0; 16];
        if self.has(Quirk::FixedIv) {
            return Ok(iv);
        }
        if self.has(Quirk::IvAfterRestart) {
            return Ok(self.seeded());
        }
        getrandom::fill(&mut iv).map_err(|_| Error::Randomness)?;
        if self.has(Quirk::IvPrefix) {
            iv[..4].copy_from_slice(b"kp01");
        }
        if self.has(Quirk::CounterIv) {
            let start = u128::from_be_bytes(iv) >> 32;
            let counter = self.counter.map_or(start, |last| last + 1);
            self.counter = Some(counter);
            iv = (counter << 32).to_be_bytes();
        }
        Ok(iv)
    }
}

pub(super) fn read<T: DeserializeOwned>(params: &Value) -> Result<T, Answer> {
    // The reader's own message would quote the parameters.
    T::deserialize(params)
        .map_err(|_| Answer::Error("the parameters are not those of the operation".to_owned()))
}

fn data_key(text: &str) -> Result<DataKey, Answer> {
    let bytes = encoding::decode(text)?;
    let bytes: [u8; KEY_LENGTH] = bytes.try_into().map_err(|_| {
        Answer::Reject(Class::InvalidArgument, "a data key has 32 bytes".to_owned())
    })?;
    Ok(DataKey::from(bytes))
}
