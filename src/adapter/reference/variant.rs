//! What the contract lets an adapter do in more than one way.

use serde_json::Value;

use crate::named::named;
use crate::vectors::ascii;

named! {
    /// A named peculiarity of the reference adapter that the contract leaves free: no case may mind it.
    #[non_exhaustive]
    pub enum Variant {
        OneAtATime = "one-at-a-time": "Takes one request at a time, and does not say so: 1 is what is understood then",
        LastFirst = "last-first": "Of the requests that are there, answers the last one first",
        LenientBase64 = "lenient-base64": "Reads base64 without padding, in the URL-safe alphabet, with white space, with spare bits set",
        DefaultIterations = "default-iterations": "Takes a count below 1 for 600,000",
        NoOlderCipher = "no-older-cipher": "Has no operations of the older cipher",
        Terse = "terse": "Gives neither messages nor reasons",
        Chatty = "chatty": "Reports each operation on standard error",
        IgnoresGarbage = "ignores-garbage": "Ignores a line that is no request, instead of answering it",
        OtherSpelling = "other-spelling": "Writes JSON in another way: the id last, white space, escapes, CRLF at the end of a line",
    }
}

/// The same JSON in another spelling: members in reverse, with escapes wherever they are allowed.
pub(super) fn respelt(reply: &Value) -> String {
    let members = reply.as_object().into_iter().flatten().rev();
    // A solidus stands in texts alone, where it may be escaped.
    let escaped = |value: &Value| ascii(&value.to_string()).replace('/', "\\/");
    let members: Vec<String> =
        members.map(|(name, value)| format!("\"{name}\" : {}", escaped(value))).collect();
    format!("{{ {} }}\r", members.join(" ,\t"))
}
