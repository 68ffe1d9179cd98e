//! `keyproof mock` as a process: what it prints, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

use super::support::{OTHER, ULID, claims, token};

claims!(
    the_json_line_has_what_a_script_needs,
    its_log_has_a_line_a_request_and_no_secret,
    a_signal_ends_it_with_0,
    a_client_that_says_nothing_does_not_keep_it,
    idle_connections_beyond_the_soft_limit_do_not_stop_it,
    a_taken_port_is_4_with_advice,
    an_address_for_others_is_2_without_allow_remote,
    what_may_call_is_told_at_the_start,
    with_allow_remote_there_is_no_control,
    a_fixture_file_is_what_it_says,
    a_hang_up_reads_the_fixture_again_and_a_wrong_one_changes_nothing,
    a_wrong_fixture_is_2_with_its_place,
    the_file_of_the_working_directory_gives_what_the_options_leave_open,
    exec_runs_a_command_and_passes_its_code_on,
    exec_hands_a_signal_on,
    ready_is_4_where_no_mock_is,
    wrong_words_are_2,
    the_banners_curl_works,
);

pub(crate) fn keyproof(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
    command.arg("mock").args(arguments).stdin(Stdio::null());
    command
}

/// A mock that said on standard output that it accepts. Killed if the test fails.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) line: Value,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::of(keyproof(arguments))
    }

    /// Without a terminal, in a session of its own.
    pub(crate) fn apart(arguments: &[&str]) -> Self {
        let mut command = Command::new("setsid");
        command.arg(env!("CARGO_BIN_EXE_keyproof")).arg("mock");
        command.args(arguments).stdin(Stdio::null());
        Self::of(command)
    }

    /// Lines on standard error, one by one.
    pub(crate) fn heard(&mut self) -> impl FnMut() -> String + use<> {
        let mut stderr = BufReader::new(self.child.stderr.take().unwrap());
        move || {
            let mut line = String::new();
            stderr.read_line(&mut line).unwrap();
            line
        }
    }

    pub(crate) fn of(mut command: Command) -> Self {
        command.args(["--json", "--with-parent"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let line = serde_json::from_str(&line).expect("one line of JSON");
        Self { child, out, line }
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code, and what was still to come on both outputs.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        let code = self.child.wait().unwrap().code();
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut err).unwrap();
        }
        (code, out, err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already over, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn refused(arguments: &[&str], code: i32) -> String {
    let Output { status, stdout, stderr } = keyproof(arguments).output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{arguments:?}: {text}");
    assert!(stdout.is_empty());
    text
}

async fn the_json_line_has_what_a_script_needs() {
    let mock = Running::start(&["--listen", "127.0.0.1:0"]);
    let line = mock.line.clone();
    let mut members: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "console_url",
            "control_token",
            "control_url",
            "organization",
            "other_organization",
            "other_projects",
            "projects",
            "tokens",
            "url",
        ]
    );
    let url = line["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with('/'), "{url}");
    assert_eq!(line["organization"], ULID);
    assert_eq!(line["other_organization"], OTHER);
    let mut projects: Vec<_> =
        line["projects"].as_array().unwrap().iter().map(Value::to_string).collect();
    projects.sort_unstable();
    assert_eq!(
        projects,
        [
            r#"{"slug":"my-app","managed":"server"}"#,
            r#"{"slug":"my-new-vault","managed":"client"}"#,
            r#"{"slug":"my-vault","managed":"client","passphrase":"correct horse battery staple","older_passphrases":["an older passphrase of my-vault"]}"#,
        ]
    );
    assert_eq!(
        line["other_projects"][0].to_string(),
        format!(
            r#"{{"token":"seed_client","organization":"{ULID}","slug":"my-app","managed":"client","passphrase":"second passphrase of the seed client","older_passphrases":["first passphrase of the seed client"]}}"#
        )
    );
    let tokens = line["tokens"].as_object().unwrap();
    let names = [
        "full",
        "read_only",
        "key_retrieve",
        "key_rotate",
        "expired",
        "seed_client",
        "other_organization",
    ];
    assert_eq!(tokens.len(), names.len());
    for name in names {
        assert_eq!(tokens[name], token(name));
    }
    let health = format!("{}/health", line["control_url"].as_str().unwrap());
    assert_eq!(reqwest::get(&health).await.unwrap().status(), 200);
    let hold = format!("{}/hold", line["control_url"].as_str().unwrap());
    let slow = reqwest::Client::new()
        .post(hold)
        .bearer_auth(line["control_token"].as_str().unwrap())
        .body(format!(r#"{{"token":"{}","project":"my-app"}}"#, token("full")))
        .send();
    assert_eq!(slow.await.unwrap().status(), 200);
    mock.signal("TERM");
    let (code, out, err) = mock.end();
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "", ""));
}

/// What is asked of it, and answered, is in no log: neither token nor key nor content.
async fn its_log_has_a_line_a_request_and_no_secret() {
    for log in ["off", "text", "json"] {
        let mock = Running::start(&["--listen", "127.0.0.1:0", "--log", log]);
        let url = mock.line["url"].as_str().unwrap().to_owned();
        let client = reqwest::Client::new();
        let mut answers = String::new();
        let asked = ["my-app/encryption-key", "my-app/secrets", "my-app/encryption-key/rotate"];
        for path in asked {
            for method in [reqwest::Method::GET, reqwest::Method::POST] {
                let call = client.request(method, format!("{url}/api/v1/{ULID}/{path}"));
                let call = call.bearer_auth(token("full")).send().await.unwrap();
                answers.push_str(&call.text().await.unwrap());
            }
        }
        let (_, key) = answers.split_once("\\\"key\\\":\\\"").unwrap();
        let key = &key[..16];
        mock.signal("TERM");
        let (code, out, err) = mock.end();
        assert_eq!((code, out.as_str()), (Some(0), ""));
        for secret in [&token("full")[7..], "MOCKfull", key] {
            assert!(!err.contains(secret) || ULID.contains(secret), "{err}");
        }
        let lines: Vec<_> = err.lines().collect();
        match log {
            "off" => assert_eq!(lines, [""; 0]),
            "text" => {
                assert_eq!(lines.len(), 7, "{err}");
                let refused = format!(
                    " 405 POST /api/v1/{ULID}/my-app/encryption-key  route: method_not_allowed"
                );
                assert!(lines[1].contains(&refused), "{err}");
                // The last requests may still be told of after it.
                let stopping = "keyproof: stopping: what was asked is answered first";
                assert!(lines.contains(&stopping), "{err}");
            }
            _ => {
                let entries = lines.iter().map(|line| serde_json::from_str(line).unwrap());
                let entries: Vec<Value> = entries.collect();
                assert_eq!(entries.len(), 6);
                assert_eq!(entries[0]["endpoint"], "get-encryption-key");
            }
        }
    }
}

async fn a_signal_ends_it_with_0() {
    for name in ["TERM", "INT"] {
        let mock = Running::start(&["--listen", "127.0.0.1:0"]);
        // A connection that stays open after an answer.
        let url = format!("{}/_mock/health", mock.line["url"].as_str().unwrap());
        let client = reqwest::Client::new();
        client.get(url).send().await.unwrap().bytes().await.unwrap();
        mock.signal(name);
        assert_eq!(mock.end().0, Some(0), "{name}");
    }
}

async fn a_client_that_says_nothing_does_not_keep_it() {
    let sent = [
        "",
        "GET /_mock/hea",
        "POST /_mock/reset HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
    ];
    let mut mocks = Vec::new();
    for sent in sent {
        let mock = Running::start(&["--listen", "127.0.0.1:0"]);
        let url = mock.line["url"].as_str().unwrap();
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        // Once a later connection was answered, the earlier one is accepted.
        reqwest::get(format!("{url}/_mock/health")).await.unwrap();
        mock.signal("TERM");
        mocks.push((sent, mock, stream));
    }
    for (sent, mock, stream) in mocks {
        assert_eq!(mock.end().0, Some(0), "{sent:?}");
        drop(stream);
    }
}

async fn idle_connections_beyond_the_soft_limit_do_not_stop_it() {
    let mut command = Command::new("bash");
    let limited = r#"ulimit -Sn 64 && exec "$0" mock "$@""#;
    let words = ["-c", limited, env!("CARGO_BIN_EXE_keyproof")];
    command.args(words).args(["--listen", "127.0.0.1:0"]);
    let mock = Running::of(command);
    let url = mock.line["url"].as_str().unwrap().to_owned();
    let address = url.strip_prefix("http://").unwrap();
    let idle: Vec<_> = (0..300).map(|_| TcpStream::connect(address).unwrap()).collect();
    let health = reqwest::get(format!("{url}/_mock/health")).await.unwrap();
    assert_eq!(health.status(), 200);
    drop(idle);
}

async fn a_taken_port_is_4_with_advice() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = refused(&["--listen", &address, "--json"], 4);
    let start = format!("keyproof: cannot listen on {address}: ");
    assert!(text.starts_with(&start), "{text}");
    assert!(text.contains("something else listens there"), "{text}");
    assert!(text.contains("--listen 127.0.0.1:PORT"), "{text}");
}

