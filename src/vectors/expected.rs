//! What a vector expects, and how a reply is judged by it.

use serde::{Deserialize, Serialize};

use super::{Answer, Refusal};
use crate::crypto::Class;

/// The verdict word of a vector and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expected {
    /// Exactly this answer.
    Valid(Answer),
    /// A refusal, of this class.
    Invalid(Class),
    /// Exactly this answer, or a refusal. Only for base64 that strict decoders refuse and relaxed
    /// ones read.
    Acceptable {
        /// What the input means where it is read.
        answer: Answer,
        /// The class of the refusal where it is not.
        class: Class,
    },
}

/// What a reply comes to under a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Judgement {
    /// The claim holds.
    Held,
    /// Rightly refused, but as something else. A warning for an implementation that is not ours.
    WrongClass(String),
    /// The claim does not hold.
    Failed(String),
}

impl Judgement {
    /// What was expected and what was answered instead, unless the claim holds in full.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Held => None,
            Self::WrongClass(reason) | Self::Failed(reason) => Some(reason),
        }
    }
}

impl Expected {
    /// The answer, where one is allowed.
    pub const fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Valid(answer) | Self::Acceptable { answer, .. } => Some(answer),
            Self::Invalid(_) => None,
        }
    }

    /// The class of the refusal, where one is allowed.
    pub const fn class(&self) -> Option<Class> {
        match self {
            Self::Invalid(class) | Self::Acceptable { class, .. } => Some(*class),
            Self::Valid(_) => None,
        }
    }

    /// Compares a reply with what is expected.
    pub fn judge(&self, reply: &Result<Answer, Refusal>) -> Judgement {
        match (reply, self.answer(), self.class()) {
            (Ok(got), Some(wanted), _) if got == wanted => Judgement::Held,
            (Err(got), _, Some(wanted)) if got.class == wanted => Judgement::Held,
            (Err(got), _, Some(_)) => Judgement::WrongClass(self.mismatch(&refused(got))),
            (Ok(got), ..) => Judgement::Failed(self.mismatch(&got.to_string())),
            (Err(got), ..) => Judgement::Failed(self.mismatch(&refused(got))),
        }
    }

    fn mismatch(&self, got: &str) -> String {
        let wanted = match self {
            Self::Valid(answer) => answer.to_string(),
            Self::Invalid(class) => format!("a refusal ({})", class.name()),
            Self::Acceptable { answer, class } => {
                format!("{answer} or a refusal ({})", class.name())
            }
        };
        format!("expected {wanted}, got {got}")
    }
}

fn refused(refusal: &Refusal) -> String {
    format!("a refusal ({}): {}", refusal.class.name(), refusal.message)
}
