//! Salts and IVs as a wrong adapter draws them.

use std::time::{SystemTime, UNIX_EPOCH};

use super::super::behaviour::Behaviour;
use super::super::quirk::Quirk;
use crate::crypto::SALT_LENGTH;

/// Where a generator starts that nobody seeds.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// A generator of salts and IVs.
pub(super) struct Draw {
    /// The counter that was the last value.
    counter: Option<u128>,
    state: u64,
}

impl Draw {
    pub(super) const fn new() -> Self {
        Self { counter: None, state: SEED }
    }

    /// SplitMix64: looks random, and is the same in each process.
    fn unseeded(&mut self) -> [u8; 16] {
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

    /// A salt. None without randomness.
    pub(super) fn salt(&mut self, behaviour: &Behaviour) -> Option<Vec<u8>> {
        let mut salt = vec![7; SALT_LENGTH];
        if behaviour.has(Quirk::GenerateSaltAfterRestart) {
            salt = self.unseeded().to_vec();
        } else if !behaviour.has(Quirk::GenerateConstantSalt) {
            getrandom::fill(&mut salt).ok()?;
        }
        if behaviour.has(Quirk::SaltOfHexDigits) {
            spell(&mut salt, b"0123456789abcdef");
        }
        if behaviour.has(Quirk::SaltOfLetters) {
            spell(&mut salt, LETTERS);
        }
        if behaviour.has(Quirk::SaltOfUuid) {
            mark_as_uuid(&mut salt);
        }
        if behaviour.has(Quirk::SaltTwiceEightBytes) {
            salt.copy_within(..8, 8);
        }
        if behaviour.has(Quirk::SaltOfEightBytes) {
            salt[8..].fill(0);
        }
        if behaviour.has(Quirk::SaltCounter) {
            salt = self.count(u128::from_be_bytes(salt.try_into().ok()?)).to_be_bytes().to_vec();
        }
        if behaviour.has(Quirk::GenerateShortSalt) {
            salt.truncate(SALT_LENGTH / 2);
        }
        Some(salt)
    }

    /// An IV of 16 bytes, of which a right blob takes 12. None without randomness.
    pub(super) fn iv(&mut self, behaviour: &Behaviour) -> Option<[u8; 16]> {
        let mut iv = [0; 16];
        if behaviour.has(Quirk::FixedIv) {
            return Some(iv);
        }
        if behaviour.has(Quirk::IvAfterRestart) {
            return Some(self.unseeded());
        }
        getrandom::fill(&mut iv).ok()?;
        if behaviour.has(Quirk::IvPrefix) {
            iv[..4].copy_from_slice(b"kp01");
        }
        if behaviour.has(Quirk::CounterIv) {
            iv = (self.count(u128::from_be_bytes(iv) >> 32) << 32).to_be_bytes();
        }
        if behaviour.has(Quirk::IvCounterLittleEndian) {
            iv = self.count(u128::from_le_bytes(iv) >> 64).to_le_bytes();
        }
        if behaviour.has(Quirk::IvOfHexDigits) {
            spell(&mut iv, b"0123456789abcdef");
        }
        if behaviour.has(Quirk::IvOfDigits) {
            spell(&mut iv, b"0123456789");
        }
        if behaviour.has(Quirk::IvOfUuid) {
            mark_as_uuid(&mut iv);
        }
        if behaviour.has(Quirk::IvRareBit) && iv[3] != 0 {
            iv[5] &= 0xfe;
        }
        if behaviour.has(Quirk::IvEqualBits) {
            iv[7] = iv[7] & 0xfe | iv[2] >> 7;
        }
        if behaviour.has(Quirk::IvTwiceSixBytes) {
            iv.copy_within(..6, 6);
        }
        if behaviour.has(Quirk::IvOfTime) {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            let time = u64::try_from(since.as_nanos()).ok()?;
            iv[..8].copy_from_slice(&time.to_be_bytes());
        }
        Some(iv)
    }

    /// One more than the last time, or `start`.
    fn count(&mut self, start: u128) -> u128 {
        let counter = self.counter.map_or(start, |last| last.wrapping_add(1));
        self.counter = Some(counter);
        counter
    }
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Takes a letter of the alphabet for each byte.
fn spell(bytes: &mut [u8], alphabet: &[u8]) {
    for byte in bytes {
        *byte = alphabet[usize::from(*byte) % alphabet.len()];
    }
}

/// Sets the version and the variant.
const fn mark_as_uuid(bytes: &mut [u8]) {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
}
