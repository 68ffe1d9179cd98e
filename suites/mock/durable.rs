//! `--data`: what is kept, and which files are refused.

use std::path::Path;

use keyproof::mock::MockServer;
use serde_json::json;

use super::process::{Running, folder, refused};
use super::support::{Call, Direct, Mock, blob, builder, claims, token};

claims!(
    everything_is_there_after_a_stop,
    a_paused_job_goes_on_after_a_stop,
    the_clock_and_isolated_organizations_are_kept,
    what_is_deleted_stays_deleted,
    levels_keep_what_they_held_under_another_name,
    a_second_process_is_refused,
    a_stopped_mock_lets_go_of_its_file,
    a_dropped_mock_lets_go_of_its_file,
    a_file_that_is_damaged_is_refused_and_left_as_it_is,
    a_byte_that_changed_is_never_served,
    a_file_of_a_newer_version_is_refused,
    another_seed_is_refused,
    the_fixture_is_kept_with_the_file,
    only_the_owner_can_read_the_file,
    a_file_that_others_can_read_is_told_of,
    what_is_no_file_is_refused_at_once,
    a_file_in_which_nothing_was_written_is_begun,
    what_is_shown_is_kept_though_its_writer_hung_up,
);

async fn open(file: &Path) -> Mock {
    Mock::of(builder().data(file)).await
}

async fn dump(mock: &Mock) -> serde_json::Value {
    mock.control("state/dump", json!({})).await.ok()
}

/// What it holds once the job of a project is done.
async fn settled(mock: &Mock, slug: &str) -> serde_json::Value {
    let settling = async {
        loop {
            let dump = dump(mock).await;
            let mut projects = dump["organizations"][0]["projects"].as_array().unwrap().iter();
            let own = projects.find(|project| project["slug"] == slug).unwrap();
            if own["moving"] == false {
                return dump;
            }
        }
    };
    let longest = std::time::Duration::from_secs(20);
    tokio::time::timeout(longest, settling).await.expect("the job goes on")
}

/// Stops a mock and starts it again.
async fn again(mock: Mock, file: &Path) -> Mock {
    mock.server.shutdown().await;
    open(file).await
}

async fn everything_is_there_after_a_stop() {
    let file = folder("durable_all").join("mock.redb");
    let mock = open(&file).await;
    mock.post("projects", json!({"name": "New", "description": "It"})).await.status(201);
    mock.post("new/targets", json!({"name": "web"})).await.status(201);
    for text in ["A=1", "A=2", "A=3"] {
        mock.post("secrets/store", json!({"project": "new", "content": blob(text)})).await.ok();
    }
    mock.post("my-app/encryption-key/rotate", json!({})).await.ok();
    let patch =
        mock.call("PATCH", "my-vault").json(json!({"slug": "renamed", "metadata": {"a": [1]}}));
    mock.send(patch).await.ok();
    let keys = format!("/api/v1/organizations/{}/api-keys", mock.server.organization());
    let made = mock.call("POST", &keys).json(json!({"name": "ci", "abilities": ["*"]}));
    let bearer = mock.send(made).await.status(201)["token"]["token"].as_str().unwrap().to_owned();
    let before = dump(&mock).await;
    let mock = again(mock, &file).await;
    assert_eq!(dump(&mock).await, before);
    mock.send(mock.call("GET", "new").bearer(&bearer)).await.ok();
    // And it goes on from there.
    mock.post("secrets/store", json!({"project": "new", "content": blob("A=4")})).await.ok();
    let before = dump(&mock).await;
    assert_eq!(dump(&again(mock, &file).await).await, before);
}

async fn a_paused_job_goes_on_after_a_stop() {
    let file = folder("durable_job").join("mock.redb");
    let mock = open(&file).await;
    let token = token("full");
    mock.control("jobs", json!({"token": token, "paused": true})).await.ok();
    mock.post("my-app/encryption-key/rotate", json!({"history_policy": "re_encrypt"})).await.ok();
    let jobs = mock.control("jobs", json!({"token": token})).await.ok();
    assert_eq!(jobs["waiting"][0]["project"], "my-app");
    let mock = again(mock, &file).await;
    let moved = settled(&mock, "my-app").await;
    let projects = moved["organizations"][0]["projects"].as_array().unwrap();
    let own = projects.iter().find(|project| project["slug"] == "my-app").unwrap();
    let active = own["keys"].as_array().unwrap().last().unwrap()["version"].clone();
    let versions = own["versions"].as_array().unwrap();
    assert!(versions.len() > 3 && versions.iter().all(|version| version["under"] == active));
}

