//! Rows of misbehaviour: what each operator does to an answer, which rows are refused, and where rows are kept.

use keyproof::mock::{Fixture, ReloadError, Row, StartError, TooManyRows};
use serde_json::{Value, json};

use super::own::{Own, ROTATE};
use super::process::folder;
use super::support::{Answer, Mock, builder, claims, descriptor};

claims!(
    each_operator_on_a_body_changes_the_answer,
    text_that_is_json_is_changed_inside,
    a_row_is_about_the_answers_that_it_names,
    status_and_headers_are_changed,
    the_same_is_said_in_another_form,
    a_write_is_swallowed,
    a_write_is_done_twice_and_answered_once,
    a_write_is_done_and_answered_as_refused,
    a_read_is_stale_until_its_project_is_written_again,
    what_is_wrong_with_a_row_is_said_at_its_member,
    a_call_with_a_wrong_row_changes_nothing,
    an_honest_organization_beside_it_is_not_touched,
    a_reset_goes_back_to_the_rows_of_the_fixture,
    a_copy_has_the_rows_of_what_it_is_copied_from,
    rows_are_dumped_and_put_back,
    rows_are_kept_with_the_data,
    a_fixture_is_refused_for_its_rows_too,
    the_overview_shows_rows,
    rows_are_taken_in_process,
    no_way_leads_to_more_rows_than_an_organization_can_have,
    the_journal_shows_no_text_that_a_row_has_moved,
);

impl Own<'_> {
    async fn misbehave(&self, rows: Value) -> Answer {
        self.control("settings", json!({"misbehaviour": rows})).await
    }

    async fn versions(&self) -> usize {
        let history = self.get("my-app/encryption-key/history").await.ok();
        history["data"].as_array().unwrap().len()
    }

    async fn store(&self, text: &str) -> Answer {
        let body = json!({"project": "my-app", "content": super::support::blob(text)});
        self.post("secrets/store", body).await
    }
}

/// The body of `GET my-app` with one row at a place of it.
async fn changed(own: &Own<'_>, at: &str, operator: Value) -> Value {
    let row = json!({"endpoint": "get-project", "at": at, "do": operator});
    own.misbehave(json!([row])).await.ok();
    own.get("my-app").await.ok()
}

async fn each_operator_on_a_body_changes_the_answer() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let honest = own.get("my-app").await.ok();
    let slug = "/data/attributes/slug";
    for (operator, value) in [
        (json!("null"), json!(null)),
        (json!({"set": {"a": [1]}}), json!({"a": [1]})),
        (json!("to_number"), json!(0)),
        (json!("to_boolean"), json!(true)),
        (json!("to_list"), json!(["my-app"])),
        (json!("to_object"), json!({"value": "my-app"})),
        (json!("other_case"), json!("MY-APP")),
        (json!("cut"), json!("my-")),
        (json!({"sibling": "name"}), honest["data"]["attributes"]["name"].clone()),
    ] {
        let mut expected = honest.clone();
        *expected.pointer_mut(slug).unwrap() = value;
        assert_eq!(changed(&own, slug, operator.clone()).await, expected, "{operator}");
    }
    let deleted = changed(&own, slug, json!("delete")).await;
    let mut expected = honest.clone();
    let attributes = expected["data"]["attributes"].as_object_mut().unwrap();
    attributes.shift_remove("slug");
    assert_eq!(deleted, expected);
    assert_eq!(changed(&own, "/data/none", json!("null")).await, honest);
    let text = changed(&own, "/data/attributes", json!("to_text")).await;
    let text = text["data"]["attributes"].as_str().unwrap();
    let inner: Value = serde_json::from_str(text).unwrap();
    assert_eq!(inner, honest["data"]["attributes"]);

    // Lists.
    own.post(ROTATE, json!({})).await.ok();
    let versions = async |operator: Value| {
        let row = json!({"endpoint": "get-key-history", "at": "/data", "do": operator});
        own.misbehave(json!([row])).await.ok();
        let history = own.get("my-app/encryption-key/history").await.ok();
        let versions = history["data"].as_array().unwrap().clone();
        let versions = versions.iter().map(|key| key["version"].clone());
        versions.collect::<Vec<_>>()
    };
    assert_eq!(versions(json!("cut")).await, ["3"]);
    assert_eq!(versions(json!("drop_row")).await, ["3", "2"]);
    assert_eq!(versions(json!("double_row")).await, ["3", "2", "1", "1"]);
    assert_eq!(versions(json!("reverse")).await, ["1", "2", "3"]);
    let row = json!({"endpoint": "get-key-history", "at": "/data/*/version", "do": {"add": 1}});
    own.misbehave(json!([row])).await.ok();
    let history = own.get("my-app/encryption-key/history").await.ok();
    assert_eq!(history["data"][0]["version"], "4");
    assert_eq!(history["data"][1]["version"], "3");
}

