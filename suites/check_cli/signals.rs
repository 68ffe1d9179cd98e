//! A run that is interrupted.

use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use keyproof::crypto::Iterations;
use keyproof::mock::{Limits, MockServer};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::process::{Said, keyproof};
use super::proxy::Proxy;
use super::reports::everywhere;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("signal/the_first_tidies_up_and_reports", first),
        Trial::test("signal/the_second_ends_it_at_once", second),
    ]
}

/// A mock behind a door that tells of requests, and never answers the ones it is told to hold.
struct Gate {
    runtime: tokio::runtime::Runtime,
    mock: MockServer,
    proxy: Proxy,
    told: mpsc::Receiver<String>,
}

impl Gate {
    /// Holds what `holds` says yes to, and tells of it.
    fn new(holds: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (tell, told) = mpsc::channel();
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
        Self {
            runtime,
            mock,
            proxy,
            told,
        }
    }

    fn check(&self, reports: &[String]) -> Child {
        let organization = self.mock.organization();
        let token = self.mock.token("full");
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
            .spawn()
            .unwrap()
    }

    /// The slugs of all projects that the mock has.
    fn projects(&self) -> Vec<String> {
        let url = format!(
            "{}/api/v1/{}/projects",
            self.mock.url(),
            self.mock.organization()
        );
        let text = self.runtime.block_on(async {
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = http.get(url).bearer_auth(self.mock.token("full"));
            request.send().await.unwrap().text().await.unwrap()
        });
        let json: Value = serde_json::from_str(&text).unwrap();
        let projects = json["data"].as_array().unwrap().iter();
        projects
            .map(|project| project["attributes"]["slug"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(status.success());
}

fn first() -> Result<(), Failed> {
    let gate = Gate::new(|_, path| path.ends_with("/encryption-key/rotate"));
    let (files, options) = everywhere("interrupted");
    let child = gate.check(&options);
    assert_eq!(gate.told.recv().unwrap(), "POST");
    assert!(gate.projects().iter().any(|slug| slug.starts_with("kp-")));
    interrupt(&child);
    let said: Said = child.wait_with_output()?.into();
    assert_eq!(said.exit, 3, "{said:?}");
    assert_eq!(
        said.stderr.lines().count(),
        1,
        "no more than the plan: {said:?}"
    );
    assert!(
        said.stdout
            .contains("\nthe run was stopped before its end\n")
    );
    assert!(
        said.last_line().contains(": incomplete: ")
            || said.last_line().contains(": nothing judged: ")
    );
    for file in &files {
        let text = std::fs::read_to_string(file)?;
        let told = [
            "the run was stopped before its end",
            "\"ending\":\"stopped\"",
            "\"ending\": \"stopped\"",
        ];
        assert!(told.iter().any(|words| text.contains(words)), "{text}");
    }
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&files[1])?)?;
    assert_eq!(
        (&document["exit"], &document["ending"]),
        (&3.into(), &"stopped".into())
    );
    let left = gate.projects();
    assert!(!left.iter().any(|slug| slug.starts_with("kp-")), "{left:?}");
    Ok(())
}

fn second() -> Result<(), Failed> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let is_interrupted = Arc::clone(&interrupted);
    let gate = Gate::new(move |method, path| {
        path.ends_with("/encryption-key/rotate")
            || (method == "DELETE" && is_interrupted.load(Ordering::SeqCst))
    });
    let child = gate.check(&["--report".to_owned(), "json=-".to_owned()]);
    assert_eq!(gate.told.recv().unwrap(), "POST");
    interrupted.store(true, Ordering::SeqCst);
    interrupt(&child);
    assert_eq!(gate.told.recv().unwrap(), "DELETE");
    interrupt(&child);
    let said: Said = child.wait_with_output()?.into();
    assert_eq!((said.exit, said.stdout.as_str()), (130, ""), "{said:?}");
    Ok(())
}
