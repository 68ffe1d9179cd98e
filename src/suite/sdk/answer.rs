//! Judges an adapter's response to a call by what the oracle answers.

use serde_json::{Map, Value};

use super::context::{Context, Response};
use super::derivation::derived_text;
use super::diagnosis::{self, Explanation};
use super::state::{alone, told_apart};
use crate::adapter::Request;
use crate::crypto::{DataKey, MINIMUM_LENGTH, encoding, open, pad_key};
use crate::harness::{Judged, Stop};
use crate::vectors::{Call, Decrypt, DecryptWithProjectKey};

/// Holds the answer to a derivation to the oracle's.
pub(super) async fn judge_derived(context: &Context, call: &Call) -> Judged {
    judge_derived_as(context, call, &oracle(call)?).await
}

/// Holds the answer to a derivation to the right one.
pub(super) async fn judge_derived_as(context: &Context, call: &Call, right: &str) -> Judged {
    let Err(stop) = derived(context, call, right).await else { return Ok(()) };
    let Some(alone) = alone(context, &stop).await else { return Err(stop) };
    let judged = derived(&alone, call, right).await;
    Err(told_apart(context, stop, &Request::of(call), (alone, judged)).await)
}

async fn derived(context: &Context, call: &Call, right: &str) -> Judged {
    let request = Request::of(call);
    let response = context.ask(&request).await?;
    let name = call.answer_member();
    match response.text(name) {
        Some(got) if got == right => Ok(()),
        Some(got) => Err(wrong_derivation(context, call, (right, got), &response).await),
        None => Err(response.not_answered(&format!("a text `{name}`"))),
    }
}

/// What the oracle answers to a derivation.
pub(super) fn oracle(call: &Call) -> Result<String, Stop> {
    let answer = call.perform().ok();
    let right = answer.as_ref().and_then(derived_text).map(str::to_owned);
    right.ok_or_else(|| Stop::Harness("no answer of the oracle".to_owned()))
}

/// Explains a wrong text of a derivation.
pub(super) async fn wrong_derivation(
    context: &Context,
    call: &Call,
    (right, got): (&str, &str),
    response: &Response<'_>,
) -> Stop {
    let name = call.answer_member();
    let explanation = diagnosis::explain(context, call, got).await;
    let what = format!("the {} is a wrong one", name.replace('_', " "));
    let (expected, got) = (format!("{name} {right:?}"), format!("{name} {got:?}"));
    explained(context, explanation, (&what, &expected, &got), response)
}

/// Holds the implementation to saying of a proof whether it is right.
pub(super) async fn judge_verdict(context: &Context, request: &Request, is_right: bool) -> Judged {
    let Err(stop) = verdict(context, request, is_right).await else { return Ok(()) };
    let Some(alone) = alone(context, &stop).await else { return Err(stop) };
    let judged = verdict(&alone, request, is_right).await;
    Err(told_apart(context, stop, request, (alone, judged)).await)
}

async fn verdict(context: &Context, request: &Request, is_right: bool) -> Judged {
    let response = context.ask(request).await?;
    match response.member("valid").and_then(Value::as_bool) {
        Some(valid) if valid == is_right => Ok(()),
        Some(_) => {
            let what =
                if is_right { "the right proof does not verify" } else { "a wrong proof verifies" };
            Err(response.differs(what, &format!("valid {is_right}")))
        }
        None => Err(response.not_answered("a boolean `valid`")),
    }
}

/// The key and the plaintext of a call that seals.
pub(super) fn sealed_parts(call: &Call) -> Result<(DataKey, &str), Stop> {
    match call {
        Call::Encrypt(p) => Ok((DataKey::from(p.data_key.0), &p.plaintext)),
        Call::EncryptWithProjectKey(p) => {
            Ok((DataKey::from(&pad_key(p.key.as_bytes())), &p.plaintext))
        }
        _ => Err(Stop::Harness("this call does not seal".to_owned())),
    }
}

/// The call that opens a blob, as a call that seals would make it.
pub(super) fn opening(sealing: &Call, content: String) -> Result<Call, Stop> {
    match sealing {
        Call::Encrypt(p) => Ok(Call::Decrypt(Decrypt { data_key: p.data_key, content })),
        Call::EncryptWithProjectKey(p) => {
            Ok(Call::DecryptWithProjectKey(DecryptWithProjectKey { key: p.key.clone(), content }))
        }
        _ => Err(Stop::Harness("this call does not seal".to_owned())),
    }
}

