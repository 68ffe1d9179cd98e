//! What the reference adapter answers, and how it reads what it is sent.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::crypto::{Class, Error};

/// What it answers a request with.
pub(super) enum Answer {
    Ok(Value),
    Reject(Class, String),
    /// The server's refusal.
    Http {
        status: u16,
        code: Option<String>,
    },
    Unsupported,
    Error(String),
}

/// An operation's result, or the answer that there is instead.
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
    /// The reply to the request of this id.
    pub(super) fn reply(self, id: &Value) -> Value {
        match self {
            Self::Ok(ok) => json!({"id": id, "ok": ok}),
            Self::Reject(class, message) => {
                json!({"id": id, "reject": {"class": class.name(), "message": message}})
            }
            Self::Http { status, code: None } => {
                json!({"id": id, "reject": {"class": "http", "status": status}})
            }
            Self::Http { status, code } => {
                json!({"id": id, "reject": {"class": "http", "status": status, "code": code}})
            }
            Self::Unsupported => {
                json!({"id": id, "unsupported": {"reason": "there is no such operation"}})
            }
            Self::Error(message) => json!({"id": id, "error": {"message": message}}),
        }
    }
}

/// Reads the parameters of an operation.
pub(super) fn read<T: DeserializeOwned>(params: &Value) -> Result<T, Answer> {
    // The reader's own message would quote the parameters.
    T::deserialize(params)
        .map_err(|_| Answer::Error("the parameters are not those of the operation".to_owned()))
}

/// Reads a part of a server's answer.
pub(super) fn part<T: DeserializeOwned>(value: &Value) -> Result<T, Answer> {
    T::deserialize(value).map_err(|_| malformed())
}

/// The server's answer is not what the API answers.
pub(super) fn malformed() -> Answer {
    Answer::Reject(Class::Malformed, "the server's answer is malformed".to_owned())
}
