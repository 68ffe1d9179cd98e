//! That the protocol was kept over the whole run. Breaches are recorded as they happen, and judged here, after
//! all other cases.

use crate::adapter::{Kind, Record};
use crate::harness::{Case, Judged, Phase, Stop};
use crate::named::Named as _;
use crate::suite::sdk::context::{Context, check, difference};

/// Records of one kind that a failure quotes.
const QUOTED: usize = 3;

/// Requirement and case are one: each breach is a requirement of its own. The first case ends the adapter's
/// input: breaches that this brings to light are judged by all.
pub(super) fn cases() -> Vec<Case<Context>> {
    const BREACHES: [&str; 9] = [
        "sdk/protocol/end-of-input",
        "sdk/protocol/stray-output",
        "sdk/protocol/malformed-reply",
        "sdk/protocol/partial-line",
        "sdk/protocol/oversized-line",
        "sdk/protocol/unknown-id",
        "sdk/protocol/second-reply",
        "sdk/protocol/crash",
        "sdk/protocol/timeout",
    ];
    let breaches = BREACHES.into_iter().map(|id| Case::new(id, id, no_breach));
    let garbage = Case::new("sdk/protocol/garbage-line", "sdk/protocol/garbage-line", garbage);
    breaches.chain([garbage]).map(|case| case.phase(Phase::Late)).collect()
}

async fn no_breach(context: &Context) -> Judged {
    context.session().close().await;
    let name = context.case.rsplit('/').next().unwrap_or_default();
    let Some(kind) = Kind::named(name) else {
        return Err(Stop::Harness(format!("there is no breach {name}")));
    };
    let records = context.session().log().of(kind);
    if kind == Kind::Timeout && !records.is_empty() && context.session().is_starved() {
        let note = "the machine was so slow that nothing was judged about time: run it again with \
                    less beside it, or with --timeout-scale";
        return Err(Stop::CouldNotRun(note.to_owned()));
    }
    let mut got: Vec<String> = records.iter().take(QUOTED).map(describe).collect();
    if records.len() > QUOTED {
        got.push(format!("and {} more", records.len() - QUOTED));
    }
    check(records.is_empty(), kind.sentence(), expected(kind), &got.join("\n"))
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
            "a reply within ten times what the first request of that kind and size took, 10 s at least"
        }
        Kind::EndOfInput => "exit code 0 within 2 s, or twice what it needed to start",
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
