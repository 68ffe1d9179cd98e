//! Answers compared with the library's, and explained in the suite's own words.

use serde_json::{Map, Value};

use super::answer::spelling;
use super::conversation::Conversation;
use super::easy::{DATA_KEY, KEY, PLAINTEXT};
use super::finding::Finding;
use crate::adapter::{Rejected, Request};
use crate::crypto::wrong::Derived;
use crate::crypto::{
    Class, DataKey, Iterations, SALT_LENGTH, derive_key_proof, encoding, open, pad_key,
};
use crate::harness::{Judged, Stop};
use crate::suite::off_thread::off_thread;
use crate::suite::sdk::answer::{judge_blob, judge_opened, wrong_derivation};
use crate::suite::sdk::context::describe;
use crate::suite::sdk::diagnosis::Inputs;

/// What is wrong with a well-formed answer to the easy request of an operation.
pub(super) async fn wrong(
    talk: &mut Conversation<'_>,
    op: &'static str,
    request: &Request,
    answered: &Map<String, Value>,
) -> Option<Finding> {
    let text = |name: &str| answered.get(name).and_then(Value::as_str).unwrap_or_default();
    match op {
        "pad_key" => {
            let right = encoding::encode(pad_key(KEY.as_bytes()).as_bytes());
            let got = text("padded_key");
            derivation(talk, Derived::PadKey, request, (&right, got), answered).await
        }
        "derive_key_proof" | "derive_data_key" => {
            let (of, member) = match op {
                "derive_key_proof" => (Derived::Proof, "proof"),
                _ => (Derived::DataKey, "data_key"),
            };
            let right = derived(of, request)?;
            derivation(talk, of, request, (&right, text(member)), answered).await
        }
        "generate_key_proof" => generated(talk, answered).await,
        "verify_key_proof" => (answered.get("valid") != Some(&Value::Bool(true))).then(|| {
            Finding::must("the right proof does not verify")
                .advise("derive the proof, and compare the two texts, or their bytes")
        }),
        "encrypt" | "encrypt_with_project_key" => {
            let key = key(op);
            let content = text("content");
            if open(&key, content).is_ok_and(|opened| opened.as_slice() == PLAINTEXT.as_bytes()) {
                return None;
            }
            let context = talk.opinion().await;
            let judged =
                context.map(|context| judge_blob(&context, &key, PLAINTEXT, request, content));
            Some(explained(judged, "the blob does not open", content))
        }
        _ => {
            let got = text("plaintext");
            (got != PLAINTEXT).then(|| {
                let mut finding = Finding::must("the blob is opened to another text")
                    .advise("give the plaintext as it was sealed: no trimming, no normalising");
                let quoted = |text: &str| format!("plaintext {text:?}");
                finding.compared = Some((quoted(PLAINTEXT), quoted(got)));
                finding
            })
        }
    }
}

/// A right input that is refused.
pub(super) async fn refused(
    talk: &mut Conversation<'_>,
    op: &'static str,
    request: &Request,
    rejected: &Rejected,
) -> Option<Finding> {
    let response = Err(rejected.clone());
    let mut finding = Finding::must("a right input is refused");
    if op == "decrypt"
        && let Some(context) = talk.opinion().await
    {
        let judged = judge_opened(&context, request, PLAINTEXT).await;
        finding = explained(Some(judged), "a right blob is refused", "");
    }
    if finding.compared.is_none() {
        finding.compared = Some(("an answer, `ok`".to_owned(), describe(&response)));
    }
    Some(finding.advise(match op {
        "verify_key_proof" => "a proof is compared: what comes of it is `valid`",
        _ if rejected.class == Some(Class::Authentication) => {
            "the tag does not fit: hand on 12 bytes of IV, the ciphertext, 16 bytes of tag, all 32 of \
             the key, and no associated data"
        }
        _ => "look for what your SDK checks before it works: a length, an encoding, a prefix",
    }))
}

