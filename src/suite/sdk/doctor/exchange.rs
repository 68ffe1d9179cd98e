//! A request and its reply.

use super::finding::{Finding, Line};
use super::reading::lossy;
use crate::adapter::AdapterReply;

/// Lines of one exchange that are reported.
const LINES: usize = 20;

pub(super) struct Exchange {
    pub(super) lines: Vec<Line>,
    /// The reply; none if there was none, which a finding explains.
    pub(super) reply: Option<AdapterReply>,
    pub(super) findings: Vec<Finding>,
    /// Whether no further request can be sent.
    pub(super) is_over: bool,
}

impl Exchange {
    pub(super) fn of(request: &str) -> Self {
        Self {
            lines: vec![Line::Sent(request.to_owned())],
            reply: None,
            findings: Vec::new(),
            is_over: false,
        }
    }

    /// An exchange that could not take place, after which no further request can be sent.
    pub(super) fn over(why: String) -> Self {
        let findings = vec![Finding::must(why)];
        Self { lines: Vec::new(), reply: None, findings, is_over: true }
    }

    pub(super) fn receive(&mut self, line: &[u8]) {
        if self.lines.len() < LINES {
            self.lines.push(Line::Received(lossy(line)));
        }
    }

    /// Adds a finding, if there is one, with the lines so far and the end of standard error.
    pub(super) fn find(&mut self, finding: impl Into<Option<Finding>>, stderr: &str) {
        let finding = finding.into();
        let finding = finding.map(|one| one.with_exchange(&self.lines).with_stderr(stderr));
        self.findings.extend(finding);
    }
}
