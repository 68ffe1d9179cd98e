//! That nothing of a key reaches the server but its proof. Every request of every flow is searched, in
//! every spelling.

use serde_json::json;

use super::history::move_history;
use crate::harness::{Case, Judged};
use crate::mock::Exchange;
use crate::suite::canary::spelling;
use crate::suite::client::context::{Context, VAULT};
use crate::suite::client::performed::Performed;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("client/secrets/passphrase", "client-secrecy", passphrase),
        Case::new("client/secrets/data-key", "client-secrecy", data_key),
        Case::new("client/secrets/plaintext", "client-secrecy", plaintext),
    ]
}

/// Every text of a request.
fn texts(exchange: &Exchange) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = exchange.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}", text(value)));
    headers.chain([exchange.path.clone(), text(&exchange.body)]).collect()
}

/// That none of the requests gives `secret` away.
fn search(performed: &Performed, secret: &str, what: &str) -> Judged {
    for exchange in &performed.sent {
        for text in texts(exchange) {
            if let Some(how) = spelling(&text, secret) {
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
            search(performed, &key.passphrase, "a passphrase reaches the server")?;
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
            for secret in key.spellings() {
                let sent = performed.sent.iter().flat_map(|one| texts(one));
                let mut sent = sent.map(|text| text.replace('-', "+").replace('_', "/"));
                let is_sent = sent.any(|text| text.contains(&secret));
                let what = "a data key reaches the server";
                performed.check(!is_sent, what, "nothing of it in any request")?;
            }
        }
    }
    Ok(())
}

async fn plaintext(context: &Context) -> Judged {
    let key = context.vault().await?;
    // A key's passphrase is as random as a plaintext has to be here.
    let canary = context.key()?.passphrase;
    let performed = context.push(&key, &canary).await?;
    search(&performed, &canary, "a plaintext reaches the server")
}
