//! The mock's one source of randomness: a stream for each organization, all of one seed.
//!
//! A seed and the number of words drawn so far give the same draw again, so a mock with `--seed` is
//! reproducible organization by organization. That includes the IVs: after a restart or a reset with
//! the same seed they come again, under the fixture's keys too. It is a mock: nothing it seals is
//! secret.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// What the streams of a mock follow from.
#[derive(Clone, PartialEq)]
pub(super) struct Seed([u8; 32]);

impl Seed {
    /// A seed that a user named.
    pub(super) fn of(number: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"keyproof mock seed ");
        hash.update(number.to_be_bytes());
        Self(hash.finalize().into())
    }

    pub(super) fn fresh() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
        Ok(Self(seed))
    }

    pub(super) fn text(&self) -> String {
        hex(&self.0)
    }

    /// The seed of such a text.
    #[cfg(feature = "data")]
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut seed = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (place, byte) in seed.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
        }
        Some(Self(seed))
    }

    /// The number of the first stream that belongs to a name.
    pub(super) const NAMED: u64 = 1 << 63;

    pub(super) fn stream(name: &str) -> u64 {
        let hash: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        let first = hash.first_chunk().expect("a hash is longer than eight bytes");
        u64::from_be_bytes(*first) | Self::NAMED
    }
}

/// A stream of draws.
pub(super) struct Draws(ChaCha20Rng);

impl Draws {
    /// The stream of that number, from its beginning.
    pub(super) fn new(seed: &Seed, stream: u64) -> Self {
        let mut generator = ChaCha20Rng::from_seed(seed.0);
        generator.set_stream(stream);
        Self(generator)
    }

    /// The stream of that number, from a position on.
    pub(super) fn at(seed: &Seed, stream: u64, position: u128) -> Self {
        let mut draws = Self::new(seed, stream);
        draws.0.set_word_pos(position);
        draws
    }

    /// Another stream, whose seed is drawn from this one.
    pub(super) fn fork(&mut self) -> Self {
        Self(ChaCha20Rng::from_seed(self.bytes()))
    }

    /// How many words were drawn.
    pub(super) fn position(&self) -> u128 {
        self.0.get_word_pos()
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// The next so many letters and digits, each as likely as the others.
    pub(super) fn alphanumerics(&mut self, count: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut text = String::with_capacity(count);
        while text.len() < count {
            let [byte] = self.bytes();
            // Six bits have 64 values: those that are past the alphabet are drawn again.
            if let Some(&character) = ALPHABET.get(usize::from(byte >> 2)) {
                text.push(char::from(character));
            }
        }
        text
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
