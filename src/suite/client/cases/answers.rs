//! Answers that break the contract: a client has to notice, and neither to corrupt data nor to go on for ever.

use serde_json::json;

use super::history::{move_history, reports_done, unharmed};
use crate::contract::route::Endpoint;
use crate::harness::{Case, Judged, Stop};
use crate::mock::{Defect, Effect, Mishap, Pattern, Row};
use crate::suite::client::context::{Context, SERVED, VAULT};

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("client/answers/custody-switched", "client-custody", custody_switched),
        Case::new("client/answers/no-key", "client-custody", no_key),
        Case::new("client/answers/cut-descriptor", "client-broken-answers", cut_descriptor),
        Case::new("client/answers/no-salt", "client-broken-answers", no_salt),
        Case::new("client/answers/no-progress", "client-progress", no_progress),
        Case::new("client/answers/wrong-key-version", "client-broken-answers", wrong_key_version),
    ]
}

async fn custody_switched(context: &Context) -> Judged {
    let key = context.key()?;
    let further = json!({"key": key.passphrase, "plaintext": "A=1\n"});
    let performed = context.ask("push_secrets", SERVED, further).await?;
    let what = "secrets are sealed under a key that the server hands out";
    performed.refused_before(Endpoint::StoreSecrets, what, "a rejection, and nothing stored")
}

async fn no_key(context: &Context) -> Judged {
    context.vault().await?;
    let performed = context.ask("push_secrets", VAULT, json!({"plaintext": "A=1\n"})).await?;
    let what = "secrets of a client-managed project are sent without its key";
    performed.refused_before(Endpoint::StoreSecrets, what, "a rejection, and nothing stored")
}

async fn cut_descriptor(context: &Context) -> Judged {
    let key = context.vault().await?;
    let pattern = Pattern::of(Endpoint::GetEncryptionKey);
    let mut cut = Mishap::once(pattern, Effect::Truncate);
    cut.times = None;
    context.tenant()?.mishap(cut);
    let performed = context.push(&key, "A=1\n").await?;
    let is_stored = performed.requests(Endpoint::StoreSecrets).next().is_some();
    performed.check(
        !performed.is_ok() && !is_stored,
        "an answer that is cut off is taken for a whole one",
        "a rejection or an error before anything is sent to be stored",
    )
}

/// A descriptor of a client-managed key that lacks what the key is derived with.
async fn no_salt(context: &Context) -> Judged {
    let key = context.vault().await?;
    for member in ["key_check_salt", "key_check_iterations"] {
        let at = format!("/data/attributes/content/@json/key/{member}");
        let row = json!({"endpoint": "get-encryption-key", "at": at, "do": "delete"});
        let row = Row::read(row).map_err(|error| Stop::Harness(error.to_string()))?;
        let wrong = context.tenant()?.misbehave(vec![row]);
        wrong.map_err(|error| Stop::Harness(error.to_string()))?;
        let performed = context.push(&key, "A=1\n").await?;
        let is_stored = performed.requests(Endpoint::StoreSecrets).next().is_some();
        performed.check(
            !performed.is_ok() && !is_stored,
            "a key is derived without what its descriptor has to say",
            "a rejection or an error, and nothing stored",
        )?;
    }
    Ok(())
}

/// Submits after which a client that makes no progress goes on for ever.
const ENDLESS: usize = 12;

async fn no_progress(context: &Context) -> Judged {
    let (old, new, _) = context.history(3).await?;
    let tenant = context.tenant()?;
    tenant.defect(Defect::SubmitForgets, true);
    let pattern = Pattern::of(Endpoint::SubmitReencrypted);
    // So that a client that never ends by itself does.
    let mut end = Mishap::once(pattern, Effect::DropBefore);
    end.nth = ENDLESS as u64;
    end.times = None;
    tenant.mishap(end);
    let performed = move_history(context, &new, &[&old]).await?;
    let submits = performed.requests(Endpoint::SubmitReencrypted).count();
    if submits >= ENDLESS {
        return Err(performed.unlike(
            "it goes on for ever without progress",
            "an end as soon as a submit leaves as many as the one before",
            &format!("{submits} submits, until the connection was cut"),
        ));
    }
    let what = "it says that it is done, and versions are left";
    performed.check(!reports_done(&performed), what, "a rejection")
}

async fn wrong_key_version(context: &Context) -> Judged {
    let (old, new, rows) = context.history(3).await?;
    context.tenant()?.defect(Defect::PendingNamesActiveKey, true);
    let performed = move_history(context, &new, &[&old]).await?;
    unharmed(&performed, &rows, &new)
}
