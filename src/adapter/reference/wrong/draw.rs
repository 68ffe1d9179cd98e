//! Salts and IVs as a wrong adapter draws them.

use super::super::behaviour::Behaviour;
use super::super::quirk::Quirk;
use crate::crypto::SALT_LENGTH;

/// Where a generator starts that nobody seeds.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// A generator of salts and IVs.
pub(super) struct Draw {
    /// The counter that was the last IV.
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
            let start = u128::from_be_bytes(iv) >> 32;
            let counter = self.counter.map_or(start, |last| last + 1);
            self.counter = Some(counter);
            iv = (counter << 32).to_be_bytes();
        }
        Some(iv)
    }
}
