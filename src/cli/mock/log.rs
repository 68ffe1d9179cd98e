//! A line a request on standard error, without secrets.

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::cli::output;
use crate::mock::{MockServer, Requests, Told};
use crate::named::named;
use crate::vectors::ascii;

named! {
    /// How requests are logged.
    pub(in crate::cli) enum Log {
        Off = "off": "Not at all",
        Text = "text": "For people",
        Json = "json": "A JSON object a line, as the journal shows it",
    }
}

impl Log {
    /// Writes every request of a mock from now on, until it stops.
    pub(super) fn follow(self, mock: &MockServer) -> JoinHandle<()> {
        let requests = mock.requests();
        tokio::spawn(async move {
            if self != Self::Off {
                self.write(requests).await;
            }
        })
    }

    async fn write(self, mut requests: Requests) {
        while let Some(event) = requests.next().await {
            output::write_stderr(&format!("{}\n", self.line(&event)));
        }
    }

    fn line(self, event: &Told) -> String {
        match (self, event) {
            // Only in a string of it can a command of a workflow stand.
            (Self::Json, Told::Request(request)) => {
                ascii(&request.to_string()).replace("##[", r"#\u0023[")
            }
            (Self::Json, Told::Missed(count)) => json!({"missed": count}).to_string(),
            (_, Told::Request(request)) => output::printable(&text(request)),
            (_, Told::Missed(count)) => format!("{count} requests came too fast to be listed"),
        }
    }
}

fn text(request: &Value) -> String {
    let word = |name: &str| request[name].as_str().unwrap_or("-");
    let at = word("at");
    let time = at.get(11..19).unwrap_or(at);
    let status = request["status"].as_u64();
    let status = status.map_or_else(|| "cut".to_owned(), |status| status.to_string());
    let mut line = format!("{time} {status} {} {}", word("method"), word("path"));
    let mut checks = request["checks"].as_array().into_iter().flatten();
    if let Some(refused) = checks.rfind(|check| check["passed"] == false) {
        let (stage, reason) = (&refused["stage"], &refused["reason"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        line.push_str(&format!("  {}: {}", text(stage), text(reason)));
    }
    if let Some(why) = request["would_pass"].as_str() {
        line.push_str(&format!("; would pass: {why}"));
    }
    if let Some(fault) = request["fault"].as_str() {
        line.push_str(&format!("  fault: {fault}"));
    }
    line
}
