//! Which mistake makes exactly the answers that were given.
//!
//! One answer alone can be what several mistakes give. So the adapter is asked all cheap vectors of
//! the operation, once a run, and a mistake is named if it predicts every answer.

use super::context::Context;
use crate::adapter::Request;
use crate::crypto::wrong::{Derivation, Derived, Sealing};
use crate::crypto::{DataKey, Iterations, encoding};
use crate::vectors::{Answer, Call, Expected, embedded};

/// The most iterations of a vector that is asked to tell mistakes apart.
const CHEAP: i64 = 1001;
/// What blobs that may tell how an implementation opens are made of.
const PROBE: (&str, [u8; 32], [u8; 16]) = ("HELLO=world", [0x5a; 32], [0xc3; 16]);

/// A mistake that makes exactly what was answered.
pub(super) struct Explanation {
    /// Whether it makes every other answer too. One answer may be what several mistakes give.
    pub(super) is_certain: bool,
    /// What was done, and what to do instead.
    pub(super) words: String,
    /// Where the adapter's language usually goes wrong.
    pub(super) hint: Option<&'static str>,
}

impl Explanation {
    fn derivation(
        context: &Context,
        mistake: Derivation,
        derived: Derived,
        is_certain: bool,
    ) -> Self {
        Self { is_certain, words: mistake.words(derived), hint: mistake.hint(context.language()) }
    }

    fn sealing(context: &Context, mistake: Sealing) -> Self {
        Self {
            is_certain: true,
            words: mistake.words().to_owned(),
            hint: mistake.hint(context.language()),
        }
    }
}

/// Inputs of a derivation. Without salt for `pad_key`.
#[derive(Clone)]
pub(super) struct Inputs {
    pub(super) key: String,
    pub(super) salt: String,
    pub(super) iterations: Iterations,
}

struct Observation {
    inputs: Inputs,
    right: String,
    got: String,
}

impl Inputs {
    pub(super) fn of(call: &Call) -> Option<(Derived, Self)> {
        let of = |key: &str, salt: &str, iterations: i64| {
            Some(Self {
                key: key.to_owned(),
                salt: salt.to_owned(),
                iterations: Iterations::try_from(iterations).ok()?,
            })
        };
        match call {
            Call::PadKey(p) => Some((Derived::PadKey, of(&p.key, "", 1)?)),
            Call::DeriveKeyProof(p) => Some((Derived::Proof, of(&p.key, &p.salt, p.iterations)?)),
            Call::DeriveDataKey(p) => Some((Derived::DataKey, of(&p.key, &p.salt, p.iterations)?)),
            _ => None,
        }
    }
}

/// The explanation of a wrong answer of a derivation, if any mistake makes it.
pub(super) async fn explain(
    context: &Context,
    derived: Derived,
    inputs: &Inputs,
    got: &str,
) -> Option<Explanation> {
    let everywhere = everywhere(context, derived).await;
    let here = |mistake: &Derivation| {
        let answer = mistake.answer(derived, &inputs.key, &inputs.salt, inputs.iterations);
        answer.as_deref() == Some(got)
    };
    // What explains every answer is looked at first; else whatever explains this one.
    let certain = everywhere.into_iter().map(|mistake| (mistake, true));
    let others = Derivation::ALL.iter().copied().map(|mistake| (mistake, false));
    let mut known = certain.chain(others.filter(|(mistake, _)| mistake.applies_to(derived)));
    let (mistake, is_certain) = known.find(|(mistake, _)| here(mistake))?;
    Some(Explanation::derivation(context, mistake, derived, is_certain))
}

