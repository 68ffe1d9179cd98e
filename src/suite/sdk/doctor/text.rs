//! Whether text that is not ASCII survives the pipe, in each direction by itself.

use serde_json::Value;

use super::conversation::Conversation;
use super::easy::{DATA_KEY, SALT, salt, sealed};
use super::finding::Finding;
use crate::adapter::{AdapterReply, Hello, Request};
use crate::crypto::{DataKey, Iterations, derive_key_proof, encoding, open, pad_key};

/// Characters of two, three and four bytes.
const TEXT: &str = "é☃😀";

/// Of what is derived, the text alone is looked at.
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

/// Asks in both directions. False if the adapter has ended.
pub(super) async fn each(talk: &mut Conversation<'_>, hello: &Hello) -> bool {
    let mut findings = Vec::new();
    let mut is_over = false;
    let mut is_asked = false;
    let mut comes_in = true;
    for direction in directions() {
        let op = direction.request.op.as_ref();
        // What fails with ASCII too says nothing of text, and one way in is like another.
        let is_known = talk.has_failed(op) || (!comes_in && !direction.is_out());
        if is_over || is_known || !hello.has(op) {
            continue;
        }
        is_asked = true;
        let exchange = talk.ask(&direction.request).await;
        let finding = exchange.reply.as_ref().and_then(|reply| direction.wrong(talk, reply));
        comes_in &= direction.is_out() || finding.is_none();
        let stderr = talk.stderr();
        findings.extend(exchange.findings);
        findings.extend(finding.map(|one| one.with_exchange(&exchange.lines).with_stderr(&stderr)));
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
    /// What the text is.
    role: &'static str,
    /// The member of the answer that shows it.
    member: &'static str,
    /// How the member is displayed.
    display: fn(&str) -> String,
    /// What it has to come to, for a text.
    right: fn(&str) -> String,
}

fn directions() -> Vec<Direction> {
    let data_key = encoding::encode(DATA_KEY);
    let blob = sealed(&DataKey::from(DATA_KEY), TEXT);
    vec![
        Direction {
            request: Request::pad_key(TEXT),
            role: "as a key",
            member: "padded_key",
            display: str::to_owned,
            right: |text| encoding::encode(pad_key(text.as_bytes()).as_bytes()),
        },
        Direction {
            request: Request::derive_key_proof(TEXT, &salt(), ONCE.get()),
            role: "as the key of a proof",
            member: "proof",
            display: str::to_owned,
            right: |text| derive_key_proof(text.as_bytes(), &SALT, ONCE),
        },
        Direction {
            request: Request::derive_data_key(TEXT, &salt(), ONCE.get()),
            role: "as the key of a data key",
            member: "data_key",
            display: str::to_owned,
            right: |text| {
                encoding::encode(DataKey::derive(text.as_bytes(), &SALT, ONCE).as_bytes())
            },
        },
        Direction {
            request: Request::encrypt(&data_key, TEXT),
            role: "as what is sealed",
            member: "content",
            display: |content| {
                let opened = open(&DataKey::from(DATA_KEY), content).unwrap_or_default();
                String::from_utf8_lossy(&opened).into_owned()
            },
            right: str::to_owned,
        },
        Direction {
            request: Request::decrypt(&data_key, &blob),
            role: "as a plaintext",
            member: "plaintext",
            display: str::to_owned,
            right: str::to_owned,
        },
    ]
}

impl Direction {
    fn is_out(&self) -> bool {
        self.member == "plaintext"
    }

    fn wrong(&self, talk: &Conversation<'_>, reply: &AdapterReply) -> Option<Finding> {
        let (role, member) = (self.role, self.member);
        let way = if self.is_out() { "out" } else { "in" };
        let what = format!("text goes {way} wrongly, {TEXT} {role}");
        let got = match reply {
            AdapterReply::Ok(members) => members.get(member).and_then(Value::as_str),
            _ => None,
        };
        let Some(got) = got else {
            let finding = Finding::must(format!("{what}: it is not answered"));
            return Some(finding.advise(talk.language.utf8()));
        };
        let (right, got) = ((self.right)(TEXT), (self.display)(got));
        if got == right {
            return None;
        }
        let mut known = mangled().into_iter();
        let known = known.find(|(text, _)| (self.right)(text) == got);
        let finding = match known {
            Some((_, why)) => Finding::must(format!("{what}: {why}")),
            None => Finding::must(what),
        };
        let finding = if self.is_out() {
            finding.advise(
                "what was opened are bytes of UTF-8: make text of them, and encode that once",
            )
        } else {
            finding
        };
        let quoted = |text: &str| format!("{member} {text:?}");
        Some(Finding {
            compared: Some((quoted(&right), quoted(&got))),
            ..finding.advise(talk.language.utf8())
        })
    }
}
