//! The adapter protocol as an adapter speaks it.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::channel;
use std::thread;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::answer::Answer;
use super::behaviour::Behaviour;
use super::client::Client;
use super::crypto;
use crate::adapter::hello::{Hello, PROTOCOL};
use crate::adapter::request::{CLIENT_OPERATIONS, OPERATIONS};

/// How many requests it takes at once.
const OUTSTANDING: usize = 8;

/// How an adapter answers requests. What the trait itself does is right.
pub(super) trait Adapter {
    fn answer(&mut self, op: &str, params: &Value) -> Answer;

    fn hello(&self) -> Value {
        let operations = OPERATIONS.iter().chain(&CLIENT_OPERATIONS);
        json!(Hello {
            protocol: PROTOCOL,
            name: "keyproof-rust".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            language: "rust".to_owned(),
            runtime: "RustCrypto".to_owned(),
            ops: operations.map(|op| (*op).to_owned()).collect(),
            max_outstanding: OUTSTANDING,
        })
    }

    fn reply(&mut self, request: &Value) -> Value {
        let id = &request["id"];
        match operation(request) {
            None => json!({"id": null, "error": {"message": "this line is no request"}}),
            Some("hello") => json!({"id": id, "ok": self.hello()}),
            Some(op) => self.answer(op, &request["params"]).reply(id),
        }
    }
}

fn write(output: &mut impl Write, reply: &Value) -> io::Result<()> {
    writeln!(output, "{reply}")?;
    output.flush()
}

/// The JSON of a line. Null if it is none.
pub(super) fn request(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap_or(Value::Null)
}

/// The operation that a request asks for. None if it is no request.
pub(super) fn operation(request: &Value) -> Option<&str> {
    request["op"].as_str().filter(|_| !request["id"].is_null())
}

/// The reference adapter, which does what the contract says.
pub(super) struct Right<'b> {
    client: Client<'b>,
}

impl Adapter for Right<'_> {
    fn answer(&mut self, op: &str, params: &Value) -> Answer {
        let performed = self.client.answer(op, params);
        performed.unwrap_or_else(|| crypto::perform(op, params).into())
    }
}

impl<'b> Right<'b> {
    /// Without bugs but for the slips of its client.
    pub(super) const fn new(behaviour: &'b Behaviour) -> Self {
        Self { client: Client::new(behaviour) }
    }

    /// Reads requests until the input ends, and writes the replies. Gives the exit code. Requests for cryptography
    /// depend on nothing but their parameters: as many as it takes at once are performed at once, and each is
    /// answered when it is done.
    pub(super) fn serve(
        &mut self,
        input: impl BufRead,
        output: impl Write + Send,
    ) -> io::Result<u8> {
        let (sender, receiver) = channel::<Value>();
        let (receiver, output) = (Mutex::new(receiver), Mutex::new(output));
        let work = || -> io::Result<()> {
            loop {
                let Ok(request) = receiver.lock().recv() else { return Ok(()) };
                let op = operation(&request).unwrap_or_default();
                let answer = Answer::from(crypto::perform(op, &request["params"]));
                write(&mut *output.lock(), &answer.reply(&request["id"]))?;
            }
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..OUTSTANDING).map(|_| scope.spawn(work)).collect();
            // Dropping the sender ends the workers, also where the input fails.
            let sender = sender;
            for line in input.split(b'\n') {
                let request = request(&line?);
                if operation(&request).is_some_and(|op| OPERATIONS.contains(&op)) {
                    sender.send(request).map_err(io::Error::other)?;
                } else {
                    write(&mut *output.lock(), &self.reply(&request))?;
                }
            }
            drop(sender);
            for worker in workers {
                let panicked = |_| io::Error::other("an operation did not finish");
                worker.join().map_err(panicked)??;
            }
            Ok(0)
        })
    }
}
