//! Fixture files: what they come to, and what is said of those that are wrong.

use keyproof::contract::request::SecretFormat;
use keyproof::mock::{Fixture, MockServer, Told};
use serde_json::{Value, json};

use super::support::{Answer, Call, ClientKey, FEWEST, Mock, builder, claims, descriptor};

claims!(
    a_text_is_sealed_under_the_active_key,
    versions_under_older_keys_are_pending,
    a_client_managed_key_is_proved_and_not_kept,
    a_token_can_do_what_the_file_says,
    what_the_plan_does_not_retain_is_locked,
    a_reset_goes_back_to_the_file,
    an_isolated_organization_is_a_copy_of_the_first,
    the_same_seed_gives_the_same_state,
    another_file_takes_its_place_at_once,
    every_shipped_example_is_valid_and_can_be_asked,
    mistakes_are_all_told_with_their_place_and_the_nearest_name,
    a_mistake_says_nothing_of_keys_and_texts,
    the_schema_takes_the_examples_and_refuses_a_slip,
    what_is_told_of_requests_has_no_secrets,
    a_project_has_any_format_of_the_api,
);

const EXAMPLES: [(&str, &str); 3] = [
    ("web-app", include_str!("../fixtures/mock/web-app.toml")),
    ("zero-knowledge", include_str!("../fixtures/mock/zero-knowledge.toml")),
    ("two-teams", include_str!("../fixtures/mock/two-teams.toml")),
];

fn example(name: &str) -> &'static str {
    EXAMPLES.iter().find(|(own, _)| *own == name).unwrap().1
}

async fn start(text: &str) -> Mock {
    Mock::of(builder().fixture(Fixture::parse(text).expect("a fixture"))).await
}

async fn get(mock: &Mock, path: &str) -> Answer {
    ask(mock, "GET", path, Value::Null).await
}

/// A call below the first organization, with its first token.
async fn ask(mock: &Mock, method: &str, path: &str, body: Value) -> Answer {
    let path = format!("/api/v1/{}/{path}", mock.server.organization());
    let call = Call::new(method, &path).bearer(&mock.server.tokens()[0].1);
    match body {
        Value::Null => mock.send(call).await,
        body => mock.send(call.json(body)).await,
    }
}

async fn a_text_is_sealed_under_the_active_key() {
    let mock = start(example("web-app")).await;
    let read =
        get(&mock, "shop/checkout/production/secrets?decrypt=true&merge=true&raw=true").await;
    assert_eq!(
        read.ok(),
        json!({
            "API_URL": "https://api.example.test",
            "LOG_LEVEL": "warn",
            "PAYMENT_PROVIDER": "example",
            "PAYMENT_KEY": "not-a-real-key",
        })
    );
    let key = descriptor(&get(&mock, "shop/encryption-key").await);
    assert!(key["key"].as_str().unwrap().starts_with("2f1c6a0e"));
    assert_eq!(key["key_check_iterations"], FEWEST);
}

