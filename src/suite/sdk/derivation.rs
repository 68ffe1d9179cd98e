//! The calls that derive: their inputs, and the vectors of them that cost little.

use crate::crypto::Iterations;
use crate::crypto::wrong::{Derivation, Derived};
use crate::vectors::{Answer, Call, Expected, embedded};

/// The most iterations of a vector that is used to tell mistakes apart.
pub(super) const CHEAP: i64 = 65_537;

/// The parameters of a derivation. The salt of `pad_key` is empty.
pub(super) struct Inputs<'c> {
    pub(super) derived: Derived,
    key: &'c str,
    salt: &'c str,
    pub(super) iterations: Iterations,
}

impl<'c> Inputs<'c> {
    pub(super) fn of(call: &'c Call) -> Option<Self> {
        let (derived, key, salt, iterations) = match call {
            Call::PadKey(p) => (Derived::PadKey, &p.key, "", 1),
            Call::DeriveKeyProof(p) => (Derived::Proof, &p.key, p.salt.as_str(), p.iterations),
            Call::DeriveDataKey(p) => (Derived::DataKey, &p.key, p.salt.as_str(), p.iterations),
            _ => return None,
        };
        Some(Self { derived, key, salt, iterations: Iterations::try_from(iterations).ok()? })
    }

    /// The answer that a mistake makes.
    pub(super) fn mistaken(&self, mistake: Derivation) -> Option<String> {
        mistake.answer(self.derived, self.key, self.salt, self.iterations)
    }
}

/// The text that a derivation answers with.
pub(super) fn derived_text(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::PaddedKey(text) | Answer::Proof(text) | Answer::DataKey(text) => Some(text),
        _ => None,
    }
}

/// Vectors of the operation that cost little, with their right answers.
pub(super) fn cheap(derived: Derived) -> impl Iterator<Item = (&'static Call, &'static str)> {
    let vectors = embedded().into_iter().flat_map(|corpus| corpus.vectors());
    vectors.filter_map(move |vector| {
        let inputs = Inputs::of(&vector.call)?;
        let is_cheap = inputs.derived == derived && i64::from(inputs.iterations.get()) <= CHEAP;
        match &vector.expected {
            Expected::Valid(answer) if is_cheap => Some((&vector.call, derived_text(answer)?)),
            _ => None,
        }
    })
}
