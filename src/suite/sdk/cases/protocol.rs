//! That the protocol was kept over the whole run. What broke it is recorded as it happens, and judged
//! here, once everything else was asked.

use crate::adapter::{Kind, Record};
use crate::harness::{Case, Check, Judged, Phase, Stop};
use crate::named::Named as _;
use crate::suite::sdk::context::{Context, difference};

/// Records of one kind that a failure shows.
const SHOWN: usize = 3;

/// The first ends the adapter's input: what that brings to light is judged by all.
pub(super) fn cases() -> Vec<Case<Context>> {
    [
        late("sdk/protocol/end-of-input", kept),
        late("sdk/protocol/stray-output", kept),
        late("sdk/protocol/malformed-reply", kept),
        late("sdk/protocol/partial-line", kept),
        late("sdk/protocol/oversized-line", kept),
        late("sdk/protocol/unknown-id", kept),
        late("sdk/protocol/second-reply", kept),
        late("sdk/protocol/crash", kept),
        late("sdk/protocol/timeout", kept),
        late("sdk/protocol/garbage-line", garbage),
    ]
    .into()
}

/// Requirement and case are one: each breach is a requirement of its own.
fn late(id: &'static str, check: impl Check<Context>) -> Case<Context> {
    Case::new(id, id, check).phase(Phase::Late)
}

async fn kept(context: &Context) -> Judged {
    context.session().close().await;
    let name = context.case.rsplit('/').next().unwrap_or_default();
    let Some(kind) = Kind::named(name) else {
        return Err(Stop::Harness(format!("there is no breach {name}")));
    };
    let records = context.session().log().of(kind);
    if records.is_empty() {
        return Ok(());
    }
    let mut got: Vec<String> = records.iter().take(SHOWN).map(describe).collect();
    if records.len() > SHOWN {
        got.push(format!("and {} more", records.len() - SHOWN));
    }
    Err(difference(kind.sentence(), expected(kind), &got.join("\n")))
}

const fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::StrayOutput => "nothing but replies on standard output: print to standard error",
        Kind::MalformedReply => "an id, and exactly one of ok, reject, unsupported and error",
        Kind::PartialLine => "a line feed behind each reply, and a flush",
        Kind::OversizedLine => "lines of at most 16 MiB",
        Kind::UnknownId => "the id of a request that was sent",
        Kind::SecondReply => "one reply to each request",
        Kind::Crash => "a reply, `reject` or `error` where there is nothing better",
        Kind::Timeout => {
            "a reply within ten times the first derivation of that size, 10 s at least"
        }
        Kind::EndOfInput => "exit code 0 within 2 s",
    }
}

fn describe(record: &Record) -> String {
    let breach = &record.breach;
    let whose = match (&record.op, record.case) {
        (Some(op), Some(case)) => format!("{op} of {case}: "),
        _ => String::new(),
    };
    let mut text = format!("{whose}{}", breach.detail);
    if !breach.stderr.trim().is_empty() {
        text.push_str(&format!("\nstandard error: {}", breach.stderr.trim()));
    }
    text
}

async fn garbage(context: &Context) -> Judged {
    if context.session().is_one_shot() {
        let note = "a process that serves one request has nothing to go on with";
        return Err(Stop::NotApplicable(note.to_owned()));
    }
    let survived = context.session().survives("this is no request").await;
    match survived.map_err(|error| Stop::CouldNotRun(error.to_string()))? {
        Ok(()) => Ok(()),
        Err(breach) => Err(difference(
            "a line that is no request ends the adapter, or confuses it",
            "it is ignored, or answered with an error under the id null",
            &format!("{}: {}", breach.kind.sentence(), breach.detail),
        )),
    }
}