async fn text_that_is_json_is_changed_inside() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let honest = descriptor(&own.get("my-app/encryption-key").await);
    assert_eq!(honest["version"], 2);
    let at = "/data/attributes/content/@json/key/version";
    let row = json!({"endpoint": "get-encryption-key", "at": at, "do": "to_text"});
    own.misbehave(json!([row])).await.ok();
    let wrong = descriptor(&own.get("my-app/encryption-key").await);
    assert_eq!(wrong["version"], "2");
    assert_eq!(wrong["key"], honest["key"]);
}

async fn a_row_is_about_the_answers_that_it_names() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    for (when, missing, invalid) in [
        (json!("success"), true, true),
        (json!("refusal"), false, false),
        (json!("always"), false, false),
        (json!(404), false, true),
        (json!("not_found"), false, true),
        (json!(422), true, false),
    ] {
        let row = json!({"at": "/message", "do": "delete", "when": when});
        own.misbehave(json!([row])).await.ok();
        let answer = own.get("nowhere").await.status(404);
        assert_eq!(answer.get("message").is_some(), missing, "{when}");
        let answer = own.post("projects", json!({"name": 1})).await.status(422);
        assert_eq!(answer.get("message").is_some(), invalid, "{when}");
    }
}

async fn status_and_headers_are_changed() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let set = json!({"set_header": {"name": "X-Api-Version", "value": "2"}});
    let rows = json!([
        {"endpoint": "get-project", "do": {"status": 299}},
        {"endpoint": "get-project", "do": set},
        {"endpoint": "get-project", "do": {"remove_header": "X-Frame-Options"}},
        {"when": 404, "do": {"status": 410}},
    ]);
    own.misbehave(rows).await.ok();
    let answer = own.get("my-app").await;
    assert_eq!(answer.status(299)["data"]["attributes"]["slug"], "my-app");
    assert_eq!(answer.header("x-api-version"), "2");
    assert_eq!(answer.header("x-frame-options"), "");
    let other = own.get("my-app/encryption-key").await;
    assert_eq!((other.code, other.header("x-frame-options")), (200, "DENY"));
    own.get("nowhere").await.refused(410, "not_found");
}

async fn the_same_is_said_in_another_form() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let (honest, refused) = (own.get("my-app").await, own.get("nowhere").await);
    for operator in ["spaced", "escaped", "chunked"] {
        own.misbehave(json!([{"when": "always", "do": operator}])).await.ok();
        for (path, honest) in [("my-app", &honest), ("nowhere", &refused)] {
            let answer = own.get(path).await;
            assert_eq!((answer.code, answer.json()), (honest.code, honest.json()), "{operator}");
            let is_chunked = answer.header("transfer-encoding") == "chunked";
            assert_eq!(is_chunked, operator == "chunked", "{operator}");
            let is_longer = answer.header("content-length") != honest.header("content-length");
            assert!(is_longer, "{operator}");
        }
    }
    own.misbehave(json!([{"at": "/data", "do": "add_member"}])).await.ok();
    let more = own.get("my-app").await.ok();
    assert_eq!(more["data"].as_object().unwrap().len(), 4);
}

async fn a_write_is_swallowed() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let rows = json!([
        {"endpoint": "rotate-encryption-key", "do": "swallow"},
        {"endpoint": "create-project", "do": "swallow"},
        {"endpoint": "store-secrets", "do": "swallow"},
    ]);
    own.misbehave(rows).await.ok();
    let before = own.control("state/dump", json!({})).await.ok();
    let rotated = own.post(ROTATE, json!({"history_policy": "re_encrypt"}));
    assert_eq!(rotated.await.ok()["data"]["key"]["attributes"]["version"], "3");
    own.post("projects", json!({"name": "New"})).await.status(201);
    own.get("new").await.refused(404, "not_found");
    own.store("A=1").await.ok();
    // What is refused is refused.
    own.post("projects", json!({})).await.invalid(&["name"]);
    let mut after = own.control("state/dump", json!({})).await.ok();
    let drawn = "/organizations/0/drawn";
    after.pointer_mut(drawn).unwrap().clone_from(before.pointer(drawn).unwrap());
    assert_eq!(after, before);
}

