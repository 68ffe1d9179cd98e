//! Breaches of the protocol, and other ways to keep it.

use std::io::{self, BufRead as _, BufReader, Read, Write};

use serde_json::{Value, json};

use super::super::protocol::{Adapter as _, operation, request};
use super::super::quirk::Quirk;
use super::super::variant::{Variant, respelt};
use super::Wrong;
use crate::adapter::LINE_LIMIT;

/// What the adapter does with a line.
enum Next {
    Reply,
    Ignore,
    /// The process ends with this exit code.
    Exit(u8),
}

impl Wrong<'_> {
    /// Reads requests until the input ends or a bug ends the process. Gives the exit code.
    pub(crate) fn serve(
        &mut self,
        mut input: BufReader<impl Read>,
        mut output: impl Write,
    ) -> io::Result<u8> {
        loop {
            let mut lines = Vec::from_iter(line(&mut input)?);
            if lines.is_empty() {
                return Ok(u8::from(self.has(Quirk::EndsWithFailure)));
            }
            while self.is(Variant::LastFirst) && input.buffer().contains(&b'\n') {
                lines.extend(line(&mut input)?);
            }
            for line in lines.iter().rev() {
                let request = request(line);
                match self.before(&request, &mut output)? {
                    Next::Reply => {
                        let reply = self.reply(&request);
                        self.send(&request, reply, &mut output)?;
                    }
                    Next::Ignore => {}
                    Next::Exit(code) => return Ok(code),
                }
                output.flush()?;
            }
        }
    }

    /// What happens before there is a reply.
    fn before(&self, request: &Value, output: &mut impl Write) -> io::Result<Next> {
        let Some(op) = operation(request) else {
            return Ok(if self.has(Quirk::DiesOnGarbage) {
                Next::Exit(1)
            } else if self.is(Variant::IgnoresGarbage) {
                Next::Ignore
            } else {
                Next::Reply
            });
        };
        if self.is(Variant::Chatty) {
            eprintln!("debug: {op}");
        }
        if op == "hello" {
            return Ok(Next::Reply);
        }
        let is_long = has_long_key(request);
        if self.has(Quirk::PrintsToStdout) {
            writeln!(output, "Deprecated: a notice in adapter.php on line 7")?;
        }
        if self.has(Quirk::CrashesOnLongKey) && is_long {
            return Ok(Next::Exit(139));
        }
        if self.has(Quirk::HangsOnLongKey) && is_long {
            loop {
                std::thread::park();
            }
        }
        if self.has(Quirk::HalfALine) && is_long {
            write!(output, "{{\"id\":")?;
            output.flush()?;
            return Ok(Next::Exit(0));
        }
        Ok(Next::Reply)
    }

    /// Writes a reply.
    fn send(&self, request: &Value, mut reply: Value, output: &mut impl Write) -> io::Result<()> {
        let asks = operation(request).is_some_and(|op| op != "hello");
        let is_long = asks && has_long_key(request);
        if let Some(id) = reply["id"].as_u64()
            && asks
            && self.has(Quirk::WrongId)
        {
            reply["id"] = json!(id + 1_000_000);
        }
        if self.is(Variant::Terse) {
            for (kind, text) in [("reject", "message"), ("unsupported", "reason")] {
                if let Some(body) = reply.get_mut(kind).and_then(Value::as_object_mut) {
                    body.shift_remove(text);
                }
            }
        }
        if self.has(Quirk::TwoAnswers) && is_long {
            reply["error"] = json!({"message": "a warning"});
        }
        if self.has(Quirk::OversizedLine) && is_long {
            output.write_all(&vec![b' '; LINE_LIMIT])?;
        }
        let line =
            if self.is(Variant::OtherSpelling) { respelt(&reply) } else { reply.to_string() };
        let is_repeated = asks && self.has(Quirk::AnswersTwice);
        for _ in 0..=u8::from(is_repeated) {
            writeln!(output, "{line}")?;
        }
        Ok(())
    }
}

/// The next line. None at the end of the input.
fn line(input: &mut BufReader<impl Read>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    Ok((input.read_until(b'\n', &mut line)? > 0).then_some(line))
}

fn has_long_key(request: &Value) -> bool {
    let key = request["params"]["key"].as_str();
    key.is_some_and(|key| key.len() > 100)
}
