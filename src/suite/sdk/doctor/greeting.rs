//! Starts the command, and judges its answer to hello.

use std::ffi::OsStr;

use serde_json::{Map, Value};

use super::conversation::Conversation;
use super::finding::{Finding, Line, Severity};
use crate::adapter::{
    AdapterReply, CLIENT_OPERATIONS, Hello, OPERATIONS, OPTIONAL, PROTOCOL, Request,
};
use crate::crypto::wrong::LANGUAGES;
use crate::harness::Exit;

/// Likeness from which a name is taken for a misspelling of another.
const ALIKE: f64 = 0.6;

/// What an adapter is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Crypto,
    Client,
}

/// Starts the command and greets it. An error is the exit code if nothing more can be learned.
pub(super) async fn greet(talk: &mut Conversation<'_>, part: Part) -> Result<Hello, Exit> {
    if let Err(error) = talk.start() {
        let finding = Finding::must(format!("the guard could not be started: {error}"));
        return unreachable(talk, "start", vec![finding]);
    }
    let mut exchange = talk.exchange(&Request::hello()).await;
    if let Some(finding) = not_started(&exchange.findings) {
        return unreachable(talk, "start", vec![finding]);
    }
    let words = talk.launcher.command.join(OsStr::new(" "));
    talk.done("start", words.to_string_lossy(), Vec::new());
    let (Some(reply), false) = (exchange.reply, exchange.is_over) else {
        return unreachable(talk, "hello", exchange.findings);
    };
    let AdapterReply::Ok(members) = reply else {
        let finding = Finding::must("it does not answer hello with `ok`")
            .advise("`hello` is an operation like the others, and comes first")
            .with_exchange(&exchange.lines);
        exchange.findings.push(finding);
        return unreachable(talk, "hello", exchange.findings);
    };
    talk.done("hello", "answered", exchange.findings);
    introduce(talk, part, &members, &exchange.lines)
}

/// Ends the examination with findings that leave nothing more to learn.
fn unreachable(
    talk: &mut Conversation<'_>,
    step: &str,
    findings: Vec<Finding>,
) -> Result<Hello, Exit> {
    talk.done(step, "", findings);
    Err(Exit::Unreachable)
}

/// The guard's message about a command that can't be started, as a finding.
fn not_started(findings: &[Finding]) -> Option<Finding> {
    let last = findings.last()?;
    let (_, rest) = last.stderr.split_once("cannot start `")?;
    let is_it = last.what.ends_with("exit code 127") && last.stderr.starts_with("keyproof: ");
    let (program, error) = rest.rsplit_once("`: ").filter(|_| is_it)?;
    let finding = Finding::must(format!("cannot start `{program}`: {error}"));
    Some(if error.ends_with("(os error 2)") {
        finding
            .advise("there is no such program, or its first line names an interpreter that is not there")
            .advise(format!("a file of this directory is started by its path: ./{program}"))
    } else if error.ends_with("(os error 13)") {
        finding
            .advise(format!("it is not executable: chmod +x {program}"))
            .advise("or start its interpreter: keyproof sdk --doctor -- php adapter.php")
    } else if error.ends_with("(os error 8)") {
        finding
            .advise("it is neither a program for this machine nor a script with a first line #!")
            .advise("start its interpreter: keyproof sdk --doctor -- php adapter.php")
    } else {
        finding
    })
}

/// Judges the members of the answer to hello.
fn introduce(
    talk: &mut Conversation<'_>,
    part: Part,
    members: &Map<String, Value>,
    lines: &[Line],
) -> Result<Hello, Exit> {
    let name = "members of hello";
    let shown = |one: Finding| one.with_exchange(lines);
    let mut findings: Vec<_> = malformed(members).into_iter().map(shown).collect();
    let read: Result<Hello, _> = serde_json::from_value(Value::Object(members.clone()));
    let protocol = members.get("protocol").and_then(Value::as_u64);
    if let Some(other) = protocol.filter(|number| *number != u64::from(PROTOCOL)) {
        let what = format!("it speaks protocol {other}, and this keyproof speaks {PROTOCOL}");
        let advice = "`protocol` is the version of the adapter protocol, not of the SDK";
        findings.push(shown(Finding::must(what).advise(advice)));
        talk.done(name, "", findings);
        return Err(Exit::Usage);
    }
    let hello = match read {
        Ok(hello) => hello,
        Err(error) => {
            if findings.is_empty() {
                findings.push(shown(Finding::must(format!("it is no hello: {error}"))));
            }
            return unreachable(talk, name, findings);
        }
    };
    let is_note = |one: &Finding| one.severity == Severity::Note;
    let operations = operations(part, &hello).into_iter();
    findings.extend(operations.map(|one| if is_note(&one) { one } else { shown(one) }));
    let language = hello.language.as_str();
    if !LANGUAGES.contains(&language)
        && let Some(known) = nearest(language, LANGUAGES.into_iter())
    {
        let what = format!("a run has hints for the language {known:?}, and none for {language:?}");
        findings.push(Finding::new(Severity::Note, what));
    }
    let note = format!("{}, {} operations", hello.title(), hello.ops.len());
    talk.done(name, note, findings);
    Ok(hello)
}

