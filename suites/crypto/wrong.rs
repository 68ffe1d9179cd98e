//! The corpus can tell wrong constructions from the right one, and from each other.

use std::collections::HashSet;

use keyproof::crypto::wrong::{Derivation, Derived, Sealing};
use keyproof::crypto::{DataKey, Iterations, open};
use keyproof::vectors::{Answer, Call, Expected, embedded};
use libtest_mimic::Failed;

use crate::support::Trial;

const DERIVED: [(Derived, &str); 3] =
    [(Derived::PadKey, "pad_key"), (Derived::Proof, "key_proof"), (Derived::DataKey, "data_key")];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("wrong/names_are_unique", names),
        Trial::test("wrong/each_blob_is_claimed_by_its_own_mistake", claimed),
    ];
    for (derived, name) in DERIVED {
        let title = |claim: &str| format!("wrong/{name}/{claim}");
        trials.push(Trial::test(title("each_mistake_shows_and_no_two_are_alike"), move || {
            separated(derived)
        }));
    }
    trials
}

/// A vector that costs little: its inputs and its right answer.
struct Cheap {
    key: &'static str,
    salt: &'static str,
    iterations: Iterations,
    right: &'static str,
}

fn cheap(derived: Derived) -> Vec<Cheap> {
    let vectors = embedded().unwrap().vectors();
    vectors
        .filter_map(|vector| {
            let (of, key, salt, iterations) = match &vector.call {
                Call::PadKey(p) => (Derived::PadKey, &*p.key, "", 1),
                Call::DeriveKeyProof(p) => (Derived::Proof, &*p.key, &*p.salt, p.iterations),
                Call::DeriveDataKey(p) => (Derived::DataKey, &*p.key, &*p.salt, p.iterations),
                _ => return None,
            };
            let right = match &vector.expected {
                Expected::Valid(
                    Answer::PaddedKey(right) | Answer::Proof(right) | Answer::DataKey(right),
                ) => right,
                _ => return None,
            };
            (of == derived && iterations <= 65_537).then(|| Cheap {
                key,
                salt,
                iterations: Iterations::try_from(iterations).unwrap(),
                right,
            })
        })
        .collect()
}

/// What each mistake answers to each vector. Those that cost much are asked two vectors and those
/// whose key looks encoded only: more predictions could only separate more.
fn predictions(derived: Derived, vectors: &[Cheap]) -> Vec<(Derivation, Vec<Option<String>>)> {
    let applying = Derivation::ALL.iter().copied();
    applying
        .filter(|one| one.applies_to(derived))
        .map(|one| {
            let costs = matches!(
                one,
                Derivation::HundredThousandIterations | Derivation::PlatformIterations
            );
            let answers = vectors.iter().enumerate().map(|(number, vector)| {
                let looks_encoded = vector.key == "00ff" || vector.key.ends_with('=');
                let asked = !costs || number < 2 || looks_encoded;
                asked
                    .then(|| one.answer(derived, vector.key, vector.salt, vector.iterations))
                    .flatten()
            });
            (one, answers.collect())
        })
        .collect()
}

fn separated(derived: Derived) -> Result<(), Failed> {
    let vectors = cheap(derived);
    let predictions = predictions(derived, &vectors);
    let mut complaints = Vec::new();
    for (number, (one, answers)) in predictions.iter().enumerate() {
        let shows = answers
            .iter()
            .zip(&vectors)
            .any(|(answer, vector)| answer.as_deref().is_some_and(|text| text != vector.right));
        if !shows {
            complaints.push(format!("no vector tells {} from right", one.name()));
        }
        for (other, others) in &predictions[number + 1..] {
            let differs = answers
                .iter()
                .zip(others)
                .any(|pair| matches!(pair, (Some(one), Some(other)) if one != other));
            if !differs {
                complaints.push(format!("{} is alike {}", one.name(), other.name()));
            }
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

fn names() -> Result<(), Failed> {
    let names: HashSet<_> = Derivation::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(names.len(), Derivation::ALL.len());
    let names: HashSet<_> = Sealing::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(names.len(), Sealing::ALL.len());
    Ok(())
}

/// Inputs whose blobs show every mistake: 0xfb in front makes both letters that the alphabets of
/// base64 differ in, and 28 + 5 bytes need padding where 28 + 8 do not.
fn claimed() -> Result<(), Failed> {
    let key = DataKey::from(std::array::from_fn(|at| at as u8 * 7 + 1));
    let iv = [0xfb, 0xff, 0xbf, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    for plaintext in ["A=1\nB", "HELLO=world\nFOO=bar", "12345678901"] {
        for &made in Sealing::ALL {
            let blob = made.seal(&key, &iv, plaintext.as_bytes())?;
            let name = made.name();
            assert!(made.made(&key, &blob, plaintext.as_bytes()), "{name}");
            let opened = made.open(&key, &blob).unwrap_or_default();
            assert_eq!(opened, plaintext.as_bytes(), "{name}");
            let is_spelling = made == Sealing::UnpaddedText && blob.len().is_multiple_of(4);
            if !is_spelling {
                let right = open(&key, &blob);
                let is_right = right.is_ok_and(|text| text.as_slice() == plaintext.as_bytes());
                assert!(!is_right, "{name} opens as a right blob");
                let others = Sealing::ALL.iter().copied().filter(|other| *other != made);
                for other in others {
                    let claims = other.made(&key, &blob, plaintext.as_bytes());
                    assert!(!claims, "{} claims a blob of {name}", other.name());
                }
            }
        }
    }
    Ok(())
}
