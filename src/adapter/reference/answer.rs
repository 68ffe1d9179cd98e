//! The answers of the reference adapter, and how it reads parameters and a server's answers.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::crypto::{Class, Error};

/// The answer to a request.
pub(super) enum Answer {
    Ok(Value),
    Reject(Class, String),
    /// The server's refusal of a client's request.
    Http {
        status: u16,
        code: Option<String>,
    },
    Unsupported,
    Error(String),
}

/// An operation's result, or the answer that is given instead.
pub(super) type Outcome = Result<Value, Answer>;

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        Self::Reject(error.class(), error.to_string())
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        outcome.map_or_else(|answer| answer, Self::Ok)
    }
}

impl Answer {
    pub(super) fn reply(self, id: &Value) -> Value {
        let (kind, body) = match self {
            Self::Ok(ok) => ("ok", ok),
            Self::Reject(class, message) => {
                ("reject", json!({"class": class.name(), "message": message}))
            }
            Self::Http { status, code: None } => {
                ("reject", json!({"class": "http", "status": status}))
            }
            Self::Http { status, code } => {
                ("reject", json!({"class": "http", "status": status, "code": code}))
            }
            Self::Unsupported => ("unsupported", json!({"reason": "there is no such operation"})),
            Self::Error(message) => ("error", json!({"message": message})),
        };
        json!({"id": id, kind: body})
    }
}

pub(super) fn read<T: DeserializeOwned>(params: &Value) -> Result<T, Answer> {
    // The reader's own message would quote the parameters.
    T::deserialize(params).map_err(|_| unreadable())
}

pub(super) fn unreadable() -> Answer {
    Answer::Error("the parameters are not those of the operation".to_owned())
}

/// Reads a part of a server's answer.
pub(super) fn part<T: DeserializeOwned>(value: &Value) -> Result<T, Answer> {
    T::deserialize(value).map_err(|_| malformed())
}

/// The server's answer is not what the API answers.
pub(super) fn malformed() -> Answer {
    Answer::Reject(Class::Malformed, "the server's answer is malformed".to_owned())
}
