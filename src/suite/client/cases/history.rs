//! The history of a client-managed project: it is moved onto the new key whole, whatever happens in between.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use serde_json::{Value, json};

use crate::adapter::AdapterReply;
use crate::contract::route::Endpoint;
use crate::harness::{Case, Judged, Stop};
use crate::mock::{Effect, Mishap, Pattern, Point};
use crate::suite::client::context::{Context, Rows, VAULT};
use crate::suite::client::key::Key;
use crate::suite::client::performed::Performed;

/// Rows of a history, and how many of them are requested at once.
const ROWS: usize = 5;
const BATCH: usize = 2;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("client/history/batches", "client-history", batches),
        Case::new("client/history/batch-size", "client-history", batch_size),
        Case::new("client/history/two-old-keys", "client-history", two_old_keys),
        Case::new("client/history/unreadable", "client-nothing-dropped", unreadable),
        Case::new("client/history/resumed", "client-resume", resumed),
        Case::new("client/history/raced", "client-conflict", raced),
    ]
}

/// Has the client move the vault's history.
pub(super) async fn move_history(
    context: &Context,
    key: &Key,
    old: &[&Key],
) -> Result<Performed, Stop> {
    let old: Vec<&str> = old.iter().map(|key| key.passphrase.as_str()).collect();
    let further = json!({"key": key.passphrase, "old_keys": old, "batch_size": BATCH});
    context.ask("reencrypt_history", VAULT, further).await
}

/// Whether the client says that nothing is left to do.
pub(super) fn reports_done(performed: &Performed) -> bool {
    let AdapterReply::Ok(members) = &performed.reply else { return false };
    members.get("remaining").and_then(Value::as_u64) == Some(0)
}

/// That each row that was moved opens under `key` to its old text.
pub(super) fn unharmed(performed: &Performed, rows: &Rows, key: &Key) -> Judged {
    for submit in performed.requests(Endpoint::SubmitReencrypted) {
        // What the server refused has changed nothing.
        if submit.status.is_some_and(|status| status != 200) {
            continue;
        }
        let body = submit.json();
        for row in body["versions"].as_array().into_iter().flatten() {
            let text = key.open(row["content"].as_str().unwrap_or_default());
            let before = row["id"].as_u64().and_then(|id| rows.get(&id));
            if text.is_none() || text.as_ref() != before {
                return Err(performed.unlike(
                    "a version is not what it was before it was moved",
                    "each version under the new key, with the text that it had",
                    &format!("version {} with another text, or under another key", row["id"]),
                ));
            }
        }
    }
    Ok(())
}

/// That nothing is pending any more.
async fn is_done(context: &Context, performed: &Performed, what: &str) -> Judged {
    match context.pending().await?.len() {
        0 => Ok(()),
        count => {
            let got = format!("{count} are pending");
            Err(performed.unlike(what, "no version under an older key", &got))
        }
    }
}

async fn batches(context: &Context) -> Judged {
    let (old, new, rows) = context.history(ROWS).await?;
    let performed = move_history(context, &new, &[&old]).await?;
    performed.ok()?;
    unharmed(&performed, &rows, &new)?;
    is_done(context, &performed, "versions are left under an old key").await?;
    let response = performed.ok()?;
    let updated = response.get("updated").and_then(Value::as_u64);
    let is_right = updated == Some(ROWS as u64) && reports_done(&performed);
    let expected = format!("updated {ROWS}, remaining 0");
    performed.check(is_right, "it miscounts what it has moved", &expected)
}

/// A size that is given is that of each batch; without one the client chooses a size that the server takes.
async fn batch_size(context: &Context) -> Judged {
    let (old, new, _) = context.history(ROWS).await?;
    let further = json!({"key": new.passphrase, "old_keys": [old.passphrase]});
    let chosen = context.ask("reencrypt_history", VAULT, further).await?;
    let is_size =
        |limit: &Value| limit.is_null() || (1..=100).contains(&limit.as_u64().unwrap_or(0));
    let what = "a batch has a size that nobody asked for";
    check_limits(&chosen, is_size, what, "no limit, or one of 1 to 100")?;
    is_done(context, &chosen, "versions are left under an old key").await?;
    let newest = context.key()?;
    context.rotate(&new, &newest).await?;
    let given = move_history(context, &newest, &[&new]).await?;
    check_limits(&given, |limit| *limit == BATCH, what, &format!("limit {BATCH}"))
}

