//! One recorded request and its response, as text.

use serde::{Deserialize, Serialize};

/// A request and its answer, raw: reports withhold secrets and bound the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub request: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Message>,
}

impl Exchange {
    /// For a reader, line by line: `>` before the request, `<` before the response.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let mut lines = self.request.lines('>');
        match &self.response {
            Some(response) => lines.extend(response.lines('<')),
            None => lines.push("< no answer".to_owned()),
        }
        lines.into_iter()
    }
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

impl Message {
    fn lines(&self, mark: char) -> Vec<String> {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let mut lines: Vec<String> = std::iter::once(self.line.clone()).chain(headers).collect();
        if !self.body.is_empty() {
            lines.push(String::new());
            lines.extend(self.body.lines().map(str::to_owned));
        }
        let lines = lines.into_iter();
        lines.map(|line| format!("{mark} {line}").trim_end().to_owned()).collect()
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("line", &self.line).finish_non_exhaustive()
    }
}
