//! Refusals name their causes, and nothing secret is printed.

use keyproof::crypto::{
    Class, DataKey, Error, Iterations, encoding, generate_key_proof, open, open_with_project_key,
    pad_key, seal, seal_with_project_key, verify_key_proof,
};
use libtest_mimic::Failed;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("refusal/each_cause_is_named", causes),
        Trial::test("refusal/another_spelling_of_base64_is_refused", spellings),
        Trial::test("refusal/iterations_are_from_1_to_4294967295", iterations),
        Trial::test("refusal/a_respelled_proof_does_not_verify", respelled_proof),
        Trial::test("secret/debug_prints_nothing_of_it", debug),
        Trial::test("generate/a_fresh_proof_verifies_and_has_a_fresh_salt", generate),
    ]
}

fn causes() -> Result<(), Failed> {
    let key = DataKey::from([7; 32]);
    let mut changed = encoding::decode(&seal(&key, b"text")?)?;
    changed[20] ^= 1;
    let rows = [
        (
            open(&key, "*").unwrap_err(),
            Class::Malformed,
            "not standard padded base64: Invalid symbol 42, offset 0.",
        ),
        (
            open(&key, &encoding::encode([0; 27])).unwrap_err(),
            Class::Malformed,
            "27 bytes are too short for a blob: it needs an IV of 12 and a tag of 16 at least",
        ),
        (
            open(&key, &encoding::encode(changed)).unwrap_err(),
            Class::Authentication,
            "the tag does not match: the key is another one or the blob was changed",
        ),
        (
            open_with_project_key(b"", "*").unwrap_err(),
            Class::EmptyKey,
            "the key is empty: give a key of at least one byte",
        ),
        (
            seal_with_project_key(b"", b"").unwrap_err(),
            Class::EmptyKey,
            "the key is empty: give a key of at least one byte",
        ),
        (
            Iterations::try_from(0).unwrap_err(),
            Class::InvalidArgument,
            "0 iterations: give a whole number from 1 to 4294967295",
        ),
    ];
    for (error, class, text) in rows {
        assert_eq!((error.class(), error.to_string().as_str()), (class, text));
    }
    Ok(())
}

fn spellings() -> Result<(), Failed> {
    let key = DataKey::from([7; 32]);
    // 28 bytes end in `A==`, and begin with `++++`, which the URL-safe alphabet spells `----`.
    let blob = encoding::encode([&[0xfb, 0xef, 0xbe][..], &[0; 25]].concat());
    assert_eq!(open(&key, &blob), Err(Error::Tag));
    for other in [
        format!("{blob}\n"),
        format!(" {blob}"),
        format!("{}\r\n{}", &blob[..20], &blob[20..]),
        blob.replace('+', "-"),
        blob.trim_end_matches('=').to_owned(),
        blob.replace("A==", "B=="),
        format!("{blob}===="),
    ] {
        assert!(matches!(open(&key, &other), Err(Error::Base64(_))), "{other:?}");
    }
    Ok(())
}

fn iterations() -> Result<(), Failed> {
    for count in [1, 2, 1000, 600_000, 4_294_967_295] {
        assert_eq!(i64::from(Iterations::try_from(count)?.get()), count);
    }
    for count in [i64::MIN, -600_000, -1, 0, 4_294_967_296, i64::MAX] {
        assert_eq!(Iterations::try_from(count), Err(Error::Iterations(count)));
    }
    Ok(())
}

fn respelled_proof() -> Result<(), Failed> {
    let proof = "NmvqZy0aWO8MAZ/l3xHShSRA3IRhdRwM6jCBBHDP+eE=";
    let iterations = Iterations::try_from(1000)?;
    let verifies = |text: &str| verify_key_proof(b"test-key-123", &[0; 16], iterations, text);
    assert!(verifies(proof));
    for other in [
        proof.replace('/', "_").replace('+', "-"),
        proof.trim_end_matches('=').to_owned(),
        format!("{proof}\n"),
        proof.to_lowercase(),
        String::new(),
    ] {
        assert!(!verifies(&other), "{other:?}");
    }
    Ok(())
}

fn debug() -> Result<(), Failed> {
    let padded = pad_key(b"hunter2");
    let printed = format!("{padded:?} {:?} {padded:#?}", DataKey::from(&padded));
    assert_eq!(printed, "PaddedKey(withheld) DataKey(withheld) PaddedKey(\n    withheld,\n)");
    Ok(())
}

fn generate() -> Result<(), Failed> {
    let (one, other) = (generate_key_proof(b"key")?, generate_key_proof(b"key")?);
    assert_ne!(one.salt, other.salt);
    assert_eq!(one.iterations, Iterations::PLATFORM);
    let salt = encoding::decode(&one.salt)?;
    assert_eq!(salt.len(), 16);
    assert!(verify_key_proof(b"key", &salt, one.iterations, &one.key_check));
    Ok(())
}
