//! Reads a line of an adapter, and says what is wrong with one that is no reply.

use serde_json::{Map, Value};

use super::finding::Finding;
use super::language::Language;
use crate::adapter::Kind;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

#[derive(Debug)]
pub(super) enum Reading {
    Object(Map<String, Value>),
    /// The start of a JSON object that goes over several lines.
    Part,
    /// Anything else: what is wrong with it, and what to do.
    Other(String, &'static str),
}

/// Reads a line by the rules of the protocol.
pub(super) fn read(line: &[u8], language: &Language) -> Reading {
    if let Ok(Value::Object(members)) = serde_json::from_slice(line) {
        return Reading::Object(members);
    }
    let other = |why: &str, advice| Reading::Other(why.to_owned(), advice);
    if line.starts_with(&BYTE_ORDER_MARK) {
        return other("a byte order mark stands before its JSON", language.mark);
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return other("it wrote a line that is not UTF-8", language.utf8);
    };
    let stray = Kind::StrayOutput.sentence();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match (values.next(), values.next()) {
        (Some(Ok(Value::Object(_))), Some(Ok(Value::Object(_)))) => {
            other("two JSON objects stand on one line", "end each reply with a line feed")
        }
        (Some(Err(error)), _) if error.is_eof() && text.trim_start().starts_with('{') => {
            Reading::Part
        }
        (Some(Err(_)), _) if text.trim_start().starts_with("{'") => other(
            stray,
            "these are single quotes, a language's own spelling: write JSON; Python: json.dumps",
        ),
        _ => other(stray, language.print),
    }
}

/// Whether several lines are one JSON object together.
pub(super) fn are_one_object(lines: &[Vec<u8>]) -> bool {
    let joined = serde_json::from_slice(&lines.join(&b'\n'));
    lines.len() > 1 && matches!(joined, Ok(Value::Object(_)))
}

/// What is wrong with the id of a reply to request `id`; None if it is right.
pub(super) fn wrong_id(members: &Map<String, Value>, id: u64) -> Option<Finding> {
    let finding = match members.get("id") {
        Some(Value::Number(number)) if number.as_u64() == Some(id) => return None,
        None => Finding::must("its reply has no id")
            .advise("put the `id` of the request into its reply, beside `ok`, not inside it"),
        Some(Value::Null) => Finding::must("it took a request for a line that is none")
            .advise("a request is a JSON object with `id`, `op` and `params` on one line"),
        Some(Value::String(_)) => Finding::must("the id comes back as text")
            .advise(format!("give it back as it came, the number {id}")),
        Some(other) => Finding::must(format!("it replied under the id {other} to request {id}"))
            .advise("give the `id` of the request back unchanged: do not count yourself"),
    };
    Some(finding)
}

/// A line as text, also if it is not UTF-8.
pub(super) fn lossy(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// An object that is no reply, for this reason.
pub(super) fn no_reply(members: &Map<String, Value>, why: &str) -> Finding {
    let finding = Finding::must(format!("it is no reply: {why}")).advise(
        "a reply has `id` and exactly one of `ok`, `reject`, `unsupported` and `error`, each a JSON object",
    );
    finding.advise_all(shape(members))
}

/// An example of the member that the reply was meant to have.
fn shape(members: &Map<String, Value>) -> Option<&'static str> {
    let shapes = [
        (
            "reject",
            "for example {\"id\":1,\"reject\":{\"class\":\"malformed\",\"message\":\"…\"}}; the classes are \
             empty_key, malformed, authentication and invalid_argument",
        ),
        ("error", "for example {\"id\":1,\"error\":{\"message\":\"…\"}}"),
        ("unsupported", "for example {\"id\":1,\"unsupported\":{}}"),
        ("ok", "for example {\"id\":1,\"ok\":{\"padded_key\":\"…\"}}"),
    ];
    let mut shapes = shapes.into_iter();
    let (_, shape) = shapes.find(|(kind, _)| members.contains_key(*kind))?;
    Some(shape)
}
