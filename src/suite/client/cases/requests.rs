//! Single calls: the request that each sends, and what it makes of the answer.

use serde_json::{Value, json};

use crate::harness::{Case, Judged, Stop};
use crate::mock::Exchange;
use crate::suite::client::context::{Context, SERVED, VAULT, merged};
use crate::suite::client::performed::Performed;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("client/requests/get-encryption-key", "client-requests", get_encryption_key),
        Case::new("client/requests/get-key-history", "client-requests", get_key_history),
        Case::new(
            "client/requests/rotate-encryption-key",
            "client-requests",
            rotate_encryption_key,
        ),
        Case::new("client/requests/rotate-client-keys", "client-requests", rotate_client_keys),
        Case::new("client/requests/list-pending", "client-requests", list_pending),
        Case::new("client/requests/submit", "client-requests", submit),
        Case::new("client/requests/store", "client-requests", store),
    ]
}

const NOT_THE_ANSWER: &str = "the answer is not what the server said";
pub(super) const NOT_THE_REQUEST: &str = "another request is sent than that of the operation";
const NOT_THE_BODY: &str = "the body is not that of the operation";

/// That the client passed on exactly this of the server's answer.
fn answers(performed: &Performed, expected: &Value) -> Judged {
    let members = performed.ok()?;
    let wanted = expected.as_object();
    let is_same = wanted.is_some_and(|wanted| {
        wanted.iter().all(|(name, value)| match value {
            // What is not there, a client may say by null.
            Value::Null => members.get(name).is_none_or(Value::is_null),
            value => members.get(name) == Some(value),
        })
    });
    performed.check(is_same, NOT_THE_ANSWER, &format!("ok {expected}"))
}

/// These members of each row.
fn rows<const N: usize>(rows: Option<&Value>, names: [&str; N]) -> Vec<[Value; N]> {
    let rows = rows.and_then(Value::as_array).into_iter().flatten();
    rows.map(|row| names.map(|name| row[name].clone())).collect()
}

/// That the request has exactly this body.
fn has_body(performed: &Performed, exchange: &Exchange, expected: &Value) -> Judged {
    if exchange.json() != *expected {
        let sent = String::from_utf8_lossy(&exchange.body);
        return Err(performed.unlike(NOT_THE_BODY, &expected.to_string(), &sent));
    }
    Ok(())
}

async fn get_encryption_key(context: &Context) -> Judged {
    let performed = context.ask("get_encryption_key", SERVED, json!({})).await?;
    let path = context.path("my-app/encryption-key")?;
    let exchange = performed.sole("GET", &path)?;
    let answer = exchange.answered();
    let content = answer["data"]["attributes"]["content"].as_str();
    let key: Value = serde_json::from_str(content.unwrap_or_default()).unwrap_or_default();
    let key = &key["key"];
    let expected = json!({
        "managed": "server",
        "version": key["version"].to_string(),
        "key": key["key"],
        "key_check_salt": key["key_check_salt"],
        "key_check_iterations": key["key_check_iterations"],
    });
    answers(&performed, &expected)
}

async fn get_key_history(context: &Context) -> Judged {
    context.history(0).await?;
    let performed = context.ask("get_key_history", VAULT, json!({})).await?;
    let path = context.path("vault/encryption-key/history")?;
    let answer = performed.sole("GET", &path)?.answered();
    const NAMES: [&str; 6] =
        ["version", "managed", "is_active", "key_check", "key_check_salt", "key_check_iterations"];
    let is_same = rows(performed.ok()?.get("keys"), NAMES) == rows(answer.get("data"), NAMES);
    let wanted = answer["data"].as_array().cloned().unwrap_or_default();
    performed.check(is_same, NOT_THE_ANSWER, &format!("ok with keys {}", Value::Array(wanted)))
}

async fn rotate_encryption_key(context: &Context) -> Judged {
    let path = context.path("my-app/encryption-key/rotate")?;
    for (further, body) in [
        (json!({}), Value::Null),
        (json!({"history_policy": "re_encrypt"}), json!({"history_policy": "re_encrypt"})),
    ] {
        let performed = context.ask("rotate_encryption_key", SERVED, further).await?;
        let exchange = performed.sole("POST", &path)?;
        has_body(&performed, exchange, &body)?;
        let answer = exchange.answered();
        let key = &answer["data"]["key"]["attributes"];
        let expected = json!({"version": key["version"], "key": key["key"]});
        answers(&performed, &expected)?;
    }
    Ok(())
}

