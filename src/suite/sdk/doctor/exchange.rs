//! A request and its reply.

use super::finding::{Finding, Line};
use super::reading::lossy;
use crate::adapter::AdapterReply;

/// Lines of one exchange that are kept.
const KEPT: usize = 20;

pub(super) struct Exchange {
    pub(super) lines: Vec<Line>,
    /// The reply; none if there was none, which a finding explains.
    pub(super) reply: Option<AdapterReply>,
    pub(super) findings: Vec<Finding>,
    /// Nothing more can be asked.
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

    pub(super) fn receive(&mut self, line: &[u8]) {
        if self.lines.len() < KEPT {
            self.lines.push(Line::Received(lossy(line)));
        }
    }

    /// Adds what was found, with the lines so far.
    pub(super) fn find(&mut self, finding: Finding, stderr: &str) {
        let finding = finding.with_exchange(&self.lines).with_stderr(stderr);
        self.findings.push(finding);
    }
}
