//! Organizations of their own: what tests share one mock by.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::own::{Own, ROTATE};
use super::support::{Mock, builder, claims};

claims!(
    two_hundred_tests_share_one_mock_and_see_only_their_own,
    two_hundred_mocks_are_dropped_in_one_task,
    an_organization_is_copied_as_it_was_made_or_as_it_is,
    a_name_and_a_seed_give_the_same_organization_again,
    an_organization_is_reset_and_removed_alone,
    one_that_nobody_uses_goes_away,
    a_dumped_organization_is_restored_as_it_was,
    a_state_of_another_format_is_refused_and_changes_nothing,
    a_restored_organization_draws_no_iv_again,
);

async fn two_hundred_tests_share_one_mock_and_see_only_their_own() {
    let mock = Mock::start().await;
    let tests = (0..200).map(|number| {
        let mock = &mock;
        async move {
            let own = Own::make(mock).await;
            let name = format!("shop-{number}");
            own.post("projects", json!({"name": name})).await.status(201);
            let content = format!("content of {number}");
            let store = json!({"project": name, "content": content});
            own.post("secrets/store", store).await.ok();
            own.post(&format!("{name}/encryption-key/rotate"), json!({})).await.ok();
            let listed = own.get("projects").await.ok();
            let projects = listed["data"].as_array().unwrap().iter();
            let slugs: BTreeSet<&str> =
                projects.map(|project| project["attributes"]["slug"].as_str().unwrap()).collect();
            assert_eq!(slugs, ["my-app", "my-vault", "my-new-vault", &name].into());
            let stored = own.get(&format!("{name}/secrets")).await.ok();
            let level = &stored["data"]["attributes"]["levels"]["project"];
            assert_eq!(level["content"], content.as_str());
            let seen = own.control("journal", json!({})).await.ok();
            assert_eq!(seen["count"], 5);
            own.token
        }
    });
    let tokens = futures::future::join_all(tests).await;
    assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), 200);
    // The fixture's own organization has seen nothing of them.
    assert_eq!(mock.get("projects").await.ok()["data"].as_array().unwrap().len(), 3);
}

async fn two_hundred_mocks_are_dropped_in_one_task() {
    let mut mocks = Vec::new();
    for _ in 0..200 {
        mocks.push(builder().start().await.unwrap());
    }
    let urls: BTreeSet<String> = mocks.iter().map(|mock| mock.url().to_owned()).collect();
    assert_eq!(urls.len(), 200);
    drop(mocks);
}

async fn an_organization_is_copied_as_it_was_made_or_as_it_is() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    own.post("projects", json!({"name": "new"})).await.status(201);
    for (now, count) in [(false, 3), (true, 4)] {
        let body = json!({"from": own.token, "now": now});
        let made = mock.control("organizations", body).await.status(201);
        assert_eq!(made["projects"].as_object().unwrap().len(), count, "{now}");
        let read_only = made["tokens"]["read_only"].as_str().unwrap();
        let call = mock.call("GET", "my-app/encryption-key").bearer(read_only);
        mock.send(call).await.refused(403, "insufficient_permissions");
    }
    let other = mock.server.token("seed_client").unwrap();
    let made = mock.control("organizations", json!({"from": other})).await;
    assert_eq!(made.status(201)["projects"], json!({"my-app": "client"}));
}

async fn a_name_and_a_seed_give_the_same_organization_again() {
    let mut seen = BTreeSet::new();
    for other in [false, true] {
        let mock = Mock::of(builder().seed(7)).await;
        if other {
            mock.server.isolate().unwrap();
        }
        let tenant = mock.server.isolate_named("orders").unwrap();
        let call = mock.call("POST", ROTATE).bearer(&tenant.token("full").unwrap());
        let rotated = mock.send(call).await.ok();
        let key = rotated["data"]["key"]["attributes"]["key"].clone();
        seen.insert((tenant.token("full").unwrap(), key.to_string()));
        assert!(mock.server.isolate_named("orders").is_err());
    }
    assert_eq!(seen.len(), 1);
}

