//! The wrong constructions: the vectors show each of them, and tell each from every other.

use std::collections::{BTreeSet, HashMap};

use keyproof::crypto::wrong::{Derivation, Sealing, Target};
use keyproof::crypto::{self, DataKey, Iterations, open, seal_with_iv};
use keyproof::vectors::{Answer, Call, embedded};
use libtest_mimic::{Failed, Trial};

const TARGETS: [Target; 3] = [Target::PadKey, Target::Proof, Target::DataKey];
const LANGUAGES: [&str; 6] = ["php", "go", "javascript", "python", "rust", "java"];

/// Of three lengths modulo 3. The first one's blob under [`IV`] has `+` or `/` in it, and ends
/// in `=`.
const PLAINTEXTS: [&[u8]; 3] = [b"HELLO=world\nFOO=bar", b"", b"A=1\nB=\xc3\xa4\n"];
const IV: [u8; 16] = [
    0xfb, 0xef, 0xbe, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("wrong/names_are_told_apart", names),
        Trial::test("wrong/words_are_told_apart_and_take_one_line", words),
        Trial::test("wrong/hints_are_for_the_known_languages", hints),
        Trial::test("wrong/the_answers_that_python_gives", computed),
        Trial::test("wrong/an_input_that_shows_nothing_has_no_answer", undefined),
        Trial::test("wrong/a_blob_opens_for_its_maker_only", blobs),
        Trial::test("wrong/blobs_are_told_apart", blobs_apart),
        Trial::test(
            "wrong/unknown_data_is_found_and_a_right_blob_is_not",
            unknown,
        ),
    ];
    for target in TARGETS {
        trials.push(Trial::test(
            format!("wrong/the_vectors_show_each_mistake/{target:?}"),
            move || shown(target),
        ));
        trials.push(Trial::test(
            format!("wrong/the_vectors_tell_mistakes_apart/{target:?}"),
            move || apart(target),
        ));
    }
    trials
}

fn unique<T: Ord>(items: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().all(|item| seen.insert(item))
}

fn applying(target: Target) -> Vec<Derivation> {
    let mut mistakes = Derivation::ALL.to_vec();
    mistakes.retain(|mistake| mistake.applies_to(target));
    mistakes
}

fn names() -> Result<(), Failed> {
    assert!(unique(Derivation::ALL));
    assert!(unique(Derivation::ALL.map(Derivation::name)));
    assert!(unique(Sealing::ALL.map(Sealing::name)));
    Ok(())
}

fn words() -> Result<(), Failed> {
    assert_eq!(
        Derivation::NulPadded.words(Target::Proof),
        "this is the proof of the key padded with NUL bytes: pad with the character 0, 0x30"
    );
    for target in TARGETS {
        let words: Vec<_> = applying(target)
            .into_iter()
            .map(|mistake| mistake.words(target))
            .collect();
        assert!(words.iter().all(|words| words.lines().count() == 1));
        assert!(unique(words), "{target:?}");
    }
    assert!(unique(Sealing::ALL.map(Sealing::words)));
    Ok(())
}

fn hints() -> Result<(), Failed> {
    for language in LANGUAGES {
        let derivations = Derivation::ALL.map(|mistake| mistake.hint(language));
        let sealings = Sealing::ALL.map(|mistake| mistake.hint(language));
        let hints: Vec<_> = derivations.into_iter().chain(sealings).flatten().collect();
        assert!(hints.len() > 20, "{language}: {}", hints.len());
        assert!(hints.iter().all(|hint| hint.lines().count() == 1));
    }
    for other in ["", "PHP", "cobol"] {
        assert!(
            Derivation::ALL
                .iter()
                .all(|mistake| mistake.hint(other).is_none())
        );
        assert!(
            Sealing::ALL
                .iter()
                .all(|mistake| mistake.hint(other).is_none())
        );
    }
    Ok(())
}

