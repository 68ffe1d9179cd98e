//! What the journal tells of the exchanges of an organization, and what it withholds.

use keyproof::contract::route::Endpoint;
use keyproof::mock::{Effect, Mishap, Pattern, Variant};
use serde_json::{Value, json};

use super::own::{Own, SUBMIT};
use super::support::{Answer, ClientKey, Mock, OTHER, ULID, builder, claims, token};

claims!(
    the_journal_tells_why_and_withholds_secrets,
    the_mocks_own_words_are_shown_whole,
    what_would_pass_is_the_thing_itself,
    what_is_said_would_pass_passes,
    words_ids_and_proofs_are_shown_and_what_stands_in_their_place_is_not,
    everything_is_shown_to_whoever_asks_for_it,
    the_journal_waits_and_counts,
    a_refusal_stands_with_the_organization_that_it_names,
    one_whose_token_is_not_known_stands_with_each_of_that_ulid_and_is_not_counted,
    requests_that_name_nobody_are_told_apart,
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
    own.post(SUBMIT, stale).await.refused(422, "key_version_conflict");
    own.post(&format!("projects?passphrase={secret}"), json!({"name": secret})).await;
    own.get(&format!("my-app/secrets/{secret}%20x")).await;
    let refused = json!({"matching": {"endpoint": "submit-reencrypted", "status": 422}});
    let reported = own.control("journal", refused).await.ok();
    let entry = &reported["exchanges"][0];
    let last = entry["checks"].as_array().unwrap().last().unwrap();
    assert_eq!(last["stage"], "proof");
    assert_eq!(last["reason"], "key_version_conflict");
    assert!(entry["would_pass"].as_str().unwrap().contains("descriptor"), "{entry}");
    assert_eq!(entry["body"]["versions"][0]["id"], row);
    assert_eq!(entry["answer"]["error"], "key_version_conflict");
    own.get("my-app/encryption-key").await.ok();
    let all = own.control("journal", json!({"last": 500})).await.text;
    let tenant = mock.server.tenant(&own.token).unwrap();
    let mut secrets: Vec<String> = tenant.tokens().into_values().collect();
    secrets.push(secret.to_owned());
    // What the server stores is no secret.
    assert!(all.contains(&key.proof) && all.contains(&key.salt));
    for exchange in tenant.journal() {
        for body in [exchange.json(), exchange.answered()] {
            gather(&body, &mut secrets);
        }
    }
    assert!(secrets.len() > 10, "{}", secrets.len());
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret} is in the journal");
    }
    assert!(!format!("{:?}", tenant.journal()).contains(secret));
}

/// Every content and key of a body.
fn gather(body: &Value, secrets: &mut Vec<String>) {
    const SECRET: [&str; 3] = ["content", "key", "token"];
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
    let (reported, ()) = tokio::join!(waiting, meanwhile);
    assert!(reported.ok()["count"].as_u64().unwrap() >= 2);
    let three = json!({"matching": {"method": "get"}, "times": 3});
    assert_eq!(own.control("journal", three).await.ok()["count"], 3);
    let two = json!({"matching": {"method": "get"}, "times": 2, "clear": true});
    own.control("journal", two).await.invalid(&["times"]);
    let never = json!({"matching": {"status": 418}, "wait_for": 1, "seconds": 0});
    own.control("journal", never).await.invalid(&["wait_for"]);
}

/// The last exchange of an organization, as the journal shows it.
async fn last(mock: &Mock, bearer: &str) -> Value {
    let reported = mock.control("journal", json!({"token": bearer, "last": 1})).await.ok();
    reported["exchanges"][0].clone()
}

