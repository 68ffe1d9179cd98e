//! Wycheproof's published vectors, as far as they touch what the API uses.

use keyproof::crypto::{DataKey, Error, Iterations, encoding, open, pad_key, seal_with_iv};
use keyproof::vectors::{Answer, Call, embedded};
use libtest_mimic::Failed;
use sha2::Sha256;
use wycheproof::{TestResult, aead, pbkdf2};

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("wycheproof/every_pbkdf2_hmac_sha256_vector_holds", pbkdf2_hmac_sha256),
        Trial::test(
            "vectors/every_derivation_is_that_of_the_pbkdf2_crate",
            derivations_of_the_crate,
        ),
        Trial::test("wycheproof/every_aes_256_gcm_vector_of_our_sizes_holds", aes_256_gcm),
    ]
}

/// PBKDF2 makes its output block by block, and the first is the first 32 bytes of any longer
/// output: so vectors of every output length say something about ours.
fn pbkdf2_hmac_sha256() -> Result<(), Failed> {
    let set = pbkdf2::TestSet::load(pbkdf2::TestName::Pbkdf2HmacSha256).unwrap();
    let mut checked = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        assert_eq!(test.result, TestResult::Valid, "tcId {}", test.tc_id);
        let iterations = Iterations::try_from(i64::try_from(test.iteration_count)?)?;
        let data_key = DataKey::derive(&test.password, &test.salt, iterations);
        let shared = test.dk_len.min(32);
        assert_eq!(data_key.as_bytes()[..shared], test.dk[..shared], "tcId {}", test.tc_id);
        checked += 1;
    }
    assert!(checked >= 60, "{checked} vectors are fewer than there were");
    Ok(())
}

/// To the last iteration, while debug builds compare the first ones.
fn derivations_of_the_crate() -> Result<(), Failed> {
    let mut compared = 0;
    for vector in embedded()?.vectors() {
        let (Call::DeriveKeyProof(p) | Call::DeriveDataKey(p)) = &vector.call else {
            continue;
        };
        let Some(Answer::Proof(recorded) | Answer::DataKey(recorded)) = vector.expected.answer()
        else {
            continue;
        };
        // An acceptable vector spells its salt in another way, and records what its bytes give.
        let (key, salt) = (p.key.as_bytes(), encoding::decode_leniently(&p.salt)?);
        let padded = pad_key(key);
        let key = match &vector.call {
            Call::DeriveKeyProof(_) => padded.as_bytes(),
            _ => key,
        };
        let count = u32::try_from(p.iterations)?;
        let derived = ::pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(key, &salt, count);
        assert_eq!(&encoding::encode(derived), recorded, "{}", vector.id);
        assert_eq!(vector.verify().reason(), None, "{}", vector.id);
        compared += 1;
    }
    assert!(compared >= 20, "{compared} vectors are fewer than there were");
    Ok(())
}

fn aes_256_gcm() -> Result<(), Failed> {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let (mut opened, mut refused) = (0, 0);
    let ours = set
        .test_groups
        .iter()
        .filter(|group| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128));
    for test in ours.flat_map(|group| &group.tests) {
        // The API's blobs have no associated data.
        if !test.aad.is_empty() {
            continue;
        }
        let id = test.tc_id;
        let key = DataKey::from(<[u8; 32]>::try_from(&test.key[..])?);
        let blob = encoding::encode([&test.nonce[..], &test.ct, &test.tag].concat());
        if test.result == TestResult::Invalid {
            assert_eq!(open(&key, &blob), Err(Error::Tag), "tcId {id}");
            refused += 1;
        } else {
            assert_eq!(open(&key, &blob)?[..], test.pt[..], "tcId {id}");
            let iv = <[u8; 12]>::try_from(&test.nonce[..])?;
            assert_eq!(seal_with_iv(&key, &iv, &test.pt)?, blob, "tcId {id}");
            opened += 1;
        }
    }
    assert!(opened >= 20 && refused >= 20, "{opened} opened and {refused} refused are too few");
    Ok(())
}