async fn a_write_is_done_twice_and_answered_once() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let rows = json!([
        {"endpoint": "rotate-encryption-key", "do": "twice"},
        {"endpoint": "store-secrets", "do": "twice"},
    ]);
    own.misbehave(rows).await.ok();
    let rotated = own.post(ROTATE, json!({})).await.ok();
    assert_eq!(rotated["data"]["key"]["attributes"]["version"], "3");
    assert_eq!(own.versions().await, 4);
    let listed = async || {
        let body = json!({"project": "my-app"});
        let listed = own.post("secrets/versions", body).await.ok();
        listed["data"].as_array().unwrap().len()
    };
    let before = listed().await;
    own.store("A=1").await.ok();
    assert_eq!(listed().await, before + 2);
}

async fn a_write_is_done_and_answered_as_refused() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let rows = json!([
        {"endpoint": "rotate-encryption-key", "do": {"refuse": "rotation_in_progress"}},
    ]);
    own.misbehave(rows).await.ok();
    own.post(ROTATE, json!({})).await.refused(409, "rotation_in_progress");
    assert_eq!(own.versions().await, 3);
}

async fn a_read_is_stale_until_its_project_is_written_again() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    own.misbehave(json!([{"do": "stale"}])).await.ok();
    let version = async || descriptor(&own.get("my-app/encryption-key").await)["version"].clone();
    assert_eq!(version().await, 2);
    own.post(ROTATE, json!({})).await.ok();
    assert_eq!(version().await, 2);
    own.post(ROTATE, json!({})).await.ok();
    assert_eq!(version().await, 3);
    // A write to another project leaves this one as stale as it was.
    own.post("projects", json!({"name": "New"})).await.status(201);
    assert_eq!(version().await, 3);
    own.get("new").await.refused(404, "not_found");
    let body = json!({"project": "new", "content": super::support::blob("A=1")});
    own.post("secrets/store", body).await.ok();
    own.get("new").await.ok();
    // What was before a reset is forgotten.
    own.control("reset", json!({})).await.status(204);
    own.misbehave(json!([{"do": "stale"}])).await.ok();
    assert_eq!(version().await, 2);
    own.misbehave(json!([])).await.ok();
    assert_eq!(version().await, 2);
}

