//! A server that is killed without warning and started again: what it has answered is there.

use std::time::Duration;

use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::row::{ServerCase, compares};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{GetEncryptionKey, StoreSecrets};
use crate::harness::{Judged, Mismatch, Stop};
use crate::suite::server::steps::{
    Fate, Project, REST, SecretIds, Site, Snapshot, Unanswered, create_client_project,
};
use crate::suite::server::wire::Call;
use crate::suite::server::{Context, needs};

/// Writes, one after the other, until one has no answer: while the command runs there always is one open.
const WRITES: usize = 24;
/// How long the server may take to answer again.
const LONGEST: Duration = Duration::from_secs(60);
/// The first wait before it is asked again, twice as long each time, and the longest.
const WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Questions in that time.
const QUESTIONS: u32 = 17;

/// Requests of the two projects before the restart, of the third, and of all three after it.
const BEFORE: u32 = 19
    + SecretIds::most(2)
    + Snapshot::most(Custody::Client, 2)
    + Snapshot::most(Custody::Server, 1);
const AFTER: u32 = 4 + Snapshot::most(Custody::Client, 2) + Snapshot::most(Custody::Server, 1);

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        compares("server/restart/acknowledged-writes", "restart-keeps", acknowledged)
            .needs(needs::RESTART)
            .needs(needs::SECRET_IDS)
            .requests(BEFORE + WRITES as u32 + 1 + QUESTIONS + AFTER)
            .late(),
    ]
}

const WHAT: &str = "what was answered before a restart is not there after it";

async fn acknowledged(context: &Context) -> Judged {
    let context = &context.restartable().await?;
    let mut site = Site::client(context, None).await?.lock(context).await?;
    let submit = site.submission(context).await?;
    context.prepare("submitting a version", &submit).await?;
    let other = Site::server(context, None).await?.lock(context).await?.project.clone();
    let (written, key) = create_client_project(context, None).await?;
    let rotation = site.rotation(context).await?;
    let before = Snapshot::before(context, &site.project).await?;
    let of_other = Snapshot::before(context, &other).await?;
    let mut writes = Vec::with_capacity(WRITES);
    for number in 0..WRITES {
        writes.push(Call::to(StoreSecrets, &[]).json(&json!({
            "project": written.slug,
            "content": key.seal(&format!("WRITE={number}\n"))?,
            "key_proof": key.proof.key_check,
            "no_backup": true,
        })));
    }
    let (first, others) = writes.split_at(1);
    context.prepare("storing a secret", &first[0]).await?;
    // It begins once one more was accepted, so that the next is open.
    let (begin, begun) = oneshot::channel();
    let restart = async {
        let _ = begun.await;
        context.server().restart().await
    };
    let rotate = accepted(context, &rotation);
    let (restarted, rotated, count) =
        futures::join!(restart, rotate, in_a_row(context, others, begin));
    let (rotated, count) = (rotated?, count?);
    restarted.map_err(Stop::CouldNotRun)?;
    answers_again(context, &site.project).await?;
    for project in [&site.project, &other, &written] {
        let read = context.send(&project.call(GetEncryptionKey)).await?;
        let expected = "the project, and all that was stored in it";
        read.ensure(read.is_success(), WHAT, expected, read.outcome())?;
    }
    context.server().timer().wait(REST).await;
    let now = Snapshot::after(context, &other).await?;
    if let Some(changed) = of_other.difference(&now) {
        return Err(lost("what was stored in a project", format!("a change of: {changed}")));
    }
    rotation_stays(context, &site.project, (&rotation, rotated), before).await?;
    let secrets = context.succeed(200, &written.secrets()).await?;
    let content = &secrets.json["data"]["attributes"]["levels"]["project"]["content"];
    let perhaps = &writes[count..writes.len().min(count + 2)];
    secrets.ensure(
        perhaps.iter().any(|write| write.body()["content"] == *content),
        WHAT,
        "the blob that was accepted last, or the one after it, which had no answer",
        "another blob, or none",
    )
}

fn lost(expected: impl Into<String>, got: impl Into<String>) -> Stop {
    let (what, expected, got) = (WHAT.to_owned(), expected.into(), got.into());
    Mismatch { what, expected, got, exchanges: Vec::new() }.into()
}

/// Whether a write was accepted. Without an answer, or with that of a gateway, it may have happened.
async fn accepted(context: &Context, call: &Call) -> Result<bool, Stop> {
    match context.send(call).await {
        Ok(reply) => Ok(reply.is_success()),
        Err(Stop::Unreachable(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Sends writes until one is not accepted. Gives how many were.
async fn in_a_row(
    context: &Context,
    writes: &[Call],
    begin: oneshot::Sender<()>,
) -> Result<usize, Stop> {
    let mut begin = Some(begin);
    for (count, call) in writes.iter().enumerate() {
        if !accepted(context, call).await? {
            return Ok(count);
        }
        // The restart waits for the first.
        let _ = begin.take().map(|begin| begin.send(()));
    }
    Ok(writes.len())
}

/// Asks until the server itself answers.
async fn answers_again(context: &Context, project: &Project) -> Judged {
    let (end, mut wait) = (Instant::now() + LONGEST, WAIT);
    loop {
        match context.send(&project.call(GetEncryptionKey)).await {
            Ok(reply) if reply.status < 500 => return Ok(()),
            Ok(_) | Err(Stop::Unreachable(_)) if Instant::now() + wait < end => sleep(wait).await,
            Ok(_) | Err(Stop::Unreachable(_)) => {
                let seconds = LONGEST.as_secs();
                return Err(Stop::CouldNotRun(format!(
                    "the server did not answer again within {seconds} s after the command of --restart"
                )));
            }
            Err(other) => return Err(other),
        }
        wait = LONGEST_WAIT.min(wait * 2);
    }
}

/// A client rotation that was accepted has happened, and one without an answer has, whole, or has not.
async fn rotation_stays(
    context: &Context,
    project: &Project,
    (call, is_accepted): (&Call, bool),
    before: Snapshot,
) -> Judged {
    let after = Snapshot::after(context, project).await?;
    let rotation = Unanswered { call: call.clone(), exchanges: Vec::new(), before, after };
    match rotation.of_client_rotation() {
        Ok(fate) if fate == Fate::Done || !is_accepted => Ok(()),
        Ok(_) => Err(lost("the client rotation that was accepted", "everything is as before it")),
        Err(torn) => Err(lost("all of a client rotation, or nothing if it had no answer", torn)),
    }
}