async fn an_address_for_others_is_2_without_allow_remote() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let text = refused(&["--listen", address], 2);
        assert!(text.contains("--allow-remote"), "{text}");
    }
}

async fn what_may_call_is_told_at_the_start() {
    for (option, value) in [
        ("--allow-origin", "http://app.example/"),
        ("--allow-origin", "*"),
        ("--allow-origin", "null"),
        ("--allow-origin", "localhost:3000"),
        ("--allow-host", "http://mock.test"),
        ("--allow-host", "mock.test:4747"),
        ("--allow-host", ""),
    ] {
        let text = refused(&[option, value, "--listen", "127.0.0.1:0"], 2);
        assert!(text.contains(option), "{text}");
    }
    let mock = Running::start(&[
        "--listen",
        "127.0.0.1:0",
        "--allow-origin",
        "tauri://localhost",
        "--allow-origin",
        "http://192.168.0.7:5173",
        "--allow-host",
        "mock.test",
    ]);
    let url = format!("{}/openapi.json", mock.line["url"].as_str().unwrap());
    for origin in ["tauri://localhost", "http://192.168.0.7:5173"] {
        let call = reqwest::Client::new().get(&url).header("origin", origin);
        let answer = call.header("host", "mock.test").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["access-control-allow-origin"], origin);
    }
    mock.signal("TERM");
    assert_eq!(mock.end().0, Some(0));
}

