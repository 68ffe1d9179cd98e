//! That nothing of a key reaches the server but its proof. Every request of every flow is searched, in
//! every spelling.

use serde_json::json;

use super::history::move_history;
use crate::harness::{Case, Judged, Stop};
use crate::mock::Exchange;
use crate::suite::canary::{Canary, found};
use crate::suite::client::context::{Context, VAULT};
use crate::suite::client::key::Key;
use crate::suite::client::performed::Performed;
use crate::suite::random::random_text;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("client/secrets/passphrase", "client-secrecy", passphrase),
        Case::new("client/secrets/data-key", "client-secrecy", data_key),
        Case::new("client/secrets/plaintext", "client-secrecy", plaintext),
        Case::new("client/secrets/output", "client-silence", output),
    ]
}

/// Every text of a request.
fn texts(exchange: &Exchange) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = exchange.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}", text(value)));
    headers.chain([exchange.path.clone(), text(&exchange.body)]).collect()
}

/// That none of the requests gives the secret away.
fn search(performed: &Performed, secret: &Canary, what: &str) -> Judged {
    for exchange in &performed.sent {
        for text in texts(exchange) {
            if let Some(how) = secret.spelling(&text) {
                let got = format!("{how} in {} {}", exchange.method, exchange.path);
                return Err(performed.unlike(what, "nothing of it in any request", &got));
            }
        }
    }
    Ok(())
}

async fn passphrase(context: &Context) -> Judged {
    let (old, new, _) = context.history(2).await?;
    let newest = context.key()?;
    let create = json!({"name": "of a client", "key": newest.passphrase});
    let all = [
        context.ask("create_client_project", "", create).await?,
        context.push(&new, "A=1\n").await?,
        context.ask("pull_secrets", VAULT, json!({"key": new.passphrase})).await?,
        move_history(context, &new, &[&old]).await?,
        context.rotate_by_client(&new, &newest).await?,
    ];
    for performed in &all {
        for key in [&old, &new, &newest] {
            let [passphrase, _] = key.canaries();
            search(performed, &passphrase, "a passphrase reaches the server")?;
        }
    }
    Ok(())
}

async fn data_key(context: &Context) -> Judged {
    let (old, new, _) = context.history(2).await?;
    let pushed = context.push(&new, "A=1\n").await?;
    let moved = move_history(context, &new, &[&old]).await?;
    for performed in [&pushed, &moved] {
        for key in [&old, &new] {
            let [_, data_key] = key.canaries();
            search(performed, &data_key, "a data key reaches the server")?;
        }
    }
    Ok(())
}

async fn plaintext(context: &Context) -> Judged {
    let key = context.vault().await?;
    let canary = random_text(PLAINTEXT)?;
    context.shared.redactor.register(&canary);
    let performed = context.push(&key, &canary).await?;
    let canary = Canary::text("a plaintext", &canary);
    search(&performed, &canary, "a plaintext reaches the server")
}

/// Characters of a plaintext.
const PLAINTEXT: usize = 48;

/// What a process says about right operations, and about those that fail: in messages, and on standard error.
async fn output(context: &Context) -> Judged {
    let alone = context.restarted().await?;
    let (old, new, _) = alone.history(2).await?;
    let (newest, canary) = (alone.key()?, random_text(PLAINTEXT)?);
    alone.shared.redactor.register(&canary);
    let nowhere = json!({"key": new.passphrase, "plaintext": canary});
    let performed = [
        alone.push(&new, &canary).await,
        alone.push(&old, &canary).await,
        alone.ask("push_secrets", "nowhere", nowhere).await,
        alone.ask("pull_secrets", VAULT, json!({"key": new.passphrase})).await,
        alone.ask("pull_secrets", VAULT, json!({"key": old.passphrase})).await,
        move_history(&alone, &new, &[&old]).await,
        alone.rotate_by_client(&new, &newest).await,
        alone.rotate_by_client(&new, &old).await,
        alone.ask("get_encryption_key", VAULT, json!({})).await,
        alone.ask("get_encryption_key", "nowhere", json!({})).await,
    ];
    let token = alone.tenant()?.token("full").map_err(|error| Stop::Harness(error.to_string()))?;
    let mut canaries = vec![Canary::text("a plaintext", &canary), Canary::text("a token", &token)];
    canaries.extend([&old, &new, &newest].into_iter().flat_map(Key::canaries));
    let mut texts = vec![("on standard error".to_owned(), alone.close().await)];
    // What an implementation does not have it says nothing about.
    for performed in performed.iter().flatten() {
        let message = performed.reply.message().unwrap_or_default().to_owned();
        texts.push((format!("in the message that answers {}", performed.request.op), message));
    }
    let Some(performed) = performed.into_iter().flatten().next() else {
        return Err(Stop::NotApplicable("the implementation has no flows".to_owned()));
    };
    match found(&canaries, &texts).first() {
        None => Ok(()),
        Some(found) => Err(performed.unlike(
            "a secret reaches a message or standard error",
            "neither a passphrase, a data key, a token nor a plaintext, nor a piece of one, in any spelling",
            &format!("there is {found}"),
        )),
    }
}
