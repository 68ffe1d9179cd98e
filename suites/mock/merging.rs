//! Secrets as the server reads them for its callers: decrypted, merged, as bare variables.

use keyproof::crypto::seal;
use serde_json::{Value, json};

use super::support::{Answer, Mock, claims, descriptor, server_key, token};

claims!(
    each_level_is_decrypted,
    decrypting_needs_its_own_ability,
    what_is_decrypted_is_the_same_after_a_rotation,
    a_client_managed_project_stays_sealed,
    an_opaque_level_stays_as_it_is_and_cannot_be_merged,
    the_deeper_level_wins_and_the_words_survive,
    merged_levels_are_shown_alone_or_besides,
    raw_is_nothing_but_the_variables,
    json_is_merged_member_by_member,
    a_text_that_is_not_env_is_named_by_level_and_line,
    parameters_that_exclude_each_other_are_refused,
    a_parameter_takes_its_words_only,
    retrieve_reads_decrypts_or_gives_the_key,
    retrieve_asks_for_the_ability_of_its_action,
    retrieve_finds_variables_by_name,
    retrieve_has_a_legacy_form,
    a_format_without_names_is_stored_and_read_but_not_merged,
    a_format_that_is_none_is_422,
);

const PROJECT: &str = "# All\nURL=\"https://a\" # plain\nexport CERT='one\ntwo'\nLEFT=1\n";
const TARGET: &str = "# Backend\nURL=`https://b`\n";
const ENVIRONMENT: &str = "LEFT=\"0 # not 1\"";

/// A server-managed project `app` with a target and an environment, each level holding text.
async fn with_texts(format: &str, texts: [&str; 3]) -> Mock {
    let mock = Mock::start().await;
    let project = json!({"storage_mode": "server", "secret_format": format});
    mock.project(project, "app").await;
    let make = |path: &'static str, name: &'static str| mock.post(path, json!({"name": name}));
    make("app/targets", "web").await.status(201);
    make("app/web/environments", "live").await.status(201);
    let described = descriptor(&mock.get("app/encryption-key").await);
    let key = server_key(&described);
    for (level, text) in [json!({}), json!({"target": "web"}), web_live()].into_iter().zip(texts) {
        let mut body = level;
        body["project"] = "app".into();
        body["content"] = seal(&key, text.as_bytes()).unwrap().into();
        mock.post("secrets/store", body).await.ok();
    }
    mock
}

fn web_live() -> Value {
    json!({"target": "web", "environment": "live"})
}

fn attributes(answer: &Answer) -> Value {
    answer.ok()["data"]["attributes"].clone()
}

async fn each_level_is_decrypted() {
    let mock = with_texts("env", [PROJECT, TARGET, ENVIRONMENT]).await;
    let answer = mock.get("app/web/live/secrets?decrypt=true").await;
    let read = attributes(&answer);
    assert_eq!(read["encrypted"], false);
    for (level, text) in [("project", PROJECT), ("target", TARGET), ("environment", ENVIRONMENT)] {
        assert_eq!(read["levels"][level]["content"], text);
        assert_eq!(read["levels"][level]["encrypted"], false);
    }
    assert_eq!(answer.json()["meta"]["action"], "decrypt");
    assert_eq!(answer.header("x-mock-warning"), "");
    let above = attributes(&mock.get("app/web/secrets?decrypt=1").await);
    assert!(above["levels"].get("environment").is_none());
    let sealed = attributes(&mock.get("app/secrets?decrypt=false").await);
    assert_eq!(sealed["levels"]["project"]["encrypted"], true);
    assert_ne!(sealed["levels"]["project"]["content"], PROJECT);
}

async fn decrypting_needs_its_own_ability() {
    let mock = Mock::start().await;
    let read = |query: &str, project: &str| {
        let call = mock.call("GET", &format!("{project}/secrets{query}"));
        mock.send(call.bearer(&token("read_only")))
    };
    read("", "my-app").await.ok();
    let refused = read("?decrypt=true", "my-app").await;
    let body = refused.refused(403, "insufficient_permissions");
    assert!(body["message"].as_str().unwrap().contains("secret:decrypt"));
    // The ability comes before the project.
    let refused = read("?decrypt=true", "nowhere").await;
    refused.refused(403, "insufficient_permissions");
}