async fn the_clock_and_isolated_organizations_are_kept() {
    let file = folder("durable_clock").join("mock.redb");
    let mock = open(&file).await;
    let made = mock.control("organizations", json!({"name": "mine"})).await.status(201);
    let bearer = made["tokens"]["full"].as_str().unwrap().to_owned();
    mock.control("clock", json!({"set": "2030-01-01T00:00:00Z"})).await.ok();
    let own = |mock: &Mock, method: &str| mock.call(method, "my-app").bearer(&bearer);
    mock.send(own(&mock, "DELETE")).await.status(204);
    let mock = again(mock, &file).await;
    let gone = mock.send(own(&mock, "GET")).await;
    gone.refused(404, "not_found");
    assert!(gone.header("date").contains(" 2030 "), "{}", gone.header("date"));
    mock.control("reset", json!({"token": bearer})).await;
    mock.send(own(&mock, "GET")).await.ok();
}

async fn what_is_deleted_stays_deleted() {
    let file = folder("durable_gone").join("mock.redb");
    let mock = open(&file).await;
    mock.send(mock.call("DELETE", "my-app")).await.status(204);
    let purge = json!({"project": "my-vault", "scope": "project", "confirmed": true});
    mock.post("secrets/versions/purge", purge).await.ok();
    let mock = again(mock, &file).await;
    mock.get("my-app").await.refused(404, "not_found");
    let listed = mock.post("secrets/versions", json!({"project": "my-vault"})).await.ok();
    assert_eq!(listed["meta"]["total"], 0);
}

async fn a_stopped_mock_lets_go_of_its_file() {
    let file = folder("durable_let_go").join("mock.redb");
    let mock = open(&file).await;
    // What it gave away outlives it.
    let tenant = mock.server.tenant(&token("full")).unwrap();
    mock.server.shutdown().await;
    open(&file).await.get("my-app").await.ok();
    drop(tenant);
}

async fn levels_keep_what_they_held_under_another_name() {
    let file = folder("durable_renamed").join("mock.redb");
    let mock = open(&file).await;
    // All of it is in the file before.
    mock.post("projects", json!({"name": "New"})).await.status(201);
    let renamed = mock.call("PATCH", "my-app/backend").json(json!({"slug": "api"}));
    mock.send(renamed).await.ok();
    let before = dump(&mock).await;
    let mock = again(mock, &file).await;
    assert_eq!(dump(&mock).await, before);
    let level = json!({"project": "my-app", "target": "api", "environment": "production"});
    let listed = mock.post("secrets/versions", level).await.ok();
    assert_eq!(listed["meta"]["total"], 2);
}

async fn a_second_process_is_refused() {
    let file = folder("durable_twice").join("mock.redb");
    let path = file.to_str().unwrap();
    let first = Running::start(&["--listen", "127.0.0.1:0", "--data", path]);
    let stderr = refused(&["--listen", "127.0.0.1:0", "--data", path], 4);
    assert_eq!(
        stderr,
        format!(
            "keyproof: the data file {path} is in use by another process: stop that mock, or give this one a file of its own\n"
        )
    );
    first.signal("TERM");
    assert_eq!(first.end().0, Some(0));
    let next = Running::start(&["--listen", "127.0.0.1:0", "--data", path]);
    next.signal("TERM");
    assert_eq!(next.end().0, Some(0));
}

