//! A refused request: what becomes an error answer.

use serde_json::{Value, json};

use super::message::Message;
use crate::contract::error::Code;
use crate::contract::response::{Invalid, Refused};
use crate::contract::violation::Violations;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// `{"error", "message", "details"?}` with the code's status.
    Coded {
        code: Code,
        message: Message,
        /// Boxed: few refusals have any, and they would make every result larger.
        details: Option<Box<Value>>,
        /// What would have passed, if the check that refuses knows it.
        remedy: Option<String>,
    },
    /// `{"message", "errors"}` with 422, without anything that the client has sent.
    Invalid(Violations),
    /// The same about an unknown member, by the name that the client has sent.
    UnknownMember(String),
}

const UNKNOWN: &str = "The member is not known.";

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<Message>) -> Self {
        Self::Coded { code, message: message.into(), details: None, remedy: None }
    }

    pub(super) fn with_details(code: Code, message: impl Into<Message>, details: Value) -> Self {
        let details = Some(Box::new(details));
        Self::Coded { code, message: message.into(), details, remedy: None }
    }

    pub(super) fn not_found(what: &'static str) -> Self {
        Self::new(Code::NotFound, Message::from(what).and(" not found."))
    }

    /// An invariant of the mock did not hold.
    pub(super) fn internal(what: &str) -> Self {
        Self::new(Code::Internal, Message::own(what))
    }

    /// Adds what would have passed. The journal shows it: nothing that a client has sent may be in it.
    #[must_use]
    pub(super) fn would_pass(mut self, how: impl Into<String>) -> Self {
        if let Self::Coded { remedy, .. } = &mut self {
            *remedy = Some(how.into());
        }
        self
    }

    /// Adds the remedy of another refusal, if this one has none.
    #[must_use]
    pub(super) fn with_remedy_of(mut self, other: &Self) -> Self {
        if let (Self::Coded { remedy: own @ None, .. }, Self::Coded { remedy, .. }) =
            (&mut self, other)
        {
            own.clone_from(remedy);
        }
        self
    }

    pub(super) fn status(&self) -> u16 {
        self.code().map_or(422, Code::status)
    }

    /// None for a refusal of members.
    pub(super) fn code(&self) -> Option<Code> {
        match self {
            Self::Coded { code, .. } => Some(*code),
            Self::Invalid(_) | Self::UnknownMember(_) => None,
        }
    }

    /// The message for the client.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Coded { message, .. } => message.text(),
            Self::Invalid(_) | Self::UnknownMember(_) => self.reason().to_owned(),
        }
    }

    /// The short reason, for the trace: the code, or what is wrong with a member.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Coded { code, .. } => code.name(),
            Self::Invalid(violations) => violations.first(),
            Self::UnknownMember(_) => UNKNOWN,
        }
    }

    pub(super) fn body(&self) -> Value {
        match self {
            Self::Coded { code, message, details, .. } => coded(*code, message.text(), details),
            Self::Invalid(violations) => invalid(violations),
            Self::UnknownMember(member) => invalid(&Violations::of(member.as_str(), UNKNOWN)),
        }
    }

    /// The body for the journal: without what a client has sent, except in `details`.
    pub(super) fn redacted(&self) -> Value {
        match self {
            Self::Coded { code, message, details, .. } => coded(*code, message.redacted(), details),
            Self::Invalid(violations) => invalid(violations),
            Self::UnknownMember(_) => invalid(&Violations::of("<withheld>", UNKNOWN)),
        }
    }
}

fn coded(code: Code, message: String, details: &Option<Box<Value>>) -> Value {
    json!(Refused { error: code.name(), message, details: details.as_deref().cloned() })
}

fn invalid(violations: &Violations) -> Value {
    json!(Invalid { message: violations.first().to_owned(), errors: violations.clone() })
}

impl From<Violations> for Refusal {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}
