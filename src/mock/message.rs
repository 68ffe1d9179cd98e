//! What the mock says in a refusal: its own words, and between them what a client has sent.

use std::borrow::Cow;

/// A message by its parts, so that the journal can show the mock's own words and withhold the rest.
#[derive(Debug, Clone)]
pub(super) struct Message(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Own(Cow<'static, str>),
    Foreign(String),
}

/// What stands in the source is the mock's own.
impl From<&'static str> for Message {
    fn from(text: &'static str) -> Self {
        Self(vec![Part::Own(Cow::Borrowed(text))])
    }
}

impl Message {
    /// Own words with numbers, ids and names in them that the mock itself has counted or given out. Nothing that a
    /// client has sent may be among them.
    pub(super) fn own(text: impl Into<String>) -> Self {
        Self(vec![Part::Own(Cow::Owned(text.into()))])
    }

    /// What a client has sent.
    pub(super) fn foreign(text: impl Into<String>) -> Self {
        Self(vec![Part::Foreign(text.into())])
    }

    /// The same with own words behind it.
    #[must_use]
    pub(super) fn and(mut self, text: &'static str) -> Self {
        self.0.push(Part::Own(Cow::Borrowed(text)));
        self
    }

    /// The same with something behind it that a client has sent.
    #[must_use]
    pub(super) fn quoting(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Foreign(text.into()));
        self
    }

    /// As the client reads it.
    pub(super) fn text(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Own(text) => &**text,
            Part::Foreign(text) => text,
        });
        parts.collect()
    }

    /// As the journal shows it.
    pub(super) fn redacted(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Own(text) => text.clone(),
            Part::Foreign(text) => {
                Cow::Owned(format!("<{} characters withheld>", text.chars().count()))
            }
        });
        parts.collect()
    }
}
