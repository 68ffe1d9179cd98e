//! Which mistake explains the answers of an implementation.
//!
//! Several mistakes can make one and the same answer. So requests for all cheap vectors of the operation are sent,
//! once a run, and a mistake is named if it predicts every answer. Where the context explains nothing, as while an input is
//! shrunk, nothing is looked up either.

use serde_json::Value;

use super::context::Context;
use super::derivation::{CHEAP, Inputs, cheap};
use crate::adapter::Request;
use crate::crypto::wrong::{Derivation, Derived, Sealing, TextMistake};
use crate::crypto::{DataKey, Iterations, KEY_LENGTH, encoding, open, pad_key};
use crate::vectors::Call;

/// Plaintext, key and IV of the blobs that show how an implementation opens.
const PROBE: (&str, [u8; 32], [u8; 16]) = ("HELLO=world", [0x5a; 32], [0xc3; 16]);

/// A mistake that makes exactly the wrong answer.
pub(super) struct Explanation {
    /// Whether it makes every other answer too: several mistakes may make the same single answer.
    pub(super) is_certain: bool,
    /// What was done, and what to do instead.
    pub(super) words: String,
    /// Where the adapter's language usually goes wrong.
    pub(super) hint: Option<&'static str>,
}

impl Explanation {
    const fn certain(words: String, hint: Option<&'static str>) -> Self {
        Self { is_certain: true, words, hint }
    }

    fn of_blob(context: &Context, mistake: Sealing) -> Self {
        Self::certain(mistake.words().to_owned(), mistake.hint(context.language()))
    }
}

/// The explanation of a wrong answer to a derivation, if any mistake makes it.
pub(super) async fn explain(context: &Context, call: &Call, got: &str) -> Option<Explanation> {
    context.explains.then_some(())?;
    let inputs = Inputs::of(call)?;
    let derived = inputs.derived;
    // What explains every answer is looked at first; else whatever explains this one, if it costs little to find out.
    let certain = everywhere(context, derived).await.into_iter().map(|mistake| (mistake, true));
    let is_cheap = i64::from(inputs.iterations.get()) <= CHEAP;
    let others = Derivation::ALL.iter().filter(|mistake| is_cheap && mistake.applies_to(derived));
    let others = others.filter(|mistake| !mistake.is_dear()).map(|mistake| (*mistake, false));
    let mut known = certain.chain(others);
    let (mistake, is_certain) =
        known.find(|(mistake, _)| inputs.mistaken(*mistake).as_deref() == Some(got))?;
    let (words, hint) = (mistake.words(derived), mistake.hint(context.language()));
    Some(Explanation { is_certain, words, hint })
}

/// Mistakes that predict every answer to the vectors.
async fn everywhere(context: &Context, derived: Derived) -> Vec<Derivation> {
    let mut known = context.shared.derivations.lock().await;
    if let Some(mistakes) = known.get(&derived) {
        return mistakes.clone();
    }
    let mut answered = Vec::new();
    for (call, right) in cheap(derived) {
        // Any other response is reported by the case of the vector.
        if let Ok(got) = context.text(&Request::of(call), call.answer_member()).await {
            answered.push((call, right, got));
        }
    }
    let found = tokio::task::spawn_blocking(move || predicting(derived, &answered)).await;
    let found = found.unwrap_or_default();
    known.insert(derived, found.clone());
    found
}

/// Mistakes that predict every answer: calls with the right answer and the one that was given.
fn predicting(derived: Derived, answered: &[(&Call, &str, String)]) -> Vec<Derivation> {
    let observations = answered.iter().filter_map(|(call, right, got)| {
        let inputs = Inputs::of(call)?;
        Some((inputs, got, right != got))
    });
    let observations: Vec<_> = observations.collect();
    let Some((inputs, wrong, _)) = observations.iter().find(|(.., is_wrong)| *is_wrong) else {
        return Vec::new();
    };
    // Where a mistake shows itself in no defined way it predicts nothing.
    let agrees = |mistake: Derivation| {
        let mut observations = observations.iter();
        observations.all(|(inputs, got, _)| inputs.mistaken(mistake).is_none_or(|one| one == **got))
    };
    let applying = Derivation::ALL.iter().copied().filter(|mistake| mistake.applies_to(derived));
    applying
        .filter(|mistake| inputs.mistaken(*mistake).as_ref() == Some(*wrong) && agrees(*mistake))
        .collect()
}