/// That each request for rows of the history has a right limit.
fn check_limits(
    performed: &Performed,
    is_right: impl Fn(&Value) -> bool,
    what: &str,
    expected: &str,
) -> Judged {
    for request in performed.requests(Endpoint::ListPending) {
        let body = request.json();
        if !is_right(&body["limit"]) {
            return Err(performed.unlike(what, expected, &body.to_string()));
        }
    }
    Ok(())
}

async fn two_old_keys(context: &Context) -> Judged {
    let (first, second, mut rows) = context.history(2).await?;
    let third = context.key()?;
    context.rotate(&second, &third).await?;
    rows.extend(context.pending_under(&second).await?);
    let performed = move_history(context, &third, &[&second, &first]).await?;
    performed.ok()?;
    unharmed(&performed, &rows, &third)?;
    let what = "versions of an older key than the last are left";
    is_done(context, &performed, what).await
}

async fn unreadable(context: &Context) -> Judged {
    let (old, new, foreign) = (context.vault().await?, context.key()?, context.key()?);
    for (number, key) in [&old, &foreign, &old].into_iter().enumerate() {
        let blob = key.seal(&format!("NUMBER={number} läuft 🔑\n"))?;
        context.store(&old, &blob, json!({})).await?;
    }
    context.rotate(&old, &new).await?;
    let rows = context.pending_under(&old).await?;
    let performed = move_history(context, &new, &[&old]).await?;
    unharmed(&performed, &rows, &new)?;
    // A client that moves the others and tells what is left keeps everything too.
    let what = "a version that does not open is passed over in silence";
    performed.check(!reports_done(&performed), what, "a rejection, or remaining 1")
}

async fn resumed(context: &Context) -> Judged {
    let (old, new, rows) = context.history(ROWS).await?;
    let pattern = Pattern::of(Endpoint::SubmitReencrypted);
    context.tenant()?.mishap(Mishap::once(pattern, Effect::DropAfter));
    let performed = move_history(context, &new, &[&old]).await?;
    unharmed(&performed, &rows, &new)?;
    if reports_done(&performed) {
        let what = "it says that it is done after a lost answer, and versions are left";
        return is_done(context, &performed, what).await;
    }
    let performed = move_history(context, &new, &[&old]).await?;
    performed.ok()?;
    unharmed(&performed, &rows, &new)?;
    let what = "what was interrupted is not taken up again";
    is_done(context, &performed, what).await
}

/// How long a client may take until it submits.
const PATIENCE: Duration = Duration::from_secs(30);

async fn raced(context: &Context) -> Judged {
    let (old, new, rows) = context.history(ROWS).await?;
    let newest = context.key()?;
    let gate = context.tenant()?.gate(Point::Submit);
    let overtaken = async {
        if gate.reached(PATIENCE).await {
            context.rotate(&new, &newest).await?;
        }
        gate.release();
        Ok::<(), Stop>(())
    };
    let old_keys = [&old];
    let moving = pin!(move_history(context, &new, &old_keys));
    // A client that never submits is done before anybody has come to the gate.
    let performed = match select(moving, pin!(overtaken)).await {
        Either::Left((performed, _)) => performed?,
        Either::Right((rotated, moving)) => {
            rotated?;
            moving.await?
        }
    };
    unharmed(&performed, &rows, &new)?;
    let what = "a rotation that came between is not told";
    let expected = "a rejection (http 422, key_version_conflict)";
    performed.check(!reports_done(&performed), what, expected)?;
    performed.refused(what)
}
