//! `keyproof sdk --browser[=COMMAND] -- PAGE`: the adapter is a page in a browser.
//!
//! The run serves one page, which is opened once. In it a frame, and with it the adapter's page loaded anew, stands
//! for each process of an adapter that the run starts: such a process is the hidden `keyproof pipe`, which only
//! hands lines on.

mod connection;
mod hub;
mod site;

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use self::hub::Hub;
use self::site::Site;
use super::arguments::Arguments;
use crate::cli::process::binary;
use crate::cli::{Trouble, output};
use crate::system::process::{ask_to_end, shell};

/// How long the page may take to be opened, by hand or by a browser that has yet to start.
const OPENING: Duration = Duration::from_secs(120);
/// How long a browser may take to be gone.
const ENDING: Duration = Duration::from_secs(2);
/// Bytes of what a browser says that are shown if it does not start.
const SAID: usize = 2000;

/// What the run starts as its adapter.
pub(super) struct Adapter {
    pub(super) command: Vec<OsString>,
    browser: Option<Browser>,
}

impl Adapter {
    /// The command that was given; with `--browser` the page, once it is open.
    pub(super) async fn of(arguments: &Arguments) -> Result<Self, Trouble> {
        let command = arguments.command.clone();
        let Some(browser) = &arguments.browser else {
            return Ok(Self { command, browser: None });
        };
        let [page] = &command[..] else {
            return Err(Trouble::usage(
                "--browser takes a page: keyproof sdk --browser -- page.html",
            ));
        };
        let (folder, page) = place(Path::new(page))?;
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Trouble::unreachable(format!("no random bytes: {error}")))?;
        let token = format!("{:032x}", u128::from_be_bytes(random));
        let (pages, pipes) = (listen().await?, listen().await?);
        let (host, address) = (address(&pages)?, address(&pipes)?);
        let hub = Arc::new(Hub::new());
        let site = Site { hub: Arc::clone(&hub), folder, page: page.clone(), host: host.clone() };
        let router = site.router(&token);
        tokio::spawn(async move { axum::serve(pages, router).await });
        tokio::spawn(connection::accept(pipes, token.clone(), Arc::clone(&hub)));
        let url = format!("http://{host}/{token}/");
        let browser = open(browser, &url, &hub).await?;
        tokio::spawn(async move { hub.look_after().await });
        let command = [binary()?.into(), "pipe".into(), address.into(), token.into(), page.into()];
        Ok(Self { command: command.to_vec(), browser })
    }

    /// Ends the browser, and returns when it is gone with its files closed.
    pub(super) async fn close(self) {
        if let Some(mut browser) = self.browser {
            browser.end();
            let _ = timeout(ENDING, browser.0.wait()).await;
        }
    }
}

/// The folder and the name of a page.
fn place(page: &Path) -> Result<(PathBuf, String), Trouble> {
    let unreadable =
        |error| Trouble::usage(format!("the page {} cannot be read: {error}", page.display()));
    let path = page.canonicalize().map_err(unreadable)?;
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if path.is_file() => {
            Ok((folder.to_owned(), name.to_string_lossy().into_owned()))
        }
        _ => Err(Trouble::usage(format!("the page {} is no file", page.display()))),
    }
}

async fn listen() -> Result<TcpListener, Trouble> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    listener.map_err(|error| Trouble::unreachable(format!("no port of 127.0.0.1: {error}")))
}

fn address(listener: &TcpListener) -> Result<String, Trouble> {
    let address = listener.local_addr();
    let address = address.map_err(|error| Trouble::unreachable(error.to_string()))?;
    Ok(address.to_string())
}

/// Returns once the page is open: in the browser that the command starts, or in one that the user takes.
async fn open(command: &str, url: &str, hub: &Hub) -> Result<Option<Browser>, Trouble> {
    let mut browser = if command.is_empty() {
        output::note(&format!("open {url} in a browser"));
        None
    } else {
        Some(Browser::start(command, url)?)
    };
    let failed = async {
        match &mut browser {
            Some(browser) => browser.failed().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = hub.arrival() => {}
        trouble = failed => return Err(trouble),
        () = sleep(OPENING) => {
            let limit = OPENING.as_secs();
            return Err(Trouble::unreachable(format!("no browser has opened {url} within {limit} s")));
        }
    }
    Ok(browser)
}

/// A browser that is ended with everything that it started when this is dropped, or when this process ends.
struct Browser(Child);

impl Browser {
    /// Runs the command, as a shell would, with the address as its last word.
    fn start(command: &str, url: &str) -> Result<Self, Trouble> {
        let shell = shell(&format!("{command} '{url}'"));
        let mut guard = Command::new(binary()?);
        guard.arg("guard").arg(format!("--parent={}", std::process::id())).arg("--");
        guard.arg(shell.get_program()).args(shell.get_args());
        guard.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = guard.spawn();
        let child = child
            .map_err(|error| Trouble::unreachable(format!("no browser was started: {error}")))?;
        Ok(Self(child))
    }

    /// Returns if it ends otherwise than with success: one that hands the page to another process may go.
    async fn failed(&mut self) -> Trouble {
        let mut said = Vec::new();
        if let Some(mut stderr) = self.0.stderr.take() {
            // For as long as it lives: browsers say a lot.
            let mut piece = vec![0; 4096];
            while let Ok(read @ 1..) = stderr.read(&mut piece).await {
                said.extend_from_slice(&piece[..read]);
                said.drain(..said.len().saturating_sub(SAID));
            }
        }
        match self.0.wait().await {
            Ok(status) if status.success() => std::future::pending().await,
            ended => {
                let status =
                    ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                let trouble = format!("the browser ended before it had opened the page: {status}");
                let trouble = Trouble::unreachable(trouble);
                match String::from_utf8_lossy(&said).trim() {
                    "" => trouble,
                    said => trouble.and(format!("its standard error: {said}")),
                }
            }
        }
    }
}

impl Browser {
    fn end(&self) {
        // Once it has been waited for, it has no number any more, which may be another process's.
        if let Some(guard) = self.0.id() {
            ask_to_end(guard);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.end();
    }
}
