//! `keyproof mock ready`: whether a mock answers, for scripts and images without curl.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::section::Section;
use super::settings::LISTEN;
use crate::cli::config::Config;
use crate::cli::{Trouble, environment};
use crate::harness::Exit;

/// How often a mock that does not answer yet is asked again.
const LOOK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until a mock answers: exit code 0 then, 4 if it does not in time.
#[derive(Debug, clap::Args)]
#[command(after_help = environment::help("mock ready"))]
pub(super) struct Arguments {
    /// Seconds to wait for it; 0 asks once
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
    /// Where the mock is [default: where `keyproof mock` listens, http://127.0.0.1:4747]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let given = arguments.url.clone().map_or_else(usual, Ok)?;
    let url = reqwest::Url::parse(&given).ok();
    let Some(url) = url.filter(|url| url.scheme() == "http" && url.has_host()) else {
        return Err(Trouble::usage(
            "--url: not the URL of a mock: give one like http://127.0.0.1:4747",
        ));
    };
    let health = url.join("/_mock/health");
    let health = health.map_err(|error| Trouble::usage(format!("--url: {error}")))?;
    crate::cli::process::runtime()?.block_on(wait(&given, health, arguments.wait))
}

/// Where a mock is that was started with no option.
fn usual() -> Result<String, Trouble> {
    let listen = Section::of_environment()?.listen;
    let listen = listen.or(Config::read()?.mock.listen).unwrap_or(LISTEN);
    listen.origin().ok_or_else(|| {
        Trouble::usage("a mock takes a free port here, which only it can tell: give --url")
    })
}

async fn wait(url: &str, health: reqwest::Url, seconds: u32) -> Result<Exit, Trouble> {
    // Whoever was first in this process has done the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let client = client.build().map_err(|error| Trouble::unreachable(error.to_string()))?;
    let end = Instant::now() + Duration::from_secs(seconds.into());
    loop {
        let Err(why) = ask(&client, &health).await else {
            return Ok(Exit::Held);
        };
        if Instant::now() >= end {
            return Err(Trouble::unreachable(format!(
                "no mock at {url} within {seconds} s: {why}"
            )));
        }
        tokio::time::sleep(LOOK.min(end.saturating_duration_since(Instant::now()))).await;
    }
}

/// Why what answers there is no mock that is ready, if it is none.
async fn ask(client: &reqwest::Client, health: &reqwest::Url) -> Result<(), &'static str> {
    let answer = client.get(health.clone()).send().await;
    let answer = answer.map_err(|_| "nothing answers there")?;
    let text = answer.text().await.unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    // A mock for other machines refuses control, and is there.
    match (body["status"].as_str(), body["error"].as_str()) {
        (Some("ok"), _) | (_, Some("control_refused")) => Ok(()),
        (Some("failing"), _) => Err("its data file cannot be written"),
        _ => Err("something else than a mock answers there"),
    }
}
