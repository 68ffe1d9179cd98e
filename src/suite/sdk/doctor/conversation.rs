//! One request after another to a process, each line of which is examined.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::exchange::Exchange;
use super::finding::{Event, Finding, Line, Listener, Severity, Step};
use super::language::Language;
use super::missing;
use super::patience::Patience;
use super::reading::{Reading, are_one_object, lossy, no_reply, read, wrong_id};
use crate::adapter::{AdapterReply, Kind, Launcher, Output, Pace, Request, Session, Wire};
use crate::harness::Redactor;
use crate::suite::sdk::{Context, SdkSuite};

/// How often the adapter is started again after it has ended or was killed.
const RESTARTS: u32 = 3;

/// The requests to one adapter, and what is known of it so far.
pub(super) struct Conversation<'l> {
    pub(super) launcher: Launcher,
    pub(super) one_shot: bool,
    pub(super) patience: Patience,
    pub(super) language: &'static Language,
    listener: Listener<'l>,
    pub(super) wire: Option<Wire>,
    id: u64,
    answered: HashSet<u64>,
    restarts: u32,
    /// Breaches that were reported: each kind is reported once.
    reported: HashSet<Kind>,
    pub(super) worst: Severity,
    failed: HashSet<&'static str>,
    opinion: Option<SdkSuite>,
    /// Whether a line that is no request was sent, which may be answered by an error under the id null.
    pub(super) is_past_garbage: bool,
}

impl<'l> Conversation<'l> {
    pub(super) fn new(
        launcher: Launcher,
        one_shot: bool,
        patience: Patience,
        listener: Listener<'l>,
    ) -> Self {
        Self {
            language: Language::of(&launcher.command),
            launcher,
            one_shot,
            patience,
            listener,
            wire: None,
            id: 0,
            answered: HashSet::new(),
            restarts: 0,
            reported: HashSet::new(),
            worst: Severity::Note,
            failed: HashSet::new(),
            opinion: None,
            is_past_garbage: false,
        }
    }

    pub(super) fn done(&mut self, name: &str, note: impl Into<String>, findings: Vec<Finding>) {
        for finding in &findings {
            self.worst = self.worst.max(finding.severity);
        }
        (self.listener)(Event::Done(Step { name: name.to_owned(), note: note.into(), findings }));
    }