async fn the_mocks_own_words_are_shown_whole() {
    let mock = Mock::of(builder().strict(true)).await;
    let full = token("full");
    let store = |body: Value| mock.call("POST", "secrets/store").json(body);
    let long = "x".repeat(20);
    let calls = [
        mock.call("GET", "my-app/encryption-key").by("key_rotate"),
        mock.call("GET", "none/encryption-key"),
        mock.call("POST", "my-vault/encryption-key/rotate"),
        mock.call("POST", "my-vault/secrets/re-encrypt-history/pending").json(json!({"limit": 0})),
        mock.call("POST", "projects")
            .json(json!({"storage_mode": "client", "secret_format": long})),
        store(json!({"project": "my-vault", "content": long, "key_proof": 7})),
        store(json!({"project": "my-vault"})),
        mock.call("POST", "my-app/encryption-key/rotate")
            .body("{\"a\":")
            .header("content-type", "application/json"),
        mock.call("POST", "my-app/encryption-key/rotate")
            .body("{}")
            .header("content-type", "text/plain"),
        mock.call("GET", "my-app").header("x-api-version", "2"),
        mock.call("DELETE", "my-app/encryption-key"),
        mock.call("GET", "my-app/encryption-keys"),
        mock.call("POST", "my-vault/secrets/rotate-client-keys")
            .json(ClientKey::new("other").rotation(&[("01ARZ3NDEKTSV4RRFFQ69G5FC4", "x")])),
    ];
    for call in calls {
        let answer: Answer = mock.send(call).await;
        assert!((400..500).contains(&answer.code), "{}", answer.text);
        assert_eq!(last(&mock, &full).await["answer"], answer.json());
    }
    // So are those of what is not refused.
    let asked = "my-app/secrets?decrypt=true&merge=both";
    let read = mock.get(asked).await.ok();
    let reported = last(&mock, &full).await;
    assert_eq!(reported["answer"]["meta"], read["meta"]);
    assert_eq!(reported["path"], format!("/api/v1/{ULID}/{asked}"));
}

async fn what_would_pass_is_the_thing_itself() {
    let mock = Mock::start().await;
    let pending = "my-vault/secrets/re-encrypt-history/pending";
    let submit = "my-vault/secrets/re-encrypt-history";
    let stale = "77wIDzOgyCi90MpH4TN2XE7xluCRm8JTcO3vB/CgrVU=";
    let derive = "derive key_proof of key version 2: keyproof proof derive --salt jsVCoJKKssS1kl5CSXVNUw== --iterations 600000";
    let rows = [
        (
            mock.call("GET", "my-app/encryption-key").by("read_only"),
            "use a token with key:retrieve, for example key_retrieve",
        ),
        (
            mock.call("POST", "my-app/encryption-key/rotate").by("read_only"),
            "use a token with key:rotate, for example key_rotate",
        ),
        (
            mock.call("POST", "api-keys-of-nobody").by("read_only"),
            "use one of GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
        ),
        (
            mock.call("GET", "my-ap/encryption-key"),
            "name a project that exists: my-app, my-new-vault, my-vault; nearest: `my-app`",
        ),
        (
            mock.call("GET", "my-app/encryption-keys"),
            "name a target that exists: backend; or put the word `encryption-key` there",
        ),
        (
            mock.call("GET", "my-app//encryption-key"),
            "leave out the slash behind which nothing stands",
        ),
        (
            mock.call("GET", "my-app/encryption-key/"),
            "leave out the slash behind which nothing stands",
        ),
        (
            mock.call("GET", "my-app/backend/producton/secrets"),
            "name an environment that exists: production; nearest: `production`",
        ),
        (
            mock.call("GET", "my-app/secrets/re-encrypt-histori/pending"),
            "ask for /api/v1/{organization}/{project}/secrets/re-encrypt-history/pending",
        ),
        (
            mock.call("POST", pending).json(json!({"limit": 500})),
            "put this right: The limit field must be an integer from 1 to 100.",
        ),
        (
            mock.call("POST", "projects").json(json!({"name": "X", "secret_format": "xml"})),
            "put this right: The secret_format field must be env, json, yaml or text.",
        ),
        (
            mock.call("POST", submit)
                .json(json!({"versions": [{"id": "21", "content": "x"}], "key_proof": stale})),
            "put this right: The versions.0.id field must be an integer.",
        ),
        (
            mock.call("POST", submit)
                .json(json!({"versions": [{"id": 21, "content": "x"}], "key_proof": stale})),
            &format!("get the descriptor again: version 1 was rotated; {derive}"),
        ),
        (
            mock.call("POST", "secrets/store")
                .json(json!({"project": "my-vault", "content": "x", "key_proof": "deadbeef"})),
            &format!("send a proof, which is standard padded base64 of 32 bytes: {derive}"),
        ),
        (
            mock.call("POST", "secrets/store").json(json!({"project": "my-vault", "content": "x"})),
            derive,
        ),
        (
            mock.call("GET", "my-app").by("expired"),
            "use a token that has not expired: expired ended at 2026-06-02T00:00:00Z, for example full",
        ),
        (
            mock.call("GET", "my-app").by("other_organization"),
            "put the ULID of the token's own organization into the path: 01ARZ3NDEKTSV4RRFFQ69G5FAW",
        ),
        (
            mock.call("POST", "my-vault/secrets/rotate-client-keys")
                .json(ClientKey::new("other").rotation(&[("01ARZ3NDEKTSV4RRFFQ69G5FC4", "x")])),
            "name each of the 2 current secrets once; 1 are missing: 01ARZ3NDEKTSV4RRFFQ69G5FC5",
        ),
    ];
    for (place, (call, wanted)) in rows.into_iter().enumerate() {
        let bearers = [token("full"), token("other_organization")];
        let before = [last(&mock, &bearers[0]).await, last(&mock, &bearers[1]).await];
        let answer = mock.send(call).await;
        assert!((400..500).contains(&answer.code), "{place}: {}", answer.text);
        let mut reported = last(&mock, &bearers[0]).await;
        if reported == before[0] {
            reported = last(&mock, &bearers[1]).await;
        }
        assert_eq!(reported["would_pass"], wanted, "{place}: {reported}");
    }
}

