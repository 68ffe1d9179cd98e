//! A proof that the implementation generated.

/// What `generate_key_proof` gave for a key.
#[derive(Debug, Clone)]
pub(super) struct Generated {
    pub(super) key: String,
    pub(super) salt: String,
    pub(super) proof: String,
    pub(super) iterations: i64,
}
