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
    if hello.has("pad_key") {
        let exchange = talk.ask(&Request::pad_key(TEXT)).await;
        let finding = exchange
            .reply
            .as_ref()
            .and_then(|reply| read_wrongly(talk, reply));
        findings.extend(exchange.findings);
        findings.extend(finding.map(|one| one.shown(&exchange.lines)));
        is_over = exchange.is_over;
    }
    if hello.has("decrypt") && !is_over {
        let blob = sealed(&DataKey::from(DATA_KEY), TEXT);
        let request = Request::decrypt(&encoding::encode(DATA_KEY), &blob);
        let exchange = talk.ask(&request).await;
        let finding = exchange
            .reply
            .as_ref()
            .and_then(|reply| written_wrongly(talk, reply));
        findings.extend(exchange.findings);
        findings.extend(finding.map(|one| one.shown(&exchange.lines)));
        is_over = exchange.is_over;
    }
    if hello.has("pad_key") || hello.has("decrypt") {
        talk.done("text", format!("{TEXT} comes through"), findings);
    }
    !is_over
}

fn member<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    match reply {
        Reply::Ok(members) => members.get(name).and_then(Value::as_str),
        _ => None,
    }
}

/// What is known of a text that should be another one.
fn explained(talk: &Conversation<'_>, what: &str, is_it: impl Fn(&str) -> bool) -> Finding {
    let known = mangled().into_iter().find(|(text, _)| is_it(text));
    let finding = match known {
        Some((_, why)) => Finding::must(format!("{what}: {why}")),
        None => Finding::must(what),
    };
    finding.advise(talk.language.utf8())
}

fn read_wrongly(talk: &Conversation<'_>, reply: &Reply) -> Option<Finding> {
    let what = format!("text comes in wrongly, {TEXT} as a key");
    let Some(got) = member(reply, "padded_key") else {
        return Some(
            Finding::must(format!("{what}: it is not answered")).advise(talk.language.utf8()),
        );
    };
    let padded = |text: &str| encoding::encode(pad_key(text.as_bytes()).as_bytes());
    if got == padded(TEXT) {
        return None;
    }
    let mut finding = explained(talk, &what, |text| padded(text) == got);
    let quoted = |text: &str| format!("padded_key {text:?}");
    finding.compared = Some((quoted(&padded(TEXT)), quoted(got)));
    Some(finding)
}

fn written_wrongly(talk: &Conversation<'_>, reply: &Reply) -> Option<Finding> {
    let what = format!("text goes out wrongly, {TEXT} as a plaintext");
    let Some(got) = member(reply, "plaintext") else {
        return Some(
            Finding::must(format!("{what}: it is not answered")).advise(talk.language.utf8()),
        );
    };
    if got == TEXT {
        return None;
    }
    let mut finding = explained(talk, &what, |text| text == got);
    let quoted = |text: &str| format!("plaintext {text:?}");
    finding.compared = Some((quoted(TEXT), quoted(got)));
    Some(finding)
}
