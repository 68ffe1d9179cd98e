//! Answers compared with the library's, and explained in the suite's own words.

use serde_json::{Map, Value, json};

use super::answer::spelling;
use super::conversation::Conversation;
use super::easy::{DATA_KEY, KEY, PLAINTEXT};
use super::finding::Finding;
use crate::adapter::{Rejected, Request};
use crate::crypto::{Class, DataKey, Iterations, SALT_LENGTH, encoding, open, pad_key};
use crate::harness::{Judged, Stop};
use crate::suite::off_thread::off_thread;
use crate::suite::sdk::answer::{judge_blob, judge_opened, oracle, wrong_derivation};
use crate::suite::sdk::context::{Response, refusal};
use crate::vectors::{Call, Derive};

/// What is wrong with a well-formed answer to the easy request of an operation.
pub(super) async fn wrong(
    talk: &mut Conversation<'_>,
    op: &'static str,
    request: &Request,
    answered: &Map<String, Value>,
) -> Option<Finding> {
    let text = |name: &str| answered.get(name).and_then(Value::as_str).unwrap_or_default();
    match op {
        "pad_key" | "derive_key_proof" | "derive_data_key" => {
            let document = json!({"op": op, "params": request.params});
            let call: Call = serde_json::from_value(document).ok()?;
            let right = oracle(&call).ok()?;
            derivation(talk, &call, (&right, text(call.answer_member())), answered).await
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
    let mut finding = Finding::must("a right input is refused");
    if op == "decrypt"
        && let Some(context) = talk.opinion().await
    {
        let judged = judge_opened(&context, request, PLAINTEXT).await;
        finding = explained(Some(judged), "a right blob is refused", "");
    }
    if finding.compared.is_none() {
        finding.compared = Some(("an answer, `ok`".to_owned(), refusal(rejected)));
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

/// A finding if the text of a derivation is a wrong one.
async fn derivation(
    talk: &mut Conversation<'_>,
    call: &Call,
    pair @ (right, got): (&str, &str),
    answered: &Map<String, Value>,
) -> Option<Finding> {
    if right == got {
        return None;
    }
    let response = Response { request: &Request::of(call), result: Ok(answered.clone()) };
    let judged = match talk.opinion().await {
        Some(context) => Some(Err(wrong_derivation(&context, call, pair, &response).await)),
        None => None,
    };
    Some(explained(judged, "the answer is a wrong one", got))
}

/// The suite's own explanation as a finding.
fn explained(judged: Option<Judged>, otherwise: &str, got: &str) -> Finding {
    let Some(Err(Stop::Mismatch(mismatch))) = judged else {
        return Finding::must(otherwise).advise_all(spelling(got));
    };
    // An explanation stands behind a colon, and says more than how bytes are spelt.
    let spelling = spelling(got).filter(|_| !mismatch.what.contains(": "));
    let (got, hint) = match mismatch.got.split_once("\nhint ") {
        Some((got, hint)) => (got, Some(hint)),
        None => (mismatch.got.as_str(), None),
    };
    let mut finding = Finding::must(&mismatch.what).advise_all(hint).advise_all(spelling);
    finding.compared = Some((mismatch.expected.clone(), got.to_owned()));
    finding
}

async fn generated(talk: &mut Conversation<'_>, answered: &Map<String, Value>) -> Option<Finding> {
    let text = |name: &str| answered.get(name).and_then(Value::as_str).unwrap_or_default();
    let salt = text("salt").to_owned();
    if let Some(spelling) = spelling(&salt) {
        let what = "the generated salt is not standard padded base64";
        return Some(Finding::must(what).advise(spelling));
    }
    let length = encoding::decode(&salt).unwrap_or_default().len();
    if length != SALT_LENGTH {
        let what = format!("the generated salt has {length} bytes");
        return Some(Finding::must(what).advise("draw 16 random bytes, and encode those"));
    }
    let iterations = answered.get("iterations").and_then(Value::as_i64).unwrap_or(0);
    if iterations != i64::from(Iterations::PLATFORM.get()) {
        let what = format!("it generates with {iterations} iterations");
        return Some(Finding::must(what).advise("a new proof has 600000 iterations"));
    }
    let call = Call::DeriveKeyProof(Derive { key: KEY.to_owned(), salt, iterations });
    let copy = call.clone();
    let right = off_thread(move || oracle(&copy)).await.ok()?.ok()?;
    derivation(talk, &call, (&right, text("proof")), answered).await
}
