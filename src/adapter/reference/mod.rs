//! The Rust reference adapter: `keyproof adapter`. Right, unless it is given bugs.

mod bug;
mod client;
mod crypto;
mod descriptor;
mod flow;
mod quirk;
mod slip;
mod variant;

use std::io::{self, BufRead as _, BufReader, Read, Write};

use clap::ValueEnum;
use serde_json::{Value, json};

pub use bug::Bug;
pub use quirk::Quirk;
pub use slip::Slip;
pub use variant::Variant;

use self::client::Client;
use self::crypto::Crypto;
use super::{CLIENT_OPERATIONS, Hello, LINE_LIMIT, OPERATIONS, PROTOCOL};
use crate::crypto::Class;

/// How many requests it takes at once.
const OUTSTANDING: usize = 8;

/// What the reference adapter is made to be. By default it is right, and plain.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// What it gets wrong.
    pub bugs: Vec<Bug>,
    /// What it does in another way that is right too.
    pub variants: Vec<Variant>,
}

impl Manner {
    fn has(&self, quirk: Quirk) -> bool {
        self.bugs.contains(&Bug::Quirk(quirk))
    }

    fn is(&self, variant: Variant) -> bool {
        self.variants.contains(&variant)
    }
}

/// What the user calls a bug or a variant.
fn name(of: &impl ValueEnum) -> String {
    let value = of.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// What it answers a request with.
enum Answer {
    Ok(Value),
    Reject(Class, String),
    /// The server's refusal.
    Http {
        status: u16,
        code: Option<String>,
    },
    Unsupported,
    Error(String),
}

/// Serves the protocol on two streams until the input ends. Gives the exit code.
///
/// # Errors
/// The streams failed.
pub fn serve(manner: &Manner, input: impl Read, mut output: impl Write) -> io::Result<u8> {
    let mut input = BufReader::new(input);
    let (mut crypto, mut client) = (Crypto::new(manner), Client::new(manner));
    loop {
        let mut lines = Vec::from_iter(next(&mut input)?);
        if lines.is_empty() {
            return Ok(u8::from(manner.has(Quirk::EndsWithFailure)));
        }
        while manner.is(Variant::LastFirst) && input.buffer().contains(&b'\n') {
            lines.extend(next(&mut input)?);
        }
        for line in lines.iter().rev() {
            if let Some(code) = answer(manner, (&mut crypto, &mut client), line, &mut output)? {
                return Ok(code);
            }
            output.flush()?;
        }
    }
}

/// The next line. None at the end of the input.
fn next(input: &mut BufReader<impl Read>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    Ok((input.read_until(b'\n', &mut line)? > 0).then_some(line))
}

/// Answers one line, unless a bug ends the process with an exit code.
fn answer(
    manner: &Manner,
    (crypto, client): (&mut Crypto, &mut Client),
    line: &[u8],
    output: &mut impl Write,
) -> io::Result<Option<u8>> {
    let request: Value = serde_json::from_slice(line).unwrap_or(Value::Null);
    let id = &request["id"];
    let Some(op) = request["op"].as_str().filter(|_| !id.is_null()) else {
        if manner.has(Quirk::DiesOnGarbage) {
            return Ok(Some(1));
        }
        if !manner.is(Variant::IgnoresGarbage) {
            let error = json!({"message": "this line is no request"});
            write(manner, output, &Value::Null, "error", &error)?;
        }
        return Ok(None);
    };
    if manner.is(Variant::Chatty) {
        eprintln!("debug: {op}");
    }
    if op == "hello" {
        write(manner, output, id, "ok", &hello(manner, crypto))?;
        return Ok(None);
    }
    let params = &request["params"];
    if let Some(code) = misbehave(manner, params, output)? {
        return Ok(Some(code));
    }
    let id = match (manner.has(Quirk::WrongId), id.as_u64()) {
        (true, Some(number)) => &json!(number + 1_000_000),
        _ => id,
    };
    let answer = client.answer(op, params);
    let (kind, mut body) = match answer.unwrap_or_else(|| crypto.answer(op, params)) {
        Answer::Ok(ok) => ("ok", ok),
        Answer::Reject(class, message) => {
            let reject = json!({"class": class.name(), "message": message});
            ("reject", reject)
        }
        Answer::Http { status, code } => {
            let mut reject = json!({"class": "http", "status": status});
            if let Some(code) = code {
                reject["code"] = json!(code);
            }
            ("reject", reject)
        }
        Answer::Unsupported => (
            "unsupported",
            json!({"reason": "there is no such operation"}),
        ),
        Answer::Error(message) => ("error", json!({"message": message})),
    };
    if manner.is(Variant::Terse) && kind != "error" {
        for text in ["message", "reason"] {
            body.as_object_mut().map(|body| body.remove(text));
        }
    }
    if manner.has(Quirk::TwoAnswers) && has_long_key(params) {
        writeln!(
            output,
            "{}",
            json!({"id": id, kind: body, "error": {"message": "a warning"}})
        )?;
        return Ok(None);
    }
    if manner.has(Quirk::OversizedLine) && has_long_key(params) {
        output.write_all(&vec![b' '; LINE_LIMIT])?;
    }
    write(manner, output, id, kind, &body)?;
    if manner.has(Quirk::AnswersTwice) {
        write(manner, output, id, kind, &body)?;
    }
    Ok(None)
}

fn has_long_key(params: &Value) -> bool {
    params["key"].as_str().is_some_and(|key| key.len() > 100)
}

fn write(
    manner: &Manner,
    output: &mut impl Write,
    id: &Value,
    kind: &str,
    body: &Value,
) -> io::Result<()> {
    if manner.is(Variant::OtherSpelling) {
        writeln!(output, "{}", variant::respelt(&[("id", id), (kind, body)]))
    } else {
        writeln!(output, "{}", json!({"id": id, kind: body}))
    }
}

fn hello(manner: &Manner, crypto: &Crypto) -> Value {
    let claimed = OPERATIONS.iter().chain(&CLIENT_OPERATIONS);
    let claimed = claimed.map(|op| (*op).to_owned());
    let hello = Hello {
        protocol: PROTOCOL,
        name: "keyproof-rust".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        language: "rust".to_owned(),
        runtime: "RustCrypto".to_owned(),
        ops: claimed
            .filter(|op| manner.has(Quirk::ClaimsMissingOps) || !crypto.lacks(op))
            .collect(),
        max_outstanding: OUTSTANDING,
    };
    let mut hello = json!(hello);
    if manner.is(Variant::OneAtATime) {
        hello
            .as_object_mut()
            .map(|hello| hello.remove("max_outstanding"));
    }
    hello
}

/// The breaches of the protocol that need no answer to be made of.
fn misbehave(manner: &Manner, params: &Value, output: &mut impl Write) -> io::Result<Option<u8>> {
    let is_long = has_long_key(params);
    if manner.has(Quirk::PrintsToStdout) {
        writeln!(output, "Deprecated: a notice in adapter.php on line 7")?;
    }
    if manner.has(Quirk::CrashesOnLongKey) && is_long {
        return Ok(Some(139));
    }
    if manner.has(Quirk::HangsOnLongKey) && is_long {
        loop {
            std::thread::park();
        }
    }
    if manner.has(Quirk::HalfALine) && is_long {
        write!(output, "{{\"id\":")?;
        output.flush()?;
        return Ok(Some(0));
    }
    Ok(None)
}
