//! Single calls: the request that each sends, and what it makes of the answer.

use serde_json::{Map, Value, json};

use crate::harness::{Case, Judged, Stop};
use crate::mock::Exchange;
use crate::suite::client::context::{Context, SERVED, VAULT};
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
    if is_same { Ok(()) } else { Err(performed.differs(NOT_THE_ANSWER, &format!("ok {expected}"))) }
}

/// That the request has exactly this body.
fn has_body(performed: &Performed, exchange: &Exchange, expected: &Value) -> Judged {
    if exchange.json() == *expected {
        Ok(())
    } else {
        let sent = String::from_utf8_lossy(&exchange.body);
        let expected = expected.to_string();
        Err(performed.unlike(NOT_THE_BODY, &expected, &sent))
    }
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
    let (old, new) = (context.key()?, context.key()?);
    context.vault(&old).await?;
    context.rotate(&old, &new).await?;
    let performed = context.ask("get_key_history", VAULT, json!({})).await?;
    let path = context.path("vault/encryption-key/history")?;
    let answer = performed.sole("GET", &path)?.answered();
    let keys = performed.ok()?.get("keys").and_then(Value::as_array);
    let response = answer["data"].as_array();
    const NAMES: [&str; 6] =
        ["version", "managed", "is_active", "key_check", "key_check_salt", "key_check_iterations"];
    let of = |entry: &Value| NAMES.map(|name| entry[name].clone());
    let (keys, response) = (keys.cloned(), response.cloned());
    let (keys, response) = (keys.unwrap_or_default(), response.unwrap_or_default());
    if keys.iter().map(of).eq(response.iter().map(of)) {
        Ok(())
    } else {
        let expected = format!("ok with keys {}", Value::Array(response));
        Err(performed.differs(NOT_THE_ANSWER, &expected))
    }
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
    let (old, new) = (context.key()?, context.key()?);
    context.vault(&old).await?;
    context.store(&old, &old.seal("A=1\n")?, json!({})).await?;
    let path = context.path("vault/secrets/rotate-client-keys")?;
    let body = |secrets: Value| {
        let mut body = new.fields();
        body.insert("secrets".to_owned(), secrets);
        Value::Object(body)
    };
    // An id that could be taken for a number; the server knows none such.
    let foreign = body(json!([{"id": "17", "content": new.seal("A=1\n")?}]));
    let performed = context.ask("rotate_client_keys", VAULT, foreign).await?;
    let exchange = performed.sole("POST", &path)?;
    ids_are(&performed, exchange, "secrets", Value::is_string, "text")?;
    let body = body(context.secrets(&old, Some(&new)).await?);
    let performed = context.ask("rotate_client_keys", VAULT, body.clone()).await?;
    let exchange = performed.sole("POST", &path)?;
    has_body(&performed, exchange, &body)?;
    performed.ok()?;
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
    if rows.iter().all(|row| is_right(&row["id"])) {
        Ok(())
    } else {
        Err(performed.unlike(
            &format!("an id is not sent as {right}"),
            &format!("each id as {right}"),
            &body.to_string(),
        ))
    }
}

async fn list_pending(context: &Context) -> Judged {
    let (old, new) = (context.key()?, context.key()?);
    context.history(&old, &new, 3).await?;
    let path = context.path("vault/secrets/re-encrypt-history/pending")?;
    let performed = context.ask("list_pending_reencrypt", VAULT, json!({"limit": 2})).await?;
    let exchange = performed.sole("POST", &path)?;
    has_body(&performed, exchange, &json!({"limit": 2}))?;
    let answer = exchange.answered();
    let expected = json!({"versions": answer["data"], "remaining": answer["meta"]["remaining"]});
    let response = performed.ok()?;
    const NAMES: [&str; 3] = ["id", "content", "key_version"];
    let rows = |of: Option<&Value>| {
        let rows = of.and_then(Value::as_array).cloned().unwrap_or_default();
        let rows = rows.into_iter();
        rows.map(|row| NAMES.map(|name| row[name].clone())).collect::<Vec<_>>()
    };
    let same_rows = rows(response.get("versions")) == rows(expected.get("versions"));
    if same_rows && response.get("remaining") == expected.get("remaining") {
        Ok(())
    } else {
        Err(performed.differs(NOT_THE_ANSWER, &format!("ok {expected}")))
    }
}

async fn submit(context: &Context) -> Judged {
    let (old, new) = (context.key()?, context.key()?);
    let rows = context.history(&old, &new, 2).await?;
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
    let key = context.key()?;
    context.vault(&key).await?;
    context.post("vault/targets", json!({"name": "web"})).await?;
    let path = context.path("secrets/store")?;
    for place in [json!({}), json!({"target": "web"})] {
        let mut further = json!({"content": key.seal("A=1\n")?, "key_proof": key.proof});
        if let (Some(further), Some(place)) = (further.as_object_mut(), place.as_object()) {
            further.extend(place.clone());
        }
        let performed = context.ask("store_secrets", VAULT, further.clone()).await?;
        let exchange = performed.sole("POST", &path)?;
        let mut body = Map::from_iter([("project".to_owned(), json!(VAULT))]);
        body.extend(further.as_object().cloned().unwrap_or_default());
        has_body(&performed, exchange, &Value::Object(body))?;
        performed.ok()?;
    }
    Ok(())
}