/// Holds the blob of a call that seals to its form and to the oracle.
pub(super) async fn judge_sealed(context: &Context, call: &Call) -> Judged {
    let (key, plaintext) = sealed_parts(call)?;
    let request = Request::of(call);
    let content = context.text(&request, "content").await?;
    judge_blob(context, &key, plaintext, &request, &content)
}

/// Holds the implementation to opening a blob that the oracle has made of a call that seals.
pub(super) async fn judge_reversed(context: &Context, call: &Call, content: String) -> Judged {
    let (_, plaintext) = sealed_parts(call)?;
    judge_opened(context, &Request::of(&opening(call, content)?), plaintext).await
}

/// A mismatch with its explanation: the first line ends with the mistake, and the answer with where the language
/// usually makes it.
fn explained(
    context: &Context,
    explanation: Option<Explanation>,
    (what, expected, got): (&str, &str, &str),
    response: &Response<'_>,
) -> Stop {
    let (what, got) = match explanation {
        None => (what.to_owned(), got.to_owned()),
        Some(Explanation { is_certain: false, words, .. }) => (
            what.to_owned(),
            format!("{got}\nno one mistake makes all answers; of this one: {words}"),
        ),
        Some(Explanation { words, hint: None, .. }) => (format!("{what}: {words}"), got.to_owned()),
        Some(Explanation { words, hint: Some(hint), .. }) => {
            (format!("{what}: {words}"), format!("{got}\nhint ({}): {hint}", context.language()))
        }
    };
    response.unlike(&what, expected, &got)
}

/// Holds an emitted blob to its form and to the oracle.
pub(super) fn judge_blob(
    context: &Context,
    key: &DataKey,
    plaintext: &str,
    request: &Request,
    content: &str,
) -> Judged {
    let result = Ok(Map::from_iter([("content".to_owned(), content.into())]));
    let response = Response { request, result };
    let expected = format!(
        "standard padded base64 of an IV of 12 bytes, the ciphertext and a tag of 16, {} bytes in \
         all, that opens to the plaintext",
        MINIMUM_LENGTH + plaintext.len()
    );
    let fail = |explanation: Option<Explanation>, what: &str, got: &str| {
        Err(explained(context, explanation, (what, &expected, got), &response))
    };
    let of_blob = || diagnosis::explain_blob(context, key, content, plaintext);
    let of_key = || {
        let key = request.params.get("key")?.as_str()?;
        diagnosis::explain_project_key(context, key, content, plaintext)
    };
    let Ok(bytes) = encoding::decode(content) else {
        return fail(of_blob(), "the blob is not standard padded base64", "another text");
    };
    match open(key, content) {
        Ok(opened) if opened.as_slice() == plaintext.as_bytes() => Ok(()),
        Ok(opened) => {
            let text = String::from_utf8_lossy(&opened);
            let explanation = diagnosis::explain_text(context, plaintext, &text).or_else(of_blob);
            fail(explanation, "the blob opens to another text", &format!("{text:?}"))
        }
        Err(error) => {
            let got = format!("{} bytes: {error}", bytes.len());
            fail(of_blob().or_else(of_key), "the blob does not open", &got)
        }
    }
}

/// Holds an opened text to the right one.
pub(super) async fn judge_opened(context: &Context, request: &Request, plaintext: &str) -> Judged {
    let response = context.ask(request).await?;
    let expected = format!("plaintext {plaintext:?}");
    match response.text("plaintext") {
        Some(text) if text == plaintext => Ok(()),
        Some(text) => {
            let (what, got) = ("the blob is opened to another text", format!("plaintext {text:?}"));
            let explanation = diagnosis::explain_text(context, plaintext, text)
                .or_else(|| diagnosis::explain_opened(context, request, text));
            Err(explained(context, explanation, (what, &expected, &got), &response))
        }
        None if response.result.is_err() => {
            let explanation = diagnosis::explain_refusal(context).await;
            let what = match &explanation {
                Some(_) => "a right blob is refused, and a wrong one opened",
                None => "a right blob is refused",
            };
            Err(explained(context, explanation, (what, &expected, &response.words()), &response))
        }
        None => Err(response.not_answered("a text `plaintext`")),
    }
}

/// Holds the implementation to refusing.
pub(super) async fn judge_refused(
    context: &Context,
    request: &Request,
    what: &str,
    class: &str,
) -> Judged {
    let response = context.ask(request).await?;
    match response.result {
        Err(_) => Ok(()),
        Ok(_) => Err(response.differs(what, &format!("a rejection ({class})"))),
    }
}
