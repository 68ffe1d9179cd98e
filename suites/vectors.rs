//! The corpus holds, and is whole: each vector is one trial; the files keep their schema; every
//! file of `vectors/` is compiled in; a broken corpus is refused with a message that names the fault.

use std::collections::BTreeSet;
use std::path::Path;

use keyproof::crypto::wrong::{Derivation, Derived, Sealing, TextMistake};
use keyproof::crypto::{Class, DataKey, Iterations, encoding, pad_key};
use keyproof::vectors::{Answer, Call, Corpus, Expected, FILES, Judgement, Refusal, embedded};
use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("corpus/every_file_of_the_folder_is_compiled_in", folder),
        Trial::test("corpus/every_file_keeps_the_schema", schema),
        Trial::test("corpus/the_schema_is_closed", closed),
        Trial::test("corpus/the_readme_shows_a_vector_of_the_corpus", readme),
        Trial::test("corpus/claims_are_distinct", claims),
        Trial::test("corpus/few_vectors_take_600000_iterations", few_slow),
        Trial::test("corpus/every_named_mistake_fails_a_vector", mistakes),
        Trial::test("corpus/a_broken_file_is_refused_for_its_reason", refusals),
        Trial::test("corpus/an_array_of_files_is_read_as_one_corpus", array),
        Trial::test("judge/a_reply_is_judged_by_the_verdict_word", judgements),
    ];
    for vector in embedded().unwrap().vectors() {
        trials.push(Trial::test(&vector.id, || match vector.verify().reason() {
            None => Ok(()),
            Some(reason) => Err(Failed::from(format!("{}\n{reason}", vector.claim))),
        }));
    }
    trials
}

fn folder() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(&folder)? {
        let name = entry?.file_name().into_string().unwrap();
        let (_, text) = FILES.iter().find(|(embedded, _)| *embedded == name).ok_or_else(|| {
            format!("vectors/{name} is not embedded: name it in src/vectors/embedded.rs")
        })?;
        if std::fs::read_to_string(folder.join(&name))? != *text {
            return Err(format!("vectors/{name} differs from what was compiled in").into());
        }
        found.insert(name);
    }
    assert_eq!(found.len(), FILES.len(), "embedded twice, or no longer there");
    Ok(())
}

fn vector_files() -> impl Iterator<Item = (&'static str, Value)> {
    FILES
        .iter()
        .filter(|(name, _)| name.ends_with(".json"))
        .map(|(name, text)| (*name, serde_json::from_str(text).unwrap()))
}

