//! Chromium behind its driver, a process a test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use axum::http::Method;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use libtest_mimic::Failed;
use reqwest::Url;
use serde_json::{Value, json};

const INSTALL: &str = "apt-get install chromium chromium-driver";

/// Whether there is a browser. None is a failure: a test that was skipped proves nothing.
pub(crate) fn is_there() -> Result<(), Failed> {
    for program in ["chromium", "chromedriver"] {
        let version = Command::new(program).arg("--version").output();
        if !version.is_ok_and(|version| version.status.success()) {
            return Err(format!("no {program}: {INSTALL}").into());
        }
    }
    Ok(())
}

/// A browser. Dropping it ends its processes.
pub(crate) struct Browser {
    driver: Child,
    pub(crate) client: Client,
    profile: std::path::PathBuf,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        Self::with(&[], (1280, 900)).await
    }

    /// With more options of the command line, and a window of that size.
    pub(crate) async fn with(options: &[&str], (width, height): (u32, u32)) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("the driver says its port");
        // What it still has to say is nobody's, but somebody has to take it.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let name = format!("keyproof-browser-{}-{port}", std::process::id());
        let profile = std::env::temp_dir().join(name);
        let mut arguments = vec![
            "--headless".to_owned(),
            // As root, and where namespaces are closed; the pages are our own.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            format!("--user-data-dir={}", profile.display()),
            format!("--window-size={width},{height}"),
        ];
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let Value::Object(wanted) = wanted else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a session");
        Self { driver, client, profile }
    }

    /// What a script comes to.
    pub(crate) async fn value(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// What an asynchronous script comes to. It calls `done`.
    pub(crate) async fn asynchronously(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        self.client.execute_async(&script, Vec::new()).await.unwrap()
    }

    /// Returns when a script comes to true.
    pub(crate) async fn becomes(&self, what: &str) {
        let script = format!("return Boolean({what})");
        let longest = std::time::Duration::from_secs(20);
        let becoming = async {
            while self.value(&script).await != true {
                // A round through the driver takes milliseconds.
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(longest, becoming).await.is_err() {
            let text = self.value("return document.body.innerText").await;
            panic!("it never becomes true that {what}; the page says: {text}");
        }
    }

    /// What the page wrote to the browser's console.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        let entries = entries.as_array().unwrap().iter();
        entries.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// The address of every request that the page has sent.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let entries = self.log("performance").await;
        let entries = entries.as_array().unwrap().iter();
        entries
            .filter_map(|entry| {
                let message = entry["message"].as_str()?;
                let message: Value = serde_json::from_str(message).ok()?;
                let message = &message["message"];
                let is_request = message["method"] == "Network.requestWillBeSent";
                let url = message["params"]["request"]["url"].as_str()?;
                is_request.then(|| url.to_owned())
            })
            .collect()
    }

    /// Makes the page's view that of another device.
    pub(crate) async fn device(&self, metrics: Value) {
        let command = Developer("Emulation.setDeviceMetricsOverride", metrics);
        self.client.issue_cmd(command).await.unwrap();
    }

    /// What is in the clipboard.
    pub(crate) async fn clipboard(&self) -> String {
        let permissions = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
        let command = Developer("Browser.grantPermissions", permissions);
        self.client.issue_cmd(command).await.unwrap();
        let read = "navigator.clipboard.readText().then(done, (error) => done(String(error)));";
        let text = self.asynchronously(read).await;
        text.as_str().unwrap().to_owned()
    }

    async fn log(&self, kind: &'static str) -> Value {
        self.client.issue_cmd(Log(kind)).await.unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends the browser with it; what is already over needs no end.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let profile = self.profile.display().to_string();
        let _ = Command::new("pkill").args(["-KILL", "-f", &profile]).status();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// The driver's own command for what was logged.
#[derive(Debug)]
struct Log(&'static str);

impl WebDriverCompatibleCommand for Log {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({"type": self.0}).to_string()))
    }
}

/// A command of the browser's own protocol for developers.
#[derive(Debug)]
struct Developer(&'static str, Value);

impl WebDriverCompatibleCommand for Developer {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.0, "params": self.1});
        (Method::POST, Some(body.to_string()))
    }
}