async fn a_file_that_is_damaged_is_refused_and_left_as_it_is() {
    let folder = folder("durable_damaged");
    let file = folder.join("mock.redb");
    open(&file).await.server.shutdown().await;
    let whole = std::fs::read(&file).unwrap();
    let mut head = whole.clone();
    head[..64].fill(0);
    for (name, bytes) in [
        ("text", b"[[organization]]\nname = 'a fixture, and no data file'\n".repeat(200)),
        ("short", whole[..whole.len() / 2].to_vec()),
        ("head", head),
    ] {
        let file = folder.join(name);
        std::fs::write(&file, &bytes).unwrap();
        let path = file.to_str().unwrap();
        let stderr = refused(&["--listen", "127.0.0.1:0", "--data", path], 4);
        let start =
            format!("keyproof: the data file {path} is no data file of keyproof, or was damaged (");
        assert!(stderr.starts_with(&start), "{name}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(std::fs::read(&file).unwrap() == bytes, "{name} was written to");
    }
}

async fn a_dropped_mock_lets_go_of_its_file() {
    let file = folder("durable_dropped").join("mock.redb");
    let mock = open(&file).await;
    mock.post("projects", json!({"name": "New"})).await.status(201);
    let before = dump(&mock).await;
    // Both outlive the mock: a handle to an organization, and a connection that stays open.
    let tenant = mock.server.tenant(&token("full")).unwrap();
    let Mock { server, http } = mock;
    drop(server);
    let mock = open(&file).await;
    assert_eq!(dump(&mock).await, before);
    drop((tenant, http));
}

/// Wherever a byte changes in a file that was closed in order: it is refused, or nothing of it is wrong.
async fn a_byte_that_changed_is_never_served() {
    let folder = folder("durable_bytes");
    let file = folder.join("mock.redb");
    let mock = open(&file).await;
    let before = dump(&mock).await;
    mock.server.shutdown().await;
    let whole = std::fs::read(&file).unwrap();
    let used: Vec<usize> = (0..whole.len()).filter(|place| whole[*place] != 0).collect();
    let mut refusals = 0;
    for step in 0..60 {
        let place = used[(step * 7919) % used.len()];
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        let file = folder.join(format!("{step}.redb"));
        std::fs::write(&file, &bytes).unwrap();
        match builder().data(&file).start().await {
            Err(error) => {
                refusals += 1;
                assert!(
                    error.to_string().contains("damaged") || error.to_string().contains("newer"),
                    "{error}"
                );
                assert!(std::fs::read(&file).unwrap() == bytes, "byte {place}: it was written to");
            }
            Ok(server) => {
                let http = reqwest::Client::new();
                let mock = Mock { server, http };
                assert_eq!(dump(&mock).await, before, "byte {place}");
            }
        }
        std::fs::remove_file(&file).unwrap();
    }
    // Most bytes of a file are of pages that are not in use any more.
    assert!(refusals > 5, "only {refusals} of 60 were noticed");
}

async fn a_file_of_a_newer_version_is_refused() {
    let file = folder("durable_newer").join("mock.redb");
    open(&file).await.server.shutdown().await;
    {
        let database = redb::Database::open(&file).unwrap();
        let transaction = database.begin_write().unwrap();
        let meta = redb::TableDefinition::<&str, &str>::new("meta");
        transaction.open_table(meta).unwrap().insert("format", "99").unwrap();
        transaction.open_table(meta).unwrap().insert("written_by", "9.9.9").unwrap();
        transaction.commit().unwrap();
    }
    let before = std::fs::read(&file).unwrap();
    let path = file.to_str().unwrap();
    let stderr = refused(&["--listen", "127.0.0.1:0", "--data", path], 4);
    assert_eq!(
        stderr,
        format!(
            "keyproof: the data file {path} was written by a newer keyproof (version 9.9.9, format 99; this one reads 1): update keyproof, or begin another file\n"
        )
    );
    assert!(std::fs::read(&file).unwrap() == before);
}

async fn another_seed_is_refused() {
    let file = folder("durable_seed").join("mock.redb");
    let with = |seed: u64| builder().data(&file).seed(seed).start();
    with(1).await.unwrap().shutdown().await;
    let error = with(2).await.unwrap_err().to_string();
    assert!(
        error.ends_with("was begun with another seed: leave --seed out, or begin another file"),
        "{error}"
    );
    with(1).await.unwrap().shutdown().await;
    open(&file).await.server.shutdown().await;
}

async fn the_fixture_is_kept_with_the_file() {
    let file = folder("durable_fixture").join("mock.redb");
    let text = include_str!("../fixtures/mock/web-app.toml");
    let fixture = keyproof::mock::Fixture::parse(text).unwrap();
    let server = builder().data(&file).fixture(fixture).start().await.unwrap();
    let (organization, tokens) = (server.organization(), server.tokens());
    server.shutdown().await;
    let mock = open(&file).await;
    assert_eq!((mock.server.organization(), mock.server.tokens()), (organization.clone(), tokens));
    let full = mock.server.token("full").unwrap();
    let shop =
        |method: &str| Call::new(method, &format!("/api/v1/{organization}/shop")).bearer(&full);
    mock.send(shop("DELETE")).await.status(204);
    mock.control("reset", json!({"token": full})).await;
    mock.send(shop("GET")).await.ok();
}

async fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder("durable_mode").join("mock.redb");
    let server: MockServer = builder().data(&file).start().await.unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.shutdown().await;
}

