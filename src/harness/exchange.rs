//! One recorded request and its response, as text.

use serde::{Deserialize, Serialize};

/// A request and its answer, raw: reports withhold secrets and bound the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The request.
    pub request: Message,
    /// The response, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Message>,
}

/// One half of an exchange. `Debug` shows its first line only: the rest may hold secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The request line or the status line.
    pub line: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body as text, empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("line", &self.line).finish_non_exhaustive()
    }
}