async fn rotate_client_keys(context: &Context) -> Judged {
    let (old, new) = (context.vault().await?, context.key()?);
    context.store(&old, &old.seal("A=1\n")?, json!({})).await?;
    let path = context.path("vault/secrets/rotate-client-keys")?;
    // An id that could be taken for a number; the server knows none such.
    let secrets = json!({"secrets": [{"id": "17", "content": new.seal("A=1\n")?}]});
    let foreign = merged(new.fields(), &secrets);
    let performed = context.ask("rotate_client_keys", VAULT, foreign).await?;
    let exchange = performed.sole("POST", &path)?;
    ids_are(&performed, exchange, "secrets", Value::is_string, "text")?;
    let newest = context.key()?;
    for (old, new, policy) in
        [(&old, &new, json!({})), (&new, &newest, json!({"history_policy": "keep"}))]
    {
        let secrets = json!({"secrets": context.secrets(old, Some(new)).await?});
        let body = merged(merged(new.fields(), &secrets), &policy);
        let performed = context.ask("rotate_client_keys", VAULT, body.clone()).await?;
        let exchange = performed.sole("POST", &path)?;
        has_body(&performed, exchange, &body)?;
        performed.ok()?;
    }
    Ok(())
}

/// That the ids of the rows that a body names are of their type.
fn ids_are(
    performed: &Performed,
    exchange: &Exchange,
    rows: &str,
    is_right: fn(&Value) -> bool,
    right: &str,
) -> Judged {
    let body = exchange.json();
    let rows = body[rows].as_array().cloned().unwrap_or_default();
    if !rows.iter().all(|row| is_right(&row["id"])) {
        let (what, expected) =
            (format!("an id is not sent as {right}"), format!("each id as {right}"));
        return Err(performed.unlike(&what, &expected, &body.to_string()));
    }
    Ok(())
}

async fn list_pending(context: &Context) -> Judged {
    context.history(3).await?;
    let path = context.path("vault/secrets/re-encrypt-history/pending")?;
    for further in [json!({"limit": 2}), json!({})] {
        let performed = context.ask("list_pending_reencrypt", VAULT, further.clone()).await?;
        let exchange = performed.sole("POST", &path)?;
        // Without a limit there need be no body.
        if exchange.body_length > 0 || further["limit"].is_number() {
            has_body(&performed, exchange, &further)?;
        }
        let answer = exchange.answered();
        let expected =
            json!({"versions": answer["data"], "remaining": answer["meta"]["remaining"]});
        let response = performed.ok()?;
        const NAMES: [&str; 3] = ["id", "content", "key_version"];
        let is_same = rows(response.get("versions"), NAMES) == rows(answer.get("data"), NAMES)
            && response.get("remaining") == expected.get("remaining");
        performed.check(is_same, NOT_THE_ANSWER, &format!("ok {expected}"))?;
    }
    Ok(())
}

async fn submit(context: &Context) -> Judged {
    let (_, new, rows) = context.history(2).await?;
    let versions = rows.iter().map(|(id, text)| {
        let content = new.seal(text)?;
        Ok(json!({"id": id, "content": content}))
    });
    let versions: Vec<Value> = versions.collect::<Result<_, Stop>>()?;
    let body = json!({"versions": versions, "key_proof": new.proof});
    let performed = context.ask("submit_reencrypted_history", VAULT, body.clone()).await?;
    let path = context.path("vault/secrets/re-encrypt-history")?;
    let exchange = performed.sole("POST", &path)?;
    ids_are(&performed, exchange, "versions", Value::is_number, "a number")?;
    has_body(&performed, exchange, &body)?;
    answers(&performed, &json!({"updated": 2, "remaining": 0}))
}

async fn store(context: &Context) -> Judged {
    let key = context.vault().await?;
    context.post("vault/targets", json!({"name": "web"})).await?;
    context.post("vault/web/environments", json!({"name": "stage"})).await?;
    let path = context.path("secrets/store")?;
    let proven = json!({"content": key.seal("A=1\n")?, "key_proof": key.proof});
    let unproven = json!({"content": key.seal("A=1\n")?});
    for (project, further) in [
        (VAULT, proven.clone()),
        (VAULT, merged(proven.clone(), &json!({"target": "web"}))),
        (VAULT, merged(proven, &json!({"target": "web", "environment": "stage"}))),
        (SERVED, unproven),
    ] {
        let performed = context.ask("store_secrets", project, further.clone()).await?;
        let exchange = performed.sole("POST", &path)?;
        has_body(&performed, exchange, &merged(json!({"project": project}), &further))?;
        // Under the server's key the blob is none: there the body is all that is judged.
        if project == VAULT {
            performed.ok()?;
        }
    }
    Ok(())
}
