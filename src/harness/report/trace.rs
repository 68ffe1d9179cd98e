//! Every exchange of a run as it happens, without secrets: `--trace`.

use std::io::Write;

use parking_lot::Mutex;

use super::Foreign;
use crate::harness::{Exchange, Outcome, Progress, Redactor};

/// Gets each exchange once it is over, when the redactor knows its secrets.
pub trait Watch: Send + Sync {
    fn exchanged(&self, exchange: &Exchange);
}

/// Writes what it sees, and the verdict behind the exchanges of each case: made for cases that run
/// one after the other.
pub struct Trace<W> {
    redactor: Redactor,
    log: Mutex<Log<W>>,
}

struct Log<W> {
    to: W,
    /// Exchanges so far.
    seen: usize,
}

impl<W: Write + Send> Trace<W> {
    /// Writes to `to`, and nothing that `redactor` knows.
    pub const fn new(to: W, redactor: Redactor) -> Self {
        let log = Mutex::new(Log { to, seen: 0 });
        Self { redactor, log }
    }

    /// A reader that has gone away is no reason to end a run.
    fn write(&self, log: &mut Log<W>, text: &str) {
        let text = self.redactor.redact(text);
        let _ = log.to.write_all(text.as_bytes());
        let _ = log.to.flush();
    }
}

impl<W: Write + Send> Watch for Trace<W> {
    fn exchanged(&self, exchange: &Exchange) {
        let exchange = Foreign::new(&self.redactor).exchange(exchange);
        let lines: String = exchange.lines().map(|line| line + "\n").collect();
        let mut log = self.log.lock();
        log.seen += 1;
        let number = log.seen;
        self.write(&mut log, &format!("# exchange {number}\n{lines}\n"));
    }
}

impl<W: Write + Send> Progress for Trace<W> {
    fn began(&self, total: usize) {
        let mut log = self.log.lock();
        self.write(&mut log, &format!("# {total} cases, one after the other\n\n"));
    }

    fn judged(&self, outcome: &Outcome, done: usize) {
        let (verdict, id) = (outcome.verdict.name(), outcome.id);
        let mut log = self.log.lock();
        self.write(&mut log, &format!("# case {done}: {verdict} {id}\n\n"));
    }

    fn ended(&self) {
        let mut log = self.log.lock();
        self.write(&mut log, "# the cases are over: what follows tidies up\n\n");
    }
}
