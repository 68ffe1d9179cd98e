//! Why the mock refuses a request: an error envelope before it is one.

use serde_json::{Value, json};

use super::message::Message;
use crate::contract::error::Code;
use crate::contract::response::{Invalid, Refused};
use crate::contract::violation::Violations;

/// A refused request.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// `{"error", "message", "details"?}` with the code's status.
    Coded {
        code: Code,
        message: Message,
        /// Boxed: few refusals have any, and every answer is as large as the largest.
        details: Option<Box<Value>>,
        /// What would have passed, where whoever refuses knows it.
        remedy: Option<String>,
    },
    /// `{"message", "errors"}` with 422. All of it is in the words of this project.
    Invalid(Violations),
    /// The same, about a member that the client has named.
    UnknownMember(String),
}

/// The message about a member that is not known.
const UNKNOWN: &str = "The member is not known.";

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<Message>) -> Self {
        Self::Coded { code, message: message.into(), details: None, remedy: None }
    }

    pub(super) fn with_details(code: Code, message: impl Into<Message>, details: Value) -> Self {
        Self::Coded {
            code,
            message: message.into(),
            details: Some(Box::new(details)),
            remedy: None,
        }
    }

    pub(super) fn not_found(what: &'static str) -> Self {
        Self::new(Code::NotFound, Message::from(what).and(" not found."))
    }

    /// A fault of the mock itself: an invariant that did not hold.
    pub(super) fn internal(what: &str) -> Self {
        Self::new(Code::Internal, Message::own(what))
    }

    /// The same, with what would have passed instead. It is shown in the journal: nothing that a client has sent may
    /// be in it.
    #[must_use]
    pub(super) fn would_pass(mut self, how: impl Into<String>) -> Self {
        if let Self::Coded { remedy, .. } = &mut self {
            *remedy = Some(how.into());
        }
        self
    }

    /// The same, with what would have passed instead of another, unless it says so itself.
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
        match self {
            Self::Coded { code, .. } => code.status(),
            Self::Invalid(_) | Self::UnknownMember(_) => 422,
        }
    }

    /// Its code; none for what is wrong with members.
    pub(super) fn code(&self) -> Option<Code> {
        match self {
            Self::Coded { code, .. } => Some(*code),
            Self::Invalid(_) | Self::UnknownMember(_) => None,
        }
    }

    /// What it says to the client.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Coded { message, .. } => message.text(),
            Self::Invalid(violations) => violations.first().to_owned(),
            Self::UnknownMember(_) => UNKNOWN.to_owned(),
        }
    }

    /// The short reason, for the trace.
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

    /// The body as the journal shows it, `details` aside: without what a client has sent.
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