/// Mistakes that predict every answer to the vectors.
async fn everywhere(context: &Context, derived: Derived) -> Vec<Derivation> {
    let mut known = context.shared.derivations.lock().await;
    if let Some(mistakes) = known.get(&derived) {
        return mistakes.clone();
    }
    let mut observations = Vec::new();
    for (call, right) in cheap(derived) {
        let Some((_, inputs)) = Inputs::of(&call) else {
            continue;
        };
        let request = Request::of(&call);
        // Any other response is reported by the case that asked for it.
        if let Ok(got) = context.text(&request, call.answer_member()).await {
            observations.push(Observation { inputs, right, got });
        }
    }
    let found = tokio::task::spawn_blocking(move || predicting(derived, &observations)).await;
    let found = found.unwrap_or_default();
    known.insert(derived, found.clone());
    found
}

fn predicting(derived: Derived, observations: &[Observation]) -> Vec<Derivation> {
    let Some(first) = observations.iter().find(|one| one.got != one.right) else {
        return Vec::new();
    };
    let agrees = |mistake: Derivation, one: &Observation| {
        let Inputs { key, salt, iterations } = &one.inputs;
        match mistake.answer(derived, key, salt, *iterations) {
            Some(answer) => answer == one.got,
            // Where the mistake shows itself in no defined way it predicts nothing.
            None => true,
        }
    };
    let shows = |mistake: Derivation| {
        let Inputs { key, salt, iterations } = &first.inputs;
        mistake.answer(derived, key, salt, *iterations).as_ref() == Some(&first.got)
    };
    let applying = Derivation::ALL.iter().copied();
    applying
        .filter(|mistake| mistake.applies_to(derived) && shows(*mistake))
        .filter(|mistake| observations.iter().all(|one| agrees(*mistake, one)))
        .collect()
}

/// Vectors of the operation that cost little, with their right answers.
fn cheap(derived: Derived) -> Vec<(Call, String)> {
    let vectors = embedded().map(|corpus| corpus.vectors().collect::<Vec<_>>());
    let vectors = vectors.unwrap_or_default().into_iter();
    vectors
        .filter_map(|vector| {
            let (of, inputs) = Inputs::of(&vector.call)?;
            let is_cheap = of == derived && i64::from(inputs.iterations.get()) <= CHEAP;
            match &vector.expected {
                Expected::Valid(
                    Answer::PaddedKey(right) | Answer::Proof(right) | Answer::DataKey(right),
                ) if is_cheap => Some((vector.call.clone(), right.clone())),
                _ => None,
            }
        })
        .collect()
}

/// The explanation of a blob that does not open.
pub(super) fn explain_blob(
    context: &Context,
    key: &DataKey,
    content: &str,
    plaintext: &str,
) -> Option<Explanation> {
    let mut known = Sealing::ALL.iter().copied();
    let mistake = known.find(|one| one.made(key, content, plaintext.as_bytes()))?;
    Some(Explanation::sealing(context, mistake))
}

/// The explanation of an implementation that refuses right blobs: found out by what it opens
/// instead.
pub(super) async fn explain_refusal(context: &Context) -> Option<Explanation> {
    let mut known = context.shared.opening.lock().await;
    let mistake = match *known {
        Some(mistake) => mistake,
        None => {
            let mistake = opened(context).await;
            *known = Some(mistake);
            mistake
        }
    };
    let mistake = mistake?;
    Some(Explanation::sealing(context, mistake))
}

async fn opened(context: &Context) -> Option<Sealing> {
    let (plaintext, key, iv) = PROBE;
    let data_key = encoding::encode(key);
    for &sealing in Sealing::ALL {
        let blob = sealing.seal(&DataKey::from(key), &iv, plaintext.as_bytes());
        let request = Request::decrypt(&data_key, &blob.ok()?);
        if let Ok(text) = context.text(&request, "plaintext").await {
            // A spelling that relaxed decoders may read is no mistake of the framing.
            let is_text = matches!(
                sealing,
                Sealing::Base64UrlText | Sealing::UnpaddedText | Sealing::LineBrokenText
            );
            if text == plaintext && !is_text {
                return Some(sealing);
            }
        }
    }
    None
}