async fn what_is_wrong_with_a_row_is_said_at_its_member() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let header =
        |name: &str, value: &str| json!({"do": {"set_header": {"name": name, "value": value}}});
    for (row, member, says) in [
        (json!(1), "", "is not a row"),
        (json!({"at": "/a"}), "", "missing field `do`"),
        (json!({"do": "null", "path": "/a"}), "", "unknown member `path`"),
        (
            json!({"endpoint": "rotate-encryption-keys", "do": "twice"}),
            ".endpoint",
            "nearest: `rotate-encryption-key`",
        ),
        (json!({"at": "a", "do": "null"}), ".at", "begins with /"),
        (json!({"at": "/a~x", "do": "null"}), ".at", "~0"),
        (json!({"do": "null"}), ".at", "is required"),
        (json!({"at": "/a", "do": "twice"}), ".at", "leave it out"),
        (json!({"at": "", "do": "delete"}), ".at", "must end at"),
        (json!({"at": "/data/@json", "do": {"sibling": "a"}}), ".at", "must end at"),
        (
            json!({"endpoint": "delete-project", "at": "/data", "do": "null"}),
            ".at",
            "a 204 without a body",
        ),
        (json!({"at": "/a", "do": "to_numbr"}), ".do", "nearest: `to_number`"),
        (json!({"at": "/a", "do": "set"}), ".do", r#"needs a value: write it as {"set": 0}"#),
        (
            json!({"at": "/a", "do": {"add": "x"}}),
            ".do",
            r#"cannot have this value: write it as {"add": 1}"#,
        ),
        (json!({"at": "/a", "do": {"null": 1}}), ".do", "`null` alone: it takes no value"),
        (json!({"at": "/a", "do": 7}), ".do", "the name of an operator"),
        (json!({"do": {"status": 99}}), ".do", "a status from 200 to 599"),
        (json!({"do": {"refuse": "not_fond"}}), ".do", "nearest: `not_found`"),
        (header("a b", "x"), ".do", "none of a header"),
        (header("x-a", "\n"), ".do", "does not fit into a header"),
        (header("Content-Length", "1"), ".do", "delimits the answer"),
        (json!({"at": "/a", "do": "null", "when": "succes"}), ".when", "nearest: `success`"),
        (json!({"at": "/a", "do": "null", "when": 99}), ".when", "a status from 200 to 599"),
        (json!({"do": "twice", "when": 200}), ".when", "operators that change an answer"),
        (
            json!({"endpoint": "get-project", "do": "swallow"}),
            ".do",
            "is for writes, which get-project is not",
        ),
        (
            json!({"endpoint": "store-secrets", "do": "stale"}),
            ".do",
            "is for reads, which store-secrets is not",
        ),
    ] {
        let right = json!({"at": "/a", "do": "null"});
        let answer = own.misbehave(json!([right, row])).await;
        let member = format!("misbehaviour.1{member}");
        let body = answer.invalid(&[&member]);
        let message = body["message"].as_str().unwrap();
        let start = format!("The {member} field ");
        assert!(message.starts_with(&start), "{row}: {message}");
        assert!(message.contains(says), "{row}: {message}");
    }
    let row = json!({"at": "/a", "do": "null"});
    own.misbehave(json!(vec![row.clone(); 64])).await.ok();
    own.misbehave(json!(vec![row; 65])).await.invalid(&["misbehaviour"]);
}

async fn a_call_with_a_wrong_row_changes_nothing() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let row = json!({"endpoint": "get-project", "at": "/data", "do": "null"});
    let set = own.misbehave(json!([row])).await.ok();
    assert_eq!(set["misbehaviour"], json!([row]));
    let wrong = json!({
        "misbehaviour": [{"do": "null"}, {"do": "nul"}],
        "defects": ["rotate-keeps-key"],
    });
    own.control("settings", wrong).await.invalid(&["misbehaviour.0.at", "misbehaviour.1.do"]);
    let set = own.control("settings", json!({})).await.ok();
    assert_eq!(set["misbehaviour"], json!([row]));
    assert_eq!(set["defects"], json!([]));
    own.misbehave(json!([])).await.ok();
    assert!(own.get("my-app").await.ok()["data"].is_object());
}

async fn an_honest_organization_beside_it_is_not_touched() {
    let mock = Mock::start().await;
    let (own, other) = (Own::make(&mock).await, Own::make(&mock).await);
    let rows = json!([
        {"at": "/data", "do": "null", "when": "always"},
        {"do": {"status": 500}, "when": "always"},
        {"do": "swallow"},
    ]);
    own.misbehave(rows).await.ok();
    assert_eq!(own.get("my-app").await.status(500)["data"], Value::Null);
    assert!(other.get("my-app").await.ok()["data"].is_object());
    other.post(ROTATE, json!({})).await.ok();
    assert_eq!(other.versions().await, 3);
    mock.get("my-app").await.ok();
}

/// A fixture with one row.
const FIXTURE: &str = r#"
    [[organization]]
    name = "Acme"
    [[organization.token]]
    name = "full"
    abilities = ["*"]
    [[organization.project]]
    name = "My App"
    [[organization.misbehaviour]]
    endpoint = "get-project"
    at = "/data/id"
    do = { set = 7 }
    [[organization.misbehaviour]]
    when = 404
    do = { status = 410 }
"#;

async fn a_reset_goes_back_to_the_rows_of_the_fixture() {
    let fixture = Fixture::parse(FIXTURE).unwrap();
    let mock = Mock::of(builder().fixture(fixture)).await;
    let path = format!("/api/v1/{}/my-app", mock.server.organization());
    let token = mock.server.token("full").unwrap();
    let get = async || mock.send(mock.call("GET", &path).bearer(&token)).await.ok();
    assert_eq!(get().await["data"]["id"], 7);
    let body = json!({"token": token, "misbehaviour": []});
    mock.control("settings", body).await.ok();
    assert!(get().await["data"]["id"].is_string());
    mock.control("reset", json!({"token": token})).await.status(204);
    assert_eq!(get().await["data"]["id"], 7);
}