/// Values that `hashlib` and `base64` of Python give.
fn computed() -> Result<(), Failed> {
    use Target::{DataKey, PadKey, Proof};
    let rows = [
        (
            Derivation::RawKey,
            PadKey,
            "abcdefghijklmnopqrstuvwxyzABCDEFG",
            1,
            "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXpBQkNERUZH",
        ),
        (
            Derivation::RawKey,
            Proof,
            "abcdefghijklmnopqrstuvwxyzABCDEFG",
            2,
            "OR9k8HJkmiUQYKNmPEH6CivsK6uBbhnXyrxP2lKUGRw=",
        ),
        (
            Derivation::NulPadded,
            PadKey,
            "k",
            1,
            "awAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ),
        (
            Derivation::NulPadded,
            Proof,
            "abcdefghijklmnopqrstuvwxyzABCDEFG",
            2,
            "i+PIkZWXtiGk0lkae9hGpxXEBGQ5KANJjRAKb5xtfXQ=",
        ),
        (
            Derivation::SpacePadded,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "criLqw3fe47nC7scfWd4xcASmSztdaNkHQGYBTLy4Xg=",
        ),
        (
            Derivation::LeftPadded,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "pb91GTnWh+tJjs9yyc3w9wpYHHpOn5dQ5Zy6Md9RRyY=",
        ),
        (
            Derivation::CutByCharacters,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "T0uY4Yb+f1EuVYRGNePIgZG9WiGtaZCrHnttt9EgZoE=",
        ),
        (
            Derivation::CutByCharacters,
            PadKey,
            "\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}",
            1,
            "8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
        ),
        (
            Derivation::CutByUtf16Units,
            PadKey,
            "\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}",
            1,
            "8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iAMDAwMDAwMDAwMDAwMDA=",
        ),
        (
            Derivation::CutByUtf16Units,
            PadKey,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\u{1f600}",
            1,
            "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYe+/vQ==",
        ),
        (
            Derivation::Utf16Key,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "XpdoiCbseSiQEFEQ2a6gGdgUpeWPPjoG2i9d0I3C7Bo=",
        ),
        (
            Derivation::Utf16Key,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "IDr5nJscxnMVf2zDn2eH038wXT22mldKI4NgOk6gB70=",
        ),
        (
            Derivation::Latin1Key,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "TWd/Ep/mj45zNHtZdXxqzQdN8iNHuIHDoww0uEX1m+c=",
        ),
        (
            Derivation::HexDecodedKey,
            Proof,
            "00fF",
            2,
            "DygtVODele8u0eGxQtj3EwoqLYx/31HVBFZ13YTdfJA=",
        ),
        (
            Derivation::Base64DecodedKey,
            DataKey,
            "dGVzdA==",
            2,
            "FVUoGJhydbf8k/0IYWBDc5AOdVLFGcw+G2tDssAyicU=",
        ),
        (
            Derivation::TrimmedKey,
            DataKey,
            " test\r\n",
            2,
            "FVUoGJhydbf8k/0IYWBDc5AOdVLFGcw+G2tDssAyicU=",
        ),
        (
            Derivation::LowerCasedKey,
            PadKey,
            "\u{c4}B",
            1,
            "w6RiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
        ),
        (
            Derivation::ComposedKey,
            DataKey,
            "cafe\u{301}",
            2,
            "4oSCnfuh2kHfzi+rsAm80vPgvv7H999YRQGEgCovoFY=",
        ),
        (
            Derivation::DecomposedKey,
            DataKey,
            "caf\u{e9}",
            2,
            "0AHFZ+cfUGySSbvYaFLF/EHpPj/Wf0DU+mDdK3GwUvk=",
        ),
        (
            Derivation::CompatibilityKey,
            DataKey,
            "\u{fb01}sh",
            2,
            "hQrPtjHHX45FUCyB1Y5zcPmWOHWeP69v5SzW5RTB5z0=",
        ),
        (
            Derivation::SaltAsText,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "1jA6E/WSgGCDBJzTKgvqoPobulpJ0fEH6+mL1tqgRCU=",
        ),
        (
            Derivation::OneIteration,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "YRcCtpG6+C4v2NjZbgC2Zogl1MIyeoYHoR6lW2RzrwQ=",
        ),
        (
            Derivation::ThousandIterations,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "P49myIRLVbIPETBQPppNQMNjeTtdfZj3Ee7dQp52Fr0=",
        ),
        (
            Derivation::HundredThousandIterations,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "DUcQqQDNiIic6D4zJZwQAaD5s39zRegeH7PGeEjjiH4=",
        ),
        (
            Derivation::PlatformIterations,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "JW+Iirrq52rtehWQtoysHK9RGcZZUq4DtyXGsvuDdi8=",
        ),
        (
            Derivation::OneIterationLess,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "KPCXBoE6S9veS+W8M1HiOwawfqzWxFoo8GGBXAB5ke4=",
        ),
        (
            Derivation::OneIterationMore,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "5qy3WAHf3uA9OY2kxWWN8IPQq1X4TBvqPe4axsQMVv0=",
        ),
        (
            Derivation::Sha1,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "g8IksmrQjalVobTbg31rWkfbQKNGKRgN1r6N3DX45RY=",
        ),
        (
            Derivation::Sha512,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "l7prDM+yWlYqxg8GboyMDxZW5lU4nrPBy2e4hkRjhvg=",
        ),
        (
            Derivation::SixteenBytes,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "yQr6ICB5JVQtFPdzdjxznA==",
        ),
        (
            Derivation::SixtyFourBytes,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "1jODcZHVVqdhNHJh5tb9qEmuZo36FLEAXcHOnc7JUT+0AcbNVdDGm6UMsKPzoHOwQ2Ye0T1q4oIYFO+Id5Zs4g==",
        ),
        (
            Derivation::HexText,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "c90afa20207925542d14f773763c739c7fd161162662ab21303656920e6b116c",
        ),
        (
            Derivation::Base64UrlText,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "yQr6ICB5JVQtFPdzdjxznH_RYRYmYqshMDZWkg5rEWw=",
        ),
        (
            Derivation::UnpaddedText,
            Proof,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "yQr6ICB5JVQtFPdzdjxznH/RYRYmYqshMDZWkg5rEWw",
        ),
        (
            Derivation::PaddedKeyItself,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "cMOkc3N3w7ZyZC14MDAwMDAwMDAwMDAwMDAwMDAwMDA=",
        ),
        (
            Derivation::PaddedPassword,
            DataKey,
            "p\u{e4}ssw\u{f6}rd-x",
            2,
            "yQr6ICB5JVQtFPdzdjxznH/RYRYmYqshMDZWkg5rEWw=",
        ),
    ];
    for (mistake, target, key, iterations, answer) in rows {
        assert_eq!(
            mistake
                .answer(target, key, SALT, Iterations::try_from(iterations)?)
                .as_deref(),
            Some(answer),
            "{mistake:?} {target:?} {key:?}"
        );
    }
    Ok(())
}

fn undefined() -> Result<(), Failed> {
    let one = Iterations::try_from(1)?;
    let most = Iterations::try_from(i64::from(u32::MAX))?;
    let rows = [
        (Derivation::HexDecodedKey, "test", SALT, one),
        (Derivation::HexDecodedKey, "abc", SALT, one),
        (Derivation::HexDecodedKey, "+a", SALT, one),
        (Derivation::Base64DecodedKey, "test-key-123", SALT, one),
        (Derivation::Base64DecodedKey, "dGVzdA", SALT, one),
        (Derivation::Latin1Key, "\u{2603}", SALT, one),
        (Derivation::OneIterationLess, "test", SALT, one),
        (Derivation::OneIterationMore, "test", SALT, most),
        (Derivation::Sha1, "test", "AA", one),
    ];
    for (mistake, key, salt, iterations) in rows {
        for target in [Target::Proof, Target::DataKey] {
            let answer = mistake.answer(target, key, salt, iterations);
            assert_eq!(answer, None, "{mistake:?} {key:?}");
        }
    }
    // The text of a salt is a text, whatever it is.
    assert!(
        Derivation::SaltAsText
            .answer(Target::Proof, "test", "AA", one)
            .is_some()
    );
    for target in TARGETS {
        for mistake in Derivation::ALL {
            let answer = mistake.answer(target, "00ff", SALT, Iterations::try_from(2)?);
            assert_eq!(answer.is_some(), mistake.applies_to(target), "{mistake:?}");
        }
    }
    Ok(())
}

/// What a vector asks, and its right answer.
struct Question {
    key: &'static str,
    salt: &'static str,
    iterations: Iterations,
    right: String,
}

/// The vectors about `target` that have one answer and are quick to derive.
fn questions(target: Target) -> Vec<Question> {
    let mut questions = Vec::new();
    for vector in embedded().unwrap().vectors() {
        let (of, key, salt, iterations) = match &vector.call {
            Call::PadKey(p) => (Target::PadKey, &p.key, SALT, 1),
            Call::DeriveKeyProof(p) => (Target::Proof, &p.key, &p.salt[..], p.iterations),
            Call::DeriveDataKey(p) => (Target::DataKey, &p.key, &p.salt[..], p.iterations),
            _ => continue,
        };
        let keyproof::vectors::Expected::Valid(answer) = &vector.expected else {
            continue;
        };
        let (Answer::PaddedKey(right) | Answer::Proof(right) | Answer::DataKey(right)) = answer
        else {
            continue;
        };
        if of == target && iterations <= 1001 {
            questions.push(Question {
                key,
                salt,
                iterations: Iterations::try_from(iterations).unwrap(),
                right: right.clone(),
            });
        }
    }
    questions
}

/// Answers by mistake and question, derived once: 600,000 iterations are not done for each pair.
struct Answers {
    target: Target,
    questions: Vec<Question>,
    known: HashMap<(Derivation, usize), Option<String>>,
}

impl Answers {
    fn new(target: Target) -> Self {
        Self {
            target,
            questions: questions(target),
            known: HashMap::new(),
        }
    }

    fn get(&mut self, mistake: Derivation, at: usize) -> Option<String> {
        let Question {
            key,
            salt,
            iterations,
            ..
        } = self.questions[at];
        self.known
            .entry((mistake, at))
            .or_insert_with(|| mistake.answer(self.target, key, salt, iterations))
            .clone()
    }

    fn shows(&mut self, mistake: Derivation, at: usize) -> bool {
        let answer = self.get(mistake, at);
        answer.is_some_and(|answer| answer != self.questions[at].right)
    }

    fn separates(&mut self, one: Derivation, other: Derivation, at: usize) -> bool {
        let Some(first) = self.get(one, at) else {
            return false;
        };
        self.get(other, at).is_some_and(|second| second != first)
    }
}

fn shown(target: Target) -> Result<(), Failed> {
    let mut answers = Answers::new(target);
    let all = answers.questions.len();
    let hidden: Vec<_> = applying(target)
        .into_iter()
        .filter(|mistake| !(0..all).any(|at| answers.shows(*mistake, at)))
        .collect();
    none(&hidden)
}

fn apart(target: Target) -> Result<(), Failed> {
    let mut answers = Answers::new(target);
    let all = answers.questions.len();
    let mut mistakes = applying(target);
    // The slow ones are asked last, where the other of a pair has an answer.
    mistakes.sort_by_key(|mistake| {
        matches!(
            mistake,
            Derivation::HundredThousandIterations | Derivation::PlatformIterations
        )
    });
    let mut alike = Vec::new();
    for (at, one) in mistakes.iter().enumerate() {
        for other in &mistakes[at + 1..] {
            if !(0..all).any(|at| answers.separates(*one, *other, at)) {
                alike.push((*one, *other));
            }
        }
    }
    none(&alike)
}

fn none<T: std::fmt::Debug>(found: &[T]) -> Result<(), Failed> {
    match found {
        [] => Ok(()),
        _ => Err(format!("{found:?}: add a vector that shows it").into()),
    }
}

fn key() -> DataKey {
    DataKey::from(std::array::from_fn(|at| at as u8))
}

fn blobs() -> Result<(), Failed> {
    for mistake in Sealing::ALL {
        let mut refused = 0;
        for plaintext in PLAINTEXTS {
            let content = mistake.seal(&key(), &IV, plaintext)?;
            assert_eq!(mistake.open(&key(), &content).as_deref(), Some(plaintext));
            assert!(mistake.made(&key(), &content, plaintext), "{mistake:?}");
            assert!(!mistake.made(&key(), &content, b"another plaintext"));
            let right = seal_with_iv(&key(), IV.first_chunk().unwrap(), plaintext)?;
            // What no input shows is the right blob, and no other opens.
            assert_eq!(
                open(&key(), &content).is_ok(),
                content == right,
                "{mistake:?}"
            );
            refused += usize::from(content != right);
        }
        assert!(refused > 0, "{mistake:?}");
        assert!(open(&key(), &mistake.seal(&key(), &IV, PLAINTEXTS[0])?).is_err());
        for broken in ["", "*", "AAAA", "00"] {
            assert!(!mistake.made(&key(), broken, b"text"));
            assert_eq!(mistake.open(&key(), broken), None, "{mistake:?}");
        }
    }
    Ok(())
}

fn blobs_apart() -> Result<(), Failed> {
    let mut alike = Vec::new();
    for one in Sealing::ALL {
        for other in Sealing::ALL {
            let apart = PLAINTEXTS.into_iter().any(|plaintext| {
                let content = one.seal(&key(), &IV, plaintext).unwrap();
                !other.made(&key(), &content, plaintext)
            });
            if one != other && !apart {
                alike.push((one, other));
            }
        }
        // With some text in it, a blob is claimed by its own mistake alone.
        let content = one.seal(&key(), &IV, PLAINTEXTS[0])?;
        let mut claiming = Sealing::ALL.to_vec();
        claiming.retain(|mistake| mistake.made(&key(), &content, PLAINTEXTS[0]));
        assert_eq!(claiming, [one]);
    }
    none(&alike)
}

fn unknown() -> Result<(), Failed> {
    use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
    let iv: [u8; 12] = *IV.first_chunk().unwrap();
    let payload = Payload {
        msg: PLAINTEXTS[0],
        aad: b"the name of a project",
    };
    let sealed = aes_gcm::Aes256Gcm::new(key().as_bytes().into())
        .encrypt(&iv.into(), payload)
        .unwrap();
    let content = crypto::encoding::encode([&iv[..], &sealed].concat());
    assert!(Sealing::AssociatedData.made(&key(), &content, PLAINTEXTS[0]));
    let right = seal_with_iv(&key(), &iv, PLAINTEXTS[0])?;
    for mistake in Sealing::ALL {
        assert!(!mistake.made(&key(), &right, PLAINTEXTS[0]), "{mistake:?}");
    }
    Ok(())
}

/// The 16 bytes 0 to 15.
const SALT: &str = "AAECAwQFBgcICQoLDA0ODw==";
