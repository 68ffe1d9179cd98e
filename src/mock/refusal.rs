//! Why the mock refuses a request: an error envelope before it is one.

use serde_json::{Value, json};

use crate::contract::error::Code;
use crate::contract::response::{Invalid, Refused};
use crate::contract::violation::Violations;

/// A refused request.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// `{"error", "message", "details"?}` with the code's status.
    Coded {
        code: Code,
        message: String,
        details: Option<Value>,
    },
    /// `{"message", "errors"}` with 422.
    Invalid(Violations),
}

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::Coded {
            code,
            message: message.into(),
            details: None,
        }
    }

    pub(super) fn with_details(code: Code, message: impl Into<String>, details: Value) -> Self {
        Self::Coded {
            code,
            message: message.into(),
            details: Some(details),
        }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("{what} not found."))
    }

    /// A fault of the mock itself: an invariant that did not hold.
    pub(super) fn internal(what: &str) -> Self {
        Self::new(Code::Internal, what)
    }

    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Coded { code, .. } => code.status(),
            Self::Invalid(_) => 422,
        }
    }

    /// Its code; none for what is wrong with members.
    pub(super) fn code(&self) -> Option<Code> {
        match self {
            Self::Coded { code, .. } => Some(*code),
            Self::Invalid(_) => None,
        }
    }

    /// The short reason, for the trace.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Coded { code, .. } => code.name(),
            Self::Invalid(violations) => violations.first(),
        }
    }

    pub(super) fn body(&self) -> Value {
        match self {
            Self::Coded {
                code,
                message,
                details,
            } => json!(Refused {
                error: code.name(),
                message: message.clone(),
                details: details.clone(),
            }),
            Self::Invalid(violations) => json!(Invalid {
                message: violations.first().to_owned(),
                errors: violations.clone(),
            }),
        }
    }
}

impl From<Violations> for Refusal {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}
