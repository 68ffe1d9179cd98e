//! `keyproof sdk --browser`: the adapter is a page.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use reqwest::StatusCode;
use reqwest::header::{HOST, ORIGIN};

use crate::driver::Browser;

crate::claims!(
    the_shipped_page_is_conformant,
    the_doctor_takes_a_page,
    a_browser_may_hand_the_page_on,
    a_page_that_is_closed_is_told,
    a_frame_that_is_loaded_again_is_told,
    what_a_page_asks_for_in_vain_is_told,
    only_the_page_itself_may_answer,
    a_browser_that_does_not_start_is_told,
);

/// A folder with the page that ships. It goes when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = format!("browser-adapter-{name}-{}", std::process::id());
        let folder = Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder));
        std::fs::create_dir_all(&folder.0).unwrap();
        let written = folder.sdk(&["--init", "browser"]).output().unwrap();
        let text = text_of(&written);
        assert!(text.starts_with("wrote page.html, which passes as it is: "), "{text}");
        folder
    }

    fn sdk(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
        command.arg("sdk").args(arguments).current_dir(&self.0);
        command.env("XDG_STATE_HOME", &self.0);
        command
    }

    /// The option that starts Chromium as the documentation says.
    fn chromium(&self) -> String {
        let profile = self.0.join("profile");
        format!(
            "--browser=chromium --headless --no-sandbox --disable-gpu --user-data-dir='{}'",
            profile.display()
        )
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text_of(output: &Output) -> String {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|one| String::from_utf8_lossy(one));
    format!("{stdout}{stderr}")
}

async fn the_shipped_page_is_conformant() {
    let folder = Folder::new("shipped");
    let output = folder.sdk(&[&folder.chromium(), "--", "page.html"]).output().unwrap();
    let text = text_of(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("keyproof-browser 1.0.0: no failure seen"), "{text}");
    assert!(!text.contains("warn"), "{text}");
}

async fn the_doctor_takes_a_page() {
    let folder = Folder::new("doctor");
    let options = [&folder.chromium(), "--doctor", "--", "page.html"];
    let output = folder.sdk(&options).output().unwrap();
    let text = text_of(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("✓ end of input: exit code 0"), "{text}");
    let next = format!("next: keyproof sdk '{}", "--browser=").replace('\'', "");
    assert!(text.contains(&next) && text.ends_with(" -- page.html\n"), "{text}");
}