fn key(op: &str) -> DataKey {
    match op {
        "encrypt" => DataKey::from(DATA_KEY),
        _ => DataKey::from(&pad_key(KEY.as_bytes())),
    }
}

fn derived(derived: Derived, request: &Request) -> Option<String> {
    let salt = encoding::decode(request.params["salt"].as_str()?).ok()?;
    let iterations = Iterations::try_from(i64::from(request.iterations)).ok()?;
    let key = request.params["key"].as_str()?.as_bytes();
    Some(match derived {
        Derived::DataKey => encoding::encode(DataKey::derive(key, &salt, iterations).as_bytes()),
        _ => derive_key_proof(key, &salt, iterations),
    })
}

async fn derivation(
    talk: &mut Conversation<'_>,
    derived: Derived,
    request: &Request,
    (right, got): (&str, &str),
    answered: &Map<String, Value>,
) -> Option<Finding> {
    if right == got {
        return None;
    }
    let inputs = Inputs {
        key: KEY.to_owned(),
        salt: request.params["salt"].as_str().unwrap_or_default().to_owned(),
        iterations: Iterations::try_from(i64::from(request.iterations.max(1))).ok()?,
    };
    let judged = match talk.opinion().await {
        None => None,
        Some(context) => {
            let pair = (right, got);
            let response = Ok(answered.clone());
            let of = (derived, inputs);
            Some(Err(wrong_derivation(&context, of, pair, request, &response).await))
        }
    };
    Some(explained(judged, "the answer is a wrong one", got))
}

/// The suite's own explanation as a finding.
fn explained(judged: Option<Judged>, otherwise: &str, got: &str) -> Finding {
    let Some(Err(Stop::Mismatch(mismatch))) = judged else {
        let finding = Finding::must(otherwise);
        return match spelling(got) {
            Some(spelling) => finding.advise(spelling),
            None => finding,
        };
    };
    let mut finding = Finding::must(&mismatch.what);
    let (got_shown, hint) = match mismatch.got.split_once("\nhint ") {
        Some((got, hint)) => (got.to_owned(), Some(hint)),
        None => (mismatch.got.clone(), None),
    };
    finding.compared = Some((mismatch.expected.clone(), got_shown));
    if let Some(hint) = hint {
        finding = finding.advise(hint);
    }
    // An explanation stands behind a colon, and says it better.
    match spelling(got).filter(|_| !mismatch.what.contains(": ")) {
        Some(spelling) => finding.advise(spelling),
        None => finding,
    }
}

async fn generated(talk: &mut Conversation<'_>, answered: &Map<String, Value>) -> Option<Finding> {
    let text = |name: &str| answered.get(name).and_then(Value::as_str).unwrap_or_default();
    let salt_text = text("salt").to_owned();
    if let Some(spelling) = spelling(&salt_text) {
        let what = "the generated salt is not standard padded base64";
        return Some(Finding::must(what).advise(spelling));
    }
    let salt = encoding::decode(&salt_text).unwrap_or_default();
    if salt.len() != SALT_LENGTH {
        let what = format!("the generated salt has {} bytes", salt.len());
        return Some(Finding::must(what).advise("draw 16 random bytes, and encode those"));
    }
    let iterations = answered.get("iterations").and_then(Value::as_i64).unwrap_or(0);
    if iterations != i64::from(Iterations::PLATFORM.get()) {
        let what = format!("it generates with {iterations} iterations");
        return Some(Finding::must(what).advise("a new proof has 600000 iterations"));
    }
    let right = off_thread(move || derive_key_proof(KEY.as_bytes(), &salt, Iterations::PLATFORM));
    let right = right.await.ok()?;
    let request = Request::derive_key_proof(KEY, &salt_text, Iterations::PLATFORM.get());
    derivation(talk, Derived::Proof, &request, (&right, text("proof")), answered).await
}
