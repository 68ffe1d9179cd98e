//! Whether text that is not ASCII survives the pipe, in each direction by itself.

use serde_json::Value;

use super::conversation::Conversation;
use super::finding::Finding;
use super::operations::{DATA_KEY, sealed};
use crate::adapter::{Hello, Reply, Request};
use crate::crypto::{DataKey, encoding, pad_key};

/// Characters of two, three and four bytes.
const TEXT: &str = "é☃😀";

/// What a wrong encoding makes of the text, and what it is.
fn mangled() -> [(String, &'static str); 4] {
    let of_bytes = |one: fn(u8) -> char| TEXT.bytes().map(one).collect::<String>();
    [
        (
            of_bytes(char::from),
            "each byte of its UTF-8 was taken for a character of Latin-1",
        ),
        (
            "?".repeat(TEXT.chars().count()),
            "each character became a question mark: the encoding has none of them",
        ),
        (
            of_bytes(|_| '?'),
            "each byte of its UTF-8 became a question mark",
        ),
        (
            of_bytes(|_| char::REPLACEMENT_CHARACTER),
            "each byte of its UTF-8 became U+FFFD: it was read as ASCII",
        ),
    ]
}

/// Asks in both directions. Whether there is still somebody to talk to.
pub(super) async fn each(talk: &mut Conversation<'_>, hello: &Hello) -> bool {
    let mut findings = Vec::new();
    let mut is_over = false;
    let blob = sealed(&DataKey::from(DATA_KEY), TEXT);
    let directions = [
        Direction {
            request: Request::pad_key(TEXT),
            what: format!("text comes in wrongly, {TEXT} as a key"),
            member: "padded_key",
            answer: |text| encoding::encode(pad_key(text.as_bytes()).as_bytes()),
        },
        Direction {
            request: Request::decrypt(&encoding::encode(DATA_KEY), &blob),
            what: format!("text goes out wrongly, {TEXT} as a plaintext"),
            member: "plaintext",
            answer: str::to_owned,
        },
    ];
    let mut is_asked = false;
    for direction in directions {
        if is_over || !hello.has(&direction.request.op) {
            continue;
        }
        is_asked = true;
        let exchange = talk.ask(&direction.request).await;
        let finding = exchange
            .reply
            .as_ref()
            .and_then(|reply| direction.wrong(talk, reply));
        findings.extend(exchange.findings);
        findings.extend(finding.map(|one| one.shown(&exchange.lines)));
        is_over = exchange.is_over;
    }
    if is_asked {
        talk.done("text", format!("{TEXT} comes through"), findings);
    }
    !is_over
}

/// A request that shows what becomes of the text on its way in, or on its way out.
struct Direction {
    request: Request,
    /// What is said where the text does not survive.
    what: String,
    /// The member of the answer that shows it.
    member: &'static str,
    /// What that member is for a text.
    answer: fn(&str) -> String,
}

impl Direction {
    fn wrong(&self, talk: &Conversation<'_>, reply: &Reply) -> Option<Finding> {
        let (what, member) = (&self.what, self.member);
        let got = match reply {
            Reply::Ok(members) => members.get(member).and_then(Value::as_str),
            _ => None,
        };
        let advice = talk.language.utf8();
        let Some(got) = got else {
            return Some(Finding::must(format!("{what}: it is not answered")).advise(advice));
        };
        let right = (self.answer)(TEXT);
        if got == right {
            return None;
        }
        let mut known = mangled().into_iter();
        let known = known.find(|(text, _)| (self.answer)(text) == got);
        let finding = match known {
            Some((_, why)) => Finding::must(format!("{what}: {why}")),
            None => Finding::must(what),
        };
        let quoted = |text: &str| format!("{member} {text:?}");
        Some(Finding {
            compared: Some((quoted(&right), quoted(got))),
            ..finding.advise(advice)
        })
    }
}