async fn what_is_said_would_pass_passes() {
    let mock = Mock::of(keyproof::mock::MockServer::builder()).await;
    let full = token("full");
    for count in 0..101 {
        let answer = mock.get("my-app").await;
        assert_eq!(answer.code, if count < 100 { 200 } else { 429 });
    }
    let reported = last(&mock, &full).await["would_pass"].to_string();
    let (_, after) = reported.split_once("wait ").unwrap();
    let seconds: i64 = after.split(' ').next().unwrap().parse().unwrap();
    mock.control("clock", json!({"seconds": seconds})).await.ok();
    mock.get("my-app").await.ok();
    // The token that is named has the ability that is named, and may less than another that has it too.
    mock.send(mock.call("GET", "my-app/encryption-key").by("key_rotate")).await.status(403);
    let reported = last(&mock, &full).await["would_pass"].clone();
    let (_, name) = reported.as_str().unwrap().split_once("for example ").unwrap();
    mock.send(mock.call("GET", "my-app/encryption-key").by(name)).await.ok();
}

async fn words_ids_and_proofs_are_shown_and_what_stands_in_their_place_is_not() {
    let secrets = [
        "Plaintext, with a space",
        "dotenv_01ARZ3NDEKTSV4RRFFQ69G5FAV_0123456789abcdefghijklmnopqrstuvwxyzABCD",
        "184183ca25f983ae86cf1b9ddba2ccecfc003035a63626433d18d15af4302172",
        "Y5rUY1uO1mCQGETv656nEZabP4OoTdJTuOky5MNXMl4",
    ];
    let mock = Mock::of(builder().variant(Variant::UnknownMembersRefused)).await;
    let own = Own::make(&mock).await;
    for secret in secrets {
        let escaped: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for segment in [&escaped, secret].into_iter().filter(|one| !one.contains(' ')) {
            own.get(&format!("{segment}/encryption-key")).await;
            own.get(&format!("my-app/{segment}/secrets?merge={segment}&{segment}=1")).await;
            mock.send(own.call(
                &format!("GET{}", &secret[..1].replace(' ', "")),
                &format!("my-app/{segment}"),
            ))
            .await;
        }
        let mut body = json!({});
        for member in [
            "project",
            "target",
            "environment",
            "content",
            "key_proof",
            "key_check",
            "key_check_salt",
            "action",
            "scope",
            "history_policy",
            "storage_mode",
            "secret_format",
            "name",
            "status",
            "message",
            "error",
            "type",
            "id",
            "key",
            "description",
            "expires_at",
            "slug",
        ] {
            body[member] = json!(secret);
        }
        body["filters"] = json!({"names": [secret], "search": secret});
        body["metadata"] = json!({"project": secret, secret: "1"});
        body["abilities"] = json!([secret]);
        body["versions"] = json!([{"id": secret, "content": secret}]);
        body["secrets"] = json!([{"id": secret, "content": secret}]);
        for path in [
            "secrets/store",
            "secrets/retrieve",
            "secrets/versions",
            "secrets/delete",
            "projects",
            "my-app/encryption-key/rotate",
            "my-vault/secrets/rotate-client-keys",
            "my-vault/secrets/re-encrypt-history",
            "my-vault/secrets/re-encrypt-history/pending",
        ] {
            own.post(path, body.clone()).await;
            // A member by a name of its own is refused by this variant.
            own.post(path, json!({"project": "my-app", secret: 1})).await;
        }
        let mut rotation = ClientKey::new("other").rotation(&[(secret, secret)]);
        own.post("my-vault/secrets/rotate-client-keys", rotation.clone()).await;
        rotation["secrets"] = json!([]);
        mock.send(own.call("GET", "my-app").header("x-api-version", secret)).await;
        mock.send(own.call("GET", "my-app").header("authorization", &format!("Basic {secret}")))
            .await;
        mock.send(own.call("PATCH", "my-app").json(json!({"metadata": {"project": "my-word"}})))
            .await
            .ok();
    }
    let mut all = own.control("journal", json!({"last": 500})).await.text;
    let (_, control) = mock.server.control().unwrap();
    let ask = mock.call("GET", "/_mock/journal/strangers").bearer(control);
    all += &mock.send(ask).await.text;
    for secret in secrets {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
    assert!(!all.contains("my-word"), "what people note of a project is theirs");
    // What is no secret by what it is, is there.
    let proof = ClientKey::new("any");
    own.post(
        "secrets/store?force=true&limit=7&other=1",
        json!({"project": "my-vault", "target": "backend", "content": "x", "key_proof": proof.proof}),
    )
    .await
    .refused(422, "key_proof_mismatch");
    let reported = last(&mock, &own.token).await;
    let path = format!("/api/v1/{ULID}/secrets/store?force=true&limit=7&other=<withheld>");
    assert_eq!(reported["path"], path);
    assert_eq!(
        reported["body"],
        json!({"project": "my-vault", "target": "backend", "content": "<1 characters withheld>", "key_proof": proof.proof})
    );
    // A variable is a secret whatever it is called.
    let variables = own.get("my-app/secrets?decrypt=true&raw=true").await.ok();
    let raw = last(&mock, &own.token).await;
    for (name, value) in variables.as_object().unwrap() {
        let length = value.as_str().unwrap().chars().count();
        let withheld = format!("<{length} characters withheld>");
        assert_eq!(raw["answer"][name], withheld, "{raw}");
    }
}

async fn everything_is_shown_to_whoever_asks_for_it() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let body = json!({"project": "my-app", "content": "A=a plaintext, by mistake"});
    own.post("secrets/store?debug=a%20secret", body.clone()).await.ok();
    let described = own.get("my-app/encryption-key").await;
    let reported = own.control("journal", json!({"whole": true})).await.ok();
    let [stored, got] = [&reported["exchanges"][0], &reported["exchanges"][1]];
    assert_eq!(stored["path"], format!("/api/v1/{ULID}/secrets/store?debug=a%20secret"));
    assert_eq!(stored["body"], body);
    assert_eq!(stored["headers"]["authorization"], format!("Bearer {}", own.token));
    assert_eq!(got["answer"], described.json());
    assert_eq!(stored["checks"].as_array().unwrap().last().unwrap()["passed"], true);
    // One that is too long is not kept, and so not shown.
    let long = "x".repeat(300 * 1024);
    own.post("secrets/store", json!({"project": "my-app", "content": long})).await.ok();
    let reported = own.control("journal", json!({"whole": true, "last": 1})).await;
    assert!(reported.text.len() < 4096, "{}", reported.text.len());
    let shortened = reported.ok()["exchanges"][0]["body"].to_string();
    assert!(shortened.ends_with("bytes, too many to be kept>\""), "{shortened}");
    // Nobody gets it without the control token.
    let call = mock.call("POST", "/_mock/journal");
    let asked = json!({"token": own.token, "whole": true});
    mock.send(call.bearer(&own.token).json(asked)).await.refused(403, "control_refused");
}