async fn an_organization_is_reset_and_removed_alone() {
    let mock = Mock::start().await;
    let (one, two) = (Own::make(&mock).await, Own::make(&mock).await);
    for own in [&one, &two] {
        own.post("projects", json!({"name": "new"})).await.status(201);
    }
    one.control("reset", json!({})).await.status(204);
    one.get("new").await.refused(404, "not_found");
    two.get("new").await.ok();
    // Putting the fixture back leaves what tests made of their own.
    let (_, control) = mock.server.control().unwrap();
    mock.send(mock.call("POST", "/_mock/reset").bearer(control)).await.status(204);
    two.get("new").await.ok();
    let remove = |token: &str| {
        let body = json!({"token": token});
        mock.call("DELETE", "/_mock/organizations").bearer(control).json(body)
    };
    mock.send(remove(&one.token)).await.status(204);
    one.get("my-app").await.refused(401, "unauthenticated");
    two.get("new").await.ok();
    let fixture = mock.server.token("full").unwrap();
    mock.send(remove(&fixture)).await.invalid(&["token"]);
}

async fn one_that_nobody_uses_goes_away() {
    let mock = Mock::start().await;
    let made = mock.control("organizations", json!({"idle_seconds": 0})).await.status(201);
    let token = made["tokens"]["full"].as_str().unwrap();
    let call = mock.call("GET", "my-app").bearer(token);
    mock.send(call).await.refused(401, "unauthenticated");
}

async fn a_dumped_organization_is_restored_as_it_was() {
    let mock = Mock::of(builder().seed(1)).await;
    let own = Own::make(&mock).await;
    own.vault().await;
    own.post(ROTATE, json!({})).await.ok();
    let token = json!({"token": own.token});
    let dumped = own.control("state/dump", json!({})).await.ok();
    let seen = own.get("my-app/secrets").await.ok()["data"].clone();
    let another = Mock::of(builder().seed(2)).await;
    for target in [&mock, &another] {
        target.control("state/restore", dumped.clone()).await.ok();
        let again = target.control("state/dump", token.clone()).await.ok();
        assert_eq!(again, dumped);
        let call = target.call("GET", "my-app/secrets").bearer(&own.token);
        assert_eq!(target.send(call).await.ok()["data"], seen);
    }
    // What it holds works there: the server opens and seals again under a new key.
    let call = another.call("POST", ROTATE).bearer(&own.token);
    let rotated = another.send(call).await;
    assert_eq!(rotated.header("x-mock-warning"), "");
    rotated.ok();
    let (_, control) = mock.server.control().unwrap();
    let everything = mock.call("POST", "/_mock/state/dump").bearer(control);
    let everything = mock.send(everything).await.ok();
    assert_eq!(everything["organizations"].as_array().unwrap().len(), 4);
    another.control("state/restore", everything).await.ok();
}

async fn a_state_of_another_format_is_refused_and_changes_nothing() {
    let mock = Mock::start().await;
    let dumped = mock.control("state/dump", json!({})).await.ok();
    let change = |place: &str, value: Value| {
        let mut state = dumped.clone();
        state["organizations"][0]["active"] = json!(false);
        *state.pointer_mut(place).unwrap() = value;
        state
    };
    let project = "/organizations/2/projects/0";
    let mut coloured = dumped.clone();
    coloured["colour"] = json!("red");
    for state in [
        change("/format", json!(2)),
        change("/format", Value::Null),
        change(&format!("{project}/keys"), json!([])),
        change(&format!("{project}/secrets/0/under"), json!(9)),
        change("/organizations/2/created_at", json!("long ago")),
        coloured,
    ] {
        mock.control("state/restore", state).await.invalid(&["body"]);
    }
    mock.get("my-app").await.ok();
}

async fn a_restored_organization_draws_no_iv_again() {
    let mock = Mock::of(builder().seed(3)).await;
    let own = Own::make(&mock).await;
    let mut ivs = BTreeSet::new();
    let dumped = own.control("state/dump", json!({})).await.ok();
    for _ in 0..3 {
        mock.control("state/restore", dumped.clone()).await.ok();
        own.post(ROTATE, json!({})).await.ok();
        let stored = own.get("my-app/backend/production/secrets").await.ok();
        for (_, level) in stored["data"]["attributes"]["levels"].as_object().unwrap() {
            assert!(ivs.insert(level["content"].as_str().unwrap()[..16].to_owned()));
        }
    }
    assert_eq!(ivs.len(), 9);
}
