//! What is wrong with an adapter, and the events that report it.

use std::time::Duration;

use crate::harness::Exit;

/// What a finding means for a run of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing.
    Note,
    /// A SHOULD that is not met.
    Should,
    /// A run would be incomplete.
    Incomplete,
    /// A run would fail.
    Must,
}

impl Severity {
    /// What a run of the suite would end with for findings of that severity.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Note | Self::Should => Exit::Held,
            Self::Incomplete => Exit::Incomplete,
            Self::Must => Exit::Failed,
        }
    }
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
    /// What it means for a run.
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
    /// Nothing but what is wrong.
    pub fn new(severity: Severity, what: impl Into<String>) -> Self {
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

    /// Adds an advice.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// Adds each of these advices, of an `Option` the one that it may hold.
    pub(super) fn advise_all<A: Into<String>>(
        mut self,
        advice: impl IntoIterator<Item = A>,
    ) -> Self {
        self.advice.extend(advice.into_iter().map(Into::into));
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

/// One thing that was examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What is right, if nothing is wrong.
    pub note: String,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// What is reported while the adapter is examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// There is no reply yet; it is awaited until the limit.
    Waiting {
        /// The operation.
        op: String,
        /// Its limit.
        limit: Duration,
    },
    /// A step is done.
    Done(Step),
}

/// Receives each event.
pub type Listener<'l> = &'l mut (dyn FnMut(Event) + Send);