async fn a_refusal_stands_with_the_organization_that_it_names() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let mut short = own
        .post(
            &format!("/api/v1/organizations/{ULID}/api-keys"),
            json!({"name": "short", "abilities": ["*"], "expires_at": "2100-01-01T00:00:00Z"}),
        )
        .await
        .status(201);
    let bearer = short["token"]["token"].take();
    let of = |method: &str, path: &str| mock.call(method, path).bearer(bearer.as_str().unwrap());
    mock.control("clock", json!({"set": "2100-01-02T00:00:00Z"})).await.ok();
    let long = "a".repeat(20_000);
    let rows = [
        (of("GET", "my-app"), 401),
        (own.call("DELETE", "my-app/encryption-key"), 405),
        (own.call("GET", "my-app").header("x-api-version", "2"), 400),
        (own.call("GET", "my-app/encryption-keys/none/none/none/none"), 404),
        (own.call("GET", "/api/v2/elsewhere"), 404),
        (own.call("GET", "my-app").header("x-long", &long), 431),
        (
            own.call("POST", "my-app/encryption-key/rotate")
                .body("{}")
                .header("content-type", "text/plain"),
            415,
        ),
    ];
    for (call, status) in rows {
        assert_eq!(mock.send(call).await.code, status);
        let reported =
            own.control("journal", json!({"matching": {"status": status}, "last": 1})).await;
        let reported = reported.ok();
        let reported = &reported["exchanges"][0];
        assert_eq!(reported["status"], status, "{reported}");
        assert_eq!(reported["checks"].as_array().unwrap().last().unwrap()["passed"], false);
        assert!(reported["would_pass"].is_string(), "{reported}");
    }
    // It is exactly its organization's: the fixture's of the same ULID have nothing of it.
    for name in ["full", "seed_client"] {
        let asked = json!({"token": token(name)});
        assert_eq!(mock.control("journal", asked).await.ok()["count"], 0, "{name}");
    }
}

