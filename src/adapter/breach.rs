//! How an adapter can break the protocol.

use parking_lot::Mutex;
use serde::Serialize;

/// What was broken. Each is a requirement, `sdk/protocol/<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A line on standard output that is no JSON object.
    StrayOutput,
    /// A JSON object that is no reply.
    MalformedReply,
    /// Output that ends without a line feed.
    PartialLine,
    /// A line over the limit.
    OversizedLine,
    /// A reply to something that was never asked.
    UnknownId,
    /// A second reply to one request.
    SecondReply,
    /// The process ended with requests outstanding.
    Crash,
    /// No reply in time.
    Timeout,
    /// After the end of input the process did not exit with 0 in time.
    EndOfInput,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::StrayOutput,
        Self::MalformedReply,
        Self::PartialLine,
        Self::OversizedLine,
        Self::UnknownId,
        Self::SecondReply,
        Self::Crash,
        Self::Timeout,
        Self::EndOfInput,
    ];

    /// The last segment of its requirement.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StrayOutput => "stray-output",
            Self::MalformedReply => "malformed-reply",
            Self::PartialLine => "partial-line",
            Self::OversizedLine => "oversized-line",
            Self::UnknownId => "unknown-id",
            Self::SecondReply => "second-reply",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::EndOfInput => "end-of-input",
        }
    }

    /// What happened, without anything that belongs to one run.
    pub const fn words(self) -> &'static str {
        match self {
            Self::StrayOutput => "it printed a line that is no JSON object",
            Self::MalformedReply => "it sent a JSON object that is no reply",
            Self::PartialLine => "its output ended in the middle of a line",
            Self::OversizedLine => "it sent a line of more than 16 MiB",
            Self::UnknownId => "it replied under an id that was never asked",
            Self::SecondReply => "it replied twice to one request",
            Self::Crash => "it ended before it had replied",
            Self::Timeout => "it did not reply in time",
            Self::EndOfInput => "it did not end with exit code 0 within 2 s of the end of input",
        }
    }
}

/// A breach as it happened. Its texts are raw: reports withhold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What was broken.
    pub kind: Kind,
    /// The offending text, the status, the time.
    pub detail: String,
    /// The end of what the process had written to standard error.
    pub stderr: String,
}

/// A breach and the request that it is attributed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What happened.
    pub breach: Breach,
    /// The case whose request provoked it; none if it is attributed to the run.
    pub case: Option<&'static str>,
    /// The operation of that request.
    pub op: Option<String>,
}

/// Every breach of a run.
#[derive(Debug, Default)]
pub struct Log(Mutex<Vec<Record>>);

impl Log {
    pub(super) fn push(&self, record: Record) {
        let mut log = self.0.lock();
        if record.case.is_some() {
            // A request that repeats a breach has provoked it: the run has not.
            log.retain(|known| known.case.is_some() || known.breach.kind != record.breach.kind);
        }
        log.push(record);
    }

    /// The breaches of one kind, oldest first.
    pub fn of(&self, kind: Kind) -> Vec<Record> {
        let log = self.0.lock();
        let alike = log.iter().filter(|record| record.breach.kind == kind);
        alike.cloned().collect()
    }

    /// Every breach, oldest first.
    pub fn all(&self) -> Vec<Record> {
        self.0.lock().clone()
    }
}
