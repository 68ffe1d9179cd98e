//! The message of a refusal: the mock's own words, and between them what a client has sent.

use std::borrow::Cow;

/// A message by its parts, so that the journal can show the mock's own words and withhold the others.
#[derive(Debug, Clone)]
pub(super) struct Message(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Own(Cow<'static, str>),
    Foreign(String),
}

/// Text of the source is the mock's own.
impl From<&'static str> for Message {
    fn from(text: &'static str) -> Self {
        Self(vec![Part::Own(Cow::Borrowed(text))])
    }
}

impl Message {
    /// The mock's own words, with numbers, ids and names that the mock has made. Nothing that a client has sent may be
    /// in them.
    pub(super) fn own(text: impl Into<String>) -> Self {
        Self(vec![Part::Own(Cow::Owned(text.into()))])
    }

    pub(super) fn foreign(text: impl Into<String>) -> Self {
        Self(vec![Part::Foreign(text.into())])
    }

    /// Appends own words.
    #[must_use]
    pub(super) fn and(mut self, text: &'static str) -> Self {
        self.0.push(Part::Own(Cow::Borrowed(text)));
        self
    }

    /// Appends something that a client has sent.
    #[must_use]
    pub(super) fn quoting(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Foreign(text.into()));
        self
    }

    /// The message for the client.
    pub(super) fn text(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Own(text) => &**text,
            Part::Foreign(text) => text,
        });
        parts.collect()
    }

    /// The message for the journal.
    pub(super) fn redacted(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Own(text) => text.clone(),
            Part::Foreign(text) => format!("<{} characters withheld>", text.chars().count()).into(),
        });
        parts.collect()
    }
}
