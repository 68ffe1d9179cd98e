//! An adapter in Rust: the crypto, which an SDK's author replaces by calls, then the protocol.

use std::io::{self, BufRead, Write};

use aes_gcm::aead::Aead;
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;

// --- The crypto: call your SDK in the bodies of these functions ---

const ITERATIONS: i64 = 600_000;

/// A refused input is a class of the protocol. `Failed` is none: its message says nothing of what went wrong.
#[derive(Clone, Copy)]
enum Refusal {
    Malformed,
    Authentication,
    EmptyKey,
    InvalidArgument,
    Failed,
}

impl Refusal {
    /// What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
    fn reply(self) -> Value {
        let (class, message) = match self {
            Self::Malformed => ("malformed", "not base64, too short or not UTF-8"),
            Self::Authentication => ("authentication", "the tag does not match"),
            Self::EmptyKey => ("empty_key", "the key is empty"),
            Self::InvalidArgument => {
                ("invalid_argument", "iterations below 1, or a data key that is not 32 bytes")
            }
            Self::Failed => return json!({"error": {"message": "the operation failed"}}),
        };
        json!({"reject": {"class": class, "message": message}})
    }
}

fn encode(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Padding is required, spare bits are refused.
fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    BASE64_STANDARD.decode(text).map_err(|_| Refusal::Malformed)
}

/// Bytes: a character can be cut in half.
fn pad_key(key: &[u8]) -> [u8; 32] {
    let mut padded = [b'0'; 32];
    let length = key.len().min(32);
    padded[..length].copy_from_slice(&key[..length]);
    padded
}

fn derive(password: &[u8], salt: &str, iterations: i64) -> Result<[u8; 32], Refusal> {
    if iterations < 1 {
        return Err(Refusal::InvalidArgument);
    }
    let iterations = u32::try_from(iterations).map_err(|_| Refusal::Failed)?;
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(password, &decode(salt)?, iterations, &mut key);
    Ok(key)
}

fn derive_key_proof(key: &str, salt: &str, iterations: i64) -> Result<String, Refusal> {
    Ok(encode(&derive(&pad_key(key.as_bytes()), salt, iterations)?))
}

/// Over the key as it is: padding belongs to the proof.
fn derive_data_key(key: &str, salt: &str, iterations: i64) -> Result<[u8; 32], Refusal> {
    derive(key.as_bytes(), salt, iterations)
}

/// The salt and the proof.
fn generate_key_proof(key: &str) -> Result<(String, String), Refusal> {
    let salt = encode(&random::<16>()?);
    let proof = derive_key_proof(key, &salt, ITERATIONS)?;
    Ok((salt, proof))
}

/// As text and in constant time, as the server compares.
fn verify_key_proof(key: &str, salt: &str, iterations: i64, proof: &str) -> Result<bool, Refusal> {
    let ours = derive_key_proof(key, salt, iterations)?;
    Ok(ours.as_bytes().ct_eq(proof.as_bytes()).into())
}

fn encrypt(key: &[u8], plaintext: &str) -> Result<String, Refusal> {
    let iv = random::<12>()?;
    let sealed = aes(key)?.encrypt(&iv.into(), plaintext.as_bytes());
    Ok(encode(&[&iv[..], &sealed.map_err(|_| Refusal::Failed)?].concat()))
}

fn decrypt(key: &[u8], content: &str) -> Result<String, Refusal> {
    let cipher = aes(key)?;
    let blob = decode(content)?;
    if blob.len() < 28 {
        return Err(Refusal::Malformed);
    }
    let (iv, sealed) = blob.split_first_chunk::<12>().ok_or(Refusal::Malformed)?;
    let opened = cipher.decrypt(iv.into(), sealed).map_err(|_| Refusal::Authentication)?;
    // Not from_utf8_lossy, which puts U+FFFD for bad bytes.
    String::from_utf8(opened).map_err(|_| Refusal::Malformed)
}

fn project_key(key: &str) -> Result<[u8; 32], Refusal> {
    if key.is_empty() {
        return Err(Refusal::EmptyKey);
    }
    Ok(pad_key(key.as_bytes()))
}

fn aes(key: &[u8]) -> Result<Aes256Gcm, Refusal> {
    Aes256Gcm::new_from_slice(key).map_err(|_| Refusal::InvalidArgument)
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Refusal> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::Failed)?;
    Ok(bytes)
}

// --- The protocol: it can stay as it is ---

const OPERATIONS: [&str; 9] = [
    "pad_key",
    "derive_key_proof",
    "generate_key_proof",
    "verify_key_proof",
    "derive_data_key",
    "encrypt",
    "decrypt",
    "encrypt_with_project_key",
    "decrypt_with_project_key",
];

fn hello() -> Value {
    json!({
        "protocol": 1, "name": "keyproof-rust-starter", "version": env!("CARGO_PKG_VERSION"), "language": "rust",
        "ops": OPERATIONS, "max_outstanding": 1,
    })
}

/// The members of `ok`.
fn call(op: &str, params: &Value) -> Result<Value, Refusal> {
    let text = |name: &str| params[name].as_str().ok_or(Refusal::Failed);
    let iterations = || params["iterations"].as_i64().ok_or(Refusal::Failed);
    Ok(match op {
        "pad_key" => json!({"padded_key": encode(&pad_key(text("key")?.as_bytes()))}),
        "derive_key_proof" => {
            json!({"proof": derive_key_proof(text("key")?, text("salt")?, iterations()?)?})
        }
        "generate_key_proof" => {
            let (salt, proof) = generate_key_proof(text("key")?)?;
            json!({"salt": salt, "proof": proof, "iterations": ITERATIONS})
        }
        "verify_key_proof" => {
            let (key, salt, proof) = (text("key")?, text("salt")?, text("proof")?);
            json!({"valid": verify_key_proof(key, salt, iterations()?, proof)?})
        }
        "derive_data_key" => {
            json!({"data_key": encode(&derive_data_key(text("key")?, text("salt")?, iterations()?)?)})
        }
        "encrypt" => json!({"content": encrypt(&decode(text("data_key")?)?, text("plaintext")?)?}),
        "decrypt" => json!({"plaintext": decrypt(&decode(text("data_key")?)?, text("content")?)?}),
        "encrypt_with_project_key" => {
            json!({"content": encrypt(&project_key(text("key")?)?, text("plaintext")?)?})
        }
        "decrypt_with_project_key" => {
            json!({"plaintext": decrypt(&project_key(text("key")?)?, text("content")?)?})
        }
        _ => return Err(Refusal::Failed),
    })
}

/// The member of the reply that says what came of it.
fn answer(request: &Value) -> Value {
    match request["op"].as_str() {
        Some("hello") => json!({"ok": hello()}),
        Some(op) if OPERATIONS.contains(&op) => {
            call(op, &request["params"]).map_or_else(Refusal::reply, |ok| json!({"ok": ok}))
        }
        _ => json!({"unsupported": {}}),
    }
}

fn serve(line: &[u8]) -> Value {
    // What is no object has no members: its id is null.
    let request: Value = serde_json::from_slice(line).unwrap_or_default();
    let id = &request["id"];
    let mut reply = match id {
        Value::Null => json!({"error": {"message": "not a request"}}),
        _ => answer(&request),
    };
    reply["id"] = id.clone();
    reply
}

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    // Lines of bytes: lines() would end at one that is no UTF-8.
    for line in io::stdin().lock().split(b'\n') {
        writeln!(out, "{}", serve(&line?))?;
        out.flush()?; // each reply leaves at once
    }
    Ok(())
}
