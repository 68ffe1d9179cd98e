//! The operations of the crypto, done right. An adapter for another implementation does the same: it reads the
//! parameters, calls its own library, and answers with what that gave.

use serde_json::{Value, json};

use super::answer::{Answer, Outcome, read, unreadable};
use crate::crypto::{self, Class, DataKey, Error, Iterations, KEY_LENGTH, encoding};
use crate::vectors::{Derive, PadKey, Verify};

pub(super) fn perform(op: &str, params: &Value) -> Outcome {
    match op {
        "pad_key" => Ok(pad_key(&read(params)?)),
        "derive_key_proof" => derive_key_proof(&read(params)?),
        "generate_key_proof" => generate_key_proof(&read(params)?),
        "verify_key_proof" => verify_key_proof(&read(params)?),
        "derive_data_key" => derive_data_key(&read(params)?),
        "encrypt" => seal(data_key(member(params, "data_key")?), member(params, "plaintext")?),
        "decrypt" => open(data_key(member(params, "data_key")?), member(params, "content")?),
        "encrypt_with_project_key" => {
            seal(project_key(member(params, "key")?), member(params, "plaintext")?)
        }
        "decrypt_with_project_key" => {
            open(project_key(member(params, "key")?), member(params, "content")?)
        }
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

fn seal(key: Result<DataKey, Answer>, plaintext: &str) -> Outcome {
    Ok(json!({"content": crypto::seal(&key?, plaintext.as_bytes())?}))
}

fn open(key: Result<DataKey, Answer>, content: &str) -> Outcome {
    plaintext(crypto::open(&key?, content)?.to_vec())
}

/// A text among the parameters.
fn member<'p>(params: &'p Value, name: &str) -> Result<&'p str, Answer> {
    params[name].as_str().ok_or_else(unreadable)
}

pub(super) fn data_key(text: &str) -> Result<DataKey, Answer> {
    let bytes = encoding::decode(text)?;
    let bytes: [u8; KEY_LENGTH] = bytes.try_into().map_err(|_| {
        Answer::Reject(Class::InvalidArgument, "a data key has 32 bytes".to_owned())
    })?;
    Ok(DataKey::from(bytes))
}

/// The key of the older cipher, which takes any key but an empty one.
fn project_key(key: &str) -> Result<DataKey, Answer> {
    if key.is_empty() {
        return Err(Error::EmptyKey.into());
    }
    Ok(DataKey::from(&crypto::pad_key(key.as_bytes())))
}

/// What was in a blob, which has to be text.
pub(super) fn plaintext(bytes: Vec<u8>) -> Outcome {
    let text = String::from_utf8(bytes)
        .map_err(|_| Answer::Reject(Class::Malformed, "the plaintext is not UTF-8".to_owned()))?;
    Ok(json!({"plaintext": text}))
}