async fn with_allow_remote_there_is_no_control() {
    let mock = Running::start(&["--listen", "0.0.0.0:0", "--allow-remote"]);
    assert_eq!(mock.line["control_url"], Value::Null);
    assert_eq!(mock.line["control_token"], Value::Null);
    let port = mock.line["url"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let call = format!("http://127.0.0.1:{port}/_mock/reset");
    let answer = reqwest::Client::new().post(call).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    mock.signal("TERM");
    assert_eq!(mock.end().0, Some(0));
}

/// An empty folder of that name.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mock").join(name);
    // There is none yet on the first run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn shipped(name: &str) -> String {
    format!("{}/suites/fixtures/mock/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

async fn a_fixture_file_is_what_it_says() {
    let options = ["--listen", "127.0.0.1:0", "--min-iterations", "1000", "--fixture"];
    let mock = Running::start(&[&options[..], &[&shipped("web-app")]].concat());
    let line = &mock.line;
    assert_eq!(line["other_organization"], Value::Null);
    assert_eq!(line["projects"][0]["slug"], "shop");
    let names: Vec<_> = line["tokens"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["full", "page", "expired"]);
    let script =
        "echo $KEYPROOF_ORG,$KEYPROOF_TOKEN_EXPIRED,$KEYPROOF_TOKEN_READ_ONLY,$KEYPROOF_OTHER_ORG";
    let web_app = shipped("web-app");
    let exec = [&["exec"], &options[2..], &[&web_app, "--", "sh", "-c", script]].concat();
    let output = keyproof(&exec).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (organization, expired) =
        (line["organization"].as_str().unwrap(), line["tokens"]["expired"].as_str().unwrap());
    assert_eq!(text, format!("{organization},{expired},,\n"));
}

async fn a_hang_up_reads_the_fixture_again_and_a_wrong_one_changes_nothing() {
    let folder = folder("hang_up");
    let file = folder.join("own.toml");
    let path = file.to_str().unwrap();
    let fixture = |slug: &str| {
        format!(
            "[[organization]]\nulid = '01J0000000000000000WEBAPP1'\nname = 'A'\n[[organization.token]]\nname = 'full'\nabilities = ['*']\n[[organization.project]]\nname = '{slug}'\n"
        )
    };
    std::fs::write(&file, fixture("first")).unwrap();
    let mut mock = Running::apart(&["--listen", "127.0.0.1:0", "--fixture", path]);
    let mut heard = mock.heard();
    let base = format!(
        "{}/api/v1/{}",
        mock.line["url"].as_str().unwrap(),
        mock.line["organization"].as_str().unwrap()
    );
    let bearer = mock.line["tokens"]["full"].as_str().unwrap().to_owned();
    let status = async |slug: &str| {
        let call = reqwest::Client::new().get(format!("{base}/{slug}"));
        call.bearer_auth(&bearer).send().await.unwrap().status().as_u16()
    };
    assert_eq!((status("first").await, status("second").await), (200, 404));
    std::fs::write(&file, fixture("second")).unwrap();
    mock.signal("HUP");
    assert_eq!(heard(), format!("keyproof: {path} was read again\n"));
    assert_eq!((status("first").await, status("second").await), (404, 200));
    std::fs::write(&file, fixture("third").replace("abilities", "abilites")).unwrap();
    mock.signal("HUP");
    let report = heard();
    let wrong = format!(
        "keyproof: warning: nothing has changed: {path}:6:1: unknown member `abilites`; nearest: `abilities`"
    );
    assert!(report.starts_with(&wrong), "{report}");
    assert_eq!((status("second").await, status("third").await), (200, 404));
}

async fn a_wrong_fixture_is_2_with_its_place() {
    let folder = folder("wrong_fixture");
    let file = folder.join("own.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "[[organization]]\nulid = 'x'\nname = 'A'\n").unwrap();
    let expected = format!(
        "keyproof: 2 mistakes\n  {path}:1:1: the organization `A` has no token, so that nobody can ask for it: add one with [[organization.token]]\n  {path}:2:8: a ULID must be 26 digits and letters, without I, L, O and U\n"
    );
    for arguments in [
        &["--check-fixture", path][..],
        &["--listen", "127.0.0.1:0", "--fixture", path],
        &["exec", "--fixture", path, "--", "true"],
    ] {
        assert_eq!(refused(arguments, 2), expected);
    }
    let absent = refused(&["--check-fixture", "no-such.toml"], 2);
    assert!(absent.starts_with("keyproof: the fixture no-such.toml cannot be read: "), "{absent}");
    let right = keyproof(&["--check-fixture", &shipped("two-teams")]).output().unwrap();
    assert_eq!(right.status.code(), Some(0));
    let printed = keyproof(&["--fixture-schema"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(schema, keyproof::mock::Fixture::schema());
}

async fn the_file_of_the_working_directory_gives_what_the_options_leave_open() {
    let folder = folder("config");
    let fixture = shipped("two-teams");
    let write = |text: &str| std::fs::write(folder.join("keyproof.toml"), text).unwrap();
    let run = |arguments: &[&str]| {
        let output = keyproof(arguments).current_dir(&folder).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    write(&format!(
        "[mock]\nfixture = '{fixture}'\nseed = 3\nlimits = 'off'\nmin_iterations = 1000\nvariant = ['sliding-windows']\n"
    ));
    let (code, printed, stderr) =
        run(&["exec", "--seed", "4", "--", "sh", "-c", "echo $KEYPROOF_ORG"]);
    assert_eq!((code, printed.as_str()), (Some(0), "01J0000000000000000TEAM001\n"), "{stderr}");
    assert_eq!(stderr, "keyproof: keyproof.toml gives fixture, limits, min_iterations, variant\n");
    for (text, says) in [
        (
            "[mock]\nlimit = 'off'\n",
            "keyproof: keyproof.toml:2:1: unknown member `limit`; nearest: `limits`",
        ),
        (
            "[mock]\nlisten = '0.0.0.0:1'\n",
            "keyproof: keyproof.toml: listen = \"0.0.0.0:1\" can be reached from other machines",
        ),
        (
            "[mock]\ndefect = ['tokens-never-expires']\n",
            "keyproof: keyproof.toml:2:11: unknown word `tokens-never-expires`; nearest: `tokens-never-expire`",
        ),
        ("[moc]\n", "keyproof: keyproof.toml:1:2: unknown member `moc`; nearest: `mock`"),
    ] {
        write(text);
        let (code, _, stderr) = run(&["exec", "--", "true"]);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.starts_with(says), "{stderr}");
    }
}

/// What `mock exec` makes of a command of the shell: its code, and what it printed.
fn exec(script: &str) -> (Option<i32>, String) {
    let output = keyproof(&["exec", "--seed", "7", "--", "sh", "-c", script])
        .env("KEYPROOF_TOKEN_FILE", "/of/another/target")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text)
}

async fn exec_runs_a_command_and_passes_its_code_on() {
    assert_eq!(exec("exit 7").0, Some(7));
    assert_eq!(exec("kill -KILL $$").0, Some(137));
    let script = r#"
        test -z "$KEYPROOF_TOKEN_FILE" || exit 9
        "$0" mock ready --url "$DOTENV_API_URL" || exit 8
        echo "$KEYPROOF_ORG $DOTENV_ORGANIZATION $KEYPROOF_CONTROL_URL $DOTENV_API_KEY"
    "#;
    let script = script.replace("\"$0\"", env!("CARGO_BIN_EXE_keyproof"));
    let (code, printed) = exec(&script);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains(&format!("{ULID} {ULID} http://127.0.0.1:")), "{printed}");
    assert!(printed.contains(&token("full")), "{printed}");
    let output = keyproof(&["exec", "--", "no-such-command"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

async fn exec_hands_a_signal_on() {
    let mut child = keyproof(&[
        "exec",
        "--",
        "sh",
        "-c",
        "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "up\n");
    let process = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

async fn ready_is_4_where_no_mock_is() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let ready = |url: &str| keyproof(&["ready", "--wait", "0", "--url", url]).output().unwrap();
    let output = ready(&url);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.ends_with("within 0 s: nothing answers there\n"), "{stderr}");
    assert_eq!(ready("somewhere").status.code(), Some(2));
}

async fn wrong_words_are_2() {
    let rows: [&[&str]; 8] = [
        &["--listen", "nowhere"],
        &["--listen", ""],
        &["--limits", "some"],
        &["--seed", "-1"],
        &["--min-iterations", "0"],
        &["--min-iterations", "4294967296"],
        &["--defect", "no-such"],
        &["--colour"],
    ];
    for arguments in rows {
        refused(arguments, 2);
    }
}

async fn the_banners_curl_works() {
    let mut command = keyproof(&["--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut banner = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("Accept: application/json") {
        assert_ne!(banner.read_line(&mut text).unwrap(), 0, "{text}");
    }
    let (_, command) = text.split_once("curl ").unwrap();
    let url = command.split_whitespace().next().unwrap();
    let bearer = command.split('\'').nth(1).unwrap().strip_prefix("Authorization: ").unwrap();
    let request = reqwest::Client::new().get(url).header("authorization", bearer);
    let status = request.send().await.unwrap().status();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status, 200);
}
