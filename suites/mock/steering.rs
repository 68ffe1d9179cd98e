//! What a test can bring about in its own organization: gates, faults, defects, time, limits, jobs.

use std::time::Duration;

use keyproof::mock::{Defect, Limits, Point};
use serde_json::{Value, json};

use super::own::{Own, PENDING, ROTATE, SUBMIT};
use super::support::{ClientKey, Mock, builder, claims, descriptor};

claims!(
    a_held_rotation_is_409_and_goes_on_when_it_is_released,
    a_submit_that_was_overtaken_is_a_conflict,
    an_aborted_rotation_changes_nothing,
    a_gate_lets_go_by_itself,
    whoever_hangs_up_at_a_gate_has_left_and_changed_nothing,
    a_fault_strikes_the_requests_that_it_means,
    a_dropped_answer_leaves_its_effect,
    a_cut_body_is_no_whole_answer,
    defects_are_switched_for_one_organization,
    the_clock_goes_to_the_next_event_and_tells_what_happened,
    limits_are_read_and_set,
    jobs_go_step_by_step,
);

async fn a_held_rotation_is_409_and_goes_on_when_it_is_released() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    own.vault().await;
    let armed = own.control("gates", json!({"gate": "rotate-client.before_commit"})).await;
    let id = armed.status(201)["id"].clone();
    let newest = ClientKey::new("newest");
    let rotating = own.rotate(&newest);
    let meanwhile = async {
        own.control("gates/wait", json!({"id": id})).await.ok();
        own.post(PENDING, json!({})).await.refused(409, "rotation_in_progress");
        own.rotate(&ClientKey::new("x")).await.refused(409, "rotation_in_progress");
        let listed = own.control("gates/list", json!({})).await.ok();
        assert_eq!(listed["gates"][0]["waiting"], true);
        let (_, control) = mock.server.control().unwrap();
        let body = json!({"token": own.token, "id": id});
        let release = mock.call("DELETE", "/_mock/gates").bearer(control).json(body);
        mock.send(release).await.status(204);
    };
    let (rotated, ()) = tokio::join!(rotating, meanwhile);
    rotated.ok();
    assert_eq!(own.remaining().await, 2);
}

async fn a_submit_that_was_overtaken_is_a_conflict() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let (key, row) = own.vault().await;
    let tenant = mock.server.tenant(&own.token).unwrap();
    let gate = tenant.gate(Point::Submit);
    let versions = json!([{"id": row, "content": key.seal("A=1")}]);
    let submitting = own.post(SUBMIT, json!({"versions": versions, "key_proof": key.proof}));
    let meanwhile = async {
        assert!(gate.reached(Duration::from_secs(5)).await);
        own.rotate(&ClientKey::new("newest")).await.ok();
        gate.release();
    };
    let (submitted, ()) = tokio::join!(submitting, meanwhile);
    submitted.refused(422, "key_version_conflict");
    assert_eq!(own.remaining().await, 2);
}

async fn an_aborted_rotation_changes_nothing() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let before = own.get("my-app/encryption-key/history").await.ok();
    let tenant = mock.server.tenant(&own.token).unwrap();
    let gate = tenant.gate(Point::Rotate);
    let rotating = own.post(ROTATE, json!({}));
    let meanwhile = async {
        assert!(gate.reached(Duration::from_secs(5)).await);
        gate.abort();
    };
    let (rotated, ()) = tokio::join!(rotating, meanwhile);
    rotated.refused(503, "aborted_at_gate");
    assert_eq!(own.get("my-app/encryption-key/history").await.ok(), before);
    own.post(ROTATE, json!({})).await.ok();
}

async fn a_gate_lets_go_by_itself() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let arm = json!({"gate": "rotate.before_commit", "project": "my-app", "seconds": 0});
    own.control("gates", arm).await.status(201);
    own.post(ROTATE, json!({})).await.ok();
    let listed = own.control("gates/list", json!({})).await.ok();
    assert_eq!(listed["gates"], json!([]));
    let wrong = own.control("gates", json!({"gate": "rotate.after"})).await;
    wrong.invalid(&["gate"]);
}