async fn a_file_that_others_can_read_is_told_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder("durable_shared").join("mock.redb");
    let path = file.to_str().unwrap();
    open(&file).await.server.shutdown().await;
    for (mode, is_warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let mock = Running::start(&["--listen", "127.0.0.1:0", "--data", path]);
        mock.signal("TERM");
        let (code, _, stderr) = mock.end();
        let warning = format!(
            "keyproof: warning: others can read the keys and tokens in {path}: chmod 600 {path}\n"
        );
        let expected = if is_warned { warning } else { String::new() };
        assert_eq!((code, stderr), (Some(0), expected));
    }
}

async fn what_is_no_file_is_refused_at_once() {
    let folder = folder("durable_kinds");
    let pipe = folder.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let socket = folder.join("socket");
    let _listens = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, what) in [
        (pipe.as_path(), "a pipe"),
        (&socket, "a socket"),
        (&folder, "a directory"),
        (Path::new("/dev/zero"), "a device"),
        (Path::new("/dev/null"), "a device"),
    ] {
        let path = path.to_str().unwrap();
        let stderr = refused(&["--listen", "127.0.0.1:0", "--data", path], 4);
        assert_eq!(
            stderr,
            format!(
                "keyproof: the data file {path} is {what}: name a file, which is begun if there is none\n"
            )
        );
    }
}

/// As `mktemp` leaves it, or a mock that was killed before it had answered anything. One with another
/// program's rows is none of ours.
async fn a_file_in_which_nothing_was_written_is_begun() {
    let folder = folder("durable_bare");
    let (empty, bare, other) = (folder.join("empty"), folder.join("bare"), folder.join("other"));
    std::fs::write(&empty, "").unwrap();
    drop(redb::Database::create(&bare).unwrap());
    for file in [&empty, &bare] {
        let mock = open(file).await;
        mock.get("my-app").await.ok();
        mock.server.shutdown().await;
    }
    let database = redb::Database::create(&other).unwrap();
    let transaction = database.begin_write().unwrap();
    let rows = redb::TableDefinition::<&str, &str>::new("rows");
    transaction.open_table(rows).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let before = std::fs::read(&other).unwrap();
    let error = builder().data(&other).start().await.unwrap_err();
    assert!(error.to_string().contains("is no data file of keyproof"), "{error}");
    assert!(std::fs::read(&other).unwrap() == before);
}

/// The disk is slow, and the client of a change goes away. Whoever is shown the change finds it in a copy of
/// the file from that moment, which is what a crash leaves.
async fn what_is_shown_is_kept_though_its_writer_hung_up() {
    let folder = folder("durable_hung_up");
    let file = folder.join("mock.redb");
    let direct = Direct::of(builder().data(&file));
    direct.get("my-app").await.ok();
    let making = Call::new("POST", "projects").json(json!({"name": "new"}));
    let mut hung = direct.begin(making).hang_up();
    let mut looking = std::pin::pin!(direct.get("new"));
    let answer = match futures::future::poll_immediate(looking.as_mut()).await {
        Some(answer) => answer,
        None => {
            hung.go_on();
            looking.await
        }
    };
    answer.ok();
    let copy = folder.join("copy.redb");
    std::fs::copy(&file, &copy).unwrap();
    let after = Direct::of(builder().data(&copy));
    after.get("new").await.ok();
}
