//! What is found, and the events that report it.

use std::time::Duration;

use crate::harness::Exit;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// A SHOULD that is not met.
    Should,
    /// A run would be incomplete.
    Incomplete,
    /// A run would fail.
    Must,
}

/// A line of an exchange, raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// What was sent.
    Sent(String),
    /// A line that was received.
    Received(String),
}

/// Something that is wrong with an adapter. Its texts may quote the adapter: they are raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// What to do, a sentence a line.
    pub advice: Vec<String>,
    /// What was expected and what was answered, where an answer is wrong.
    pub compared: Option<(String, String)>,
    /// The exchange that shows it.
    pub exchange: Vec<Line>,
    /// The end of standard error, if there is something.
    pub stderr: String,
}

impl Finding {
    pub(super) fn new(severity: Severity, what: impl Into<String>) -> Self {
        Self {
            severity,
            what: what.into(),
            advice: Vec::new(),
            compared: None,
            exchange: Vec::new(),
            stderr: String::new(),
        }
    }

    pub(super) fn must(what: impl Into<String>) -> Self {
        Self::new(Severity::Must, what)
    }

    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    pub(super) fn with_exchange(mut self, exchange: &[Line]) -> Self {
        self.exchange = exchange.to_vec();
        self
    }

    pub(super) fn with_stderr(mut self, stderr: &str) -> Self {
        stderr.trim().clone_into(&mut self.stderr);
        self
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What is so, where nothing is wrong.
    pub note: String,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// What happens, as it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// There is no reply yet, and there may be one until the limit.
    Waiting {
        /// The operation.
        op: String,
        /// Its limit.
        limit: Duration,
    },
    /// A step is done.
    Done(Step),
}

/// Gets each event.
pub type Listener<'l> = &'l mut (dyn FnMut(Event) + Send);

/// What a run of the suite would end with for findings of that severity.
pub(super) const fn exit(severity: Severity) -> Exit {
    match severity {
        Severity::Note | Severity::Should => Exit::Held,
        Severity::Incomplete => Exit::Incomplete,
        Severity::Must => Exit::Failed,
    }
}
