//! One claim.

use serde::{Deserialize, Serialize};

use super::{Answer, Call, Error, Expected, Group, Judgement};

/// One claim about one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// `group/slug`, stable.
    pub id: String,
    /// What the vector says, one sentence.
    pub claim: String,
    /// Where the value or the rule comes from.
    pub source: String,
    /// Keys into the notes of its file.
    pub flags: Vec<String>,
    /// What an implementation is asked.
    pub call: Call,
    /// What it has to say.
    pub expected: Expected,
}

impl Vector {
    /// Holds this crate's own cryptography to the claim.
    pub fn verify(&self) -> Judgement {
        self.expected.judge(&self.call.perform())
    }

    /// Whether it takes the platform's 600,000 iterations.
    pub fn is_slow(&self) -> bool {
        self.flags.iter().any(|flag| flag == "slow")
    }

    pub(super) fn check(&self, group: Group) -> Result<(), Error> {
        let (id, op, wanted) = (&self.id, self.call.op(), self.call.answer_member());
        let slug = id.strip_prefix(group.name()).and_then(|rest| rest.strip_prefix('/'));
        if !slug.is_some_and(is_slug) {
            return Err(Error(format!(
                "the id {id:?} is not {group}/ and words of small letters and digits joined by hyphens"
            )));
        }
        if Group::of(&self.call) != group {
            return Err(Error(format!(
                "vector {id:?} calls {op}, which does not belong to the group {group}"
            )));
        }
        match self.expected.answer().map(Answer::member) {
            Some(expected) if expected != wanted => Err(Error(format!(
                "vector {id:?} expects {expected} of {op}, which answers with {wanted}"
            ))),
            _ => Ok(()),
        }
    }
}

/// Words of small letters and digits, joined by single hyphens.
fn is_slug(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}
