//! The seed of what tests draw.

/// The seed, unless the environment names another.
const SEED: u64 = 5;
pub(crate) const SEED_VARIABLE: &str = "KEYPROOF_TEST_SEED";

/// The seed of this run.
pub(crate) fn seed() -> Result<u64, String> {
    match std::env::var(SEED_VARIABLE) {
        Err(_) => Ok(SEED),
        Ok(text) => text
            .parse()
            .map_err(|_| format!("{SEED_VARIABLE} is {text:?}: give a whole number, or unset it")),
    }
}