async fn one_whose_token_is_not_known_stands_with_each_of_that_ulid_and_is_not_counted() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    own.get("my-app").await.ok();
    let mistyped = |path: &str| mock.call("GET", path).bearer("dotenv_mistyped");
    mock.send(mistyped("my-app")).await.refused(401, "unauthenticated");
    mock.send(mistyped("my-app").without("authorization")).await.refused(401, "unauthenticated");
    own.get("my-vault").await.ok();
    for bearer in [own.token.clone(), token("full"), token("seed_client")] {
        let asked = json!({"token": bearer, "matching": {"status": 401}});
        let reported = mock.control("journal", asked).await.ok();
        assert_eq!(reported["count"], 2);
        assert_eq!(reported["exchanges"][0]["named"], ULID);
        assert_eq!(
            reported["exchanges"][0]["would_pass"],
            "send a token of this mock: it has none like this, for example full"
        );
        assert_eq!(
            reported["exchanges"][1]["would_pass"],
            "send Authorization: Bearer and a token of this mock, for example full"
        );
    }
    let reported = own.control("journal", json!({})).await.ok();
    let order: Vec<_> =
        reported["exchanges"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(order, [200, 401, 401, 200]);
    // Another test may have sent them.
    own.control("journal", json!({"matching": {"method": "get"}, "times": 2})).await.ok();
    let third = mock.call("GET", &format!("/api/v1/{OTHER}/theirs"));
    mock.send(third.bearer("dotenv_mistyped")).await.refused(401, "unauthenticated");
    let asked = json!({"token": token("other_organization")});
    assert_eq!(mock.control("journal", asked).await.ok()["count"], 1);
    // What was forgotten does not come back, nor to an organization that was made later.
    own.control("journal", json!({"clear": true})).await.ok();
    assert_eq!(own.control("journal", json!({})).await.ok()["count"], 0);
    let later = Own::make(&mock).await;
    assert_eq!(later.control("journal", json!({})).await.ok()["count"], 0);
}

async fn requests_that_name_nobody_are_told_apart() {
    let mock = Mock::start().await;
    let stranger = mock.call("GET", "/api/v2/elsewhere").without("authorization");
    mock.send(stranger).await.refused(404, "not_found");
    let stranger = mock.call("GET", "/api/v1/01ARZ3NDEKTSV4RRFFQ69G5FAZ/my-app");
    let stranger = stranger.bearer("dotenv_unknown_token");
    mock.send(stranger).await.refused(401, "unauthenticated");
    mock.send(mock.call("GET", "my-app").bearer("dotenv_unknown_token"))
        .await
        .refused(401, "unauthenticated");
    let (_, control) = mock.server.control().unwrap();
    let ask = |query: &str| {
        let path = format!("/_mock/journal/strangers{query}");
        mock.call("GET", &path).bearer(control)
    };
    let reported = mock.send(ask("")).await;
    assert!(!reported.text.contains("unknown_token"), "{}", reported.text);
    let reported = reported.ok();
    assert_eq!(reported["count"], 2);
    assert_eq!(reported["exchanges"][0]["path"], "/api/v2/elsewhere");
    let checks = reported["exchanges"][1]["checks"].as_array().unwrap();
    assert_eq!(checks.last().unwrap()["stage"], "token");
    let whole = mock.send(ask("?whole=true")).await.ok();
    let bearer = &whole["exchanges"][1]["headers"]["authorization"];
    assert_eq!(bearer, "Bearer dotenv_unknown_token");
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
    assert!(message.contains("expected 1 of: get-project; there were 2"), "{message}");
    assert!(message.contains("/nowhere 404  would pass: name a project"), "{message}");
}

async fn a_choice_of_this_mock_is_marked() {
    let mock = Mock::start().await;
    let chosen = mock.post("my-app/secrets/rotate-client-keys", json!({})).await;
    assert!(!chosen.header("x-mock-choice").is_empty());
    let body = json!({"project": "my-vault", "content": "x", "key_proof": "x"});
    let settled = mock.post("secrets/store", body).await;
    settled.refused(422, "key_proof_mismatch");
    assert_eq!(settled.header("x-mock-choice"), "");
}