/// As `xdg-open` does. The page says when it can be closed.
async fn a_browser_may_hand_the_page_on() {
    let folder = Folder::new("handed-on");
    let options =
        ["--browser=sh -c 'printf %s $0 >half; mv half url'", "--run", "sdk/vectors/pad_key/*"];
    let mut sdk = folder.sdk(&[&options[..], &["--", "page.html"]].concat());
    let run = sdk.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let browser = Browser::start().await;
    let url = loop {
        match std::fs::read_to_string(folder.0.join("url")) {
            Ok(url) => break url,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    browser.client.goto(&url).await.unwrap();
    browser.becomes("document.body.innerText.includes('The run is over')").await;
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
}

/// A run that waits for its page to be opened by hand.
struct Waiting {
    run: Child,
    url: String,
}

impl Waiting {
    fn start(folder: &Folder) -> Self {
        let mut sdk = folder.sdk(&["--browser", "--", "page.html"]);
        let mut run = sdk.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        // The rest of it is drained, so that the run never waits for a reader.
        let mut stderr = BufReader::new(run.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        std::thread::spawn(move || stderr.read_to_end(&mut Vec::new()));
        let url = line.strip_prefix("keyproof: open ").unwrap();
        let url = url.strip_suffix(" in a browser\n").unwrap().to_owned();
        Self { run, url }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.run.kill();
        let _ = self.run.wait();
    }
}

async fn a_page_that_is_closed_is_told() {
    let folder = Folder::new("closed");
    let mut waiting = Waiting::start(&folder);
    let browser = Browser::start().await;
    browser.client.goto(&waiting.url).await.unwrap();
    browser.becomes("document.querySelector('iframe')").await;
    browser.client.goto("about:blank").await.unwrap();
    let mut text = String::new();
    waiting.run.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(waiting.run.wait().unwrap().code(), Some(1), "{text}");
    assert!(text.contains("fail sdk/protocol/crash"), "{text}");
    assert!(text.contains("the page was closed, or its browser has ended"), "{text}");
}

/// Puts something else in place of a text of the page that ships.
fn edit(folder: &Folder, text: &str, other: &str) {
    let page = folder.0.join("page.html");
    let shipped = std::fs::read_to_string(&page).unwrap();
    assert!(shipped.contains(text), "{text}");
    std::fs::write(page, shipped.replacen(text, other, 1)).unwrap();
}

async fn a_frame_that_is_loaded_again_is_told() {
    let folder = Folder::new("again");
    let answered = "async function answer({ op, params }) {";
    let reloads = "if (op === 'derive_key_proof') location.reload();";
    edit(&folder, answered, &format!("{answered}{reloads}"));
    let options = ["--run", "sdk/vectors/key_proof/length-*", "--run", "sdk/protocol/*"];
    let chromium = folder.chromium();
    let arguments = [&[&chromium[..]], &options[..], &["--", "page.html"]].concat();
    let output = folder.sdk(&arguments).output().unwrap();
    let text = text_of(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("fail sdk/protocol/crash"), "{text}");
    assert!(text.contains("the page was loaded again while the adapter was running"), "{text}");
}

async fn what_a_page_asks_for_in_vain_is_told() {
    let folder = Folder::new("in-vain");
    edit(&folder, "<script type=\"module\">", "<script type=\"module\">import './skd.js';");
    let output = folder.sdk(&[&folder.chromium(), "--", "page.html"]).output().unwrap();
    let text = text_of(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("the page asked for skd.js, which is not beside it"), "{text}");
    assert!(!text.contains("flush"), "{text}");
}

async fn only_the_page_itself_may_answer() {
    let folder = Folder::new("foreign");
    std::fs::write(folder.0.join("sdk.js"), "export const here = true;").unwrap();
    std::fs::write(folder.0.join(".env"), "SECRET=1").unwrap();
    let waiting = Waiting::start(&folder);
    let client = reqwest::Client::new();
    let status = async |path: &str, header: Option<(reqwest::header::HeaderName, &str)>| {
        let mut call = client.get(format!("{}{path}", waiting.url));
        if let Some((name, value)) = header {
            call = call.header(name, value);
        }
        call.send().await.unwrap().status()
    };
    assert_eq!(status("", None).await, StatusCode::OK);
    assert_eq!(status("1/page.html", None).await, StatusCode::OK);
    assert_eq!(status("1/sdk.js", None).await, StatusCode::OK);
    for hidden in ["1/.env", "1/..%2Fpage.html", "1/none.js", "../1/page.html"] {
        assert_eq!(status(hidden, None).await, StatusCode::NOT_FOUND, "{hidden}");
    }
    for (name, value) in [(HOST, "page.example"), (ORIGIN, "http://page.example"), (ORIGIN, "null")]
    {
        let refused = status("", Some((name, value))).await;
        assert_eq!(refused, StatusCode::FORBIDDEN, "{value}");
    }
    let module = client.get(format!("{}1/sdk.js", waiting.url)).send().await.unwrap();
    assert_eq!(module.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(module.headers()["cross-origin-resource-policy"], "same-origin");
    // A process that there is none of.
    let reply = client.post(format!("{}1/keyproof/reply", waiting.url)).body("{}");
    assert_eq!(reply.send().await.unwrap().status(), StatusCode::GONE);
}

async fn a_browser_that_does_not_start_is_told() {
    let folder = Folder::new("absent");
    for (options, exit, expected) in [
        (&["--browser=no-such-browser", "--", "page.html"][..], 4, "no-such-browser: not found"),
        (&["--browser=true", "--", "none.html"], 2, "the page none.html cannot be read"),
        (&["--browser=true", "--", "php", "adapter.php"], 2, "--browser takes a page"),
        (&["--browser=true"], 2, "no page: keyproof sdk --browser -- page.html"),
    ] {
        let output = folder.sdk(options).output().unwrap();
        let text = text_of(&output);
        assert_eq!(output.status.code(), Some(exit), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}
