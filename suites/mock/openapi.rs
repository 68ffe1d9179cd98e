//! The OpenAPI document says what the mock reads and what it sends.

use std::collections::BTreeSet;

use keyproof::contract::route::ROUTES;
use keyproof::suite::server::REQUEST_SCHEMAS;
use serde_json::{Value, json};

use super::support::{Call, ClientKey, FEWEST, Mock, blob, claims};

claims!(
    the_document_takes_no_token_and_is_openapi,
    every_route_stands_in_it_once_and_nothing_else,
    the_bodies_have_the_members_that_the_suite_sends,
    what_is_sent_is_what_is_described,
    what_is_refused_is_what_is_described,
    the_least_iterations_are_those_of_this_mock,
);

async fn document(mock: &Mock) -> Value {
    let call = Call::new("GET", "/openapi.json").without("authorization");
    mock.send(call).await.ok()
}

async fn the_document_takes_no_token_and_is_openapi() {
    let mock = Mock::start().await;
    let call = Call::new("GET", "/openapi.json").without("authorization");
    let answer = mock.send(call).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.ok();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(jsonschema::meta::is_valid(&json!({"$defs": document["components"]["schemas"]})));
    // It is not a route of the API.
    assert_eq!(mock.send(Call::new("POST", "/openapi.json")).await.code, 405);
}

async fn every_route_stands_in_it_once_and_nothing_else() {
    let document = document(&Mock::start().await).await;
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            let is_legacy = operation["deprecated"] == true;
            assert_eq!(name.ends_with("-legacy"), is_legacy);
            assert!(!operation["summary"].as_str().unwrap().is_empty());
            described.insert((method.to_uppercase(), path.clone(), is_legacy));
        }
    }
    let mut routes = BTreeSet::new();
    for route in ROUTES {
        let method = route.method.name().to_owned();
        routes.insert((method.clone(), route.path.to_owned(), false));
        routes.extend(route.legacy.map(|path| (method, path.to_owned(), true)));
    }
    assert_eq!(described, routes);
}

async fn the_bodies_have_the_members_that_the_suite_sends() {
    let document = document(&Mock::start().await).await;
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let members = |schema: &Value, what: &str| -> BTreeSet<String> {
        match &schema[what] {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(names) => names.iter().map(|n| n.as_str().unwrap().to_owned()).collect(),
            _ => BTreeSet::new(),
        }
    };
    for route in ROUTES {
        let Some(name) = route.request.map(|body| body.name) else {
            continue;
        };
        let mut known = REQUEST_SCHEMAS.iter();
        let (_, known) = known.find(|(known, _)| *known == name).unwrap();
        let known: Value = serde_json::from_str(known).unwrap();
        let (described, sent) =
            (members(&schemas[name], "properties"), members(&known, "properties"));
        assert!(sent.is_subset(&described), "{name}: {sent:?} of {described:?}");
        for what in ["required", "dependentRequired"] {
            let (described, sent) = (members(&schemas[name], what), members(&known, what));
            assert!(described.is_subset(&sent), "{name}: {what}: {described:?}");
        }
    }
}

/// Holds an answer to what the document says of it.
#[track_caller]
fn conforms(document: &Value, path: &str, method: &str, status: u16, body: &Value) {
    let pointer = |text: &str| text.replace('~', "~0").replace('/', "~1");
    let place = format!("/paths/{}/{method}/responses/{status}", pointer(path));
    let answer = document.pointer(&place).unwrap_or_else(|| panic!("no {place}"));
    let mut schema = answer["content"]["application/json"]["schema"].clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{method} {path} {status}: {wrong:?}\n{body}");
}

