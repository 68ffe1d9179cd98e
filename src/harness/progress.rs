//! The progress of a run.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::Outcome;

pub trait Progress: Send + Sync {
    fn began(&self, total: usize);
    /// One more case has its verdict; `done` have.
    fn judged(&self, outcome: &Outcome, done: usize);
    fn ended(&self);
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn began(&self, _: usize) {}
    fn judged(&self, _: &Outcome, _: usize) {}
    fn ended(&self) {}
}

/// One line of a terminal, rewritten with each verdict and wiped at the end.
#[derive(Debug)]
pub struct Line<W> {
    terminal: Mutex<W>,
    columns: usize,
    total: AtomicUsize,
}

const WIPE: &str = "\r\u{1b}[2K";

impl<W: Write + Send> Line<W> {
    /// A line on `terminal`, never wider than `columns`, so that it can be rewritten.
    pub const fn new(terminal: W, columns: usize) -> Self {
        Self { terminal: Mutex::new(terminal), columns, total: AtomicUsize::new(0) }
    }

    /// A terminal that can't be written to is no reason to end a run.
    fn rewrite(&self, text: &str) {
        let mut terminal = self.terminal.lock();
        let visible: String = text.chars().take(self.columns).collect();
        let _ = write!(terminal, "{WIPE}{visible}");
        let _ = terminal.flush();
    }
}

impl<W: Write + Send> Progress for Line<W> {
    fn began(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
        self.rewrite(&format!("0/{total}"));
    }

    fn judged(&self, outcome: &Outcome, done: usize) {
        let total = self.total.load(Ordering::Relaxed);
        let verdict = outcome.verdict.name();
        self.rewrite(&format!("{done}/{total} {verdict} {}", outcome.id));
    }

    fn ended(&self) {
        self.rewrite("");
    }
}
