//! A control token that the user chose: who may use it, and where it is not repeated.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::process::{Running, folder, keyproof};
use super::support::claims;

claims!(
    it_is_taken_from_a_file_or_the_environment,
    a_flag_wins_over_the_environment,
    a_wrong_one_is_2_and_not_repeated,
    the_banner_does_not_repeat_it,
    other_machines_may_use_it_and_nobody_without_it,
    exec_takes_it_and_hands_it_on,
);

const TOKEN: &str = "one-token-for-the-mock-and-its-tests";
const VARIABLE: &str = "KEYPROOF_CONTROL_TOKEN";
const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];

fn file(name: &str, text: &str) -> String {
    // A folder of its own: making one empties it.
    let file = folder(&format!("control_token_{name}")).join("token");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

async fn reset(control: &str, token: &str) -> u16 {
    let call = reqwest::Client::new().post(format!("{control}/reset"));
    let answer = call.bearer_auth(token).send().await.unwrap();
    answer.status().as_u16()
}

async fn it_is_taken_from_a_file_or_the_environment() {
    let file = file("by_file", &format!("{TOKEN}\n"));
    for (variable, value, option) in [
        (VARIABLE, TOKEN, None),
        ("KEYPROOF_CONTROL_TOKEN_FILE", file.as_str(), None),
        ("KEYPROOF_TEST_NOTHING", "x", Some(file.as_str())),
    ] {
        let mut mock = keyproof(&LISTEN);
        mock.env(variable, value);
        if let Some(file) = option {
            mock.args(["--control-token-file", file]);
        }
        let mock = Running::of(mock);
        assert_eq!(mock.line["control_token"], TOKEN);
        let control = mock.line["control_url"].as_str().unwrap();
        assert_eq!(reset(control, TOKEN).await, 204);
        assert_eq!(reset(control, &TOKEN.to_uppercase()).await, 403);
    }
}

async fn a_flag_wins_over_the_environment() {
    let file = file("flag", TOKEN);
    let mut mock = keyproof(&LISTEN);
    mock.args(["--control-token-file", &file]).env(VARIABLE, "too short");
    assert_eq!(Running::of(mock).line["control_token"], TOKEN);
}

async fn a_wrong_one_is_2_and_not_repeated() {
    for wrong in [
        &TOKEN[..31],
        "one token for the mock and its tests, with spaces",
        "one-token-for-the-mock-and-its-tést",
        "one-token-for-the-mock\nand-its-tests-",
    ] {
        let file = file("wrong", wrong);
        for (variable, option) in [(Some(wrong), None), (None, Some(file.as_str()))] {
            let mut mock = keyproof(&LISTEN);
            mock.args(option.into_iter().flat_map(|file| ["--control-token-file", file]));
            mock.envs(variable.map(|value| (VARIABLE, value)));
            let output = mock.output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{stderr}");
            assert!(
                stderr.ends_with("needs 32 characters or more, each a visible one of ASCII\n"),
                "{stderr}"
            );
            assert!(!stderr.contains("mock-and") && !stderr.contains("one-token"), "{stderr}");
        }
    }
    let absent = keyproof(&["--control-token-file", "no-such"]).output().unwrap();
    assert_eq!(absent.status.code(), Some(2));
}

async fn the_banner_does_not_repeat_it() {
    let mut mock = keyproof(&LISTEN);
    let mut mock = mock.env(VARIABLE, TOKEN).stderr(Stdio::piped()).spawn().unwrap();
    let mut banner = BufReader::new(mock.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("Accept: application/json") {
        assert_ne!(banner.read_line(&mut text).unwrap(), 0, "{text}");
    }
    mock.kill().unwrap();
    mock.wait().unwrap();
    assert!(!text.contains(TOKEN), "{text}");
    assert!(text.contains("/_mock/\n"), "the console's page asks for it: {text}");
}

/// What this machine is called from others, which is what its own calls by that address come from.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified() && !address.is_loopback()).then_some(address)
}

async fn other_machines_may_use_it_and_nobody_without_it() {
    let Some(address) = own_address() else { return };
    let mut mock = keyproof(&["--listen", "0.0.0.0:0", "--allow-remote"]);
    mock.env(VARIABLE, TOKEN);
    let mock = Running::of(mock);
    let port = mock.line["url"].as_str().unwrap().rsplit(':').next().unwrap();
    let control = format!("http://{address}:{port}/_mock");
    assert_eq!(reset(&control, TOKEN).await, 204);
    assert_eq!(reset(&control, "").await, 403);
    let mine = mock.line["control_url"].as_str().unwrap();
    assert_eq!(reset(mine, TOKEN).await, 204);
}

async fn exec_takes_it_and_hands_it_on() {
    let mut exec = keyproof(&["exec", "--", "sh", "-c", "echo $KEYPROOF_CONTROL_TOKEN"]);
    let output = exec.env(VARIABLE, TOKEN).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{TOKEN}\n"));
}
