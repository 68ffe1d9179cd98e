//! Properties over arbitrary keys, texts and bytes.

use std::fmt::Debug;

use keyproof::crypto::{
    DataKey, Error, Iterations, derive_key_proof, derive_proof_and_data_key, encoding, open,
    open_with_project_key, pad_key, proofs_equal, seal, seal_with_project_key, verify_key_proof,
};
use libtest_mimic::Failed;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use sha2::Sha256;

use crate::support::Trial;

type Bytes = Vec<u8>;

pub(crate) fn trials() -> Vec<Trial> {
    let bytes = || vec(any::<u8>(), 0..256);
    vec![
        holds("padding_is_idempotent", 512, bytes(), |key| {
            let padded = pad_key(&key);
            prop_assert_eq!(&pad_key(padded.as_bytes()), &padded);
            Ok(())
        }),
        holds("padding_is_the_key_and_then_zeros", 512, bytes(), |key| {
            let kept = key.len().min(32);
            let padded = *pad_key(&key).as_bytes();
            prop_assert_eq!(&padded[..kept], &key[..kept]);
            prop_assert!(padded[kept..].iter().all(|byte| *byte == b'0'));
            Ok(())
        }),
        holds(
            "one_proof_for_the_same_first_32_bytes",
            128,
            (vec(any::<u8>(), 32), bytes(), bytes(), bytes()),
            same_start,
        ),
        holds(
            "one_data_key_for_nuls_within_one_block",
            128,
            (vec(any::<u8>(), 0..64), any::<Index>(), bytes()),
            nuls_at_the_end,
        ),
        holds(
            "two_data_keys_for_keys_that_differ_otherwise",
            256,
            (bytes(), bytes(), bytes()),
            different_keys,
        ),
        holds(
            "proofs_and_data_keys_are_those_of_the_pbkdf2_crate",
            10_000,
            (vec(any::<u8>(), 0..150), bytes(), 1..40_u32),
            derived_by_the_crate,
        ),
        holds(
            "a_proof_verifies_for_its_key_and_no_other_text",
            128,
            (bytes(), bytes(), ".{0,60}"),
            proof_verifies,
        ),
        holds(
            "sealed_text_opens_to_itself",
            128,
            (any::<[u8; 32]>(), any::<String>()),
            |(key, text)| opens_to_itself(key, text.as_bytes()),
        ),
        holds(
            "sealed_bytes_up_to_1_mib_open_to_themselves",
            12,
            (any::<[u8; 32]>(), any::<u8>(), 0..=1_048_576_usize),
            |(key, byte, length)| opens_to_itself(key, &vec![byte; length]),
        ),
        holds("sealed_bytes_of_1_mib_open_to_themselves", 1, any::<[u8; 32]>(), |key| {
            opens_to_itself(key, &vec![b'x'; 1_048_576])
        }),
        holds("two_blobs_of_one_text_differ", 64, (any::<[u8; 32]>(), bytes()), |(key, text)| {
            let key = DataKey::from(key);
            prop_assert_ne!(
                seal(&key, &text)?[..16].to_owned(),
                seal(&key, &text)?[..16].to_owned()
            );
            Ok(())
        }),
        holds(
            "any_change_of_the_bytes_is_refused",
            512,
            (any::<[u8; 32]>(), vec(any::<u8>(), 0..80), any::<Index>(), 1..=u8::MAX),
            changed_byte,
        ),
        holds(
            "any_truncation_is_refused",
            256,
            (any::<[u8; 32]>(), vec(any::<u8>(), 0..80), any::<Index>()),
            truncated,
        ),
        holds(
            "another_key_is_refused",
            128,
            (any::<[u8; 32]>(), any::<[u8; 32]>(), bytes()),
            other_key,
        ),
        holds("the_older_cipher_opens_what_it_sealed", 128, (bytes(), bytes()), older_cipher),
        holds(
            "no_operation_panics_on_arbitrary_bytes",
            512,
            (bytes(), bytes(), any::<i64>(), any::<String>()),
            anything,
        ),
        holds("only_canonical_base64_is_decoded", 1024, "[A-Za-z0-9+/=_ \n-]{0,44}", |text| {
            match encoding::decode(&text) {
                Ok(bytes) => prop_assert_eq!(encoding::encode(bytes), text),
                Err(error) => prop_assert!(matches!(error, Error::Base64(_))),
            }
            Ok(())
        }),
    ]
}

/// A trial that draws `cases` inputs. A failure shows the smallest input and the seed; the same
/// seed in `KEYPROOF_TEST_SEED` draws the same inputs again.
fn holds<S>(claim: &str, cases: u32, inputs: S, test: fn(S::Value) -> TestCaseResult) -> Trial
where
    S: Strategy + Send + 'static,
    S::Value: Debug,
{
    Trial::test(format!("property/{claim}"), move || {
        let seed = match std::env::var("KEYPROOF_TEST_SEED") {
            Ok(text) => text.parse()?,
            Err(_) => getrandom::u64()?,
        };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&u64::to_le_bytes(seed));
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        TestRunner::new_with_rng(config, rng)
            .run(&inputs, test)
            .map_err(|error| Failed::from(format!("{error}\nseed: KEYPROOF_TEST_SEED={seed}")))
    })
}

fn once() -> Iterations {
    Iterations::try_from(1).unwrap()
}

