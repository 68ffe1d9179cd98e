//! Iterations of PBKDF2-HMAC-SHA256 by the SHA instructions of x86-64 processors: the one file of
//! this crate with unsafe code.
//!
//! **The bound.** A compression of SHA-256 is 32 times `sha256rnds2`, each of which needs the result
//! of the one before it and takes 4 cycles. An iteration is two compressions, and needs the result
//! of the iteration before it. So no proof of 600,000 iterations is faster than 1.2 million times 32
//! of these instructions in a row, however it is written. [`latency_bound`] measures just that.
//!
//! **Why one chain comes close to it.** Everything that does not depend on the state (the message
//! schedule, constants, the padding) is done beside the rounds, by other parts of the processor.
//! What remains between the last round of one compression and the first round of the next is two
//! instructions, a shuffle and an addition: the digest stays in registers, in the order in which the
//! rounds leave it, and adding the initial state is one addition with adding the round constants.
//! A general hash function converts the digest to bytes and back there.
//!
//! **Why two chains beside each other are faster than one after another.** The result of one
//! `sha256rnds2` takes 4 cycles, but another can be started after 2. The rounds of a second chain fill
//! that gap, and two take little longer than one. A third would wait.
//!
//! No branch and no address depends on what is hashed. A [`Chain`] is wiped when it is dropped;
//! registers, and what the compiler puts on the stack for them, are not, as in the crates.

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi32,
    _mm_unpackhi_epi64, _mm_unpacklo_epi64, _mm_xor_si128,
};

use super::chain::{Chain, MESSAGE_BITS, Words};

/// Chains that are computed beside each other.
pub(super) const LANES: usize = 2;

/// The constants of the rounds (FIPS 180-4, 4.2.2).
#[rustfmt::skip]
const K: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// Eight words in two registers.
type Pair = [__m128i; 2];

/// Whether this processor has the instructions.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}

/// Does `count` iterations of each chain, of [`LANES`] at a time.
///
/// # Panics
/// Where the processor lacks the instructions.
pub(super) fn advance(chains: &mut [&mut Chain], count: u32) {
    let (pairs, rest) = chains.as_chunks_mut();
    for pair in pairs {
        advance_lanes::<LANES>(pair, count);
    }
    if let [one] = rest {
        advance_lanes(std::array::from_mut(one), count);
    }
}

fn advance_lanes<const N: usize>(chains: &mut [&mut Chain; N], count: u32) {
    assert!(is_available(), "this processor has no SHA instructions");
    #[allow(unsafe_code, reason = "the processor was asked for the instructions")]
    // SAFETY: the processor has the target features of `iterate`, as `is_available` found.
    unsafe {
        iterate(chains, count);
    }
}

/// Does the rounds of so many iterations one after another, and nothing else: the least time that
/// one chain can take on this processor. None where it lacks the instructions.
///
/// This is for benchmarks. It returns the state, so that the rounds cannot be left out.
pub fn latency_bound(iterations: u32) -> Option<u32> {
    #[allow(unsafe_code, reason = "the processor was asked for the instructions")]
    // SAFETY: the processor has the target features of `rounds`, as `is_available` found.
    is_available().then(|| unsafe { rounds(iterations) })
}

#[target_feature(enable = "sha,sse4.1")]
fn rounds(iterations: u32) -> u32 {
    let [mut abef, mut cdgh] = [vector([1, 2, 3, 4]), vector([5, 6, 7, 8])];
    let with_k = vector([9, 10, 11, 12]);
    for _ in 0..iterations {
        for _ in 0..32 {
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, with_k);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, with_k);
        }
    }
    _mm_extract_epi32::<0>(abef).cast_unsigned()
}

#[target_feature(enable = "sha,sse4.1")]
fn iterate<const N: usize>(chains: &mut [&mut Chain; N], count: u32) {
    let mut lanes: [Lane; N] = std::array::from_fn(|lane| Lane::new(chains[lane]));
    for _ in 0..count {
        for lane in &mut lanes {
            lane.begin(lane.inner, lane.last);
        }
        finish(&mut lanes);
        for lane in &mut lanes {
            lane.begin(lane.outer, lane.digest(lane.inner));
        }
        finish(&mut lanes);
        for lane in &mut lanes {
            lane.last = lane.digest(lane.outer);
            for (sum, words) in lane.sum.iter_mut().zip(lane.last.words) {
                *sum = _mm_xor_si128(*sum, words);
            }
        }
    }
    for (chain, lane) in chains.iter_mut().zip(&lanes) {
        chain.last = words(lane.last.words);
        chain.sum = words(lane.sum);
    }
}

/// The rounds after the sixteenth, of all lanes in turn.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn finish<const N: usize>(lanes: &mut [Lane; N]) {
    let (quads, _) = K.as_chunks();
    for k in &quads[4..] {
        for lane in &mut *lanes {
            lane.four_scheduled_rounds(k);
        }
    }
}

/// A digest as the rounds leave it: words A, B, E, F and words C, D, G, H.
#[derive(Clone, Copy)]
struct Digest {
    words: Pair,
    /// The same words, each with the constant of the round that takes it first.
    with_k: Pair,
}

