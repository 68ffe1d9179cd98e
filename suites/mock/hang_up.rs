//! SIGHUP: a terminal that closes ends a mock in order; without one it reads the fixture again, and nothing
//! over what is in a data file.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use keyproof::mock::Fixture;
use serde_json::Value;

use super::process::{Running, folder};
use super::support::{builder, claims};

claims!(
    a_terminal_that_closes_ends_it_in_order,
    without_a_terminal_nothing_of_a_data_file_is_replaced,
    one_that_is_to_outlive_its_terminal_does,
    no_reload_replaces_what_is_in_a_data_file,
);

const KEYPROOF: &str = env!("CARGO_BIN_EXE_keyproof");

fn fixture(folder: &Path) -> String {
    let file = folder.join("own.toml");
    let text = "[[organization]]\nulid = '01J0000000000000000WEBAPP1'\nname = 'A'\n[[organization.token]]\nname = 'full'\nbearer = 'mine'\nabilities = ['*']\n[[organization.project]]\nname = 'first'\n";
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// The status of a request for a project; makes it, by POST.
async fn status(line: &Value, method: &str, slug: &str) -> u16 {
    let base = format!("{}/api/v1/01J0000000000000000WEBAPP1", line["url"].as_str().unwrap());
    let http = reqwest::Client::new();
    let call = match method {
        "POST" => http
            .post(format!("{base}/projects"))
            .header("content-type", "application/json")
            .body(format!(r#"{{"name":"{slug}"}}"#)),
        _ => http.get(format!("{base}/{slug}")),
    };
    let answer = call.bearer_auth("mine").send().await.unwrap();
    answer.status().as_u16()
}

async fn a_terminal_that_closes_ends_it_in_order() {
    let folder = folder("terminal");
    let (pipe, data) = (folder.join("said"), folder.join("mock.redb"));
    let fixture = fixture(&folder);
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let (stderr, file) = (pipe.to_str().unwrap(), data.to_str().unwrap());
    let command = format!(
        "exec 2> '{stderr}'; exec '{KEYPROOF}' mock --listen 127.0.0.1:0 --json --log text --fixture '{fixture}' --data '{file}'"
    );
    let mut terminal = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = std::fs::File::open(&pipe).unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(terminal.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(status(&line, "POST", "second").await, 201);
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    // Its end is the end of what it says.
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    let stopping = "keyproof: stopping: what was asked is answered first";
    assert!(text.lines().any(|line| line == stopping), "{text}");
    let again = Running::start(&["--listen", "127.0.0.1:0", "--data", file]);
    assert_eq!(status(&again.line, "GET", "second").await, 200);
}

async fn without_a_terminal_nothing_of_a_data_file_is_replaced() {
    let folder = folder("hang_up_data");
    let fixture = fixture(&folder);
    let data = folder.join("mock.redb");
    let data = data.to_str().unwrap();
    let options = ["--listen", "127.0.0.1:0", "--fixture", &fixture, "--data", data];
    // The second time the file is there already.
    for (slug, made) in [("second", 201), ("third", 201)] {
        let mut mock = Running::apart(&options);
        let mut heard = mock.heard();
        assert_eq!(status(&mock.line, "POST", slug).await, made);
        mock.signal("HUP");
        assert_eq!(
            heard(),
            format!(
                "keyproof: SIGHUP: nothing has changed, for no fixture replaces what is in {data}\n"
            )
        );
        assert_eq!(status(&mock.line, "GET", "second").await, 200);
        mock.signal("KILL");
        assert_eq!(mock.end().0, None);
    }
    let mock = Running::apart(&options);
    for slug in ["first", "second", "third"] {
        assert_eq!(status(&mock.line, "GET", slug).await, 200, "{slug}");
    }
}

async fn one_that_is_to_outlive_its_terminal_does() {
    let fixture = fixture(&folder("nohup"));
    let mut command = Command::new("nohup");
    command.args([KEYPROOF, "mock", "--listen", "127.0.0.1:0"]);
    command.args(["--fixture", &fixture]).stdin(Stdio::null());
    let mock = Running::of(command);
    assert_eq!(status(&mock.line, "POST", "second").await, 201);
    mock.signal("HUP");
    // What came after the signal is answered, and what came before it is there.
    assert_eq!(status(&mock.line, "GET", "second").await, 200);
    mock.signal("TERM");
    let (code, _, stderr) = mock.end();
    assert_eq!((code, stderr.contains("read again")), (Some(0), false), "{stderr}");
}

async fn no_reload_replaces_what_is_in_a_data_file() {
    let file = folder("reload").join("mock.redb");
    let mock = builder().data(&file).start().await.unwrap();
    let other = Fixture::parse(include_str!("../fixtures/mock/web-app.toml")).unwrap();
    let organization = mock.organization();
    let refused = mock.reload(&other).await.unwrap_err();
    assert_eq!(refused.to_string(), "what is in a data file is not replaced by a fixture");
    assert_eq!(mock.organization(), organization);
    mock.shutdown().await;
}
