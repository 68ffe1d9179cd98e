//! An answer, read to its end, and what a test asks of it.

use axum::http::HeaderMap;
use serde_json::Value;

/// An answer of the mock.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        Ok(Self {
            code: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }

    /// A header's text; empty if it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body. Null if there is none.
    pub(crate) fn json(&self) -> Value {
        match self.text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).expect("a body is JSON"),
        }
    }

    /// The body of an answer with that status.
    #[track_caller]
    pub(crate) fn status(&self, code: u16) -> Value {
        assert_eq!(self.code, code, "{}", self.text);
        self.json()
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        self.status(200)
    }

    /// The body of a refusal with that status and code: `error`, `message`, and maybe `details`.
    #[track_caller]
    pub(crate) fn refused(&self, code: u16, error: &str) -> Value {
        let body = self.status(code);
        assert_eq!(body["error"], error, "{body}");
        assert!(!body["message"].as_str().unwrap().is_empty(), "{body}");
        for member in body.as_object().unwrap().keys() {
            let known = ["error", "message", "details"].contains(&member.as_str());
            assert!(known, "{member} is not of the error envelope");
        }
        body
    }

    /// The `errors` map of a 422 without a code has exactly these members, and the message is the
    /// first of theirs.
    #[track_caller]
    pub(crate) fn invalid(&self, members: &[&str]) -> Value {
        let body = self.status(422);
        let errors = body["errors"].as_object().expect("an errors map");
        let named: Vec<_> = errors.keys().map(String::as_str).collect();
        assert_eq!(named, members, "{body}");
        assert_eq!(body["message"], errors[members[0]][0]);
        assert!(body.get("error").is_none(), "{body}");
        for messages in errors.values() {
            assert!(messages.as_array().unwrap().iter().all(Value::is_string));
        }
        body
    }
}
