//! The body of a request: bounded, declared as JSON, and JSON; then its members.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::admission::Visit;
use super::sieve::{self, Unread};
use super::{warning, whole};
use crate::contract::error::Code;
use crate::contract::request::{self, Shape};
use crate::mock::memory::Reservation;
use crate::mock::misbehaviour::request as misread;
use crate::mock::{Message, Refusal, Room, Stage};

/// Longest name of a content coding that a refusal quotes, in characters.
const CODING_CHARACTERS: usize = 40;

impl Visit<'_> {
    /// Reads a body of `most` bytes at most: bounded, declared as JSON, and JSON; then its members.
    pub(super) async fn read_body<T: request::Body + Send + 'static>(
        &mut self,
        room: &Room,
        most: usize,
        head: &Parts,
        body: Body,
    ) -> Result<T, Refusal> {
        let bytes = whole::read(body, most, self.world.config.body_time).await;
        let bytes = bytes.and_then(|bytes| {
            self.body = bytes.clone();
            is_declared_json(&head.headers, &bytes).map(|()| bytes)
        });
        let rules = self.config.rules();
        let conduct = self.trace.conduct().cloned();
        let read = match bytes {
            Ok(bytes) => {
                let memory = head.extensions.get::<Reservation>().cloned();
                let (length, room) = (bytes.len(), room.clone());
                let read = move || {
                    let json = parse(&bytes, &Shape::of::<T>(), memory.as_ref())?;
                    let (json, conduct) = misread::change(conduct, json, &room);
                    Ok((request::read::<T>(json.as_ref(), rules), conduct))
                };
                whole::work(length, read).await.flatten()
            }
            Err(refusal) => Err(refusal),
        };
        let (read, conduct) = self.trace.check(Stage::Format, read)?;
        let request::Read { body, unknown, remarks } =
            self.trace.check(Stage::Body, read.map_err(Refusal::from))?;
        self.warnings.extend(remarks);
        let accepted = misread::accept(conduct.as_ref(), &unknown);
        self.trace.recheck(Stage::Body, accepted)?;
        self.trace.conduct_as(conduct);
        if rules.strict && !unknown.is_empty() {
            let names = warning::list(unknown.iter().map(String::as_str));
            self.warnings.push(format!("unknown members ignored: {names}"));
        }
        Ok(body)
    }
}

/// Checks that a body is declared as JSON, and as nothing but JSON. An empty one need not be.
fn is_declared_json(headers: &HeaderMap, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Ok(());
    }
    if let Some(coding) = coding(headers) {
        let message = Message::from("The body says Content-Encoding: ")
            .quoting(coding)
            .and(". Send it as it is, without that header.");
        return Err(Refusal::new(Code::UnsupportedContentEncoding, message)
            .would_pass("send the body as it is, without Content-Encoding"));
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase())
        .is_some_and(|kind| kind == "application/json" || kind.ends_with("+json"));
    if !is_json {
        let message = "A body has to say Content-Type: application/json.";
        return Err(Refusal::new(Code::UnsupportedMediaType, message)
            .would_pass("send Content-Type: application/json"));
    }
    Ok(())
}

/// The coding that a body is declared to be compressed with.
fn coding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let mut codings = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let coding = codings.find(|coding| {
        let coding = coding.trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })?;
    Some(coding.trim_ascii().escape_ascii().to_string().chars().take(CODING_CHARACTERS).collect())
}

fn parse(
    bytes: &[u8],
    shape: &Shape,
    memory: Option<&Reservation>,
) -> Result<Option<Value>, Refusal> {
    if bytes.is_empty() {
        return Ok(None);
    }
    sieve::read(bytes, shape, memory).map(Some).map_err(|unread| match unread {
        Unread::Full => whole::full(),
        Unread::Json(error) => {
            let (line, column) = (error.line(), error.column());
            let message = format!("The body is not JSON: line {line}, column {column}.");
            let how =
                format!("send a body that is JSON: it breaks at line {line}, column {column}");
            Refusal::new(Code::MalformedJson, Message::own(message)).would_pass(how)
        }
    })
}
