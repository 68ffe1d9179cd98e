//! The files of `vectors/`. `suites/vectors.rs` walks the folder and fails if one is missing here.

use std::sync::LazyLock;

use super::{Corpus, Error};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/", $name)))),*]
    };
}

/// Every file of `vectors/`, with its text: what is exported.
pub const FILES: [(&str, &str); 8] = files![
    "README.md",
    "format.jsonschema",
    "pad_key.json",
    "key_proof.json",
    "data_key.json",
    "blob_open.json",
    "blob_seal.json",
    "legacy_cipher.json",
];

/// The corpus that this crate carries.
///
/// # Errors
/// None as released: `suites/vectors.rs` reads it.
pub fn embedded() -> Result<&'static Corpus, &'static Error> {
    static CORPUS: LazyLock<Result<Corpus, Error>> = LazyLock::new(read);
    CORPUS.as_ref()
}

fn read() -> Result<Corpus, Error> {
    let documents = FILES
        .iter()
        .filter(|(name, _)| name.ends_with(".json"))
        .map(|(_, text)| serde_json::from_str(text))
        .collect::<Result<_, _>>()?;
    Corpus::new(documents)
}
