//! A token or a passphrase that was put in the wrong place: it is never repeated.

use std::process::Command;

use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, Mock, keyproof};

/// With what would make it a line of its own and a workflow command.
const SECRET: &str = "hush-A-passphrase-Of-somebody-7\u{1b}[31m\n::error::planted ##[error]planted";
/// The part of it that is looked for.
const PART: &str = "hush-A-passphrase";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("secret/no_argument_is_repeated", arguments),
        Trial::test("secret/no_variable_is_repeated", variables),
        Trial::test("secret/a_typo_of_a_name_is_still_told", typos),
        Trial::test("secret/the_log_withholds_a_token_in_a_path", log),
    ]
}

fn unsaid(what: &str, output: &Completed) {
    assert_eq!(output.exit, 2, "{what}: {output:?}");
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains(PART), "{what}: {text}");
        assert!(!text.contains('\u{1b}'), "{what}: {text}");
        assert!(!text.contains("##[error]"), "{what}: {text}");
        let mut lines = text.lines();
        assert!(!lines.any(|line| line.trim_start().starts_with("::")), "{what}: {text}");
    }
}

fn arguments() -> Result<(), Failed> {
    const SALT: &str = "--salt=AAECAwQFBgcICQoLDA0ODw==";
    let option = format!("--{SECRET}");
    let nameless = format!("{SECRET}: value");
    let report = format!("{SECRET}=report");
    let budget = format!("requests={SECRET}");
    let rows: [&[&str]; 27] = [
        &[SECRET],
        &["check", SECRET],
        &["check", &option],
        &["check", "--header", SECRET],
        &["check", "--header", &nameless],
        &["check", "--seed", SECRET],
        &["check", "--budget", SECRET],
        &["check", "--budget", &budget],
        &["check", "--report", SECRET],
        &["check", "--report", &report],
        &["check", "--shard", SECRET],
        &["check", "--defect", SECRET],
        &["check", "--job-wait", SECRET],
        &["check", "--timeout", SECRET],
        &["mock", "--control-token-file", SECRET],
        &["mock", "--listen", SECRET],
        &["mock", "--limits", SECRET],
        &["mock", "ready", "--url", SECRET],
        &["sdk", "--peer", SECRET],
        &["adapter", "--bug", SECRET],
        &["proof", SECRET],
        &["proof", "derive", SECRET, SALT],
        &["proof", "derive", "--salt", SECRET],
        &["proof", "derive", "--iterations", SECRET, SALT],
        &["proof", "derive", "--key-file", SECRET, SALT],
        &["proof", "open", "--key-file", "-", "--in", SECRET, SALT],
        &["proof", "verify", "proof", SECRET, SALT],
    ];
    for row in rows {
        let output: Completed = keyproof(row, &[]).output()?.into();
        unsaid(&format!("{row:?}"), &output);
    }
    let place = [("KEYPROOF_TOKEN", SECRET)];
    for row in [
        ["--url", SECRET, "--org", "x"],
        ["--url", "https://localhost:1", "--org", SECRET],
        ["--url", "https://localhost:1", "--proxy", SECRET],
        ["--url", "https://localhost:1", "--user-agent", SECRET],
    ] {
        let org: &[&str] = if row[2] == "--org" { &[] } else { &["--org", "x"] };
        let output = keyproof(&[&["check"], &row[..], org].concat(), &place).output()?;
        unsaid(&format!("{row:?}"), &output.into());
    }
    Ok(())
}

fn variables() -> Result<(), Failed> {
    for name in [
        "KEYPROOF_TOKEN_FILE",
        "KEYPROOF_TOKEN_READ_ONLY_FILE",
        "KEYPROOF_HEADERS_FILE",
        "KEYPROOF_PROXY",
        "KEYPROOF_PROXY_FILE",
        "KEYPROOF_URL_FILE",
        "KEYPROOF_CONTROL_URL",
    ] {
        let place = ["check", "--url", "http://127.0.0.1:1", "--org", "x"];
        let mut given = vec![(name, SECRET)];
        if name != "KEYPROOF_TOKEN_FILE" {
            given.push(("KEYPROOF_TOKEN", "a-token-that-nobody-has-made"));
        }
        let place = if name == "KEYPROOF_URL_FILE" { &place[..1] } else { &place[..] };
        let output = keyproof(place, &given).output()?;
        unsaid(name, &output.into());
    }
    for name in [
        "KEYPROOF_CONTROL_TOKEN",
        "KEYPROOF_CONTROL_TOKEN_FILE",
        "KEYPROOF_MOCK_DEFECT",
        "KEYPROOF_MOCK_LIMITS",
        "KEYPROOF_MOCK_LISTEN",
        "KEYPROOF_MOCK_SEED",
        "KEYPROOF_MOCK_STRICT",
        "KEYPROOF_TOKNE",
    ] {
        let output = keyproof(&["mock"], &[(name, SECRET)]).output()?;
        unsaid(name, &output.into());
    }
    Ok(())
}

fn typos() -> Result<(), Failed> {
    for (row, expected) in [
        (&["chekc"][..], "unrecognized subcommand 'chekc'"),
        (&["check", "--sead", "1"], "unexpected argument '--sead' found"),
        (
            &["check", "--seed", "x1"],
            "invalid value '[withheld]' for '--seed <N>': invalid digit found in string",
        ),
    ] {
        let output: Completed = keyproof(row, &[]).output()?.into();
        assert_eq!(output.exit, 2, "{output:?}");
        assert!(output.stderr.contains(expected), "{output:?}");
    }
    Ok(())
}

fn log() -> Result<(), Failed> {
    let key = "0f1e2d3c".repeat(8);
    for form in ["text", "json"] {
        let mock = Mock::start_with(&["--log", form]);
        let (url, organization) = (mock.text("url"), mock.text("organization"));
        let token = mock.token("full");
        let http = reqwest::Client::builder().no_proxy().build()?;
        let asked = [
            format!("{url}/api/v1/{token}/my-app/encryption-key"),
            format!("{url}/api/v1/{organization}/{key}/encryption-key"),
            format!("{url}/api/v1/{organization}/my-app/encryption-key?{token}=1"),
            format!("{url}/api/v1/{organization}/my-app/encryption-key"),
        ];
        tokio::runtime::Runtime::new()?.block_on(async {
            for url in &asked {
                let request = http.get(url).bearer_auth(token);
                request.header("user-agent", "##[error]planted").send().await?;
            }
            Ok::<_, reqwest::Error>(())
        })?;
        let (token, organization) = (token.to_owned(), organization.to_owned());
        let output = mock.stop();
        let shown = format!("/api/v1/{organization}/my-app/encryption-key");
        assert!(output.stderr.contains(&shown), "{output:?}");
        for text in [&token, &key, "##[error]"] {
            assert!(!output.stderr.contains(text), "{text}: {output:?}");
        }
    }
    Ok(())
}

impl Mock {
    /// Ends it in order, and gives what it has said on standard error.
    fn stop(mut self) -> Completed {
        let id = self.process().id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(status.success());
        let mut stderr = String::new();
        let mut pipe = self.process().stderr.take().unwrap();
        std::io::Read::read_to_string(&mut pipe, &mut stderr).unwrap();
        Completed { exit: 0, stdout: String::new(), stderr }
    }
}