async fn whoever_hangs_up_at_a_gate_has_left_and_changed_nothing() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    own.vault().await;
    let armed = own.control("gates", json!({"gate": "rotate-client.before_commit"})).await;
    let id = armed.status(201)["id"].clone();
    let before = own.get("vault/encryption-key/history").await.ok();
    let newest = ClientKey::new("newest");
    let hung_up = tokio::select! {
        _ = own.rotate(&newest) => false,
        () = async {
            own.control("gates/wait", json!({"id": id})).await.ok();
        } => true,
    };
    assert!(hung_up);
    // It is found, or it has gone already.
    let left = own.control("gates/wait", json!({"id": id, "left": true})).await;
    assert!([200, 404].contains(&left.code), "{}", left.code);
    assert_eq!(own.get("vault/encryption-key/history").await.ok(), before);
    own.rotate(&newest).await.ok();
    let armed = own.control("gates", json!({"gate": "submit.before_commit"})).await;
    let id = armed.status(201)["id"].clone();
    let waited = own.control("gates/wait", json!({"id": id, "left": true, "seconds": 0})).await;
    waited.invalid(&["seconds"]);
}

async fn a_fault_strikes_the_requests_that_it_means() {
    let mock = Mock::start().await;
    let (own, other) = (Own::make(&mock).await, Own::make(&mock).await);
    let fault = json!({
        "matching": {"endpoint": "get-encryption-key"}, "nth": 2, "times": 2,
        "effect": {"kind": "status", "status": 429, "retry_after": 3},
    });
    own.control("faults", fault).await.status(201);
    let mut codes = Vec::new();
    for _ in 0..4 {
        other.get("my-app/encryption-key").await.ok();
        own.get("my-app").await.ok();
        let answer = own.get("my-app/encryption-key").await;
        if answer.code == 429 {
            assert_eq!(answer.header("retry-after"), "3");
            assert_eq!(answer.header("x-mock-fault"), "status");
        }
        codes.push(answer.code);
    }
    assert_eq!(codes, [200, 429, 429, 200]);
    let listed = own.control("faults/list", json!({})).await.ok();
    assert_eq!(listed["faults"][0]["happened"], 2);
    let truncate = json!({"kind": "truncate"});
    let unknown = json!({"matching": {"endpoint": "get-key"}, "effect": truncate});
    let no_error = json!({"effect": {"kind": "status", "status": 200}});
    let never = json!({"effect": truncate, "times": 0});
    for (wrong, member) in
        [(unknown, "matching.endpoint"), (no_error, "effect.status"), (never, "times")]
    {
        own.control("faults", wrong).await.invalid(&[member]);
    }
}

async fn a_dropped_answer_leaves_its_effect() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    for (kind, versions) in [("drop-before", 2), ("drop-after", 3)] {
        let matching = json!({"endpoint": "rotate-encryption-key"});
        let fault = json!({"matching": matching, "effect": {"kind": kind}});
        own.control("faults", fault).await.status(201);
        assert!(mock.attempt(own.call("POST", ROTATE)).await.is_err(), "{kind}");
        let history = own.get("my-app/encryption-key/history").await.ok();
        assert_eq!(history["data"].as_array().unwrap().len(), versions, "{kind}");
    }
    let cut = own.control("journal", json!({"matching": {"method": "POST"}})).await.ok();
    assert_eq!(cut["count"], 2);
    assert_eq!(cut["exchanges"][0]["status"], Value::Null);
    assert_eq!(cut["exchanges"][0]["fault"], "drop-before");
}

async fn a_cut_body_is_no_whole_answer() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let whole = own.get("my-app").await.text;
    for (effect, arrives) in [
        (json!({"kind": "truncate"}), false),
        (json!({"kind": "slow", "milliseconds": 1}), true),
        (json!({"kind": "delay", "milliseconds": 1}), true),
    ] {
        own.control("faults", json!({"effect": effect})).await.status(201);
        let answer = mock.attempt(own.call("GET", "my-app")).await;
        assert_eq!(answer.is_ok_and(|answer| answer.text == whole), arrives, "{effect}");
    }
}