async fn what_is_decrypted_is_the_same_after_a_rotation() {
    let mock = Mock::start().await;
    let read = || async {
        let mut read =
            attributes(&mock.get("my-app/backend/production/secrets?decrypt=true").await);
        assert_eq!(read["encrypted"], false);
        read["levels"].take()
    };
    let before = read().await;
    mock.post("my-app/encryption-key/rotate", json!({})).await.ok();
    assert_eq!(read().await, before);
}

async fn a_client_managed_project_stays_sealed() {
    let mock = Mock::start().await;
    let plain = attributes(&mock.get("my-vault/secrets").await);
    let answer = mock.get("my-vault/secrets?decrypt=true").await;
    assert_eq!(attributes(&answer), plain);
    let warning = answer.header("x-mock-warning");
    assert_eq!(warning, "the key is client-managed: decrypt has no effect");
    for query in ["decrypt=true&merge=true", "decrypt=true&raw=true"] {
        let answer = mock.get(&format!("my-vault/secrets?{query}")).await;
        answer.refused(400, "client_managed_encryption");
    }
}

async fn an_opaque_level_stays_as_it_is_and_cannot_be_merged() {
    let mock = with_texts("env", [PROJECT, TARGET, ENVIRONMENT]).await;
    let opaque = json!({"project": "app", "target": "web", "content": "A=plain"});
    mock.post("secrets/store", opaque).await.ok();
    let answer = mock.get("app/web/secrets?decrypt=true").await;
    let read = attributes(&answer);
    assert_eq!(read["encrypted"], true);
    assert_eq!(read["levels"]["project"]["encrypted"], false);
    assert_eq!(read["levels"]["target"]["encrypted"], true);
    assert_eq!(read["levels"]["target"]["content"], "A=plain");
    let warning = "text under no key of this project was left as it is: target";
    assert_eq!(answer.header("x-mock-warning"), warning);
    let answer = mock.get("app/web/secrets?decrypt=true&merge=true").await;
    answer.invalid(&["levels.target"]);
}

async fn the_deeper_level_wins_and_the_words_survive() {
    let mock = with_texts("env", [PROJECT, TARGET, ENVIRONMENT]).await;
    let answer = mock.get("app/web/live/secrets?decrypt=true&merge=true").await;
    let merged = "# All\nexport CERT='one\ntwo'\n# Backend\nURL=`https://b`\nLEFT=\"0 # not 1\"";
    assert_eq!(attributes(&answer)["merged"]["content"], merged);
    assert_eq!(answer.json()["meta"]["merged"], "true");
    assert!(!answer.header("x-mock-choice").is_empty());
    let above = attributes(&mock.get("app/secrets?decrypt=true&merge=true").await);
    assert_eq!(above["merged"]["content"], PROJECT);
}

async fn merged_levels_are_shown_alone_or_besides() {
    let mock = with_texts("env", [PROJECT, TARGET, ENVIRONMENT]).await;
    for (merge, levels, merged) in
        [("false", true, false), ("true", false, true), ("both", true, true)]
    {
        let answer = mock.get(&format!("app/secrets?decrypt=true&merge={merge}")).await;
        let read = attributes(&answer);
        assert_eq!(read.get("levels").is_some(), levels, "{merge}");
        assert_eq!(read.get("merged").is_some(), merged, "{merge}");
        assert_eq!(answer.json()["meta"]["merged"], merge);
    }
}

async fn raw_is_nothing_but_the_variables() {
    let mock = with_texts("env", [PROJECT, TARGET, ENVIRONMENT]).await;
    let answer = mock.get("app/web/live/secrets?decrypt=true&raw=true").await;
    let variables = json!({"URL": "https://b", "CERT": "one\ntwo", "LEFT": "0 # not 1"});
    assert_eq!(answer.ok(), variables);
}