/// The explanation of a blob that does not open.
pub(super) fn explain_blob(
    context: &Context,
    key: &DataKey,
    content: &str,
    plaintext: &str,
) -> Option<Explanation> {
    context.explains.then_some(())?;
    let mut known = Sealing::ALL.iter().copied();
    let mistake = known.find(|one| one.made(key, content, plaintext.as_bytes()))?;
    Some(Explanation::of_blob(context, mistake))
}

/// The explanation of a text that went wrong on its way into a blob, or out of it.
pub(super) fn explain_text(context: &Context, right: &str, wrong: &str) -> Option<Explanation> {
    context.explains.then_some(())?;
    let mistake = TextMistake::between(right, wrong)?;
    Some(Explanation::certain(mistake.words().to_owned(), mistake.hint(context.language())))
}

/// The explanation of a blob that is opened to another text: the mistake with which it would have been sealed.
pub(super) fn explain_opened(
    context: &Context,
    request: &Request,
    text: &str,
) -> Option<Explanation> {
    context.explains.then_some(())?;
    let param = |name| request.params.get(name).and_then(Value::as_str);
    let key = match param("data_key") {
        Some(key) => <[u8; KEY_LENGTH]>::try_from(encoding::decode(key).ok()?).ok()?.into(),
        None => DataKey::from(&pad_key(param("key")?.as_bytes())),
    };
    let content = param("content")?;
    let opens = |mistake: &Sealing| mistake.open(&key, content).as_deref() == Some(text.as_bytes());
    let mistake = Sealing::ALL.iter().copied().find(opens)?;
    Some(Explanation::of_blob(context, mistake))
}

/// The explanation of a blob of the older cipher that does not open: how its key was padded.
pub(super) fn explain_project_key(
    context: &Context,
    key: &str,
    content: &str,
    plaintext: &str,
) -> Option<Explanation> {
    context.explains.then_some(())?;
    let padded = |mistake: &Derivation| {
        let text = mistake.answer(Derived::PadKey, key, "", Iterations::ONE)?;
        let bytes: [u8; KEY_LENGTH] = encoding::decode(&text).ok()?.try_into().ok()?;
        open(&DataKey::from(bytes), content).ok()
    };
    let mut known = Derivation::ALL.iter().copied();
    let mistake = known.find(|mistake| {
        padded(mistake).is_some_and(|opened| opened.as_slice() == plaintext.as_bytes())
    })?;
    Some(Explanation::certain(mistake.words(Derived::PadKey), mistake.hint(context.language())))
}

/// The explanation of an implementation that refuses right blobs: found out by what it opens
/// instead.
pub(super) async fn explain_refusal(context: &Context) -> Option<Explanation> {
    context.explains.then_some(())?;
    let mut known = context.shared.opening.lock().await;
    if known.is_none() {
        *known = Some(opened(context).await);
    }
    known.flatten().map(|mistake| Explanation::of_blob(context, mistake))
}

/// Whether the mistake is in the base64 alone: a relaxed decoder may read it rightly.
pub(super) const fn is_about_text(mistake: Sealing) -> bool {
    matches!(mistake, Sealing::Base64UrlText | Sealing::UnpaddedText | Sealing::LineBrokenText)
}

/// The mistake with which the probe was sealed that the implementation opens.
async fn opened(context: &Context) -> Option<Sealing> {
    let (plaintext, key, iv) = PROBE;
    let data_key = encoding::encode(key);
    for sealing in Sealing::ALL.iter().copied() {
        let blob = sealing.seal(&DataKey::from(key), &iv, plaintext.as_bytes());
        let request = Request::decrypt(&data_key, &blob.ok()?);
        let text = context.text(&request, "plaintext").await;
        if text.is_ok_and(|text| text == plaintext) && !is_about_text(sealing) {
            return Some(sealing);
        }
    }
    None
}