async fn a_copy_has_the_rows_of_what_it_is_copied_from() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let row = json!({"endpoint": "get-project", "at": "/data", "do": "null"});
    own.misbehave(json!([row])).await.ok();
    let made = mock.control("organizations", json!({"from": own.token}));
    let made = made.await.status(201);
    let token = made["tokens"]["full"].as_str().unwrap().to_owned();
    let copy = Own { mock: &mock, token };
    assert_eq!(copy.get("my-app").await.ok()["data"], Value::Null);
    copy.misbehave(json!([])).await.ok();
    copy.control("reset", json!({})).await.status(204);
    assert_eq!(copy.get("my-app").await.ok()["data"], Value::Null);
    own.control("reset", json!({})).await.status(204);
    assert!(own.get("my-app").await.ok()["data"].is_object());
}

async fn rows_are_dumped_and_put_back() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let rows = json!([
        {"endpoint": "get-project", "when": "always", "at": "/data/*/@json", "do": {"set": [null]}},
        {"endpoint": "rotate-encryption-key", "do": {"refuse": "not_found"}},
        {"do": "stale"},
    ]);
    own.misbehave(rows.clone()).await.ok();
    let dump = own.control("state/dump", json!({})).await.ok();
    assert_eq!(dump["organizations"][0]["misbehaviour"], rows);
    own.misbehave(json!([])).await.ok();
    let honest = own.control("state/dump", json!({})).await.ok();
    assert_eq!(honest["organizations"][0].get("misbehaviour"), None);
    mock.control("state/restore", dump.clone()).await.ok();
    let set = own.control("settings", json!({})).await.ok();
    assert_eq!(set["misbehaviour"], rows);
    // Into another mock, where nothing of that number is.
    let other = Mock::start().await;
    other.control("state/restore", dump.clone()).await.ok();
    assert_eq!(other.control("state/dump", json!({"token": own.token})).await.ok(), dump);
    let mut wrong = dump;
    wrong["organizations"][0]["misbehaviour"][0]["do"] = json!("nul");
    mock.control("state/restore", wrong).await.invalid(&["body"]);
}

async fn rows_are_kept_with_the_data() {
    let file = folder("misbehaviour_kept").join("mock.redb");
    let open = || Mock::of(builder().data(&file));
    let mock = open().await;
    let own = Own::make(&mock).await;
    let row = json!({"endpoint": "get-project", "at": "/data", "do": "null"});
    own.misbehave(json!([row])).await.ok();
    let made = mock.control("organizations", json!({"from": own.token}));
    let copied = made.await.status(201)["tokens"]["full"].clone();
    let token = own.token;
    mock.server.shutdown().await;
    let mock = open().await;
    let own = Own { mock: &mock, token };
    assert_eq!(own.get("my-app").await.ok()["data"], Value::Null);
    own.control("reset", json!({})).await.status(204);
    assert!(own.get("my-app").await.ok()["data"].is_object());
    let token = copied.as_str().unwrap().to_owned();
    let copy = Own { mock: &mock, token };
    copy.misbehave(json!([])).await.ok();
    copy.control("reset", json!({})).await.status(204);
    assert_eq!(copy.get("my-app").await.ok()["data"], Value::Null);
}

async fn a_fixture_is_refused_for_its_rows_too() {
    let wrong = FIXTURE.replace("/data/id", "data").replace("404", "\"soon\"");
    let mistakes = Fixture::parse(&wrong).unwrap_err();
    let messages: Vec<_> = mistakes.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("the at field must be a JSON Pointer"), "{messages:?}");
    assert!(messages[1].starts_with("the when field must be success"), "{messages:?}");
    for mistake in &mistakes {
        let place = &wrong[mistake.span.clone()];
        assert!(place.contains("misbehaviour"), "{place}");
    }
    let row = "[[organization.misbehaviour]]\nat = \"/a\"\ndo = \"null\"\n";
    let mistakes = Fixture::parse(&format!("{FIXTURE}{}", row.repeat(63))).unwrap_err();
    assert_eq!(mistakes[0].message, "the organization has more than 64 rows of misbehaviour");
}