fn same_start((start, one, other, salt): (Bytes, Bytes, Bytes, Bytes)) -> TestCaseResult {
    let (one, other) = ([start.clone(), one].concat(), [start, other].concat());
    prop_assert_eq!(derive_key_proof(&one, &salt, once()), derive_key_proof(&other, &salt, once()));
    let equal = DataKey::derive(&one, &salt, once()) == DataKey::derive(&other, &salt, once());
    prop_assert_eq!(equal, hmac_key(&one) == hmac_key(&other));
    Ok(())
}

fn nuls_at_the_end((key, nuls, salt): (Bytes, Index, Bytes)) -> TestCaseResult {
    let mut longer = key.clone();
    longer.resize(key.len() + nuls.index(65 - key.len()), 0);
    prop_assert_eq!(DataKey::derive(&key, &salt, once()), DataKey::derive(&longer, &salt, once()));
    longer.resize(65, 0);
    prop_assert_ne!(DataKey::derive(&key, &salt, once()), DataKey::derive(&longer, &salt, once()));
    Ok(())
}

fn different_keys((one, other, salt): (Bytes, Bytes, Bytes)) -> TestCaseResult {
    let equal = DataKey::derive(&one, &salt, once()) == DataKey::derive(&other, &salt, once());
    prop_assert_eq!(equal, hmac_key(&one) == hmac_key(&other));
    Ok(())
}

/// The key as HMAC pads it: keys within one block are equal up to NULs at the end.
fn hmac_key(key: &[u8]) -> &[u8] {
    let ends = |byte: &u8| *byte != 0;
    match key.len() {
        0..=64 => &key[..key.iter().rposition(ends).map_or(0, |last| last + 1)],
        _ => key,
    }
}

/// Computed alone and beside another, and of keys on both sides of the 64 bytes of a block.
fn derived_by_the_crate((key, salt, count): (Bytes, Bytes, u32)) -> TestCaseResult {
    let iterations = Iterations::try_from(i64::from(count))?;
    let right = |key: &[u8]| pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(key, &salt, count);
    let proof = encoding::encode(right(pad_key(&key).as_bytes()));
    let data_key = DataKey::from(right(&key));
    prop_assert_eq!(&derive_key_proof(&key, &salt, iterations), &proof);
    prop_assert!(DataKey::derive(&key, &salt, iterations) == data_key);
    let both = derive_proof_and_data_key(&key, &salt, iterations);
    prop_assert!(both == (proof, data_key));
    Ok(())
}

fn proof_verifies((key, salt, text): (Bytes, Bytes, String)) -> TestCaseResult {
    let proof = derive_key_proof(&key, &salt, once());
    prop_assert_eq!(proof.len(), 44);
    prop_assert!(verify_key_proof(&key, &salt, once(), &proof));
    prop_assert_eq!(verify_key_proof(&key, &salt, once(), &text), text == proof);
    prop_assert!(!proofs_equal(&proof, proof.trim_end_matches('=')));
    Ok(())
}

fn opens_to_itself(key: [u8; 32], text: &[u8]) -> TestCaseResult {
    let key = DataKey::from(key);
    let blob = seal(&key, text)?;
    prop_assert_eq!(encoding::decode(&blob)?.len(), text.len() + 28);
    prop_assert!(open(&key, &blob)?[..] == *text);
    Ok(())
}

fn changed_byte((key, text, at, change): ([u8; 32], Bytes, Index, u8)) -> TestCaseResult {
    let key = DataKey::from(key);
    let mut bytes = encoding::decode(&seal(&key, &text)?)?;
    let at = at.index(bytes.len());
    bytes[at] ^= change;
    prop_assert_eq!(open(&key, &encoding::encode(bytes)), Err(Error::Tag));
    Ok(())
}

fn truncated((key, text, length): ([u8; 32], Bytes, Index)) -> TestCaseResult {
    let key = DataKey::from(key);
    let bytes = encoding::decode(&seal(&key, &text)?)?;
    let length = length.index(bytes.len());
    let expected = if length < 28 { Error::TooShort(length) } else { Error::Tag };
    prop_assert_eq!(open(&key, &encoding::encode(&bytes[..length])), Err(expected));
    Ok(())
}

fn other_key((one, other, text): ([u8; 32], [u8; 32], Bytes)) -> TestCaseResult {
    prop_assume!(one != other);
    let blob = seal(&DataKey::from(one), &text)?;
    prop_assert_eq!(open(&DataKey::from(other), &blob), Err(Error::Tag));
    Ok(())
}

fn older_cipher((key, text): (Bytes, Bytes)) -> TestCaseResult {
    if key.is_empty() {
        prop_assert_eq!(seal_with_project_key(&key, &text), Err(Error::EmptyKey));
        return Ok(());
    }
    let blob = seal_with_project_key(&key, &text)?;
    prop_assert!(open_with_project_key(&key, &blob)?[..] == text);
    prop_assert!(open(&DataKey::from(&pad_key(&key)), &blob)?[..] == text);
    Ok(())
}

fn anything((key, bytes, count, text): (Bytes, Bytes, i64, String)) -> TestCaseResult {
    prop_assert_eq!(
        Iterations::try_from(count).is_ok(),
        (1..=i64::from(u32::MAX)).contains(&count)
    );
    let data_key = DataKey::derive(&key, &bytes, once());
    verify_key_proof(&key, &bytes, once(), &text);
    // Whether they open is not the point, nor could they: the key was never used to seal.
    for blob in [text, encoding::encode(&bytes), String::from_utf8_lossy(&bytes).into_owned()] {
        prop_assert!(open(&data_key, &blob).is_err());
        prop_assert!(open_with_project_key(&key, &blob).is_err());
        let _ = encoding::decode(&blob);
    }
    Ok(())
}
