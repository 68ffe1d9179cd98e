//! Responses: envelopes and headers.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::admission::Visit;
use super::{choice, warning};
use crate::contract::error::Code;
use crate::mock::clock::http_date;
use crate::mock::misbehaviour::{answer, row, rows};
use crate::mock::service::Answer;
use crate::mock::{Refusal, Stage};

/// When the mock's long forms of the paths go away.
const SUNSET: &str = "Tue, 31 Dec 2030 23:59:59 GMT";

/// Seconds after which there may be room again for a body.
pub(super) const SOON: HeaderValue = HeaderValue::from_static("1");

/// Sent with every response (docs, api/overview). A real `max-age` would pin a developer's localhost to https.
const SECURITY: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
    ("strict-transport-security", "max-age=0"),
];

/// The body of a response, for the journal.
#[derive(Clone, Default)]
pub(super) struct SentBody {
    pub(super) body: Bytes,
    /// What the journal may show of a refusal: the mock's own words.
    pub(super) redacted: Option<Value>,
}

impl Visit<'_> {
    /// The response to a request that is refused at the first stage.
    pub(super) fn refuse(mut self, refusal: Refusal) -> Response {
        let result = self.trace.check(Stage::Route, Err(refusal));
        self.respond(result)
    }

    pub(super) fn respond(mut self, result: Result<Answer, Refusal>) -> Response {
        let result = answer::instead(&self.trace, result);
        let code = result.as_ref().err().and_then(Refusal::code);
        let status = match &result {
            Ok(answer) => answer.status,
            Err(refusal) => refusal.status(),
        };
        let config = Arc::clone(&self.config);
        let answered = row::Answered { endpoint: self.endpoint, status, code };
        let rows = rows::Rows::of(&config, self.trace.conduct(), &answered);
        let mut redacted = None;
        let body = match result {
            Ok(success) => {
                self.warnings.extend(success.warning);
                self.choice = success.choice;
                success.body.map(|body| rows.change_bytes(body))
            }
            Err(refusal) => {
                let changed = |body| {
                    let mut body = answer::reword(self.trace.conduct(), &refusal, body);
                    rows.change_body(&mut body);
                    body
                };
                let body = changed(refusal.body());
                let body = rows.write(&body).unwrap_or_else(|| body.to_string().into_bytes());
                redacted = Some(changed(refusal.redacted()));
                self.choice = choice::of(&refusal);
                Some(body)
            }
        };
        let mut response = self.bare(status, body);
        if let Some(sent) = response.extensions_mut().get_mut::<SentBody>() {
            let length = sent.body.len();
            let withheld = || json!(format!("<{length} bytes withheld>"));
            sent.redacted = if rows.move_text { Some(withheld()) } else { redacted };
        }
        let headers = response.headers_mut();
        if status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if code == Some(Code::RateLimited)
            && let Some(seconds) = self.quota.and_then(|quota| quota.retry_after)
        {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if code == Some(Code::Overloaded) {
            headers.insert(header::RETRY_AFTER, SOON);
        }
        if code == Some(Code::UnsupportedContentEncoding) {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(choice) = self.choice {
            headers.insert("x-mock-choice", HeaderValue::from_static(choice));
        }
        if let Some(value) = warning::header(&self.warnings) {
            headers.insert("x-mock-warning", value);
        }
        self.misbehave(&rows, &mut response);
        self.trace.conduct_as(None);
        response.extensions_mut().insert(self.trace);
        response
    }

    fn misbehave(&self, rows: &rows::Rows<'_>, response: &mut Response) {
        let (status, now) = (response.status().as_u16(), self.world.clock.now().as_second());
        let body = response.extensions().get::<SentBody>();
        let body = body.map_or_else(Bytes::new, |sent| sent.body.clone());
        let head = answer::Head { headers: response.headers_mut(), status, body: &body, now };
        answer::change_head(self.trace.conduct(), head);
        rows.change_head(response);
    }

    /// The response to OPTIONS, with the methods of the path if that is known.
    pub(super) fn preflight(mut self, allow: Option<String>) -> Response {
        self.allow = allow;
        let mut response = self.bare(204, None);
        let answered = row::Answered { endpoint: None, status: 204, code: None };
        let rows = rows::Rows::of(&self.config, self.trace.conduct(), &answered);
        self.misbehave(&rows, &mut response);
        response
    }

    fn bare(&self, status: u16, body: Option<Vec<u8>>) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert("x-api-version", HeaderValue::from_static("1"));
        for (name, value) in SECURITY {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(date) = HeaderValue::from_str(&http_date(self.world.clock.now())) {
            headers.insert(header::DATE, date);
        }
        if let Some(quota) = self.quota {
            headers.insert("x-ratelimit-limit", quota.limit.into());
            headers.insert("x-ratelimit-remaining", quota.remaining.into());
            headers.insert("x-ratelimit-reset", quota.reset.into());
        }
        if let Some(allow) = self.allow.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        if self.legacy {
            headers.insert("deprecation", HeaderValue::from_static("true"));
            headers.insert("sunset", HeaderValue::from_static(SUNSET));
        }
        if let Some(body) = body {
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
            let body = Bytes::from(body);
            response.extensions_mut().insert(SentBody { body: body.clone(), redacted: None });
            *response.body_mut() = Body::from(body);
        }
        response
    }
}
