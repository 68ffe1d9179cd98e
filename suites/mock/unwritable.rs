//! A data file that cannot be written: what is answered meanwhile, and that it goes on afterwards.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::process::{Running, folder, refused};
use super::support::{Answer, Call, FEWEST, OTHER, claims};

claims!(
    a_full_disk_that_gets_room_again_is_written_again,
    a_file_that_is_moved_is_noticed_and_written_again_where_it_was,
    a_file_that_is_replaced_or_removed_acknowledges_nothing,
    a_file_that_something_else_writes_into_acknowledges_nothing,
    an_older_copy_put_back_over_the_file_acknowledges_nothing,
    a_start_that_cannot_write_says_so,
);

fn start(file: &Path) -> Running {
    let (file, fewest) = (file.to_str().unwrap(), FEWEST.to_string());
    let options = ["--listen", "127.0.0.1:0", "--limits", "off"];
    let others = ["--min-iterations", &fewest, "--data", file];
    Running::apart(&[&options[..], &others].concat())
}

async fn send(mock: &Running, call: Call) -> Answer {
    let url = mock.line["url"].as_str().unwrap();
    let sent = call.over_http(&reqwest::Client::new(), url).send();
    Answer::read(sent.await.unwrap()).await.unwrap()
}

async fn control(mock: &Running, method: &str, what: &str) -> Answer {
    let bearer = mock.line["control_token"].as_str().unwrap();
    let call = Call::new(method, &format!("/_mock/{what}"));
    send(mock, call.bearer(bearer)).await
}

async fn make(mock: &Running, slug: &str) -> Answer {
    send(mock, Call::new("POST", "projects").json(json!({"name": slug}))).await
}

async fn made(mock: &Running, slug: &str) {
    let answer = make(mock, slug).await;
    assert_eq!(answer.code, 201, "{}", answer.text);
}

async fn get(mock: &Running, path: &str) -> Answer {
    send(mock, Call::new("GET", path)).await
}

/// A request of an organization in which nothing was changed.
async fn elsewhere(mock: &Running, method: &str, path: &str) -> Answer {
    let path = format!("/api/v1/{OTHER}/{path}");
    let call = Call::new(method, &path).by("other_organization");
    let call = match method {
        "POST" => call.json(json!({"name": "another"})),
        _ => call,
    };
    send(mock, call).await
}

/// How long files of a process may be.
fn limit(mock: &Running, bytes: &str) {
    let (id, limit) = (mock.id().to_string(), format!("--fsize={bytes}:"));
    let limited = Command::new("prlimit").args(["--pid", &id, &limit]).status();
    assert!(limited.unwrap().success());
}

fn length(file: &Path) -> String {
    std::fs::metadata(file).unwrap().len().to_string()
}

/// What is refused says why.
fn is_not_kept(answer: &Answer, why: &str) {
    answer.refused(503, "not_kept");
    assert!(answer.text.contains(why), "{}", answer.text);
}

async fn is_failing(mock: &Running, why: &str) {
    let health = control(mock, "GET", "health").await;
    assert_eq!(health.code, 503, "{}", health.text);
    let report: Value = serde_json::from_str(&health.text).unwrap();
    assert_eq!(report["status"], "failing");
    assert!(health.text.contains(why), "{}", health.text);
}

async fn a_full_disk_that_gets_room_again_is_written_again() {
    let file = folder("full").join("mock.redb");
    let mut mock = start(&file);
    let mut heard = mock.heard();
    make(&mock, "acknowledged").await.status(201);
    limit(&mock, &length(&file));
    let store = |place: usize| {
        let content = format!("{place}{}", "x".repeat(1 << 20));
        let body = json!({"project": "acknowledged", "content": content});
        Call::new("POST", "secrets/store").json(body)
    };
    let mut stored = 0;
    let full = loop {
        let answer = send(&mock, store(stored)).await;
        if answer.code != 200 {
            break answer;
        }
        stored += 1;
        assert!(stored < 50, "the limit holds nobody back");
    };
    let why = "File too large";
    is_not_kept(&full, why);
    assert!(full.text.contains("takes effect once it can be written"));
    let warned = heard();
    let warning = format!("keyproof: warning: {} cannot be written: ", file.display());
    assert!(warned.starts_with(&warning) && warned.contains(why), "{warned}");
    is_failing(&mock, why).await;
    let url = mock.line["url"].as_str().unwrap();
    let ready = refused(&["ready", "--url", url], 4);
    assert!(ready.ends_with("its data file cannot be written\n"), "{ready}");
    // What is in the file is shown, and nothing else; and nothing more is changed.
    elsewhere(&mock, "GET", "theirs").await.ok();
    is_not_kept(&get(&mock, "acknowledged/secrets").await, why);
    is_not_kept(&control(&mock, "GET", "overview").await, why);
    let refusal = elsewhere(&mock, "POST", "projects").await;
    is_not_kept(&refusal, "Nothing was changed");
    is_not_kept(&control(&mock, "POST", "reset").await, "Nothing was changed");
    elsewhere(&mock, "GET", "another").await.refused(404, "not_found");
    limit(&mock, "unlimited");
    elsewhere(&mock, "POST", "projects").await.status(201);
    let report = heard();
    assert!(report.ends_with("is written again, and nothing is missing in it\n"), "{report}");
    control(&mock, "GET", "health").await.ok();
    make(&mock, "later").await.status(201);
    mock.signal("KILL");
    assert_eq!(mock.end().0, None);
    let mock = start(&file);
    get(&mock, "later").await.ok();
    elsewhere(&mock, "GET", "another").await.ok();
    let answer = get(&mock, "acknowledged/secrets").await.ok();
    let content = &answer["data"]["attributes"]["levels"]["project"]["content"];
    let current = content.as_str().unwrap().trim_end_matches('x');
    assert_eq!(current, stored.to_string(), "it took effect");
    let listed =
        send(&mock, Call::new("POST", "secrets/versions").json(json!({"project": "acknowledged"})));
    assert_eq!(listed.await.ok()["meta"]["total"], stored);
}