impl Digest {
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn new(words: &Words) -> Self {
        let ordered =
            |[a, b, c, d, e, f, g, h]: Words| [vector([a, b, e, f]), vector([c, d, g, h])];
        Self {
            words: ordered(*words),
            with_k: ordered(std::array::from_fn(|at| words[at].wrapping_add(K[at]))),
        }
    }
}

/// The state after the block of the key.
#[derive(Clone, Copy)]
struct Keyed {
    /// Words F, E, B, A and words H, G, D, C: as the rounds take them.
    state: Pair,
    /// What is added to the state after the last round.
    added: Digest,
}

impl Keyed {
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn new(words: &Words) -> Self {
        let [a, b, c, d, e, f, g, h] = *words;
        Self { state: [vector([f, e, b, a]), vector([h, g, d, c])], added: Digest::new(words) }
    }
}

/// A chain in registers, and the compression that it is at.
#[derive(Clone, Copy)]
struct Lane {
    inner: Keyed,
    outer: Keyed,
    last: Digest,
    sum: Pair,
    /// Words F, E, B, A of the state.
    abef: __m128i,
    /// Words H, G, D, C of the state.
    cdgh: __m128i,
    /// The sixteen words of the message schedule that the next one is made of.
    schedule: [__m128i; 4],
}

impl Lane {
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn new(chain: &Chain) -> Self {
        let inner = Keyed::new(&chain.inner);
        let [abef, cdgh] = inner.state;
        Self {
            inner,
            outer: Keyed::new(&chain.outer),
            last: Digest::new(&chain.last),
            sum: Digest::new(&chain.sum).words,
            abef,
            cdgh,
            schedule: [abef; 4],
        }
    }

    /// The first sixteen rounds: their words are those of the message and its padding.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn begin(&mut self, from: Keyed, message: Digest) {
        let [abef, cdgh] = message.words;
        let padding = [vector([0x8000_0000, 0, 0, 0]), vector([0, 0, 0, MESSAGE_BITS.into()])];
        self.schedule = [
            _mm_unpacklo_epi64(abef, cdgh),
            _mm_unpackhi_epi64(abef, cdgh),
            padding[0],
            padding[1],
        ];
        [self.abef, self.cdgh] = from.state;
        let [abef, cdgh] = message.with_k;
        self.two_rounds(abef);
        self.two_rounds(cdgh);
        self.two_rounds(upper(abef));
        self.two_rounds(upper(cdgh));
        let (quads, _) = K.as_chunks();
        self.four_rounds(padding[0], &quads[2]);
        self.four_rounds(padding[1], &quads[3]);
    }

    /// Two rounds, with the lower two words.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn two_rounds(&mut self, with_k: __m128i) {
        let next = _mm_sha256rnds2_epu32(self.cdgh, self.abef, with_k);
        (self.abef, self.cdgh) = (next, self.abef);
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn four_rounds(&mut self, words: __m128i, k: &[u32; 4]) {
        let with_k = _mm_add_epi32(words, vector(*k));
        self.two_rounds(with_k);
        self.two_rounds(upper(with_k));
    }

    /// Four rounds with the next four words of the message schedule (FIPS 180-4, 6.2.2).
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn four_scheduled_rounds(&mut self, k: &[u32; 4]) {
        let [w0, w4, w8, w12] = self.schedule;
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), _mm_alignr_epi8::<4>(w12, w8));
        let w16 = _mm_sha256msg2_epu32(sum, w12);
        self.schedule = [w4, w8, w12, w16];
        self.four_rounds(w16, k);
    }

    /// The digest, after all rounds of a compression that began with `from`.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn digest(&self, from: Keyed) -> Digest {
        let words = [reversed(self.abef), reversed(self.cdgh)];
        Digest { words: sum(words, from.added.words), with_k: sum(words, from.added.with_k) }
    }
}

/// Four words, the first in the lowest place.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn vector(words: [u32; 4]) -> __m128i {
    let [first, second, third, fourth] = words.map(u32::cast_signed);
    _mm_set_epi32(fourth, third, second, first)
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn sum(one: Pair, other: Pair) -> Pair {
    [_mm_add_epi32(one[0], other[0]), _mm_add_epi32(one[1], other[1])]
}

/// The upper two words in the lower places.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn upper(words: __m128i) -> __m128i {
    _mm_shuffle_epi32::<0b11_10_11_10>(words)
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn reversed(words: __m128i) -> __m128i {
    _mm_shuffle_epi32::<0b00_01_10_11>(words)
}

/// The words of a digest in its order.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn words([abef, cdgh]: Pair) -> Words {
    [
        _mm_extract_epi32::<0>(abef),
        _mm_extract_epi32::<1>(abef),
        _mm_extract_epi32::<0>(cdgh),
        _mm_extract_epi32::<1>(cdgh),
        _mm_extract_epi32::<2>(abef),
        _mm_extract_epi32::<3>(abef),
        _mm_extract_epi32::<2>(cdgh),
        _mm_extract_epi32::<3>(cdgh),
    ]
    .map(i32::cast_unsigned)
}