async fn the_overview_shows_rows() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let row = json!({"endpoint": "get-project", "at": "/data", "do": "null"});
    own.misbehave(json!([row])).await.ok();
    let (_, control) = mock.server.control().unwrap();
    let overview = mock.call("GET", "/_mock/overview").bearer(control);
    let overview = mock.send(overview).await.ok();
    let organizations = overview["organizations"].as_array().unwrap();
    let rows = organizations.iter().map(|one| &one["settings"]["misbehaviour"]);
    let rows: Vec<_> = rows.filter(|rows| **rows != json!([])).collect();
    assert_eq!(rows, [&json!([row])]);
}

async fn rows_are_taken_in_process() {
    let row = |value: Value| Row::read(value).unwrap();
    let everywhere = row(json!({"endpoint": "get-project", "at": "/data/id", "do": "null"}));
    let mock = Mock::of(builder().misbehave([everywhere])).await;
    assert_eq!(mock.get("my-app").await.ok()["data"]["id"], Value::Null);
    let tenant = mock.server.isolate().unwrap();
    let own = Own { mock: &mock, token: tenant.token("full").unwrap() };
    assert_eq!(own.get("my-app").await.ok()["data"]["id"], Value::Null);
    tenant.misbehave(vec![row(json!({"do": {"status": 299}}))]).unwrap();
    assert!(own.get("my-app").await.status(299)["data"]["id"].is_string());
    let wrong = Row::read(json!({"do": "nul"})).unwrap_err();
    assert_eq!(wrong.to_string(), "the do field is no operator; nearest: `null`");
}

async fn no_way_leads_to_more_rows_than_an_organization_can_have() {
    let written = json!({"at": "/a", "do": "null"});
    let rows = |count: usize| vec![Row::read(written.clone()).unwrap(); count];
    let error = builder().misbehave(rows(65)).start().await.unwrap_err();
    assert_eq!(error.to_string(), "an organization has at most 64 rows of misbehaviour");

    // The rows of an organization of a fixture stand behind those of the mock.
    let text = "[[organization]]\nname = \"A\"\n[[organization.token]]\nname = \"full\"\nabilities = [\"*\"]\n\
                [[organization.misbehaviour]]\nat = \"/a\"\ndo = \"null\"\n";
    let fixture = Fixture::parse(text).unwrap();
    let error = builder().misbehave(rows(64)).fixture(fixture.clone()).start().await.unwrap_err();
    assert!(matches!(error, StartError::TooManyRows(_)), "{error}");
    let mock = Mock::of(builder().misbehave(rows(64))).await;
    let error = mock.server.reload(&fixture).await.unwrap_err();
    assert!(matches!(error, ReloadError::TooManyRows(_)), "{error}");

    let tenant = mock.server.isolate().unwrap();
    assert_eq!(tenant.misbehave(rows(65)), Err(TooManyRows));
    let own = Own { mock: &mock, token: tenant.token("full").unwrap() };
    let mut dump = own.control("state/dump", json!({})).await.ok();
    assert_eq!(dump["organizations"][0]["misbehaviour"], json!(vec![written.clone(); 64]));
    dump["organizations"][0]["misbehaviour"] = json!(vec![written; 65]);
    let refused = mock.control("state/restore", dump).await;
    let message = refused.invalid(&["body"])["message"].as_str().unwrap().to_owned();
    assert!(message.contains("at most 64 rows of misbehaviour"), "{message}");
}

async fn the_journal_shows_no_text_that_a_row_has_moved() {
    let mock = Mock::start().await;
    let own = Own::make(&mock).await;
    let rows = json!([
        {"endpoint": "rotate-encryption-key", "at": "/data/key/type", "do": {"sibling": "attributes"}},
        {"endpoint": "rotate-encryption-key", "at": "/data/key/type", "do": "to_text"},
    ]);
    own.misbehave(rows).await.ok();
    let rotated = own.post(ROTATE, json!({})).await.ok();
    let key = rotated["data"]["key"]["attributes"]["key"].as_str().unwrap();
    assert!(rotated["data"]["key"]["type"].as_str().unwrap().contains(key));
    let journal = own.control("journal", json!({})).await.ok();
    let answer = journal["exchanges"][0]["answer"].as_str().unwrap();
    assert!(answer.ends_with("bytes withheld>"), "{answer}");
    assert!(!journal.to_string().contains(key), "{journal}");
}
