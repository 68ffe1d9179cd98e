//! A request to an adapter.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::vectors::Call;

/// The operations of the crypto, in the order of the protocol's table.
pub const OPERATIONS: [&str; 9] = [
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

/// Those that an implementation may lack.
pub const OPTIONAL: [&str; 2] = ["encrypt_with_project_key", "decrypt_with_project_key"];

/// The operations of a client, in the order of the protocol's tables: single calls, then flows. An
/// implementation may lack any of them.
pub const CLIENT_OPERATIONS: [&str; 12] = [
    "get_encryption_key",
    "get_key_history",
    "rotate_encryption_key",
    "rotate_client_keys",
    "list_pending_reencrypt",
    "submit_reencrypted_history",
    "store_secrets",
    "create_client_project",
    "push_secrets",
    "pull_secrets",
    "rotate_client_key",
    "reencrypt_history",
];

/// The members of the answer of an operation of the crypto, which has all of them and no other.
pub fn answer_members(op: &str) -> &'static [&'static str] {
    match op {
        "pad_key" => &["padded_key"],
        "derive_key_proof" => &["proof"],
        "generate_key_proof" => &["salt", "proof", "iterations"],
        "verify_key_proof" => &["valid"],
        "derive_data_key" => &["data_key"],
        "encrypt" | "encrypt_with_project_key" => &["content"],
        "decrypt" | "decrypt_with_project_key" => &["plaintext"],
        _ => &[],
    }
}

/// The members that the answer of an operation of a client may have. No other is any operation's.
pub fn client_answer_members(op: &str) -> &'static [&'static str] {
    match op {
        "get_encryption_key" => {
            &["managed", "version", "key", "key_check_salt", "key_check_iterations"]
        }
        "get_key_history" => &["keys"],
        "rotate_encryption_key" => &["version", "key"],
        "rotate_client_keys" => &["count"],
        "list_pending_reencrypt" => &["versions", "remaining"],
        "submit_reencrypted_history" | "reencrypt_history" => &["updated", "remaining"],
        "create_client_project" => &["project"],
        "pull_secrets" => &["levels"],
        _ => &[],
    }
}

/// An operation and its parameters. `Debug` shows the operation only: the parameters may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The operation's name.
    pub op: Cow<'static, str>,
    /// Its parameters, a JSON object.
    pub params: Value,
    /// PBKDF2 iterations that it costs, on which its time limit depends.
    pub iterations: u32,
}

impl Request {
    /// Any operation; `iterations` are read off the parameters.
    pub fn new(op: impl Into<Cow<'static, str>>, params: Value) -> Self {
        let iterations = params.get("iterations").and_then(Value::as_u64);
        Self {
            op: op.into(),
            iterations: u32::try_from(iterations.unwrap_or(0)).unwrap_or(0),
            params,
        }
    }

    /// The greeting.
    pub fn hello() -> Self {
        Self::new("hello", json!({"protocol": super::PROTOCOL}))
    }

    /// `pad_key`.
    pub fn pad_key(key: &str) -> Self {
        Self::new("pad_key", json!({"key": key}))
    }

    /// `derive_key_proof`.
    pub fn derive_key_proof(key: &str, salt: &str, iterations: u32) -> Self {
        Self::new("derive_key_proof", json!({"key": key, "salt": salt, "iterations": iterations}))
    }

    /// `derive_data_key`.
    pub fn derive_data_key(key: &str, salt: &str, iterations: u32) -> Self {
        Self::new("derive_data_key", json!({"key": key, "salt": salt, "iterations": iterations}))
    }

    /// `generate_key_proof`, which costs the platform's iterations.
    pub fn generate_key_proof(key: &str) -> Self {
        Self {
            iterations: crate::crypto::Iterations::PLATFORM.get(),
            ..Self::new("generate_key_proof", json!({"key": key}))
        }
    }

    /// `verify_key_proof`.
    pub fn verify_key_proof(key: &str, salt: &str, iterations: u32, proof: &str) -> Self {
        Self::new(
            "verify_key_proof",
            json!({"key": key, "salt": salt, "iterations": iterations, "proof": proof}),
        )
    }

    /// `encrypt` under a data key in base64.
    pub fn encrypt(data_key: &str, plaintext: &str) -> Self {
        Self::new("encrypt", json!({"data_key": data_key, "plaintext": plaintext}))
    }

    /// `decrypt` under a data key in base64.
    pub fn decrypt(data_key: &str, content: &str) -> Self {
        Self::new("decrypt", json!({"data_key": data_key, "content": content}))
    }

    /// `encrypt_with_project_key`.
    pub fn encrypt_with_project_key(key: &str, plaintext: &str) -> Self {
        Self::new("encrypt_with_project_key", json!({"key": key, "plaintext": plaintext}))
    }

    /// `decrypt_with_project_key`.
    pub fn decrypt_with_project_key(key: &str, content: &str) -> Self {
        Self::new("decrypt_with_project_key", json!({"key": key, "content": content}))
    }

    /// The request of a vector's call: without the IV, which adapters draw themselves.
    pub fn of(call: &Call) -> Self {
        let mut document = serde_json::to_value(call).unwrap_or_default();
        let mut params = document["params"].take();
        if let Some(params) = params.as_object_mut() {
            params.shift_remove("iv");
        }
        Self::new(call.op(), params)
    }

    /// The line that is sent, without its line feed.
    pub(super) fn line(&self, id: u64) -> String {
        json!({"id": id, "op": self.op, "params": self.params}).to_string()
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("op", &self.op).finish_non_exhaustive()
    }
}
