//! The reference adapter with bugs and variants. They wrap the right one: they change its requests and its
//! answers, or do the work in its place. [`client`] changes what its client does.

pub(super) mod client;
mod crypto;
mod draw;
mod protocol;

use std::collections::BTreeMap;

use serde_json::Value;

use self::draw::Draw;
use super::answer::Answer;
use super::behaviour::Behaviour;
use super::protocol::{Adapter, Right};
use super::quirk::Quirk;
use super::variant::Variant;
use crate::adapter::request::{CLIENT_OPERATIONS, OPTIONAL};

/// A wrapper of the right adapter.
pub(super) struct Wrong<'b> {
    behaviour: &'b Behaviour,
    right: Right<'b>,
    draw: Draw,
    /// Proofs by their keys.
    remembered: BTreeMap<String, String>,
}

impl<'b> Wrong<'b> {
    pub(super) const fn new(behaviour: &'b Behaviour) -> Self {
        Self {
            behaviour,
            right: Right::new(behaviour),
            draw: Draw::new(),
            remembered: BTreeMap::new(),
        }
    }

    fn has(&self, quirk: Quirk) -> bool {
        self.behaviour.has(quirk)
    }

    fn is(&self, variant: Variant) -> bool {
        self.behaviour.is(variant)
    }

    fn lacks(&self, op: &str) -> bool {
        let lacks_some = self.has(Quirk::ClaimsMissingOps) || self.is(Variant::NoOlderCipher);
        lacks_some && OPTIONAL.contains(&op)
    }
}

impl Adapter for Wrong<'_> {
    fn answer(&mut self, op: &str, params: &Value) -> Answer {
        if self.lacks(op) {
            Answer::Unsupported
        } else if CLIENT_OPERATIONS.contains(&op) {
            self.right.answer(op, params)
        } else {
            self.answer_of_the_crypto(op, params)
        }
    }

    fn hello(&self) -> Value {
        let mut hello = self.right.hello();
        if let Some(ops) = hello["ops"].as_array_mut()
            && !self.has(Quirk::ClaimsMissingOps)
        {
            ops.retain(|op| op.as_str().is_none_or(|op| !self.lacks(op)));
        }
        if self.has(Quirk::ListsUnknownOps)
            && let Some(ops) = hello["ops"].as_array_mut()
        {
            ops.push("derive_keyproof".into());
        }
        if self.is(Variant::OneAtATime)
            && let Some(hello) = hello.as_object_mut()
        {
            hello.shift_remove("max_outstanding");
        }
        hello
    }
}