fn validator() -> jsonschema::Validator {
    let (_, text) = FILES.iter().find(|(name, _)| *name == "format.jsonschema").unwrap();
    let schema = serde_json::from_str(text).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn schema() -> Result<(), Failed> {
    let validator = validator();
    for (name, file) in vector_files() {
        if let Some(error) = validator.iter_errors(&file).next() {
            return Err(format!("{name}{}: {error}", error.instance_path()).into());
        }
        assert_eq!(name, format!("{}.json", file["group"].as_str().unwrap()));
    }
    Ok(())
}

/// A change to a valid file, and how the message of the loader begins.
struct Breach {
    name: &'static str,
    change: fn(&mut Value),
    message: &'static str,
}

const BREACHES: [Breach; 16] = [
    Breach {
        name: "another format",
        change: |file| file["format"] = json!(1),
        message: "it has format 1, and this keyproof reads format 2",
    },
    Breach {
        name: "a wrong count",
        change: |file| file["count"] = json!(7),
        message: "key_proof declares 7 vectors and holds 2: mend `count`, or find the rest",
    },
    Breach {
        name: "no vectors",
        change: |file| file["vectors"] = json!([]),
        message: "there are no vectors in it",
    },
    Breach {
        name: "an id twice",
        change: |file| file["vectors"][1]["id"] = json!("key_proof/one"),
        message: "two vectors have the id \"key_proof/one\": an id names one vector",
    },
    Breach {
        name: "an id of another group",
        change: |file| file["vectors"][0]["id"] = json!("pad_key/one"),
        message: "the id \"pad_key/one\" is not key_proof/ and words of small letters and digits joined by hyphens",
    },
    Breach {
        name: "an id that is no slug",
        change: |file| file["vectors"][0]["id"] = json!("key_proof/One\u{1b}"),
        message: "the id \"key_proof/One\\u{1b}\" is not key_proof/ and words of small letters and digits joined by hyphens",
    },
    Breach {
        name: "a call of another group",
        change: |file| file["vectors"][0]["call"]["op"] = json!("derive_data_key"),
        message: "vector \"key_proof/one\" calls derive_data_key, which does not belong to the group key_proof",
    },
    Breach {
        name: "an answer of another operation",
        change: |file| file["vectors"][0]["expected"] = json!({"valid": {"valid": true}}),
        message: "vector \"key_proof/one\" expects valid of derive_key_proof, which answers with proof",
    },
    Breach {
        name: "an unexplained flag",
        change: |file| file["vectors"][0]["flags"] = json!(["computed", "odd"]),
        message: "vector \"key_proof/one\" has the flag \"odd\", which `notes` do not explain",
    },
    Breach {
        name: "an unused note",
        change: |file| file["notes"]["odd"] = json!("Odd."),
        message: "key_proof explains the flag \"odd\", which no vector has",
    },
    Breach {
        name: "an unknown member of the file",
        change: |file| file["extra"] = json!(1),
        message: "unknown field `extra`",
    },
    Breach {
        name: "an unknown member of a vector",
        change: |file| file["vectors"][0]["extra"] = json!(1),
        message: "unknown field `extra`",
    },
    Breach {
        name: "an unknown parameter",
        change: |file| file["vectors"][0]["call"]["params"]["extra"] = json!(1),
        message: "unknown field `extra`",
    },
    Breach {
        name: "a missing parameter",
        change: |file| file["vectors"][0]["call"]["params"] = json!({"key": "k", "salt": "AAAA"}),
        message: "missing field `iterations`",
    },
    Breach {
        name: "an unknown operation",
        change: |file| file["vectors"][0]["call"]["op"] = json!("guess"),
        message: "unknown variant `guess`",
    },
    Breach {
        name: "two verdicts",
        change: |file| {
            file["vectors"][0]["expected"]["invalid"] = json!("malformed");
        },
        message: "expected value",
    },
];

fn small_file() -> Value {
    let vector = |id: &str| {
        json!({
            "id": id, "claim": "A claim.", "source": "computed", "flags": ["computed"],
            "call": {"op": "derive_key_proof", "params": {"key": "k", "salt": "AAAA", "iterations": 1}},
            "expected": {"valid": {"proof": "LeiJqVFxyaC5bQtoFrN1SoFSJtOeX0x7V3GHSqTLCVA="}},
        })
    };
    json!({
        "format": 2, "group": "key_proof", "count": 2, "notes": {"computed": "Computed."},
        "vectors": [vector("key_proof/one"), vector("key_proof/two")],
    })
}

fn refusals() -> Result<(), Failed> {
    Corpus::parse(&small_file().to_string())?;
    for Breach { name, change, message } in BREACHES {
        let mut file = small_file();
        change(&mut file);
        match Corpus::parse(&file.to_string()) {
            Err(error) if error.to_string().starts_with(message) => {}
            other => return Err(format!("{name}: expected {message:?}, got {other:?}").into()),
        }
    }
    Ok(())
}

/// What the loader refuses and a schema can say, the schema refuses too.
fn closed() -> Result<(), Failed> {
    let beyond_a_schema = ["a wrong count", "an id twice", "an unexplained flag", "an unused note"];
    let validator = validator();
    if let Some(error) = validator.iter_errors(&small_file()).next() {
        return Err(format!("the unchanged file: {error}").into());
    }
    for Breach { name, change, .. } in BREACHES {
        let mut file = small_file();
        change(&mut file);
        assert_eq!(validator.is_valid(&file), beyond_a_schema.contains(&name), "{name}");
    }
    Ok(())
}

fn array() -> Result<(), Failed> {
    let files: Vec<Value> = vector_files().map(|(_, file)| file).collect();
    let corpus = Corpus::parse(&Value::from(files).to_string())?;
    assert_eq!(&corpus, embedded().unwrap());
    for nothing in ["[]", " [ ] "] {
        let error = Corpus::parse(nothing).unwrap_err();
        assert_eq!(error.to_string(), "there are no vectors in it");
    }
    Ok(())
}

fn readme() -> Result<(), Failed> {
    let (_, readme) = FILES[0];
    let indented = |line: &&str| line.starts_with("    ");
    let text: String =
        readme.lines().skip_while(|line| !indented(line)).take_while(indented).collect();
    let example: Value = serde_json::from_str(&text)?;
    let vector = embedded().unwrap().vectors().find(|vector| example["id"] == vector.id.as_str());
    assert_eq!(serde_json::to_value(vector)?, example);
    Ok(())
}

/// Two vectors may not ask the same: the second would say nothing.
fn claims() -> Result<(), Failed> {
    let mut seen = BTreeSet::new();
    for vector in embedded().unwrap().vectors() {
        if !seen.insert(serde_json::to_string(&vector.call)?) {
            return Err(format!("{} asks what an earlier vector asks", vector.id).into());
        }
        for text in [&vector.claim, &vector.source] {
            assert!(!text.is_empty() && text.trim() == text, "{}", vector.id);
        }
    }
    Ok(())
}

fn few_slow() -> Result<(), Failed> {
    let platform =
        |vector: &&keyproof::vectors::Vector| vector.flags.iter().any(|flag| flag == "slow");
    let asks = |vector: &keyproof::vectors::Vector| {
        serde_json::to_value(&vector.call).unwrap()["params"]["iterations"] == 600_000
    };
    let corpus = embedded().unwrap();
    let marked = corpus.vectors().filter(platform).count();
    assert!((8..=16).contains(&marked), "{marked}");
    for vector in corpus.vectors() {
        assert_eq!(platform(&vector), asks(vector), "{}", vector.id);
    }
    Ok(())
}

fn judgements() -> Result<(), Failed> {
    let answer = |text: &str| -> Result<Answer, Refusal> { Ok(Answer::Plaintext(text.to_owned())) };
    let refusal =
        |class| -> Result<Answer, Refusal> { Err(Refusal { class, message: "no".to_owned() }) };
    let valid = Expected::Valid(Answer::Plaintext("a".to_owned()));
    let invalid = Expected::Invalid(Class::Malformed);
    let acceptable =
        Expected::Acceptable { answer: Answer::Plaintext("a".to_owned()), class: Class::Malformed };
    let failed = |text: &str| Judgement::Failed(text.to_owned());
    let wrong_class = |text: &str| Judgement::WrongClass(text.to_owned());
    let (malformed, authentication) = (Class::Malformed, Class::Authentication);
    for (expected, reply, judgement) in [
        (&valid, answer("a"), Judgement::Held),
        (
            &valid,
            answer("\u{feff}b\n"),
            failed(r#"expected plaintext "a", got plaintext "\u{feff}b\n""#),
        ),
        (
            &valid,
            refusal(malformed),
            failed(r#"expected plaintext "a", got a refusal (malformed): no"#),
        ),
        (&invalid, refusal(malformed), Judgement::Held),
        (
            &invalid,
            refusal(authentication),
            wrong_class("expected a refusal (malformed), got a refusal (authentication): no"),
        ),
        (&invalid, answer("a"), failed(r#"expected a refusal (malformed), got plaintext "a""#)),
        (&acceptable, answer("a"), Judgement::Held),
        (&acceptable, refusal(malformed), Judgement::Held),
        (
            &acceptable,
            answer("b"),
            failed(r#"expected plaintext "a" or a refusal (malformed), got plaintext "b""#),
        ),
        (
            &acceptable,
            refusal(authentication),
            wrong_class(
                r#"expected plaintext "a" or a refusal (malformed), got a refusal (authentication): no"#,
            ),
        ),
    ] {
        assert_eq!(expected.judge(&reply), judgement);
    }
    Ok(())
}

/// What a consumer of the files alone does not catch: whoever writes lines reads whole texts too, so that only what it
/// writes tells.
const ONLY_PROPERTIES: [&str; 1] = ["line-broken-text"];

/// Each mistake with a key, a blob or a text makes an answer to some vector wrong, in each group where it can be made.
/// Those with derivations are told apart too, in `crypto/wrong`.
fn mistakes() -> Result<(), Failed> {
    let vectors = || embedded().unwrap().vectors();
    let mut missed = Vec::new();
    for mistake in Derivation::ALL.iter().filter(|one| one.applies_to(Derived::PadKey)) {
        let is_told = vectors().any(|vector| {
            let key = match &vector.call {
                Call::EncryptWithProjectKey(p) => &p.key,
                Call::DecryptWithProjectKey(p) => &p.key,
                _ => return false,
            };
            let wrong = mistake.answer(Derived::PadKey, key, "", Iterations::ONE);
            let right = encoding::encode(pad_key(key.as_bytes()).as_bytes());
            matches!(vector.expected, Expected::Valid(_)) && wrong.is_some_and(|text| text != right)
        });
        missed.extend((!is_told).then(|| format!("legacy_cipher: {}", mistake.name())));
    }
    for mistake in Sealing::ALL {
        let is_told = vectors().any(|vector| {
            let Call::Decrypt(p) = &vector.call else { return false };
            let opened = mistake.open(&DataKey::from(p.data_key.0), &p.content);
            let opened = opened.and_then(|bytes| String::from_utf8(bytes).ok());
            match (&vector.expected, opened) {
                (Expected::Valid(Answer::Plaintext(right)), opened) => {
                    opened.as_ref() != Some(right)
                }
                (Expected::Invalid(_), opened) => opened.is_some(),
                _ => false,
            }
        });
        let is_known = ONLY_PROPERTIES.contains(&mistake.name());
        missed.extend((is_told == is_known).then(|| format!("blob_open: {}", mistake.name())));
    }
    for mistake in TextMistake::ALL {
        for (group, op) in [("blob_open", "decrypt"), ("blob_seal", "encrypt")] {
            let is_told = vectors().filter(|vector| vector.call.op() == op).any(|vector| {
                let text = match (&vector.call, &vector.expected) {
                    (Call::Encrypt(p), Expected::Valid(_)) => &p.plaintext,
                    (Call::Decrypt(_), Expected::Valid(Answer::Plaintext(text))) => text,
                    _ => return false,
                };
                mistake.of(text) != *text
            });
            missed.extend((!is_told).then(|| format!("{group}: {}", mistake.name())));
        }
    }
    if missed.is_empty() { Ok(()) } else { Err(missed.join("\n").into()) }
}