/// Members that are missing or of a wrong type.
fn malformed(members: &Map<String, Value>) -> Vec<Finding> {
    let is_text_list = |value: &Value| {
        let list = value.as_array();
        list.is_some_and(|list| list.iter().all(Value::is_string))
    };
    let is_number = |value: &Value| value.as_u64().is_some();
    type Check<'c> = &'c dyn Fn(&Value) -> bool;
    let wanted: [(&str, &str, bool, Check<'_>); 7] = [
        ("protocol", "the number 1", true, &is_number),
        ("name", "text, the name of your SDK", true, &Value::is_string),
        ("version", "text, the SDK's version", true, &Value::is_string),
        ("ops", "a list of texts, the operations", true, &is_text_list),
        ("language", "text, in small letters", false, &Value::is_string),
        ("runtime", "text, with its version", false, &Value::is_string),
        ("max_outstanding", "a number from 1 on", false, &is_number),
    ];
    let known = wanted.map(|(name, ..)| name);
    let mut findings = Vec::new();
    for (name, what, is_required, fits) in wanted {
        let finding = match members.get(name) {
            Some(value) if fits(value) => continue,
            Some(value) => Finding::must(format!("`{name}` of hello is {}", kind(value))),
            None if !is_required => continue,
            None => {
                let strangers = members.keys().map(String::as_str);
                let strangers = strangers.filter(|other| !known.contains(other));
                match nearest(name, strangers) {
                    Some(other) => Finding::must(format!("hello has `{other}` and no `{name}`")),
                    None => Finding::must(format!("hello has no `{name}`")),
                }
            }
        };
        findings.push(finding.advise(format!("`{name}` is {what}")));
    }
    findings
}

/// Names of operations that are not those of the protocol, and operations that are missing.
fn operations(part: Part, hello: &Hello) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = |name: &&String| {
        OPERATIONS.contains(&name.as_str()) || CLIENT_OPERATIONS.contains(&name.as_str())
    };
    for name in hello.ops.iter().filter(|name| !known(name)) {
        let finding = Finding::new(Severity::Should, format!("{name:?} of `ops` is no operation"));
        let all = OPERATIONS.into_iter().chain(CLIENT_OPERATIONS);
        findings.push(match nearest(name, all.clone()) {
            Some(known) => finding.advise(format!("the nearest is {known}")),
            None => finding.advise(format!("there are {}", all.collect::<Vec<_>>().join(", "))),
        });
    }
    if part == Part::Client {
        let missing: Vec<_> = CLIENT_OPERATIONS.into_iter().filter(|op| !hello.has(op)).collect();
        let is_none_there = missing.len() == CLIENT_OPERATIONS.len();
        let severity = if is_none_there { Severity::Incomplete } else { Severity::Note };
        if !missing.is_empty() {
            let what = format!("`ops` of hello lacks {}", missing.join(", "));
            let advice = "list what your client does: the cases of the others are not applicable";
            findings.push(Finding::new(severity, what).advise(advice));
        }
        return findings;
    }
    let (optional, required): (Vec<_>, Vec<_>) =
        OPERATIONS.into_iter().filter(|op| !hello.has(op)).partition(|op| OPTIONAL.contains(op));
    let skip = "their cases could not run: exit 3, until you leave them out with --skip";
    let older = "the older cipher is optional: its cases are not applicable";
    for (severity, missing, advice) in
        [(Severity::Incomplete, required, skip), (Severity::Note, optional, older)]
    {
        if !missing.is_empty() {
            let what = format!("`ops` of hello lacks {}", missing.join(", "));
            findings.push(Finding::new(severity, what).advise(advice));
        }
    }
    findings
}

/// The most similar name, if one is similar at all.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let likeness = |one: &str| strsim::normalized_damerau_levenshtein(&plain(name), &plain(one));
    let known = known.map(|one| (likeness(one), one)).filter(|(likeness, _)| *likeness >= ALIKE);
    known.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

/// A value's type, and the value itself unless it is a list or an object.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => format!("the boolean {truth}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
