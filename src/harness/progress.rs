//! The progress of a run.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::{Outcome, Verdict};

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

/// One line of a terminal, rewritten with each verdict and wiped at the end. The first failure stays above it.
#[derive(Debug)]
pub struct Line<W> {
    terminal: Mutex<W>,
    columns: usize,
    began: Instant,
    total: AtomicUsize,
    failed: AtomicUsize,
}

const WIPE: &str = "\r\u{1b}[2K";

impl<W: Write + Send> Line<W> {
    /// A line on `terminal`, never wider than `columns`, so that it can be rewritten.
    pub fn new(terminal: W, columns: usize) -> Self {
        Self {
            terminal: Mutex::new(terminal),
            columns,
            began: Instant::now(),
            total: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
        }
    }

    /// Leaves the first failure on the terminal: whoever mends it need not wait for the end.
    fn show_first(&self, outcome: &Outcome) {
        let what = outcome.message().unwrap_or_default();
        let seconds = self.began.elapsed().as_secs_f64();
        let first = format!("{WIPE}first failure, after {seconds:.1} s: {}: {what}\n", outcome.id);
        let _ = self.terminal.lock().write_all(first.as_bytes());
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
        let fails = usize::from(outcome.verdict == Verdict::Fail && outcome.known.is_none());
        let failed = self.failed.fetch_add(fails, Ordering::Relaxed) + fails;
        if (fails, failed) == (1, 1) {
            self.show_first(outcome);
        }
        let total = self.total.load(Ordering::Relaxed);
        let seconds = self.began.elapsed().as_secs();
        self.rewrite(&format!("{done}/{total}, {failed} failed, {seconds} s: {}", outcome.id));
    }

    fn ended(&self) {
        self.rewrite("");
    }
}
