//! One computation of PBKDF2-HMAC-SHA256, between its iterations.

use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::secret::Secret;
use super::{Iterations, KEY_LENGTH};

/// Eight words of SHA-256: a state, or a digest.
pub(super) type Words = [u32; 8];

/// The state that SHA-256 begins with (FIPS 180-4, 5.3.3).
const INITIAL: Words = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// Bytes that SHA-256 compresses at a time.
const BLOCK: usize = 64;
/// The length of what each iteration hashes, in bits: one block of the key and one digest.
pub(super) const MESSAGE_BITS: u16 = 8 * (BLOCK + KEY_LENGTH) as u16;

/// The first 32 bytes of PBKDF2 (RFC 8018, 5.2) on their way: `U_1 ⊕ … ⊕ U_i` after i iterations.
///
/// HMAC hashes a block that depends on the key alone, and then the message. Both states after that
/// block are computed once, so that each further iteration is two compressions: the inner and the
/// outer digest of 32 bytes, whose padding is always the same.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Chain {
    /// After the block of the key XOR `ipad`.
    pub(super) inner: Words,
    /// After the block of the key XOR `opad`.
    pub(super) outer: Words,
    /// `U_i`.
    pub(super) last: Words,
    /// `U_1 ⊕ … ⊕ U_i`.
    pub(super) sum: Words,
    /// Iterations that are still to be done.
    pub(super) left: u32,
}

impl Chain {
    /// The computation after its first iteration, the only one that reads the salt.
    pub(super) fn new(key: &[u8], salt: &[u8], iterations: Iterations) -> Self {
        let mut block = Zeroizing::new([0; BLOCK]);
        if key.len() > BLOCK {
            block[..KEY_LENGTH].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let after = |pad: u8| {
            let block = Zeroizing::new(block.map(|byte| byte ^ pad));
            let mut state = INITIAL;
            compress256(&mut state, std::slice::from_ref(&*block));
            state
        };
        let first = Secret::filled(|bytes| {
            pbkdf2::pbkdf2_hmac::<Sha256>(key, salt, Iterations::ONE.get(), bytes);
        });
        let (bytes, _) = first.as_bytes().as_chunks();
        let first = std::array::from_fn(|at| u32::from_be_bytes(bytes[at]));
        Self {
            inner: after(0x36),
            outer: after(0x5c),
            last: first,
            sum: first,
            left: iterations.get() - 1,
        }
    }

    /// Does `count` iterations, on any processor.
    pub(super) fn advance(&mut self, count: u32) {
        for _ in 0..count {
            self.last = digest(self.outer, &digest(self.inner, &self.last));
            for (sum, word) in self.sum.iter_mut().zip(self.last) {
                *sum ^= word;
            }
        }
    }

    /// The 32 bytes, once no iteration is left.
    pub(super) fn output(&self) -> Secret {
        Secret::filled(|bytes| write(bytes, &self.sum))
    }
}

/// The digest of the block that led to `state` and of 32 bytes.
fn digest(mut state: Words, message: &Words) -> Words {
    let mut block = [0; BLOCK];
    write(&mut block, message);
    block[KEY_LENGTH] = 0x80;
    block[BLOCK - 2..].copy_from_slice(&MESSAGE_BITS.to_be_bytes());
    compress256(&mut state, &[block]);
    state
}

fn write(bytes: &mut [u8], words: &Words) {
    for (chunk, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *chunk = word.to_be_bytes();
    }
}
