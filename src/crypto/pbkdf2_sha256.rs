//! `PBKDF2-HMAC-SHA256(key, salt, iterations, 32)`, one or several at once: by the SHA instructions
//! of the processor where it has them, else by the compression function of `sha2`.
//!
//! In debug builds, and so in tests, what is computed here is computed by the `pbkdf2` crate as well:
//! of long computations the first iterations, since all are alike and two ways to the end of each
//! would double the time of the tests. The vectors of `vectors/` have long ones to the end.

use sha2::Sha256;

use super::Iterations;
use super::chain::Chain;
use super::queue::{self, advance};
use super::secret::Secret;

/// What 32 bytes are derived from.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) key: &'a [u8],
    pub(super) salt: &'a [u8],
    pub(super) iterations: Iterations,
}

/// With fewer iterations a computation is over before another thread could join it.
const WORTH_SHARING: u32 = 10_000;

/// Iterations that are compared with the `pbkdf2` crate.
const COMPARED: i64 = 1_000;

/// Derives from each input. Two take little longer than one, also if two threads ask for one each
/// while no processor is idle.
pub(super) fn derive<const N: usize>(inputs: [Input<'_>; N]) -> [Secret; N] {
    let mut chains = inputs.map(|input| Chain::new(input.key, input.salt, input.iterations));
    if N == 1 {
        chains =
            chains.map(|chain| if chain.left < WORTH_SHARING { chain } else { queue::run(chain) });
    }
    let mut running: Vec<&mut Chain> = chains.iter_mut().collect();
    while !running.is_empty() {
        advance(&mut running);
        running.retain(|chain| chain.left > 0);
    }
    let derived = chains.map(|chain| chain.output());
    if cfg!(debug_assertions) {
        for (input, derived) in inputs.iter().zip(&derived) {
            match Iterations::try_from(COMPARED) {
                Ok(first) if first < input.iterations => {
                    // Compares what it derives.
                    derive([Input { iterations: first, ..*input }]);
                }
                _ => compare(input, derived),
            }
        }
    }
    derived
}

/// Holds what was derived to the `pbkdf2` crate.
fn compare(input: &Input<'_>, derived: &Secret) {
    let Input { key, salt, iterations } = *input;
    let right = Secret::filled(|bytes| {
        pbkdf2::pbkdf2_hmac::<Sha256>(key, salt, iterations.get(), bytes);
    });
    assert!(
        *derived == right,
        "internal error: the pbkdf2 crate derives something else from a key of {} bytes, a salt of \
         {} bytes and {iterations} iterations",
        key.len(),
        salt.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chains of different lengths run beside each other, and by either way of advancing them.
    #[test]
    fn every_way_derives_what_the_crate_does() {
        let salts: [&[u8]; 5] = [b"", b"salt", &[0xff; 16], &[7; 64], &[0; 200]];
        let keys: [&[u8]; 5] = [b"", b"key", &[0xa5; 64], &[0xa5; 65], &[1; 300]];
        let counts =
            [1, 7, 2, 1000, 7].map(|count| Iterations::try_from(count).expect("more than none"));
        let inputs: [_; 5] = std::array::from_fn(|at| Input {
            key: keys[at],
            salt: salts[at],
            iterations: counts[at],
        });
        for (input, derived) in inputs.iter().zip(derive(inputs)) {
            let count = input.iterations.get();
            let right = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(input.key, input.salt, count);
            assert_eq!(*derived.as_bytes(), right, "{count} iterations");
            let mut portable = Chain::new(input.key, input.salt, input.iterations);
            portable.advance(count - 1);
            assert_eq!(*portable.output().as_bytes(), right, "{count} iterations");
        }
    }

    #[test]
    #[should_panic(expected = "internal error: the pbkdf2 crate derives something else")]
    fn a_wrong_derivation_is_an_internal_error() {
        let input = Input { key: b"key", salt: b"salt", iterations: Iterations::ONE };
        compare(&input, &Secret::filled(|bytes| bytes.fill(7)));
    }
}
