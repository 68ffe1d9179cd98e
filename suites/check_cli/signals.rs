//! A run that is interrupted.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use keyproof::crypto::Iterations;
use keyproof::mock::{Limits, MockServer};
use libtest_mimic::Failed;
use serde_json::Value;

use super::reports::everywhere;
use crate::support::Trial;
use crate::support::process::{Completed, keyproof};
use crate::support::proxy::Proxy;

pub(crate) fn trials() -> Vec<Trial> {
    let signals = [("INT", 130), ("TERM", 143), ("HUP", 129)];
    let of_each = signals.into_iter().flat_map(|(signal, code)| {
        let [first_name, second_name] = [
            format!("signal/the_first_{signal}_tidies_up_and_reports"),
            format!("signal/the_second_{signal}_ends_it_at_once_and_says_what_stays"),
        ];
        [
            Trial::test(first_name, move || first(signal)),
            Trial::test(second_name, move || second(signal, code)),
        ]
    });
    let ignored = Trial::test("signal/a_hangup_that_is_ignored_stays_so", ignored);
    of_each.chain([ignored]).collect()
}

/// A mock behind a door that reports requests, and never answers those that it is to hold back.
struct Gate {
    runtime: tokio::runtime::Runtime,
    mock: MockServer,
    proxy: Proxy,
    requests: mpsc::Receiver<String>,
}

impl Gate {
    /// Holds what `holds` says yes to, and tells of it.
    fn new(holds: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (tell, requests) = mpsc::channel();
        let tell = parking_lot::Mutex::new(tell);
        let (mock, proxy) = runtime.block_on(async {
            let builder = MockServer::builder().limits(Limits::Off);
            let few = Iterations::try_from(1000).unwrap();
            let mock = builder.min_iterations(few).start().await.unwrap();
            let watch = move |method: &str, path: &str| {
                let holds = holds(method, path);
                if holds {
                    let _ = tell.lock().send(method.to_owned());
                }
                !holds
            };
            let proxy = Proxy::watched(mock.url(), watch).await.unwrap();
            (mock, proxy)
        });
        Self { runtime, mock, proxy, requests }
    }

    fn check(&self, reports: &[String]) -> Child {
        self.command(reports).spawn().unwrap()
    }

    fn command(&self, reports: &[String]) -> Command {
        let organization = self.mock.organization();
        let token = self.mock.token("full").unwrap();
        let mut arguments = vec![
            "check",
            "--url",
            &self.proxy.url,
            "--org",
            &organization,
            "--run",
            "server/rotate/*",
            "--report",
            "text=-",
        ];
        arguments.extend(reports.iter().map(String::as_str));
        keyproof(&arguments, &[("KEYPROOF_TOKEN", &token)])
    }

    /// The slugs of all projects that the mock has.
    fn projects(&self) -> Vec<String> {
        let url = format!("{}/api/v1/{}/projects", self.mock.url(), self.mock.organization());
        let text = self.runtime.block_on(async {
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = http.get(url).bearer_auth(self.mock.token("full").unwrap());
            request.send().await.unwrap().text().await.unwrap()
        });
        let json: Value = serde_json::from_str(&text).unwrap();
        let projects = json["data"].as_array().unwrap().iter();
        projects.map(|project| project["attributes"]["slug"].as_str().unwrap().to_owned()).collect()
    }
}

fn send(signal: &str, child: &Child) {
    let (signal, id) = (format!("-{signal}"), child.id().to_string());
    let status = Command::new("kill").args([signal, id]).status().unwrap();
    assert!(status.success());
}

fn first(signal: &str) -> Result<(), Failed> {
    let gate = Gate::new(|_, path| path.ends_with("/encryption-key/rotate"));
    let (files, options) = everywhere(&format!("interrupted-{signal}"));
    let child = gate.check(&options);
    assert_eq!(gate.requests.recv().unwrap(), "POST");
    assert!(gate.projects().iter().any(|slug| slug.starts_with("kp-")));
    send(signal, &child);
    let output: Completed = child.wait_with_output()?.into();
    assert_eq!(output.exit, 3, "{output:?}");
    let expected = "keyproof: deletes what it has made, 1 in all; a signal now leaves it there";
    let [_plan, hurry] = output.stderr.lines().collect::<Vec<_>>()[..] else {
        return Err(format!("{output:?}").into());
    };
    assert_eq!(hurry, expected);
    assert!(output.stdout.contains("\nthe run was stopped before its end\n"));
    assert!(
        output.last_line().contains(": incomplete: ")
            || output.last_line().contains(": nothing judged: ")
    );
    for file in &files {
        let text = std::fs::read_to_string(file)?;
        let expected = [
            "the run was stopped before its end",
            "\"ending\":\"stopped\"",
            "\"ending\": \"stopped\"",
        ];
        assert!(expected.iter().any(|words| text.contains(words)), "{text}");
    }
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&files[1])?)?;
    assert_eq!((&document["exit"], &document["ending"]), (&3.into(), &"stopped".into()));
    let left = gate.projects();
    assert!(!left.iter().any(|slug| slug.starts_with("kp-")), "{left:?}");
    Ok(())
}

fn second(signal: &str, code: i32) -> Result<(), Failed> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let is_interrupted = Arc::clone(&interrupted);
    let gate = Gate::new(move |method, path| {
        path.ends_with("/encryption-key/rotate")
            || (method == "DELETE" && is_interrupted.load(Ordering::SeqCst))
    });
    let child = gate.check(&["--report".to_owned(), "json=-".to_owned()]);
    assert_eq!(gate.requests.recv().unwrap(), "POST");
    interrupted.store(true, Ordering::SeqCst);
    send(signal, &child);
    assert_eq!(gate.requests.recv().unwrap(), "DELETE");
    send(signal, &child);
    let output: Completed = child.wait_with_output()?.into();
    assert_eq!(output.exit, code, "{output:?}");
    // The text has come before anything was deleted; the one document that a program reads has not.
    assert!(output.last_line().contains(": nothing judged: "), "{output:?}");
    assert!(!output.stdout.contains("{\"format\":"), "{output:?}");
    let slugs = gate.projects().into_iter();
    let left: Vec<String> = slugs.filter(|slug| slug.starts_with("kp-")).collect();
    let expected = format!("warning: left on the server: {}: ", left.join(", "));
    assert!(output.stderr.contains(&expected), "{expected} {output:?}");
    Ok(())
}

/// As `nohup` has it: the process was told to outlive its terminal.
fn ignored() -> Result<(), Failed> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let gate = Gate::new(|_, path| path.ends_with("/encryption-key/rotate"));
    let check = gate.command(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
    command.arg(check.get_program()).args(check.get_args());
    for (name, value) in check.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = piped.spawn()?;
    assert_eq!(gate.requests.recv().unwrap(), "POST");
    send("HUP", &child);
    send("TERM", &child);
    let output: Completed = child.wait_with_output()?.into();
    // Had it counted, the other one would have been the second.
    assert_eq!(output.exit, 3, "{output:?}");
    Ok(())
}
