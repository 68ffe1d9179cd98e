//! The first derivation of a run: what it tells of those that would cost much and tell nothing more.
//!
//! An implementation that derives with 600,000 iterations where one is enough would spend minutes on hundreds of
//! answers that are wrong in the same way; one that derives wrongly with few iterations does so with many.

use tokio::sync::OnceCell;

use super::derivation::{Inputs, cheap};
use crate::adapter::{AdapterReply, Request};
use crate::crypto::Iterations;
use crate::crypto::wrong::{Derivation, Derived};
use crate::harness::Stop;
use crate::vectors::Call;

/// What the first answer of a derivation shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    /// It is right, or no answer.
    Unsuspicious,
    Wrong,
    /// It was derived with the platform's count or another great one, whatever was asked for.
    Dear,
}

/// The samples of a run, each once it was drawn.
#[derive(Default)]
pub(super) struct Samples {
    proof: OnceCell<Sample>,
    data_key: OnceCell<Sample>,
}

/// What is to be asked before a derivation, and where the answer is kept.
pub(super) struct Draw<'s> {
    pub(super) request: Request,
    pub(super) sample: &'s OnceCell<Sample>,
    call: &'static Call,
    right: &'static str,
}

impl Samples {
    /// What is to be asked before this request; nothing, if it derives nothing, or is itself what would be asked.
    pub(super) fn before(&self, request: &Request) -> Option<Draw<'_>> {
        let (derived, sample) = match request.op.as_ref() {
            "derive_key_proof" | "verify_key_proof" | "generate_key_proof" => {
                (Derived::Proof, &self.proof)
            }
            "derive_data_key" => (Derived::DataKey, &self.data_key),
            _ => return None,
        };
        let (call, right) = cheap(derived).next()?;
        let draw = Draw { request: Request::of(call), sample, call, right };
        (draw.request != *request).then_some(draw)
    }
}

impl Draw<'_> {
    /// What the reply shows.
    pub(super) fn judge(&self, reply: Result<AdapterReply, Stop>) -> Sample {
        let text = match &reply {
            Ok(AdapterReply::Ok(members)) => members.get(self.call.answer_member()),
            _ => None,
        };
        let got = text.and_then(|text| text.as_str()).filter(|got| *got != self.right);
        let (Some(got), Some(inputs)) = (got, Inputs::of(self.call)) else {
            return Sample::Unsuspicious;
        };
        let makes = |mistake: &Derivation| inputs.mistaken(*mistake).as_deref() == Some(got);
        let mut dear = Derivation::ALL.iter().filter(|mistake| mistake.is_dear());
        if dear.any(makes) { Sample::Dear } else { Sample::Wrong }
    }

    /// Why the request is not worth its cost, if it is not. What is generated is judged by more than its proof.
    pub(super) fn spares(&self, sample: Sample, request: &Request) -> Option<String> {
        let op = &self.request.op;
        match sample {
            _ if request.op == "generate_key_proof" => None,
            Sample::Dear => Some(format!(
                "{op} ignores the iterations that it is given: the others wait until it takes them"
            )),
            Sample::Wrong if request.iterations >= Iterations::PLATFORM.get() => Some(format!(
                "{op} is wrong with few iterations: the platform's 600000 wait until it is right"
            )),
            Sample::Wrong | Sample::Unsuspicious => None,
        }
    }
}
