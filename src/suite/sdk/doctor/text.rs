//! Whether text that is not ASCII survives the pipe, in each direction by itself.

use serde_json::Value;

use super::conversation::Conversation;
use super::easy::{DATA_KEY, SALT, salt, sealed};
use super::finding::Finding;
use super::language::Language;
use crate::adapter::{AdapterReply, Hello, Request};
use crate::crypto::{DataKey, Iterations, derive_key_proof, encoding, open, pad_key};

/// Characters of two, three and four bytes.
const TEXT: &str = "é☃😀";

/// The count of derivations, of which the text alone is judged.
const ONCE: Iterations = Iterations::ONE;

/// What a wrong encoding makes of the text, and what it is.
fn mangled() -> [(String, &'static str); 4] {
    let of_bytes = |one: fn(u8) -> char| TEXT.bytes().map(one).collect::<String>();
    [
        (of_bytes(char::from), "each byte of its UTF-8 was taken for a character of Latin-1"),
        (
            "?".repeat(TEXT.chars().count()),
            "each character became a question mark: the encoding has none of them",
        ),
        (of_bytes(|_| '?'), "each byte of its UTF-8 became a question mark"),
        (
            of_bytes(|_| char::REPLACEMENT_CHARACTER),
            "each byte of its UTF-8 became U+FFFD: it was read as ASCII",
        ),
    ]
}

/// Sends text in both directions. False if the adapter has ended.
pub(super) async fn each(talk: &mut Conversation<'_>, hello: &Hello) -> bool {
    let mut findings = Vec::new();
    let mut is_over = false;
    let mut is_asked = false;
    let mut comes_in = true;
    for (request, role) in requests() {
        let op = request.op.as_ref();
        // What fails with ASCII too says nothing of text, and one way in is like another.
        let is_known = talk.has_failed(op) || (!comes_in && !is_out(op));
        if is_over || is_known || !hello.has(op) {
            continue;
        }
        is_asked = true;
        let mut exchange = talk.ask(&request).await;
        let reply = exchange.reply.as_ref();
        let finding = reply.and_then(|reply| wrong(op, role, reply, talk.language));
        comes_in &= is_out(op) || finding.is_none();
        exchange.find(finding, &talk.stderr());
        findings.extend(exchange.findings);
        is_over = exchange.is_over;
    }
    if is_asked {
        talk.done("text", format!("{TEXT} comes through"), findings);
    }
    !is_over
}

/// Requests that show what becomes of the text on its way in, and last on its way out; with the role of the text.
fn requests() -> [(Request, &'static str); 5] {
    let data_key = encoding::encode(DATA_KEY);
    let blob = sealed(&DataKey::from(DATA_KEY), TEXT);
    [
        (Request::pad_key(TEXT), "as a key"),
        (Request::derive_key_proof(TEXT, &salt(), ONCE.get()), "as the key of a proof"),
        (Request::derive_data_key(TEXT, &salt(), ONCE.get()), "as the key of a data key"),
        (Request::encrypt(&data_key, TEXT), "as what is sealed"),
        (Request::decrypt(&data_key, &blob), "as a plaintext"),
    ]
}

/// Whether the operation shows text on its way out.
fn is_out(op: &str) -> bool {
    op == "decrypt"
}

/// The member of an operation's answer, and what it has to hold for a text. A blob holds what it opens to.
fn right(op: &str, text: &str) -> (&'static str, String) {
    let key = text.as_bytes();
    match op {
        "pad_key" => ("padded_key", encoding::encode(pad_key(key).as_bytes())),
        "derive_key_proof" => ("proof", derive_key_proof(key, &SALT, ONCE)),
        "derive_data_key" => {
            ("data_key", encoding::encode(DataKey::derive(key, &SALT, ONCE).as_bytes()))
        }
        "encrypt" => ("content", text.to_owned()),
        _ => ("plaintext", text.to_owned()),
    }
}

fn wrong(op: &str, role: &str, reply: &AdapterReply, language: &Language) -> Option<Finding> {
    let (member, right_text) = right(op, TEXT);
    let way = if is_out(op) { "out" } else { "in" };
    let what = format!("text goes {way} wrongly, {TEXT} {role}");
    let got = match reply {
        AdapterReply::Ok(members) => members.get(member).and_then(Value::as_str),
        _ => None,
    };
    let Some(got) = got else {
        let finding = Finding::must(format!("{what}: it is not answered"));
        return Some(finding.advise(language.utf8));
    };
    let got = if op == "encrypt" {
        let opened = open(&DataKey::from(DATA_KEY), got).unwrap_or_default();
        String::from_utf8_lossy(&opened).into_owned()
    } else {
        got.to_owned()
    };
    if got == right_text {
        return None;
    }
    let mut known = mangled().into_iter();
    let finding = match known.find(|(text, _)| right(op, text).1 == got) {
        Some((_, why)) => Finding::must(format!("{what}: {why}")),
        None => Finding::must(what),
    };
    let bytes = "what was opened are bytes of UTF-8: make text of them, and encode that once";
    let mut finding = finding.advise_all(is_out(op).then_some(bytes)).advise(language.utf8);
    let quoted = |text: &str| format!("{member} {text:?}");
    finding.compared = Some((quoted(&right_text), quoted(&got)));
    Some(finding)
}
