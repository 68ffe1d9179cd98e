//! Examines a new client step by step: what is wrong with it first, and what to do.

use std::future::pending;

use super::{ClientSuite, cases, catalogue};
use crate::adapter::{Launcher, Pace, Session};
use crate::harness::{Case, Exchange, Exit, Mismatch, Outcome, Redactor, Verdict};
use crate::suite::sdk::doctor::{Event, Finding, Line, Listener, Patience, Severity, Step, meet};
use crate::suite::sdk::selftest::run;

/// The operations, and the case that shows the least that each has to do.
const EASY: [(&str, &str); 12] = [
    ("get_encryption_key", "client/requests/get-encryption-key"),
    ("get_key_history", "client/requests/get-key-history"),
    ("store_secrets", "client/requests/store"),
    ("rotate_encryption_key", "client/requests/rotate-encryption-key"),
    ("rotate_client_keys", "client/requests/rotate-client-keys"),
    ("list_pending_reencrypt", "client/requests/list-pending"),
    ("submit_reencrypted_history", "client/requests/submit"),
    ("create_client_project", "client/flows/create"),
    ("push_secrets", "client/flows/push"),
    ("pull_secrets", "client/flows/pull"),
    ("rotate_client_key", "client/flows/rotate"),
    ("reencrypt_history", "client/history/batches"),
];

/// Examines the adapter of a client. Gives what a run of the suite would end with for the findings.
///
/// # Errors
/// The mock or the adapter could not be started.
pub async fn examine(
    launcher: Launcher,
    one_shot: bool,
    redactor: &Redactor,
    listener: Listener<'_>,
) -> Result<Exit, String> {
    let greeted = meet(launcher.clone(), one_shot, Patience::default(), listener).await;
    let (hello, mut worst) = match greeted.map_err(|stop| stop.to_string())? {
        Ok(greeted) => greeted,
        Err(exit) => return Ok(exit),
    };
    let session = Session::start(launcher, one_shot, Pace::default()).await;
    let session = session.map_err(|error| error.to_string())?;
    let suite = ClientSuite::start(session, redactor).await?;
    for (op, case) in EASY.into_iter().filter(|(op, _)| hello.has(op)) {
        let findings = Vec::from_iter(tried(&suite, case).await?);
        worst = findings.iter().map(|finding| finding.severity).fold(worst, Severity::max);
        listener(Event::Done(Step { name: op.to_owned(), note: String::new(), findings }));
    }
    suite.close().await;
    Ok(worst.exit())
}

/// What is wrong with the operation of a case.
async fn tried(suite: &ClientSuite, case: &str) -> Result<Option<Finding>, String> {
    let cases: Vec<Case<_>> = cases().into_iter().filter(|one| one.id == case).collect();
    if cases.is_empty() {
        return Err(format!("there is no case {case}"));
    }
    let conclusion = run(suite, &cases, &catalogue()?, (&[], 1), pending()).await?;
    Ok(conclusion.outcomes.iter().find_map(finding))
}

fn finding(outcome: &Outcome) -> Option<Finding> {
    let severity = match outcome.verdict {
        Verdict::Fail => Severity::Must,
        Verdict::Warn => Severity::Should,
        Verdict::Pass | Verdict::NotApplicable => return None,
        _ => Severity::Incomplete,
    };
    let what = outcome.message().unwrap_or("the operation could not be judged");
    let mut finding = Finding::new(severity, what);
    if let Some(mismatch) = outcome.mismatch() {
        finding.compared = Some((mismatch.expected.clone(), mismatch.got.clone()));
        finding.exchange = mismatch.exchanges.iter().flat_map(lines).collect();
        if sends_nothing(mismatch) {
            finding = finding.advise(
                "no request reached the mock: send them to `base_url` of the parameters, with `token` as the bearer",
            );
        }
    }
    Some(finding.advise(format!("its case: keyproof sdk --client --run {} …", outcome.id)))
}

/// Whether all that is quoted is the operation itself.
fn sends_nothing(mismatch: &Mismatch) -> bool {
    mismatch.exchanges.len() == 1
}

fn lines(exchange: &Exchange) -> Vec<Line> {
    let one = |message: &crate::harness::Message| format!("{} {}", message.line, message.body);
    let received = exchange.response.as_ref().map(|response| Line::Received(one(response)));
    [Some(Line::Sent(one(&exchange.request))), received].into_iter().flatten().collect()
}
