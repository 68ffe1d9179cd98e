//! Where `keyproof mock` listens, and what it is told to do otherwise.

use std::net::TcpStream;
use std::process::Stdio;

use keyproof::cli::environment::VARIABLES;
use keyproof::mock::Listen;
use serde_json::Value;

use super::process::{Running, folder, keyproof, refused};
use super::support::claims;

claims!(
    a_port_is_one_of_localhost,
    what_is_no_place_is_2_with_the_forms_that_are,
    localhost_is_both_families_under_one_port,
    a_port_that_one_family_has_not_free_is_4_with_that_address,
    the_url_of_all_addresses_is_one_that_works,
    flags_win_over_the_environment_and_that_over_the_file,
    a_no_of_the_environment_wins_over_the_file,
    the_environment_gives_what_the_file_gives,
    a_wrong_variable_is_2_with_its_name,
    the_file_gives_data_and_log,
    ready_asks_where_a_mock_would_listen,
);

fn port(mock: &Running) -> u16 {
    let url = mock.line["url"].as_str().unwrap();
    url.rsplit(':').next().unwrap().parse().unwrap()
}

/// Whether this machine has a `::1` to listen at.
fn has_ipv6() -> bool {
    std::net::UdpSocket::bind("[::1]:0").is_ok()
}

async fn a_port_is_one_of_localhost() {
    for (text, display) in [
        ("4747", "localhost:4747"),
        (":4747", "localhost:4747"),
        ("0", "localhost:0"),
        (":0", "localhost:0"),
        ("localhost:0", "localhost:0"),
        ("LocalHost:80", "localhost:80"),
        ("127.0.0.1:4747", "127.0.0.1:4747"),
        ("[::1]:0", "[::1]:0"),
        ("0.0.0.0:4747", "0.0.0.0:4747"),
    ] {
        let listen: Listen = text.parse().unwrap();
        assert_eq!(listen.to_string(), display);
        assert_eq!(listen.is_loopback(), !text.starts_with("0.0"), "{text}");
    }
}

async fn what_is_no_place_is_2_with_the_forms_that_are() {
    for text in [
        "",
        "*",
        "*:4747",
        ":",
        "localhost",
        "localhost:",
        "localhost:http",
        "127.0.0.1",
        "::1",
        "::1:4747",
        "example.org:4747",
        "http://127.0.0.1:4747",
        "65536",
        "+80",
        " 80",
    ] {
        let stderr = refused(&["--listen", text], 2);
        assert!(stderr.contains("localhost:4747, 127.0.0.1:4747, [::1]:4747"), "{stderr}");
    }
}

async fn localhost_is_both_families_under_one_port() {
    for listen in ["localhost:0", ":0", "0"] {
        let mock = Running::start(&["--listen", listen]);
        let port = port(&mock);
        let mut hosts = vec!["127.0.0.1", "localhost"];
        if has_ipv6() {
            hosts.push("[::1]");
        }
        for host in hosts {
            let health = format!("http://{host}:{port}/_mock/health");
            assert_eq!(reqwest::get(&health).await.unwrap().status(), 200, "{health}");
        }
    }
}

async fn a_port_that_one_family_has_not_free_is_4_with_that_address() {
    if !has_ipv6() {
        return;
    }
    let taken = std::net::TcpListener::bind("[::1]:0").unwrap();
    let address = taken.local_addr().unwrap();
    let stderr = refused(&["--listen", &address.port().to_string(), "--json"], 4);
    let expected = format!(
        "keyproof: cannot listen on {address}: something else listens there, perhaps another mock; stop it, or choose another port with --listen localhost:PORT, or :0 for a free port\n"
    );
    assert_eq!(stderr, expected);
}

async fn the_url_of_all_addresses_is_one_that_works() {
    for (listen, host) in [("0.0.0.0:0", "127.0.0.1"), ("[::]:0", "[::1]")] {
        if host == "[::1]" && !has_ipv6() {
            continue;
        }
        let mock = Running::start(&["--listen", listen, "--allow-remote"]);
        let url = mock.line["url"].as_str().unwrap();
        assert_eq!(url, format!("http://{host}:{}", port(&mock)));
        let organization = mock.line["organization"].as_str().unwrap();
        let project = format!("{url}/api/v1/{organization}/my-app");
        let bearer = mock.line["tokens"]["full"].as_str().unwrap();
        let call = reqwest::Client::new().get(project).bearer_auth(bearer);
        assert_eq!(call.send().await.unwrap().status(), 200);
    }
}

/// What is said on standard error is the second.
fn started(
    text: &str,
    variables: &[(&str, &str)],
    arguments: &[&str],
    name: &str,
) -> (Value, String) {
    let folder = folder(name);
    std::fs::write(folder.join("keyproof.toml"), text).unwrap();
    let mut command = keyproof(arguments);
    command.current_dir(folder).envs(variables.iter().copied());
    let mock = Running::of(command);
    let line = mock.line.clone();
    mock.signal("TERM");
    (line, mock.end().2)
}

async fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "[mock]\nlisten = '127.0.0.2:0'\n";
    let variable = ("KEYPROOF_MOCK_LISTEN", "127.0.0.3:0");
    for (variables, arguments, host, expected) in [
        (&[][..], &[][..], "127.0.0.2", "keyproof: keyproof.toml gives listen\n"),
        (&[variable], &[], "127.0.0.3", "keyproof: KEYPROOF_MOCK_* gives listen\n"),
        (&[variable], &["--listen", "127.0.0.4:0"], "127.0.0.4", ""),
    ] {
        let (line, stderr) = started(file, variables, arguments, "precedence");
        let url = line["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("http://{host}:")), "{url}");
        assert_eq!(stderr, expected);
    }
}

async fn a_no_of_the_environment_wins_over_the_file() {
    let file = "[mock]\nlisten = 0\nstrict = true\n";
    for (variables, expected) in
        [(&[][..], "listen, strict"), (&[("KEYPROOF_MOCK_STRICT", "false")], "listen")]
    {
        let (_, stderr) = started(file, variables, &[], "strict");
        assert_eq!(stderr, format!("keyproof: keyproof.toml gives {expected}\n"));
    }
}

/// The file tells which members it knows.
async fn the_environment_gives_what_the_file_gives() {
    let folder = folder("members");
    std::fs::write(folder.join("keyproof.toml"), "[mock]\nx = 1\n").unwrap();
    let output = keyproof(&[]).current_dir(folder).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let (_, known) = stderr.split_once("(known: ").unwrap();
    let known = known.trim_end().trim_end_matches(')').split(", ");
    let known: Vec<_> =
        known.map(|name| format!("KEYPROOF_MOCK_{}", name.to_uppercase())).collect();
    let variables = VARIABLES.iter().map(|variable| variable.name.to_owned());
    let variables: Vec<_> = variables.filter(|name| name.starts_with("KEYPROOF_MOCK_")).collect();
    assert_eq!(variables, known);
    let (line, stderr) = started(
        "",
        &[
            ("KEYPROOF_MOCK_LISTEN", "0"),
            ("KEYPROOF_MOCK_SEED", "7"),
            ("KEYPROOF_MOCK_STRICT", "true"),
            ("KEYPROOF_MOCK_LIMITS", "off"),
            ("KEYPROOF_MOCK_MIN_ITERATIONS", "1000"),
            ("KEYPROOF_MOCK_LOG", "text"),
            ("KEYPROOF_MOCK_DEFECT", "rotate-unlimited,tokens-never-expire"),
            ("KEYPROOF_MOCK_VARIANT", "sliding-windows"),
        ],
        &[],
        "variables",
    );
    assert!(line["url"].is_string());
    let expected = "keyproof: KEYPROOF_MOCK_* gives listen, seed, strict, limits, min_iterations, log, defect, variant\n";
    assert!(stderr.starts_with(expected), "{stderr}");
    assert!(stderr.contains("keyproof: stopping"), "the log is on: {stderr}");
}

async fn a_wrong_variable_is_2_with_its_name() {
    for (name, value, why) in [
        ("KEYPROOF_MOCK_LISTEN", "*", "give a port"),
        ("KEYPROOF_MOCK_SEED", "x", "invalid digit"),
        ("KEYPROOF_MOCK_LIMITS", "of", "unknown word; nearest: `off`"),
        ("KEYPROOF_MOCK_DEFECT", "rotate-unlimted", "unknown word; nearest: `rotate-unlimited`"),
        ("KEYPROOF_MOCK_LISTEN", "0.0.0.0:0", "--allow-remote"),
    ] {
        let output = keyproof(&["--json"]).env(name, value).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(why), "{stderr}");
    }
}

async fn the_file_gives_data_and_log() {
    let text = "[mock]\nlisten = 0\ndata = 'kept.redb'\nlog = 'text'\n";
    let (_, stderr) = started(text, &[], &[], "data_and_log");
    assert_eq!(
        stderr,
        "keyproof: keyproof.toml gives listen, data, log\nkeyproof: stopping: what was asked is answered first\n"
    );
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mock/data_and_log");
    assert!(folder.join("kept.redb").exists());
}

async fn ready_asks_where_a_mock_would_listen() {
    let mock = Running::start(&["--listen", "127.0.0.1:0"]);
    let ready = |listen: &str| {
        let mut ready = keyproof(&["ready"]);
        ready.env("KEYPROOF_MOCK_LISTEN", listen).stdout(Stdio::null());
        let output = ready.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(ready(&format!("127.0.0.1:{}", port(&mock))), (Some(0), String::new()));
    let (code, stderr) = ready("127.0.0.1:0");
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.ends_with("give --url\n"), "{stderr}");
    assert!(TcpStream::connect(("127.0.0.1", port(&mock))).is_ok());
}
