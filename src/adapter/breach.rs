//! How an adapter can break the protocol.

use parking_lot::Mutex;

use crate::named::named;

named! {
    /// What was broken. Each is a requirement, `sdk/protocol/<name>`; its sentence says what happened, without
    /// anything that belongs to one run.
    pub enum Kind {
        StrayOutput = "stray-output": "it printed a line that is no JSON object",
        MalformedReply = "malformed-reply": "it sent a JSON object that is no reply",
        PartialLine = "partial-line": "its output ended in the middle of a line",
        OversizedLine = "oversized-line": "it sent a line of more than 16 MiB",
        UnknownId = "unknown-id": "it replied under an id that was never asked",
        SecondReply = "second-reply": "it replied twice to one request",
        Crash = "crash": "it ended before it had replied",
        Timeout = "timeout": "it did not reply in time",
        EndOfInput = "end-of-input": "it did not end with exit code 0 soon after the end of input",
    }
}

/// A breach as it happened. Its texts are raw: reports withhold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What was broken.
    pub kind: Kind,
    /// The offending text, the exit status or the time limit.
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
            // Once a request provokes such a breach, it is no longer attributed to the run.
            log.retain(|known| known.case.is_some() || known.breach.kind != record.breach.kind);
        }
        log.push(record);
    }

    /// The breaches of one kind, oldest first.
    pub fn of(&self, kind: Kind) -> Vec<Record> {
        self.all().into_iter().filter(|record| record.breach.kind == kind).collect()
    }

    /// Every breach, oldest first.
    pub fn all(&self) -> Vec<Record> {
        self.0.lock().clone()
    }
}