async fn defects_are_switched_for_one_organization() {
    let mock = Mock::start().await;
    let (own, other) = (Own::make(&mock).await, Own::make(&mock).await);
    let defects = json!({"defects": ["rotate-version-as-number"]});
    let set = own.control("settings", defects).await.ok();
    assert_eq!(set["defects"], json!(["rotate-version-as-number"]));
    let version = |rotated: Value| rotated["data"]["key"]["attributes"]["version"].clone();
    assert!(version(own.post(ROTATE, json!({})).await.ok()).is_number());
    assert!(version(other.post(ROTATE, json!({})).await.ok()).is_string());
    let tenant = mock.server.tenant(&own.token).unwrap();
    tenant.defect(Defect::RotateVersionAsNumber, false);
    assert!(version(own.post(ROTATE, json!({})).await.ok()).is_string());
    let wrong = own.control("settings", json!({"variants": ["sliding-window"]})).await;
    let refusal = wrong.invalid(&["variants"]);
    assert!(refusal["message"].as_str().unwrap().contains("sliding-windows"), "{refusal}");
}

async fn the_clock_goes_to_the_next_event_and_tells_what_happened() {
    let mock = Mock::of(builder().limits(Limits::Live)).await;
    let own = Own::make(&mock).await;
    mock.control("clock", json!({"freeze": true})).await.ok();
    let reply = mock.control("clock", json!({"set": "2026-06-01T23:59:30Z"})).await.ok();
    assert_eq!(reply["now"], "2026-06-01T23:59:30Z");
    assert_eq!(reply["runs"], false);
    own.get("my-app").await.ok();
    let reply = mock.control("clock", json!({"next": true})).await.ok();
    assert_eq!(reply["now"], "2026-06-02T00:00:00Z");
    for event in reply["fired"].as_array().unwrap() {
        assert_eq!(event["what"], "a token expires");
        assert_eq!(event["name"], "expired");
    }
    let reply = mock.control("clock", json!({"next": true})).await.ok();
    assert_eq!(reply["now"], "2026-06-02T00:00:30Z");
    assert_eq!(reply["fired"][0]["bucket"], "api");
    assert_eq!(mock.control("clock", json!({"freeze": false})).await.ok()["runs"], true);
    mock.control("clock", json!({"next": true, "seconds": 1})).await.invalid(&["body"]);
    mock.control("clock", json!({"set": "tomorrow"})).await.invalid(&["set"]);
}

async fn limits_are_read_and_set() {
    let mock = Mock::of(builder().limits(Limits::Live)).await;
    let own = Own::make(&mock).await;
    own.get("my-app").await.ok();
    let read = own.control("limits", json!({})).await.ok();
    assert_eq!(read["api"]["remaining"], 99);
    assert_eq!(read["rotate"]["remaining"], 10);
    let set = own.control("limits", json!({"rotate": 1})).await.ok();
    assert_eq!(set["rotate"]["remaining"], 1);
    own.post(ROTATE, json!({})).await.ok();
    own.post(ROTATE, json!({})).await.refused(429, "rate_limited");
    own.control("limits", json!({"rotate": 10})).await.ok();
    own.post(ROTATE, json!({})).await.ok();
}

async fn jobs_go_step_by_step() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    own.control("jobs", json!({"do": "step"})).await.invalid(&["do"]);
    own.control("jobs", json!({"paused": true})).await.ok();
    own.post(ROTATE, json!({"history_policy": "re_encrypt"})).await.ok();
    let active = descriptor(&own.get("my-app/encryption-key").await)["version"].to_string();
    let under = |version: Value| version["data"]["key"]["version"].clone();
    assert_ne!(under(own.get("secrets/versions/11").await.ok()), active.as_str());
    let waiting = own.control("jobs", json!({})).await.ok();
    assert_eq!(waiting["waiting"][0]["project"], "my-app");
    assert!(waiting["waiting"][0]["left"].as_u64().unwrap() > 0);
    own.control("jobs", json!({"do": "step"})).await.ok();
    assert_eq!(under(own.get("secrets/versions/11").await.ok()), active.as_str());
    let done = own.control("jobs", json!({"do": "finish"})).await.ok();
    assert_eq!(done["waiting"], json!([]));
}
