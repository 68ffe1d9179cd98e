//! The members of an answer: there, spelt right, of the right type, and no others.

use serde_json::{Map, Value};

use super::finding::Finding;
use super::greeting::{kind, nearest};
use crate::adapter::AdapterReply;
use crate::crypto::encoding;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Integer,
    Boolean,
}

/// A member's name and type.
pub(super) type Member = (&'static str, Type);

/// The answer to a proof.
pub(super) fn valid(is_valid: bool) -> AdapterReply {
    AdapterReply::Ok(Map::from_iter([("valid".to_owned(), is_valid.into())]))
}

/// What is wrong with the members of an answer.
pub(super) fn misshapen(
    op: &str,
    wanted: &[Member],
    answered: &Map<String, Value>,
) -> Option<Finding> {
    let is_wanted = |name: &&str| wanted.iter().any(|(known, _)| known == name);
    let others = answered.keys().map(String::as_str).filter(|name| !is_wanted(name));
    let others: Vec<&str> = others.collect();
    for (name, of) in wanted {
        let Some(value) = answered.get(*name) else {
            let finding = match (nearest(name, others.iter().copied()), &others[..]) {
                (Some(other), _) => {
                    Finding::must(format!("its `ok` has `{other}` and no `{name}`"))
                        .advise(format!("call the member `{name}`"))
                }
                (None, []) => Finding::must(format!("its `ok` has no `{name}`")),
                (None, others) => {
                    Finding::must(format!("its `ok` has no `{name}`: it has {}", others.join(", ")))
                }
            };
            return Some(finding.advise(whole(op, wanted)));
        };
        let advice = match (of, value) {
            (Type::Text, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => continue,
            (Type::Integer, Value::Number(number)) if number.is_i64() => continue,
            (Type::Text, _) => "write it as text: bytes in standard padded base64",
            (Type::Integer, _) => "write it as a whole number of JSON, not as text",
            (Type::Boolean, _) => "write true or false of JSON, neither a number nor text",
        };
        let what = format!("`{name}` is {}", kind(value));
        return Some(Finding::must(what).advise(advice));
    }
    let [first, ..] = others[..] else { return None };
    let finding = Finding::must(format!("its `ok` has a member `{first}` too many"));
    Some(finding.advise(whole(op, wanted)))
}

fn whole(op: &str, wanted: &[Member]) -> String {
    let names: Vec<String> = wanted.iter().map(|(name, _)| format!("`{name}`")).collect();
    format!("the answer to {op} has exactly {}", names.join(", "))
}

/// How bytes are spelt, if not in standard padded base64.
pub(super) fn spelling(text: &str) -> Option<&'static str> {
    if encoding::decode(text).is_ok() {
        return None;
    }
    let is_hex = |text: &str| text.len() >= 32 && text.chars().all(|one| one.is_ascii_hexdigit());
    Some(if is_hex(text) {
        "these are hexadecimal digits: encode the bytes themselves in base64"
    } else if text.contains(char::is_whitespace) {
        "there is white space in the base64: switch its line breaks off"
    } else if text.contains(['-', '_']) {
        "this is the URL-safe alphabet: use the standard one, with + and /"
    } else if !text.len().is_multiple_of(4) {
        "the base64 has no padding: end it with ="
    } else {
        "this is not standard padded base64"
    })
}
