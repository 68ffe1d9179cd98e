//! The operations of the crypto, done right. An adapter for another implementation does the same: it reads the
//! parameters, calls its own library, and answers with what that gave.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Outcome, read};
use crate::crypto::{self, Class, DataKey, Error, Iterations, KEY_LENGTH, encoding};
use crate::vectors::{Derive, PadKey, Verify};

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

/// Performs an operation.
pub(super) fn perform(op: &str, params: &Value) -> Outcome {
    match op {
        "pad_key" => Ok(pad_key(&read(params)?)),
        "derive_key_proof" => derive_key_proof(&read(params)?),
        "generate_key_proof" => generate_key_proof(&read(params)?),
        "verify_key_proof" => verify_key_proof(&read(params)?),
        "derive_data_key" => derive_data_key(&read(params)?),
        "encrypt" => encrypt(&read(params)?),
        "decrypt" => decrypt(&read(params)?),
        "encrypt_with_project_key" => encrypt_with_project_key(&read(params)?),
        "decrypt_with_project_key" => decrypt_with_project_key(&read(params)?),
        _ => Err(Answer::Unsupported),
    }
}

fn pad_key(p: &PadKey) -> Value {
    let padded = crypto::pad_key(p.key.as_bytes());
    json!({"padded_key": encoding::encode(padded.as_bytes())})
}

fn derive_key_proof(p: &Derive) -> Outcome {
    let iterations = Iterations::try_from(p.iterations)?;
    let salt = encoding::decode(&p.salt)?;
    let proof = crypto::derive_key_proof(p.key.as_bytes(), &salt, iterations);
    Ok(json!({"proof": proof}))
}

fn generate_key_proof(p: &PadKey) -> Outcome {
    let made = crypto::generate_key_proof(p.key.as_bytes())?;
    let iterations = made.iterations.get();
    Ok(json!({"salt": made.salt, "proof": made.key_check, "iterations": iterations}))
}

fn verify_key_proof(p: &Verify) -> Outcome {
    let iterations = Iterations::try_from(p.iterations)?;
    let salt = encoding::decode(&p.salt)?;
    let valid = crypto::verify_key_proof(p.key.as_bytes(), &salt, iterations, &p.proof);
    Ok(json!({"valid": valid}))
}

fn derive_data_key(p: &Derive) -> Outcome {
    let iterations = Iterations::try_from(p.iterations)?;
    let salt = encoding::decode(&p.salt)?;
    let data_key = DataKey::derive(p.key.as_bytes(), &salt, iterations);
    Ok(json!({"data_key": encoding::encode(data_key.as_bytes())}))
}

fn encrypt(p: &Seal) -> Outcome {
    let content = crypto::seal(&data_key(&p.data_key)?, p.plaintext.as_bytes())?;
    Ok(json!({"content": content}))
}

fn decrypt(p: &Open) -> Outcome {
    plaintext(crypto::open(&data_key(&p.data_key)?, &p.content)?.to_vec())
}

fn encrypt_with_project_key(p: &SealWithProjectKey) -> Outcome {
    let content = crypto::seal(&project_key(&p.key)?, p.plaintext.as_bytes())?;
    Ok(json!({"content": content}))
}

fn decrypt_with_project_key(p: &OpenWithProjectKey) -> Outcome {
    plaintext(crypto::open(&project_key(&p.key)?, &p.content)?.to_vec())
}

/// Reads a data key.
pub(super) fn data_key(text: &str) -> Result<DataKey, Answer> {
    let bytes = encoding::decode(text)?;
    let bytes: [u8; KEY_LENGTH] = bytes.try_into().map_err(|_| {
        Answer::Reject(Class::InvalidArgument, "a data key has 32 bytes".to_owned())
    })?;
    Ok(DataKey::from(bytes))
}

/// The key of the older cipher, which takes any key but an empty one.
fn project_key(key: &str) -> Result<DataKey, Error> {
    if key.is_empty() {
        return Err(Error::EmptyKey);
    }
    Ok(DataKey::from(&crypto::pad_key(key.as_bytes())))
}

/// What was in a blob, which has to be text.
pub(super) fn plaintext(bytes: Vec<u8>) -> Outcome {
    let text = String::from_utf8(bytes)
        .map_err(|_| Answer::Reject(Class::Malformed, "the plaintext is not UTF-8".to_owned()))?;
    Ok(json!({"plaintext": text}))
}