async fn json_is_merged_member_by_member() {
    let mock = with_texts("json", [r#"{"A":1,"B":{"x":1}}"#, r#"{"B":"b"}"#, "{}"]).await;
    let answer = mock.get("app/web/live/secrets?decrypt=true&merge=true").await;
    let merged = attributes(&answer)["merged"]["content"].clone();
    let merged: Value = serde_json::from_str(merged.as_str().unwrap()).unwrap();
    assert_eq!(merged, json!({"A": 1, "B": "b"}));
    let answer = mock.get("app/secrets?decrypt=true&raw=true").await;
    assert_eq!(answer.ok(), json!({"A": "1", "B": "{\"x\":1}"}));
}

async fn a_text_that_is_not_env_is_named_by_level_and_line() {
    let mock = with_texts("env", [PROJECT, "A=1\nhunter2", "B='open"]).await;
    mock.get("app/web/live/secrets?decrypt=true").await.ok();
    let answer = mock.get("app/web/live/secrets?decrypt=true&merge=true").await;
    let body = answer.invalid(&["levels.target", "levels.environment"]);
    let message = "The level is not .env text: line 2 is neither a comment nor an assignment \
                   KEY=value with its quotes closed.";
    assert_eq!(body["message"], message);
    assert!(!answer.text.contains("hunter2") && !answer.text.contains("open"));
}

async fn parameters_that_exclude_each_other_are_refused() {
    let mock = Mock::start().await;
    for query in [
        "merge=true",
        "merge=both",
        "raw=true",
        "merge=true&raw=1",
        "decrypt=true&raw=true&merge=both",
    ] {
        let answer = mock.get(&format!("my-app/secrets?{query}")).await;
        answer.refused(422, "invalid_parameter_combination");
    }
    let plain = "my-app/secrets?decrypt=false&merge=false&raw=false&other=1";
    mock.get(plain).await.ok();
    for members in [
        json!({"merge": "true"}),
        json!({"raw": true}),
        json!({"filters": {"names": ["A"]}}),
        json!({"action": "key:retrieve", "raw": true}),
        json!({"action": "decrypt", "raw": true, "merge": "both"}),
    ] {
        let mut body = members;
        body["project"] = "my-app".into();
        let answer = mock.post("secrets/retrieve", body).await;
        answer.refused(422, "invalid_parameter_combination");
    }
}

async fn a_parameter_takes_its_words_only() {
    let mock = Mock::start().await;
    let answer = mock.get("my-app/secrets?decrypt=yes&merge=all&raw=2").await;
    answer.invalid(&["decrypt", "merge", "raw"]);
    let body = json!({
        "project": "my-app", "action": "write", "merge": "all", "raw": "true",
        "filters": {"names": "A", "search": 1},
    });
    let answer = mock.post("secrets/retrieve", body).await;
    answer.invalid(&["action", "merge", "raw", "filters.names", "filters.search"]);
}

async fn retrieve(mock: &Mock, members: Value) -> Answer {
    let mut body = web_live();
    body["project"] = "app".into();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    mock.post("secrets/retrieve", body).await
}

async fn retrieve_reads_decrypts_or_gives_the_key() {
    let mock = with_texts("env", [PROJECT, TARGET, ENVIRONMENT]).await;
    let stored = attributes(&mock.get("app/web/live/secrets").await);
    let read = retrieve(&mock, json!({"filters": {}})).await.ok();
    assert_eq!(read["data"]["attributes"], stored);
    let target = &stored["levels"]["target"]["content"];
    assert_eq!(&read["data"]["secrets"]["target"], target);

    let variables = json!({"URL": "https://b", "CERT": "one\ntwo", "LEFT": "0 # not 1"});
    let opened = retrieve(&mock, json!({"action": "decrypt"})).await.ok();
    assert_eq!(opened["data"]["secrets"], variables);
    assert_eq!(opened["data"]["attributes"]["levels"]["target"]["content"], TARGET);
    let raw = retrieve(&mock, json!({"action": "decrypt", "raw": true})).await;
    assert_eq!(raw.ok(), variables);
    let merged = retrieve(&mock, json!({"action": "decrypt", "merge": true})).await;
    let merged = attributes(&merged)["merged"]["content"].clone();
    assert!(merged.as_str().unwrap().starts_with("# All"));

    let key = retrieve(&mock, json!({"action": "key:retrieve"})).await.ok();
    assert_eq!(key, mock.get("app/encryption-key").await.ok());

    let vault = json!({"project": "my-vault", "action": "decrypt", "target": "backend"});
    let mut vault = vault;
    let sealed = mock.post("secrets/retrieve", vault.clone()).await;
    let stored = attributes(&mock.get("my-vault/backend/secrets").await);
    assert_eq!(attributes(&sealed), stored);
    assert!(!sealed.header("x-mock-warning").is_empty());
    vault["raw"] = true.into();
    let refused = mock.post("secrets/retrieve", vault).await;
    refused.refused(400, "client_managed_encryption");
}

async fn retrieve_asks_for_the_ability_of_its_action() {
    let mock = Mock::start().await;
    for (name, action, code) in [
        ("read_only", "read", 200),
        ("read_only", "decrypt", 403),
        ("read_only", "key:retrieve", 403),
        ("key_retrieve", "key:retrieve", 200),
        ("key_retrieve", "read", 403),
        ("key_rotate", "read", 403),
    ] {
        let call = mock.call("POST", "secrets/retrieve");
        let call = call.json(json!({"project": "my-app", "action": action}));
        let answer = mock.send(call.bearer(&token(name))).await;
        assert_eq!(answer.code, code, "{name} {action}");
    }
}

async fn retrieve_finds_variables_by_name() {
    let mock = with_texts("env", [PROJECT, TARGET, ENVIRONMENT]).await;
    for (filters, found) in [
        (json!({"names": ["URL", "NONE"]}), json!(["URL"])),
        (json!({"search": "e"}), json!(["CERT", "LEFT"])),
        (json!({"search": "e", "names": ["LEFT", "URL"]}), json!(["LEFT"])),
        (json!({"tags": ["x"]}), json!([])),
    ] {
        let body = json!({"action": "decrypt", "filters": filters});
        let answer = retrieve(&mock, body).await;
        let secrets = answer.ok()["data"]["secrets"].clone();
        let mut names: Vec<_> = secrets.as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(json!(names), found, "{filters}");
    }
}

async fn retrieve_has_a_legacy_form() {
    let mock = Mock::start().await;
    let path = format!("/api/v1/organizations/{}/secrets/retrieve", super::support::ULID);
    let answer = mock.post(&path, json!({"project": "my-app"})).await;
    answer.ok();
    assert_eq!(answer.header("deprecation"), "true");
}

async fn a_format_without_names_is_stored_and_read_but_not_merged() {
    for format in ["yaml", "text"] {
        let mock = with_texts(format, ["a: 1\n", "b", "c"]).await;
        let project = mock.get("app").await.ok();
        assert_eq!(project["data"]["attributes"]["secret_format"], format);
        let read = attributes(&mock.get("app/secrets?decrypt=true").await);
        assert_eq!(read["format"], format);
        assert_eq!(read["levels"]["project"]["content"], "a: 1\n");
        for query in ["merge=true", "merge=both", "raw=true"] {
            let path = format!("app/secrets?decrypt=true&{query}");
            let body = mock.get(&path).await.refused(422, "invalid_parameter_combination");
            let expected = format!(
                "This project's secret_format is {format}: merge, raw and filters are for env and json only."
            );
            assert_eq!(body["message"], expected);
        }
        let plain = retrieve(&mock, json!({"action": "decrypt"})).await.ok();
        let levels = json!({"project": "a: 1\n", "target": "b", "environment": "c"});
        assert_eq!(plain["data"]["secrets"], levels);
        assert_eq!(plain["data"]["attributes"]["encrypted"], false);
        for more in [json!({"raw": true}), json!({"filters": {"names": ["a"]}})] {
            let mut body = more;
            body["action"] = "decrypt".into();
            let answer = retrieve(&mock, body).await;
            answer.refused(422, "invalid_parameter_combination");
        }
    }
}

async fn a_format_that_is_none_is_422() {
    let mock = Mock::start().await;
    let body = json!({"name": "New", "secret_format": "toml"});
    let body = mock.post("projects", body).await.invalid(&["secret_format"]);
    let expected = "The secret_format field must be env, json, yaml or text.";
    assert_eq!(body["message"], expected);
}