async fn versions_under_older_keys_are_pending() {
    let mock = start(example("zero-knowledge")).await;
    let pending =
        ask(&mock, "POST", "vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    assert_eq!(pending["meta"]["remaining"], 2);
    let rows = pending["data"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["key_version"] == "1"));
    let history = get(&mock, "vault/encryption-key/history").await.ok();
    let first = &history["data"][1];
    assert_eq!(first["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(first["rotated_at"], "2026-06-01T00:00:00Z");
    let salt = first["key_check_salt"].as_str().unwrap();
    let key = ClientKey::salted("the passphrase of last year", salt, FEWEST);
    assert_eq!(first["key_check"], key.proof);
    let texts: Vec<_> =
        rows.iter().map(|row| key.open(row["content"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(texts, ["DATABASE_URL=postgres://localhost/first\n", "QUEUE=first\n"]);
}

async fn a_client_managed_key_is_proved_and_not_kept() {
    let mock = start(example("zero-knowledge")).await;
    let described = descriptor(&get(&mock, "vault/encryption-key").await);
    assert_eq!(described.get("key"), None);
    let salt = described["key_check_salt"].as_str().unwrap();
    let key = ClientKey::salted("correct horse battery staple", salt, FEWEST);
    let stored = json!({"project": "vault", "content": key.seal("A=1"), "key_proof": key.proof});
    ask(&mock, "POST", "secrets/store", stored).await.ok();
    let unproved =
        json!({"project": "old-vault", "content": key.seal("A=1"), "key_proof": key.proof});
    ask(&mock, "POST", "secrets/store", unproved).await.refused(422, "key_proof_required");
    let (_, control) = mock.server.control().unwrap();
    let dump = Call::new("POST", "/_mock/state/dump").bearer(control).json(json!({}));
    let dump = mock.send(dump).await.ok().to_string();
    assert!(!dump.contains("correct horse"), "the mock keeps the key of a client");
}

async fn a_token_can_do_what_the_file_says() {
    let mock = start(example("web-app")).await;
    let by = |name: &str, path: &str| {
        let path = format!("/api/v1/{}/{path}", mock.server.organization());
        Call::new("GET", &path).bearer(&mock.server.token(name).unwrap())
    };
    mock.send(by("page", "shop/encryption-key")).await.ok();
    mock.send(by("page", "shop/targets")).await.refused(403, "insufficient_permissions");
    mock.send(by("expired", "shop")).await.refused(401, "unauthenticated");
    let two = start(example("two-teams")).await;
    let path = format!("/api/v1/{}/theirs", two.server.other_organization().unwrap());
    let call = Call::new("GET", &path).bearer(&two.server.token("other_organization").unwrap());
    two.send(call).await.refused(403, "organization_inactive");
}

async fn what_the_plan_does_not_retain_is_locked() {
    let mock = start(example("two-teams")).await;
    let listed = ask(&mock, "POST", "secrets/versions", json!({"project": "settings"})).await.ok();
    let locked: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["attributes"]["locked"] == true)
        .collect();
    assert_eq!(locked, [false, true]);
    let id = listed["data"][1]["id"].as_str().unwrap();
    get(&mock, &format!("secrets/versions/{id}")).await.refused(403, "version_locked");
}

async fn a_reset_goes_back_to_the_file() {
    let mock = start(example("web-app")).await;
    let before = get(&mock, "shop/secrets").await.ok()["data"].clone();
    ask(&mock, "DELETE", "shop", Value::Null).await.status(204);
    let token = &mock.server.tokens()[0].1;
    mock.control("reset", json!({"token": token})).await;
    assert_eq!(get(&mock, "shop/secrets").await.ok()["data"], before);
}

async fn an_isolated_organization_is_a_copy_of_the_first() {
    let mock = start(example("web-app")).await;
    let tenant = mock.server.isolate().unwrap();
    let path = format!("/api/v1/{}/shop/encryption-key", tenant.ulid());
    mock.send(Call::new("GET", &path).bearer(&tenant.token("page").unwrap())).await.ok();
}

async fn the_same_seed_gives_the_same_state() {
    let dump = async |seed: u64| {
        let fixture = Fixture::parse(example("zero-knowledge")).unwrap();
        let clock = keyproof::mock::Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
        let mock = Mock::of(builder().seed(seed).clock(clock).fixture(fixture)).await;
        mock.control("state/dump", json!({})).await.ok()
    };
    let one = dump(7).await;
    assert_eq!(one, dump(7).await);
    assert_ne!(one, dump(8).await);
}

async fn another_file_takes_its_place_at_once() {
    let mock = start(example("web-app")).await;
    let tenant = mock.server.isolate().unwrap();
    let old = mock.server.token("full").unwrap();
    let fixture = Fixture::parse(example("two-teams")).unwrap();
    mock.server.reload(&fixture).await.unwrap();
    get(&mock, "settings/encryption-key").await.ok();
    assert_eq!(mock.server.projects()[0].slug, "settings");
    let stranger = Call::new("GET", "/api/v1/organization").bearer(&old);
    mock.send(stranger).await.refused(401, "unauthenticated");
    // What a test made for itself is nobody's fixture.
    let own = Call::new("GET", "/api/v1/organization").bearer(&tenant.token("full").unwrap());
    mock.send(own).await.ok();
}

async fn every_shipped_example_is_valid_and_can_be_asked() {
    for (name, text) in EXAMPLES {
        let mock = start(text).await;
        for project in mock.server.projects() {
            get(&mock, &format!("{}/encryption-key", project.slug)).await.ok();
            get(&mock, &format!("{}/secrets", project.slug)).await.ok();
        }
        assert!(!mock.server.projects().is_empty(), "{name}");
    }
}

/// Line, column and words of each mistake.
fn mistakes(text: &str) -> Vec<(usize, usize, String)> {
    let mistakes = Fixture::parse(text).expect_err("the text is wrong");
    let place = |offset: usize| {
        let before = &text[..offset];
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    };
    let found = mistakes.into_iter().map(|mistake| {
        let (line, column) = place(mistake.span.start);
        (line, column, mistake.message)
    });
    found.collect()
}

async fn mistakes_are_all_told_with_their_place_and_the_nearest_name() {
    let wrong = "\
[[organization]]
ulid = \"too short\"
name = \"A\"

[[organization.token]]
name = \"full\"
abilities = [\"secrets:read\"]

[[organization.project]]
name = \"App\"
custody = \"client\"

[[organization.project.target]]
name = \"backend\"

[[organization.project.secret]]
target = \"bakend\"
text = \"A=1\"
";
    let found = mistakes(wrong);
    let starts: Vec<_> = found
        .iter()
        .map(|(line, column, message)| {
            (*line, *column, message.split(':').next().unwrap_or_default().to_owned())
        })
        .collect();
    assert_eq!(
        starts,
        [
            (2, 8, "a ULID must be 26 digits and letters, without I, L, O and U".to_owned()),
            (7, 14, "`secrets".to_owned()),
            (10, 8, "a client-managed project needs a key".to_owned()),
            (17, 10, "the project has no target `bakend`; nearest".to_owned()),
        ]
    );
    assert!(found[1].2.ends_with("nearest: `secret:read`"), "{:?}", found[1]);
    assert!(found[3].2.ends_with("nearest: `backend`"), "{:?}", found[3]);
    for (text, line, column, message) in [
        ("", 1, 1, "there is no organization: begin one with [[organization]]"),
        (
            "[[organisation]]\nname = 'A'\n",
            1,
            3,
            "unknown member `organisation`; nearest: `organization` (known: organization)",
        ),
        (
            "[[organization]]\nname = 'A'\nretention = 3\n",
            3,
            1,
            "unknown member `retention`; nearest: `retention_days`",
        ),
        ("[[organization]]\nname = \n", 2, 8, ""),
        (
            "[[organization]]\nname = 'A'\nactive = 'yes'\n",
            3,
            10,
            "invalid type: string, expected a boolean",
        ),
    ] {
        let found = mistakes(text);
        assert_eq!((found[0].0, found[0].1), (line, column), "{found:?}");
        assert!(found[0].2.starts_with(message), "{found:?}");
    }
}

async fn a_mistake_says_nothing_of_keys_and_texts() {
    let base = "[[organization]]\nname = 'A'\n[[organization.token]]\nname = 'full'\nabilities = ['*']\nBEARER\n[[organization.project]]\nname = 'App'\n[[organization.project.key]]\nKEY\n[[organization.project.secret]]\nTEXT\n";
    let text = |bearer: &str, key: &str, secret: &str| {
        base.replace("BEARER", bearer).replace("KEY", key).replace("TEXT", secret)
    };
    for wrong in [
        text("bearer = 'canary canary'", "", "text = 'a'"),
        text("", "key = 'canary'\nsalt = 'canary'", "text = 'a'"),
        text("", "key = 12345678\n#canary", "text = 'a'"),
        text("", "", "text = 'canary'\ncontent = 'canary'"),
        text("", "", "text = ['canary']"),
        text("", "key = 'canary\n", "text = 'a'"),
    ] {
        for (_, _, message) in mistakes(&wrong) {
            assert!(!message.contains("canary") && !message.contains("12345678"), "{message}");
        }
    }
}

async fn the_schema_takes_the_examples_and_refuses_a_slip() {
    let schema = Fixture::schema();
    let shipped = include_str!("../fixture.schema.json");
    let shipped: Value = serde_json::from_str(shipped).unwrap();
    assert_eq!(
        shipped, schema,
        "write it again: keyproof mock --fixture-schema > suites/fixture.schema.json"
    );
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, text) in EXAMPLES {
        let json = as_json(text);
        assert!(validator.is_valid(&json), "{name}");
        let mut wrong = json.clone();
        wrong["organization"][0]["slag"] = json!("x");
        assert!(!validator.is_valid(&wrong), "{name}");
        let mut wrong = json;
        wrong["organization"][0]["project"][0]["custody"] = json!("nobody");
        assert!(!validator.is_valid(&wrong), "{name}");
    }
}

/// A TOML text as editors hold it to a JSON Schema: times are texts.
fn as_json(text: &str) -> Value {
    fn of(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => json!(text),
            toml::Value::Integer(number) => json!(number),
            toml::Value::Float(number) => json!(number),
            toml::Value::Boolean(truth) => json!(truth),
            toml::Value::Datetime(time) => json!(time.to_string()),
            toml::Value::Array(items) => items.into_iter().map(of).collect(),
            toml::Value::Table(members) => {
                members.into_iter().map(|(name, value)| (name, of(value))).collect()
            }
        }
    }
    of(toml::from_str(text).unwrap())
}

async fn what_is_told_of_requests_has_no_secrets() {
    let server = MockServer::builder().start().await.unwrap();
    let mut requests = server.requests();
    let mock = Mock { server, http: reqwest::Client::new() };
    mock.post("secrets/store", json!({"project": "my-app", "content": "canary-content"}))
        .await
        .ok();
    let Some(Told::Request(found)) = requests.next().await else {
        panic!("nothing was told");
    };
    assert_eq!(found["endpoint"], "store-secrets");
    assert_eq!(found["status"], 200);
    let text = found.to_string();
    assert!(!text.contains("canary") && !text.contains("MOCKfull"), "{text}");
}

async fn a_project_has_any_format_of_the_api() {
    for format in SecretFormat::ALL {
        let format = format.name();
        let text = format!(
            "[[organization]]\nname = \"A\"\n[[organization.token]]\nname = \"full\"\nabilities = [\"*\"]\n\
             [[organization.project]]\nname = \"shop\"\nformat = \"{format}\"\n"
        );
        let mock = start(&text).await;
        let shop = get(&mock, "shop").await.ok();
        assert_eq!(shop["data"]["attributes"]["secret_format"], format);
    }
}