const MOVED: &str = "it was moved, removed or replaced while the mock ran";

async fn a_file_that_is_moved_is_noticed_and_written_again_where_it_was() {
    let file = folder("moved").join("mock.redb");
    let away = file.with_extension("away");
    let mut mock = start(&file);
    let mut heard = mock.heard();
    std::fs::rename(&file, &away).unwrap();
    is_failing(&mock, MOVED).await;
    assert!(heard().contains(MOVED));
    let before = std::fs::read(&away).unwrap();
    is_not_kept(&make(&mock, "refused").await, "Nothing was changed");
    assert!(std::fs::read(&away).unwrap() == before, "it is not written to");
    get(&mock, "my-app").await.ok();
    std::fs::rename(&away, &file).unwrap();
    make(&mock, "acknowledged").await.status(201);
    assert!(heard().contains("is written again"));
    get(&mock, "refused").await.refused(404, "not_found");
    mock.signal("KILL");
    assert_eq!(mock.end().0, None);
    get(&start(&file), "acknowledged").await.ok();
}

async fn a_file_that_is_replaced_or_removed_acknowledges_nothing() {
    for replaced in [true, false] {
        let file = folder("replaced").join("mock.redb");
        let mock = start(&file);
        let copy = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        if replaced {
            std::fs::write(&file, &copy).unwrap();
        }
        // The first is noticed as it is written.
        is_not_kept(&make(&mock, "first").await, MOVED);
        is_not_kept(&make(&mock, "second").await, "Nothing was changed");
        is_failing(&mock, MOVED).await;
        mock.signal("TERM");
        assert_eq!(mock.end().0, Some(0));
        let there = std::fs::read(&file).unwrap_or_default();
        assert!(there == if replaced { copy } else { Vec::new() });
    }
}

async fn a_file_that_something_else_writes_into_acknowledges_nothing() {
    let file = folder("foreign").join("mock.redb");
    for foreign in ["", "something else"] {
        let mock = start(&file);
        std::fs::write(&file, foreign).unwrap();
        let why = "something else wrote into it";
        is_not_kept(&make(&mock, "first").await, why);
        is_failing(&mock, why).await;
        mock.signal("TERM");
        assert_eq!(mock.end().0, Some(0));
        assert_eq!(std::fs::read(&file).unwrap(), foreign.as_bytes());
        std::fs::remove_file(&file).unwrap();
    }
}

async fn an_older_copy_put_back_over_the_file_acknowledges_nothing() {
    let file = folder("put_back").join("mock.redb");
    let mock = start(&file);
    made(&mock, "first").await;
    let copy = std::fs::read(&file).unwrap();
    made(&mock, "second").await;
    // As long as what is there, and in the same place.
    assert_eq!(copy.len() as u64, file.metadata().unwrap().len());
    std::fs::write(&file, &copy).unwrap();
    is_not_kept(&make(&mock, "third").await, "something else wrote into it");
    mock.signal("TERM");
    assert_eq!(mock.end().0, Some(0));
    assert!(std::fs::read(&file).unwrap() == copy);
    get(&start(&file), "first").await.ok();
}

async fn a_start_that_cannot_write_says_so() {
    let file = folder("full_start").join("mock.redb");
    let path = file.to_str().unwrap();
    let limited = r#"ulimit -f 1; exec "$0" mock --listen 127.0.0.1:0 --data "$1""#;
    let output = Command::new("bash")
        .args(["-c", limited, env!("CARGO_BIN_EXE_keyproof"), path])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    let why = format!("keyproof: the data file {path} cannot be ");
    assert!(stderr.starts_with(&why) && stderr.contains("File too large"), "{stderr}");
    // Nothing was answered from it, so that the next start begins it.
    get(&start(&file), "my-app").await.ok();
}
