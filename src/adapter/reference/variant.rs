//! What an adapter may do in more than one way.

use clap::ValueEnum;

use crate::vectors::ascii;

/// A named peculiarity of the reference adapter that the contract leaves free: no case may mind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
#[non_exhaustive]
pub enum Variant {
    /// Takes one request at a time, and does not say so: 1 is what is understood then.
    OneAtATime,
    /// Of the requests that are there, answers the last one first.
    LastFirst,
    /// Reads base64 without padding, in the URL-safe alphabet, with white space, with spare bits set.
    LenientBase64,
    /// Takes a count below 1 for 600,000.
    DefaultIterations,
    /// Has no operations of the older cipher.
    NoOlderCipher,
    /// Gives neither messages nor reasons.
    Terse,
    /// Reports each operation on standard error.
    Chatty,
    /// Ignores a line that is no request, instead of answering it.
    IgnoresGarbage,
    /// Writes JSON in another way: the id last, white space, escapes, CRLF at the end of a line.
    OtherSpelling,
}

impl Variant {
    /// What the user calls it.
    pub fn name(self) -> String {
        super::name(&self)
    }
}

/// The same JSON in another spelling, with escapes wherever they are allowed.
pub(super) fn respelt(members: &[(&str, &serde_json::Value)]) -> String {
    let members = members.iter().rev();
    let members: Vec<String> = members
        .map(|(name, value)| format!("\"{name}\" : {}", escaped(&value.to_string())))
        .collect();
    format!("{{ {} }}\r", members.join(" ,\t"))
}

/// In texts, the only place of a solidus.
fn escaped(json: &str) -> String {
    ascii(json).replace('/', "\\/")
}
