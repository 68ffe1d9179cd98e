//! `keyproof mock ready`: whether a mock answers, for scripts and images without curl.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::LISTEN;
use crate::cli::Trouble;
use crate::harness::Exit;

/// How often a mock that does not answer yet is asked again.
const LOOK: Duration = Duration::from_millis(50);
/// Time for one answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until a mock answers: exit code 0 then, 4 if it does not in time.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Seconds to wait for it; 0 asks once
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
    /// Where the mock is
    #[arg(long, value_name = "URL", default_value_t = format!("http://{LISTEN}"))]
    url: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let url = reqwest::Url::parse(&arguments.url).ok();
    let Some(url) = url.filter(|url| url.scheme() == "http" && url.has_host()) else {
        return Err(Trouble::usage(
            "--url: not the URL of a mock: give one like http://127.0.0.1:4747",
        ));
    };
    let health = url.join("/_mock/health");
    let health = health.map_err(|error| Trouble::usage(format!("--url: {error}")))?;
    crate::cli::runtime()?.block_on(wait(arguments, health))
}

async fn wait(arguments: &Arguments, health: reqwest::Url) -> Result<Exit, Trouble> {
    // Whoever was first in this process has done the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let client = client
        .build()
        .map_err(|error| Trouble::unreachable(error.to_string()))?;
    let end = Instant::now() + Duration::from_secs(arguments.wait.into());
    loop {
        let heard = ask(&client, &health).await;
        let why = match heard {
            Heard::Mock => return Ok(Exit::Held),
            Heard::Another => "something else than a mock answers there",
            Heard::Nothing => "nothing answers there",
        };
        if Instant::now() >= end {
            return Err(Trouble::unreachable(format!(
                "no mock at {} within {} s: {why}",
                arguments.url, arguments.wait
            )));
        }
        tokio::time::sleep(LOOK.min(end.saturating_duration_since(Instant::now()))).await;
    }
}

enum Heard {
    Mock,
    Another,
    Nothing,
}

async fn ask(client: &reqwest::Client, health: &reqwest::Url) -> Heard {
    let Ok(answer) = client.get(health.clone()).send().await else {
        return Heard::Nothing;
    };
    let text = answer.text().await.unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    // A mock for other machines refuses control, and is there.
    match body["status"] == "ok" || body["error"] == "control_refused" {
        true => Heard::Mock,
        false => Heard::Another,
    }
}
