//! An adapter's reply, judged: the text that goes over the wire, not just the bytes.

use serde_json::{Map, Value};

use super::context::{Context, Response, describe, mismatch};
use super::diagnosis::{self, Explanation, Inputs};
use crate::adapter::{Rejected, Request};
use crate::crypto::wrong::Derived;
use crate::crypto::{DataKey, MINIMUM_LENGTH, encoding, open};
use crate::harness::{Judged, Stop};
use crate::vectors::{Answer, Refusal};

/// A response, as vectors judge it; None if the answer has not the one member of its operation.
pub(super) fn reply(response: &Response, member: &str) -> Option<Result<Answer, Refusal>> {
    match response {
        Ok(members) => answer(members, member).map(Ok),
        Err(rejected) => Some(Err(refusal(rejected)?)),
    }
}

fn answer(members: &Map<String, Value>, member: &str) -> Option<Answer> {
    if members.len() != 1 {
        return None;
    }
    serde_json::from_value(Value::Object(members.clone()))
        .ok()
        .filter(|answer: &Answer| answer.member() == member)
}

fn refusal(rejected: &Rejected) -> Option<Refusal> {
    Some(Refusal { class: rejected.class?, message: rejected.message.clone() })
}

/// Explains a wrong text of a derivation.
pub(super) async fn wrong_derivation(
    context: &Context,
    (derived, inputs): (Derived, Inputs),
    (right, got): (&str, &str),
    request: &Request,
    response: &Response,
) -> Stop {
    let (subject, bytes) = match derived {
        Derived::PadKey => ("the padded key", "padded_key"),
        Derived::Proof => ("the proof", "proof"),
        Derived::DataKey => ("the data key", "data_key"),
    };
    let explanation = diagnosis::explain(context, derived, &inputs, got).await;
    let what = with_mistake(&format!("{subject} is a wrong one"), explanation.as_ref());
    let got = with_hint(&format!("{bytes} {got:?}"), context, explanation.as_ref());
    mismatch(&what, &format!("{bytes} {right:?}"), &got, request, response)
}

/// What is wrong, with the mistake that makes it.
fn with_mistake(what: &str, explanation: Option<&Explanation>) -> String {
    match explanation {
        Some(Explanation { is_certain: true, words, .. }) => format!("{what}: {words}"),
        _ => what.to_owned(),
    }
}

/// The wrong answer, with where the language usually makes the mistake.
fn with_hint(got: &str, context: &Context, explanation: Option<&Explanation>) -> String {
    let Some(explanation) = explanation else {
        return got.to_owned();
    };
    let Explanation { is_certain, words, hint } = explanation;
    match hint {
        _ if !is_certain => {
            format!("{got}\nno one mistake makes all answers; of this one: {words}")
        }
        Some(hint) => format!("{got}\nhint ({}): {hint}", context.language()),
        None => got.to_owned(),
    }
}

/// Holds an emitted blob to its form and to the oracle.
pub(super) fn judge_blob(
    context: &Context,
    key: &DataKey,
    plaintext: &str,
    request: &Request,
    content: &str,
) -> Judged {
    let response: Response = Ok(Map::from_iter([("content".to_owned(), content.into())]));
    let expected = format!(
        "standard padded base64 of an IV of 12 bytes, the ciphertext and a tag of 16, {} bytes in \
         all, that opens to the plaintext",
        MINIMUM_LENGTH + plaintext.len()
    );
    let fail = |what: &str, got: &str| {
        let explanation = diagnosis::explain_blob(context, key, content, plaintext);
        let what = with_mistake(what, explanation.as_ref());
        let got = with_hint(got, context, explanation.as_ref());
        Err(mismatch(&what, &expected, &got, request, &response))
    };
    let Ok(bytes) = encoding::decode(content) else {
        return fail("the blob is not standard padded base64", "another text");
    };
    match open(key, content) {
        Ok(opened) if opened.as_slice() == plaintext.as_bytes() => Ok(()),
        Ok(opened) => fail(
            "the blob opens to another text",
            &format!("{:?}", String::from_utf8_lossy(&opened)),
        ),
        Err(error) => fail("the blob does not open", &format!("{} bytes: {error}", bytes.len())),
    }
}

/// Holds an opened text to the right one.
pub(super) async fn judge_opened(context: &Context, request: &Request, plaintext: &str) -> Judged {
    let response = context.ask(request).await?;
    let got = response.as_ref().ok().and_then(|members| members.get("plaintext"));
    match got.and_then(Value::as_str) {
        Some(text) if text == plaintext => Ok(()),
        Some(text) => Err(mismatch(
            "the blob is opened to another text",
            &format!("plaintext {plaintext:?}"),
            &format!("plaintext {text:?}"),
            request,
            &response,
        )),
        None if response.is_err() => {
            let explanation = diagnosis::explain_refusal(context).await;
            let what = match &explanation {
                Some(_) => "a right blob is refused, and a wrong one opened",
                None => "a right blob is refused",
            };
            let what = with_mistake(what, explanation.as_ref());
            let got = with_hint(&describe(&response), context, explanation.as_ref());
            let expected = format!("plaintext {plaintext:?}");
            Err(mismatch(&what, &expected, &got, request, &response))
        }
        None => Err(context.not_answered(request, &response, "a text `plaintext`")),
    }
}

/// Holds the implementation to refusing.
pub(super) async fn judge_refused(
    context: &Context,
    request: &Request,
    what: &str,
    class: &str,
) -> Judged {
    match context.ask(request).await? {
        Err(_) => Ok(()),
        response => Err(mismatch(
            what,
            &format!("a rejection ({class})"),
            &describe(&response),
            request,
            &response,
        )),
    }
}
