//! What the journal tells of the exchanges of an organization, and what it withholds.

use keyproof::contract::route::Endpoint;
use keyproof::mock::{Effect, Mishap, Pattern};
use serde_json::{Value, json};

use super::own::{Own, SUBMIT};
use super::support::{ClientKey, Mock, claims};

claims!(
    the_journal_tells_why_and_withholds_secrets,
    the_journal_waits_and_counts,
    requests_that_reach_nobody_are_told_apart,
    an_expectation_that_fails_says_what_came,
    a_choice_of_this_mock_is_marked,
);

async fn the_journal_tells_why_and_withholds_secrets() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let (key, row) = own.vault().await;
    let secret = "a-plaintext-that-went-into-the-wrong-place-of-a-request-by-mistake!";
    let versions = json!([{"id": row, "content": secret}]);
    let stale = json!({"versions": versions, "key_proof": ClientKey::new("old").proof});
    own.post(SUBMIT, stale)
        .await
        .refused(422, "key_version_conflict");
    own.post(
        &format!("projects?passphrase={secret}"),
        json!({"name": secret}),
    )
    .await;
    own.get(&format!("my-app/secrets/{secret}%20x")).await;
    let refused = json!({"matching": {"endpoint": "submit-reencrypted", "status": 422}});
    let told = own.control("journal", refused).await.ok();
    let entry = &told["exchanges"][0];
    let last = entry["checks"].as_array().unwrap().last().unwrap();
    assert_eq!(last["stage"], "proof");
    assert_eq!(last["reason"], "key_version_conflict");
    assert!(
        entry["would_pass"].as_str().unwrap().contains("descriptor"),
        "{entry}"
    );
    assert_eq!(entry["body"]["versions"][0]["id"], row);
    assert_eq!(entry["answer"]["error"], "key_version_conflict");
    own.get("my-app/encryption-key").await.ok();
    let all = own.control("journal", json!({"last": 500})).await.text;
    let tenant = mock.server.tenant(&own.token).unwrap();
    let mut secrets: Vec<String> = tenant.tokens().into_values().collect();
    secrets.extend([secret.to_owned(), key.proof.clone(), key.salt.clone()]);
    for exchange in tenant.journal() {
        for body in [exchange.json(), exchange.answered()] {
            gather(&body, &mut secrets);
        }
    }
    assert!(secrets.len() > 15, "{}", secrets.len());
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret} is in the journal");
    }
    assert!(!format!("{:?}", tenant.journal()).contains(secret));
}

/// Every content and key of a body.
fn gather(body: &Value, secrets: &mut Vec<String>) {
    const SECRET: [&str; 5] = ["content", "key", "key_check", "key_proof", "token"];
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if SECRET.contains(&name.as_str()) => secrets.push(text.to_owned()),
                    _ => gather(value, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, secrets)),
        _ => {}
    }
}

async fn the_journal_waits_and_counts() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let ask = json!({"matching": {"path": "/api/v1/*/my-app"}, "wait_for": 2});
    let waiting = own.control("journal", ask);
    let meanwhile = async {
        own.get("my-app").await.ok();
        own.get("my-vault").await.ok();
        own.get("my-app").await.ok();
    };
    let (told, ()) = tokio::join!(waiting, meanwhile);
    assert!(told.ok()["count"].as_u64().unwrap() >= 2);
    let three = json!({"matching": {"method": "get"}, "times": 3});
    assert_eq!(own.control("journal", three).await.ok()["count"], 3);
    let two = json!({"matching": {"method": "get"}, "times": 2, "clear": true});
    own.control("journal", two).await.invalid(&["times"]);
    let never = json!({"matching": {"status": 418}, "wait_for": 1, "seconds": 0});
    own.control("journal", never).await.invalid(&["wait_for"]);
}

async fn requests_that_reach_nobody_are_told_apart() {
    let mock = Mock::start().await;
    mock.send(mock.call("GET", "/api/v2/elsewhere"))
        .await
        .refused(404, "not_found");
    let stranger = mock.call("GET", "my-app").bearer("dotenv_unknown_token");
    mock.send(stranger).await.refused(401, "unauthenticated");
    let (_, control) = mock.server.control().unwrap();
    let ask = mock.call("GET", "/_mock/journal/strangers").bearer(control);
    let told = mock.send(ask).await.ok();
    assert_eq!(told["count"], 2);
    assert_eq!(told["exchanges"][0]["path"], "/api/v2/elsewhere");
    let checks = told["exchanges"][1]["checks"].as_array().unwrap();
    assert_eq!(checks.last().unwrap()["stage"], "token");
}

async fn an_expectation_that_fails_says_what_came() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let tenant = mock.server.tenant(&own.token).unwrap();
    own.get("nowhere").await.refused(404, "not_found");
    let missed = Pattern::of(Endpoint::GetProject).answered(404);
    tenant.expect(missed).times(1).await;
    let last = tenant.expect(Pattern::default()).once_more().await;
    assert_eq!(last.status, Some(404));
    tenant.mishap(Mishap::once(Pattern::default(), Effect::DropBefore));
    tenant.clear_mishaps();
    own.get("my-app").await.ok();
    let expecting = tenant.expect(Pattern::of(Endpoint::GetProject)).times(1);
    let failed = tokio::spawn(expecting).await.unwrap_err();
    let message = failed.into_panic();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("expected 1 of: get-project; there were 2"),
        "{message}"
    );
    assert!(
        message.contains("/nowhere 404  would pass: name a project"),
        "{message}"
    );
}

async fn a_choice_of_this_mock_is_marked() {
    let mock = Mock::start().await;
    let chosen = mock
        .post("my-app/secrets/rotate-client-keys", json!({}))
        .await;
    assert!(!chosen.header("x-mock-choice").is_empty());
    let body = json!({"project": "my-vault", "content": "x", "key_proof": "x"});
    let settled = mock.post("secrets/store", body).await;
    settled.refused(422, "key_proof_mismatch");
    assert_eq!(settled.header("x-mock-choice"), "");
}