    /// Reports the step of an operation.
    pub(super) fn done_with(&mut self, op: &'static str, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.failed.insert(op);
        }
        self.done(op, "", findings);
    }

    /// Whether there is a finding about the easy request of the operation.
    pub(super) fn has_failed(&self, op: &str) -> bool {
        self.failed.contains(op)
    }

    pub(super) fn stderr(&self) -> String {
        self.wire.as_ref().map(Wire::stderr).unwrap_or_default()
    }

    /// Sends a request, and gives its id and its line.
    pub(super) fn send(&mut self, request: &Request) -> (u64, String) {
        self.id += 1;
        let line = json!({"id": self.id, "op": request.op, "params": request.params}).to_string();
        if let Some(wire) = &mut self.wire {
            wire.send(&line);
            if self.one_shot {
                wire.end_input();
            }
        }
        (self.id, line)
    }

    /// Starts a new process.
    pub(super) fn start(&mut self) -> std::io::Result<()> {
        self.wire = Some(Wire::start(&self.launcher)?);
        self.id = 0;
        self.answered.clear();
        Ok(())
    }

    /// The next line of output, or why there is none. A long wait is reported.
    pub(super) async fn next(&mut self, op: &str, began: Instant, limit: Duration) -> Output {
        let Some(wire) = &mut self.wire else {
            return Output::End(Vec::new());
        };
        let notice = began + self.patience.notice;
        if Instant::now() < notice && self.patience.notice < limit {
            let next = wire.next(notice).await;
            if next != Output::Silence {
                return next;
            }
            (self.listener)(Event::Waiting { op: op.to_owned(), limit });
        }
        wire.next(began + limit).await
    }

    /// Sends a request, and awaits the reply. Another process is started if the last one is gone.
    pub(super) async fn ask(&mut self, request: &Request) -> Exchange {
        if let Some(over) = self.ready().await {
            return over;
        }
        self.exchange(request).await
    }

    /// Sends a request to the process that runs, and awaits the reply.
    pub(super) async fn exchange(&mut self, request: &Request) -> Exchange {
        let (id, line) = self.send(request);
        let mut exchange = Exchange::of(&line);
        self.listen(request, id, &mut exchange).await;
        exchange
    }

    /// Makes sure that there is a process. An exchange says why there is none.
    async fn ready(&mut self) -> Option<Exchange> {
        if self.wire.is_some() && !self.one_shot {
            return None;
        }
        self.restarts += u32::from(!self.one_shot);
        if self.restarts > RESTARTS {
            let what = format!("it was started again {RESTARTS} times: the rest was not looked at");
            return Some(Exchange::over(what));
        }
        if let Err(error) = self.start() {
            return Some(Exchange::over(format!("it could not be started again: {error}")));
        }
        if self.one_shot {
            return None;
        }
        let mut greeting = self.exchange(&Request::hello()).await;
        greeting.is_over = true;
        greeting.reply.is_none().then_some(greeting)
    }

    async fn listen(&mut self, request: &Request, id: u64, exchange: &mut Exchange) {
        let limit = match request.op.as_ref() {
            "hello" => self.patience.hello,
            "generate_key_proof" => self.patience.derivation,
            _ => self.patience.reply,
        };
        let began = Instant::now();
        let mut parts: Vec<Vec<u8>> = Vec::new();
        loop {
            let line = match self.next(&request.op, began, limit).await {
                Output::Line(line) => line,
                Output::Silence => return self.silent(&request.op, limit, exchange).await,
                Output::End(rest) => return self.ended(rest, exchange).await,
                Output::Oversized => {
                    let finding = Finding::must(Kind::OversizedLine.sentence())
                        .advise("end each reply with a line feed; no reply is that long");
                    return self.give_up(finding, exchange);
                }
            };
            exchange.receive(&line);
            let members = match read(&line, self.language) {
                Reading::Object(members) => members,
                Reading::Part => {
                    parts.push(line);
                    continue;
                }
                Reading::Other(why, advice) => {
                    if parts.is_empty() {
                        self.stray(why, advice, exchange);
                        continue;
                    }
                    parts.push(line);
                    if !are_one_object(&parts) {
                        continue;
                    }
                    let lines = parts.len();
                    let what = format!("its JSON goes over {lines} lines: a reply is one line");
                    let finding = Finding::must(what).advise(self.language.compact);
                    return self.give_up(finding, exchange);
                }
            };
            let is_refusal = members.get("id") == Some(&Value::Null);
            if self.is_past_garbage && is_refusal && members.contains_key("error") {
                continue;
            }
            if let Some(id) = self.repeated(&members) {
                if self.reported.insert(Kind::SecondReply) {
                    let what = format!("{}, request {id}", Kind::SecondReply.sentence());
                    let finding = Finding::must(what)
                        .advise("write each reply once: the protocol ties one reply to one id");
                    exchange.find(finding, &self.stderr());
                }
                continue;
            }
            return self.take(&members, id, exchange).await;
        }
    }

    /// Reports a line that is no JSON object, once.
    fn stray(&mut self, why: String, advice: &str, exchange: &mut Exchange) {
        if self.reported.insert(Kind::StrayOutput) {
            let finding = Finding::must(why)
                .advise("standard output is for replies alone: each line of it is read as one")
                .advise(advice);
            exchange.find(finding, &self.stderr());
        }
    }

    /// The id of a request that was answered before.
    fn repeated(&self, members: &Map<String, Value>) -> Option<u64> {
        let id = members.get("id").and_then(Value::as_u64)?;
        self.answered.contains(&id).then_some(id)
    }

    /// Takes in a JSON object that should be the reply.
    async fn take(&mut self, members: &Map<String, Value>, id: u64, exchange: &mut Exchange) {
        self.answered.insert(id);
        if let Some(finding) = wrong_id(members, id) {
            exchange.find(finding, &self.stderr());
            return;
        }
        match AdapterReply::read(members) {
            Ok(reply) => exchange.reply = Some(reply),
            Err(why) => exchange.find(no_reply(members, &why), &self.stderr()),
        }
        if self.one_shot {
            exchange.findings.extend(self.farewell(&exchange.lines).await);
        }
    }

    /// No reply in time. What is written once the input ends explains why.
    async fn silent(&mut self, op: &str, limit: Duration, exchange: &mut Exchange) {
        let timeout = format!("no reply to {op} within {} s", limit.as_secs_f64());
        let Some(wire) = &mut self.wire else { return };
        let unfinished = wire.unfinished().to_vec();
        if !unfinished.is_empty() {
            exchange.receive(&unfinished);
            let finding = missing::line_end(&timeout, &unfinished, self.language);
            return self.give_up(finding, exchange);
        }
        wire.end_input();
        let finding = match wire.next(Instant::now() + self.patience.farewell).await {
            Output::Line(line) => {
                exchange.receive(&line);
                missing::until_the_end(&timeout, self.language)
            }
            _ => missing::altogether(timeout, self.language),
        };
        self.give_up(finding, exchange);
    }

    /// Adds a finding after which the process is not listened to any more.
    fn give_up(&mut self, finding: Finding, exchange: &mut Exchange) {
        exchange.find(finding, &self.stderr());
        self.wire = None;
    }

    /// The output has ended without the reply.
    async fn ended(&mut self, rest: Vec<u8>, exchange: &mut Exchange) {
        let status = match &self.wire {
            Some(wire) => wire.ended(self.patience.farewell).await,
            None => None,
        };
        let is_reply = matches!(read(&rest, self.language), Reading::Object(_));
        if !rest.is_empty() {
            exchange.receive(&rest);
        }
        let finding = if is_reply {
            Finding::must(Kind::PartialLine.sentence()).advise("end each reply with a line feed")
        } else {
            missing::process(status, !self.answered.is_empty(), self.language)
        };
        self.give_up(finding, exchange);
    }

    /// Ends the input and awaits the end, as the protocol has it.
    pub(super) async fn farewell(&mut self, lines: &[Line]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let Some(mut wire) = self.wire.take() else {
            return findings;
        };
        wire.end_input();
        let due = Instant::now() + self.patience.farewell;
        let mut late = lines.to_vec();
        while let Output::Line(line) = wire.next(due).await {
            late.push(Line::Received(lossy(&line)));
            let (kind, advice) = match read(&line, self.language) {
                Reading::Object(members) => match self.repeated(&members) {
                    Some(_) => (Kind::SecondReply, "write each reply once"),
                    None => (Kind::UnknownId, "give the `id` of the request back"),
                },
                _ => (Kind::StrayOutput, self.language.print),
            };
            if self.reported.insert(kind) {
                let finding = Finding::must(kind.sentence()).advise(advice);
                findings.push(finding.with_exchange(&late).with_stderr(&wire.stderr()));
            }
        }
        if let Some(finding) = missing::end(wire.ended(self.patience.farewell).await)
            && self.reported.insert(Kind::EndOfInput)
        {
            findings.push(finding.with_stderr(&wire.stderr()));
        }
        findings
    }

    /// A context of the suite, which explains wrong answers. It asks another process.
    pub(super) async fn opinion(&mut self) -> Option<Context> {
        if self.opinion.is_none() {
            let launcher = self.launcher.clone();
            let session = Session::start(launcher, self.one_shot, Pace::default()).await;
            self.opinion = Some(SdkSuite::new(session.ok()?, Vec::new(), 0, &Redactor::new(&[])));
        }
        self.opinion.as_ref().map(|suite| suite.context_of("sdk/doctor"))
    }

    /// Ends what still runs.
    pub(super) async fn close(&mut self) {
        self.wire = None;
        if let Some(suite) = self.opinion.take() {
            suite.session().close().await;
        }
    }
}
