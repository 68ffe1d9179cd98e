//! That nothing of a key reaches the server but its proof. Every request of every flow is searched, in
//! every spelling.

use serde_json::json;

use super::history::move_history;
use crate::harness::{Case, Judged, Stop};
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
    let (old, new) = (context.key()?, context.key()?);
    context.history(&old, &new, 2).await?;
    let newest = context.key()?;
    let mut all = vec![
        create(context, &newest.passphrase).await?,
        push(context, &new.passphrase, "A=1\n").await?,
        pull(context, &new.passphrase).await?,
    ];
    all.push(move_history(context, &new, &[&old]).await?);
    let further = json!({
        "key": new.passphrase,
        "new_key": newest.passphrase,
        "secrets": context.secrets(&new, None).await?,
    });
    all.push(context.ask("rotate_client_key", VAULT, further).await?);
    for performed in &all {
        for key in [&old, &new, &newest] {
            search(performed, &key.passphrase, "a passphrase reaches the server")?;
        }
    }
    Ok(())
}

async fn create(context: &Context, passphrase: &str) -> Result<Performed, Stop> {
    let further = json!({"name": "of a client", "key": passphrase});
    context.ask("create_client_project", "", further).await
}

async fn push(context: &Context, passphrase: &str, plaintext: &str) -> Result<Performed, Stop> {
    let further = json!({"key": passphrase, "plaintext": plaintext});
    context.ask("push_secrets", VAULT, further).await
}

async fn pull(context: &Context, passphrase: &str) -> Result<Performed, Stop> {
    context.ask("pull_secrets", VAULT, json!({"key": passphrase})).await
}

async fn data_key(context: &Context) -> Judged {
    let (old, new) = (context.key()?, context.key()?);
    context.history(&old, &new, 2).await?;
    let pushed = push(context, &new.passphrase, "A=1\n").await?;
    let moved = move_history(context, &new, &[&old]).await?;
    for performed in [&pushed, &moved] {
        for key in [&old, &new] {
            for secret in key.spellings() {
                let sent = performed.sent.iter().flat_map(|one| texts(one));
                let mut sent = sent.map(|text| text.replace('-', "+").replace('_', "/"));
                if sent.any(|text| text.contains(&secret)) {
                    return Err(performed
                        .differs("a data key reaches the server", "nothing of it in any request"));
                }
            }
        }
    }
    Ok(())
}

async fn plaintext(context: &Context) -> Judged {
    let key = context.key()?;
    context.vault(&key).await?;
    // A key's passphrase is as random as a plaintext has to be here.
    let canary = context.key()?.passphrase;
    let performed = push(context, &key.passphrase, &canary).await?;
    search(&performed, &canary, "a plaintext reaches the server")
}
