//! What the plan retains: older versions are listed, but neither read nor put back.

use keyproof::mock::Clock;
use serde_json::{Value, json};

use super::support::{Mock, builder, claims, token};

claims!(
    without_a_limit_every_version_is_read,
    an_older_version_is_listed_as_locked_and_not_read,
    it_is_locked_at_the_moment_after_the_last_day,
    an_older_version_is_not_put_back_whatever_else_is_wrong,
    versions_are_deleted_and_re_encrypted_at_any_age,
    an_organization_that_is_not_active_is_refused,
    a_plan_is_changed_member_by_member,
);

/// The fixture's versions were kept on 2026-06-11, at midnight.
async fn on(now: &str) -> Mock {
    Mock::of(builder().clock(Clock::driven(now.parse().unwrap()))).await
}

async fn retain(mock: &Mock, days: impl Into<Value>) {
    let plan = json!({"token": token("full"), "retention_days": days.into()});
    mock.control("plan", plan).await.ok();
}

async fn listed(mock: &Mock) -> Value {
    let page = mock.post("secrets/versions", json!({"project": "my-app"}));
    page.await.ok()["data"][0]["attributes"].clone()
}

async fn without_a_limit_every_version_is_read() {
    let mock = on("2036-06-11T00:00:00Z").await;
    assert!(listed(&mock).await.get("locked").is_none());
    mock.get("secrets/versions/11").await.ok();
}

async fn an_older_version_is_listed_as_locked_and_not_read() {
    let mock = on("2026-07-30T00:00:00Z").await;
    retain(&mock, 30).await;
    let reason = "The version is older than the 30 days for which the plan retains versions.";
    let attributes = listed(&mock).await;
    assert_eq!(attributes["locked"], true);
    assert_eq!(attributes["locked_reason"], reason);
    assert_eq!(attributes["action"], "rotate");
    let answer = mock.get("secrets/versions/11").await;
    let details = json!({"retention_days": 30, "version_created_at": "2026-06-11T00:00:00Z"});
    let body = answer.refused(403, "version_locked");
    assert_eq!(body["details"], details);
    assert_eq!(body["message"], reason);
    retain(&mock, Value::Null).await;
    mock.get("secrets/versions/11").await.ok();
}

async fn it_is_locked_at_the_moment_after_the_last_day() {
    let mock = on("2026-07-11T00:00:00Z").await;
    retain(&mock, 30).await;
    mock.get("secrets/versions/11").await.ok();
    mock.control("clock", json!({"seconds": 1})).await.ok();
    let answer = mock.get("secrets/versions/11").await;
    answer.refused(403, "version_locked");
}

async fn an_older_version_is_not_put_back_whatever_else_is_wrong() {
    let mock = on("2026-07-30T00:00:00Z").await;
    retain(&mock, 30).await;
    // Of these the second needs content, and the third a proof.
    for (id, body) in [
        (11, json!({})),
        (21, json!({})),
        (21, json!({"content": "c", "key_proof": "wrong"})),
        (11, json!({"content": 7})),
    ] {
        let path = format!("secrets/versions/{id}/restore");
        mock.post(&path, body).await.refused(403, "version_locked");
    }
    let nothing = mock.post("secrets/versions/99/restore", json!({})).await;
    nothing.refused(404, "not_found");
}

async fn versions_are_deleted_and_re_encrypted_at_any_age() {
    let mock = on("2026-07-30T00:00:00Z").await;
    retain(&mock, 30).await;
    let pending = mock.post("my-vault/secrets/re-encrypt-history/pending", json!({}));
    assert_eq!(pending.await.ok()["data"][0]["id"], 21);
    let delete = mock.call("DELETE", "secrets/versions/11");
    mock.send(delete).await.status(204);
}

async fn an_organization_that_is_not_active_is_refused() {
    let mock = Mock::start().await;
    let switch = |active: bool| json!({"token": token("full"), "active": active});
    mock.control("plan", switch(false)).await.ok();
    let answer = mock.get("my-app/encryption-key").await;
    answer.refused(403, "organization_inactive");
    mock.control("plan", switch(true)).await.ok();
    mock.get("my-app/encryption-key").await.ok();
}

async fn a_plan_is_changed_member_by_member() {
    let mock = Mock::start().await;
    let change = |body: Value| async {
        let mut body = body;
        body["token"] = token("full").into();
        mock.control("plan", body).await
    };
    let says = |active: bool, days: Value| json!({"active": active, "retention_days": days});
    assert_eq!(change(json!({})).await.ok(), says(true, Value::Null));
    let short = change(json!({"retention_days": 7})).await.ok();
    assert_eq!(short, says(true, json!(7)));
    assert_eq!(change(json!({"active": false})).await.ok(), says(false, json!(7)));
    let wrong = change(json!({"retention_days": -1})).await;
    wrong.refused(400, "malformed_json");
    assert_eq!(change(json!({})).await.ok(), says(false, json!(7)));
}