async fn what_is_sent_is_what_is_described() {
    let mock = Mock::start().await;
    let document = document(&mock).await;
    let own = "/api/v1/{organization}";
    let secret = blob("A=1");
    let stored = json!({"project": "my-app", "content": secret});
    let level = json!({"project": "my-app"});
    let made = json!({"name": "ci", "abilities": ["secret:read"]});
    let mut new = ClientKey::new("ours").project();
    new["name"] = "New".into();
    for (method, path, real, body) in [
        ("get", "/{project}/encryption-key", "my-app/encryption-key", Value::Null),
        ("get", "/{project}/encryption-key", "my-vault/encryption-key", Value::Null),
        (
            "get",
            "/{project}/encryption-key/history",
            "my-vault/encryption-key/history",
            Value::Null,
        ),
        ("post", "/{project}/encryption-key/rotate", "my-app/encryption-key/rotate", json!({})),
        (
            "post",
            "/{project}/secrets/re-encrypt-history/pending",
            "my-vault/secrets/re-encrypt-history/pending",
            json!({}),
        ),
        ("get", "/projects", "projects", Value::Null),
        ("post", "/projects", "projects", new),
        ("get", "/{project}", "my-app", Value::Null),
        ("patch", "/{project}", "my-app", json!({"description": "It", "metadata": {"a": 1}})),
        ("get", "/{project}/targets", "my-app/targets", Value::Null),
        ("post", "/{project}/targets", "my-app/targets", json!({"name": "web"})),
        ("get", "/{project}/{target}/environments", "my-app/backend/environments", Value::Null),
        (
            "post",
            "/{project}/{target}/environments",
            "my-app/web/environments",
            json!({"name": "live"}),
        ),
        ("post", "/secrets/store", "secrets/store", stored),
        ("get", "/{project}/secrets", "my-app/secrets", Value::Null),
        (
            "get",
            "/{project}/{target}/{environment}/secrets",
            "my-app/backend/production/secrets",
            Value::Null,
        ),
        (
            "post",
            "/secrets/retrieve",
            "secrets/retrieve",
            json!({"project": "my-app", "action": "key:retrieve"}),
        ),
        ("post", "/secrets/retrieve", "secrets/retrieve", json!({"project": "my-app"})),
        ("post", "/secrets/versions", "secrets/versions", level),
        ("get", "/secrets/versions/{version}", "secrets/versions/11", Value::Null),
        ("post", "/secrets/versions/{version}/restore", "secrets/versions/11/restore", json!({})),
        (
            "post",
            "/secrets/versions/purge",
            "secrets/versions/purge",
            json!({"project": "my-app", "confirmed": true}),
        ),
    ] {
        let mut call = mock.call(&method.to_uppercase(), real);
        if !body.is_null() {
            call = call.json(body);
        }
        let answer = mock.send(call).await;
        let answered = answer.json();
        conforms(&document, &format!("{own}{path}"), method, answer.code, &answered);
        assert!(answer.code < 300, "{method} {real}: {answered}");
    }
    let keys = "/api/v1/organizations/{organization}/api-keys";
    let own = format!("/api/v1/organizations/{}/api-keys", mock.server.organization());
    for (method, path, real, body) in [
        ("post", keys.to_owned(), own.clone(), made),
        ("get", keys.to_owned(), own.clone(), Value::Null),
        ("post", format!("{keys}/{{api_key}}/rotate"), format!("{own}/2/rotate"), Value::Null),
        ("get", "/api/v1/user".to_owned(), "/api/v1/user".to_owned(), Value::Null),
        ("get", "/api/v1/organization".to_owned(), "/api/v1/organization".to_owned(), Value::Null),
    ] {
        let mut call = mock.call(&method.to_uppercase(), &real);
        if !body.is_null() {
            call = call.json(body);
        }
        let answer = mock.send(call).await;
        let answered = answer.json();
        conforms(&document, &path, method, answer.code, &answered);
    }
}

async fn what_is_refused_is_what_is_described() {
    let mock = Mock::start().await;
    let document = document(&mock).await;
    let path = "/api/v1/{organization}/secrets/store";
    for (call, status) in [
        (mock.call("POST", "secrets/store").without("authorization"), 401),
        (mock.call("POST", "secrets/store").json(json!({})), 422),
        (
            mock.call("POST", "secrets/store")
                .json(json!({"project": "none", "content": blob("A=1")})),
            404,
        ),
        (
            mock.call("POST", "secrets/store")
                .json(json!({"project": "my-vault", "content": blob("A=1")})),
            422,
        ),
        (mock.call("POST", "secrets/store").header("x-api-version", "2"), 400),
    ] {
        let answer = mock.send(call).await;
        assert_eq!(answer.code, status);
        let answered = answer.json();
        conforms(&document, path, "post", status, &answered);
    }
}

async fn the_least_iterations_are_those_of_this_mock() {
    let document = document(&Mock::start().await).await;
    let body = &document["components"]["schemas"]["RotateClientKeys"];
    assert_eq!(body["properties"]["key_check_iterations"]["minimum"], FEWEST);
    assert_eq!(body["properties"]["secrets"]["items"]["required"], json!(["id", "content"]));
}
