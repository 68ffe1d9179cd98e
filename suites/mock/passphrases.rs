//! The passphrases of a fixture: told to whoever starts the mock, and true for as long as they are told.

use keyproof::mock::{Fixture, ProjectLine};
use serde_json::{Value, json};

use super::support::{Call, ClientKey, Mock, builder, claims, token};

claims!(
    those_of_the_default_fixture_are_those_of_its_keys,
    they_hold_in_a_copy_of_the_organization,
    one_that_a_client_has_rotated_away_is_told_as_older,
    those_of_a_file_are_told_after_another_was_read,
    the_control_api_gives_one_that_is_asked_for,
);

/// The passphrases of a project, the active key's first, are those of the keys that its history shows.
async fn hold(mock: &Mock, bearer: &str, line: &ProjectLine) {
    let ulid = &bearer["dotenv_".len()..][..26];
    let path = format!("/api/v1/{ulid}/{}/encryption-key/history", line.slug);
    let history = mock.send(Call::new("GET", &path).bearer(bearer)).await.ok();
    let keys: Vec<&Value> = history["data"].as_array().unwrap().iter().collect();
    let listed = line.passphrase.iter().chain(&line.older_passphrases);
    let listed: Vec<&String> = listed.collect();
    let is_client = line.managed == "client" && line.slug != "my-new-vault";
    assert_eq!(listed.len(), if is_client { keys.len() } else { 0 }, "{line:?}");
    for (key, passphrase) in keys.iter().zip(listed) {
        let salt = key["key_check_salt"].as_str().unwrap();
        let iterations = key["key_check_iterations"].as_i64().unwrap();
        let derived = ClientKey::salted(passphrase, salt, iterations);
        assert_eq!(key["key_check"], derived.proof, "{line:?}");
    }
}

async fn those_of_the_default_fixture_are_those_of_its_keys() {
    let mock = Mock::start().await;
    let own = mock.server.projects();
    let vault = own.iter().find(|line| line.slug == "my-vault").unwrap();
    assert_eq!(
        json!(vault),
        json!({
            "slug": "my-vault", "managed": "client", "passphrase": "correct horse battery staple",
            "older_passphrases": ["an older passphrase of my-vault"],
        })
    );
    let others = mock.server.other_projects();
    assert_eq!(
        json!(others),
        json!([
            {
                "token": "seed_client", "organization": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "slug": "my-app",
                "managed": "client", "passphrase": "second passphrase of the seed client",
                "older_passphrases": ["first passphrase of the seed client"],
            },
            {
                "token": "other_organization", "organization": "01ARZ3NDEKTSV4RRFFQ69G5FAW",
                "slug": "theirs", "managed": "server",
            },
        ])
    );
    for line in &own {
        hold(&mock, &token("full"), line).await;
    }
    for other in &others {
        hold(&mock, &token(&other.token), &other.project).await;
    }
}

async fn they_hold_in_a_copy_of_the_organization() {
    let mock = Mock::start().await;
    let tenant = mock.server.isolate().unwrap();
    assert_eq!(tenant.projects(), mock.server.projects());
    for line in tenant.projects() {
        hold(&mock, &tenant.token("full").unwrap(), &line).await;
    }
    let made = mock.control("organizations", json!({})).await.status(201);
    assert_eq!(
        made["passphrases"],
        json!({"my-vault": {
            "passphrase": "correct horse battery staple",
            "older_passphrases": ["an older passphrase of my-vault"],
        }})
    );
}

async fn one_that_a_client_has_rotated_away_is_told_as_older() {
    let mock = Mock::start().await;
    let levels = mock.get("my-vault/backend/secrets").await.ok();
    let levels = levels["data"]["attributes"]["levels"].as_object().unwrap();
    let ids: Vec<&str> = levels.values().map(|one| one["id"].as_str().unwrap()).collect();
    let secrets: Vec<_> = ids.iter().map(|id| (*id, "sealed")).collect();
    let body = ClientKey::new("nobody listed it").rotation(&secrets);
    let rotated = mock.post("my-vault/secrets/rotate-client-keys", body).await;
    assert_eq!(rotated.ok()["data"]["count"], 2);
    let projects = mock.server.projects();
    let vault = projects.iter().find(|line| line.slug == "my-vault").unwrap();
    assert_eq!(vault.passphrase, None);
    assert_eq!(
        vault.older_passphrases,
        ["correct horse battery staple", "an older passphrase of my-vault"]
    );
}

async fn those_of_a_file_are_told_after_another_was_read() {
    let example = |name: &str| {
        let path = format!("{}/suites/fixtures/mock/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        Fixture::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let mock = Mock::of(builder().fixture(example("zero-knowledge"))).await;
    let tenant = mock.server.isolate().unwrap();
    let listed = mock.server.projects();
    let vault = listed.iter().find(|line| line.slug == "vault").unwrap();
    assert_eq!(vault.passphrase.as_deref(), Some("correct horse battery staple"));
    assert_eq!(vault.older_passphrases, ["the passphrase of last year"]);
    mock.server.reload(&example("web-app")).await.unwrap();
    assert_eq!(mock.server.projects()[0].passphrase, None);
    assert_eq!(tenant.projects(), listed);
}

async fn the_control_api_gives_one_that_is_asked_for() {
    let mock = Mock::start().await;
    let (_, control) = mock.server.control().unwrap();
    let call = mock.call("GET", "/_mock/overview").bearer(control);
    let overview = mock.send(call).await;
    assert!(!overview.text.contains("correct horse"), "{}", overview.text);
    let projects = &overview.ok()["organizations"][0]["projects"];
    let vault = projects.as_array().unwrap().iter().find(|one| one["slug"] == "my-vault");
    assert_eq!(vault.unwrap()["keys"][0]["has_passphrase"], true);
    for (version, passphrase) in
        [(2, "correct horse battery staple"), (1, "an older passphrase of my-vault")]
    {
        let asked = json!({"organization": 1, "project": "my-vault", "key": version});
        let revealed = mock.control("reveal", asked).await.ok();
        assert_eq!(revealed, json!({"text": passphrase}));
    }
    let asked = json!({"organization": 1, "project": "my-new-vault", "key": 1});
    mock.control("reveal", asked).await.refused(404, "not_found");
}
