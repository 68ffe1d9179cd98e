//! The Rust reference adapter: `keyproof adapter`. Right, unless it is given bugs.

mod bug;
mod crypto;
mod quirk;

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

pub use bug::Bug;
pub use quirk::Quirk;

use self::crypto::Crypto;
use super::{Hello, OPERATIONS, PROTOCOL};
use crate::crypto::Class;

/// How many requests it takes at once.
const OUTSTANDING: usize = 8;

/// What it answers a request with.
enum Answer {
    Ok(Value),
    Reject(Class, String),
    Unsupported,
    Error(String),
}

/// Serves the protocol on two streams until the input ends. Gives the exit code.
///
/// # Errors
/// The streams failed.
pub fn serve(bugs: &[Bug], input: impl BufRead, mut output: impl Write) -> io::Result<u8> {
    let mut crypto = Crypto::new(bugs);
    for line in input.split(b'\n') {
        let line = line?;
        let request: Value = serde_json::from_slice(&line).unwrap_or(Value::Null);
        let id = &request["id"];
        let Some(op) = request["op"].as_str().filter(|_| !id.is_null()) else {
            if crypto.has(Quirk::DiesOnGarbage) {
                return Ok(1);
            }
            let answer = json!({"id": null, "error": {"message": "this line is no request"}});
            writeln!(output, "{answer}")?;
            output.flush()?;
            continue;
        };
        let params = &request["params"];
        if op == "hello" {
            let hello = json!({"id": id, "ok": hello(&crypto)});
            writeln!(output, "{hello}")?;
            output.flush()?;
            continue;
        }
        if let Some(code) = misbehave(&crypto, params, &mut output)? {
            return Ok(code);
        }
        let id = match (crypto.has(Quirk::WrongId), id.as_u64()) {
            (true, Some(number)) => json!(number + 1_000_000),
            _ => id.clone(),
        };
        let reply = match crypto.answer(op, params) {
            Answer::Ok(ok) => json!({"id": id, "ok": ok}),
            Answer::Reject(class, message) => {
                json!({"id": id, "reject": {"class": class.name(), "message": message}})
            }
            Answer::Unsupported => json!({"id": id, "unsupported": {}}),
            Answer::Error(message) => json!({"id": id, "error": {"message": message}}),
        };
        writeln!(output, "{reply}")?;
        if crypto.has(Quirk::AnswersTwice) {
            writeln!(output, "{reply}")?;
        }
        output.flush()?;
    }
    Ok(u8::from(crypto.has(Quirk::EndsWithFailure)))
}

fn hello(crypto: &Crypto) -> Value {
    let claimed = OPERATIONS.iter().map(|op| (*op).to_owned());
    let hello = Hello {
        protocol: PROTOCOL,
        name: "keyproof-rust".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        language: "rust".to_owned(),
        runtime: "RustCrypto".to_owned(),
        ops: claimed
            .filter(|op| crypto.has(Quirk::ClaimsMissingOps) || !crypto.lacks(op))
            .collect(),
        max_outstanding: OUTSTANDING,
    };
    json!(hello)
}

/// The breaches of the protocol that need no answer to be made of.
fn misbehave(crypto: &Crypto, params: &Value, output: &mut impl Write) -> io::Result<Option<u8>> {
    let is_long = params["key"].as_str().is_some_and(|key| key.len() > 100);
    if crypto.has(Quirk::PrintsToStdout) {
        writeln!(output, "Deprecated: a notice in adapter.php on line 7")?;
    }
    if crypto.has(Quirk::CrashesOnLongKey) && is_long {
        return Ok(Some(139));
    }
    if crypto.has(Quirk::HangsOnLongKey) && is_long {
        loop {
            std::thread::park();
        }
    }
    if crypto.has(Quirk::HalfALine) && is_long {
        write!(output, "{{\"id\":")?;
        output.flush()?;
        return Ok(Some(0));
    }
    Ok(None)
}
