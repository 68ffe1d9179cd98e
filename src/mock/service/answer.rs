//! A success, before it is an HTTP response.

use serde::Serialize;

/// Status and body of a success.
#[derive(Debug)]
pub(in crate::mock) struct Answer {
    pub(in crate::mock) status: u16,
    /// JSON; none for 204.
    pub(in crate::mock) body: Option<Vec<u8>>,
    /// Something the user of the mock should know; goes into `X-Mock-Warning`.
    pub(in crate::mock) warning: Option<String>,
    /// What of it is this mock's own choice; goes into `X-Mock-Choice`.
    pub(in crate::mock) choice: Option<&'static str>,
}

impl Answer {
    pub(in crate::mock) fn ok(body: &impl Serialize) -> Self {
        Self::of(200, body)
    }

    pub(in crate::mock) fn created(body: &impl Serialize) -> Self {
        Self::of(201, body)
    }

    pub(in crate::mock) const fn empty() -> Self {
        Self { status: 204, body: None, warning: None, choice: None }
    }

    pub(in crate::mock) fn of(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("answers have text keys only");
        Self { status, body: Some(body), warning: None, choice: None }
    }

    pub(in crate::mock) fn with_warning(mut self, warning: Option<String>) -> Self {
        self.warning = warning;
        self
    }

    pub(in crate::mock) fn with_choice(mut self, choice: &'static str) -> Self {
        self.choice = Some(choice);
        self
    }
}
