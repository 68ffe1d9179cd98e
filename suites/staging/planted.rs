//! Answers of a hostile server: the operator's token, escapes, line breaks and workflow commands stand in
//! everything that it may send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::stub::answer;

/// The operator's token, which the fixture does not have. In lower case, so that it can be the name of
/// a header.
pub(crate) const SECRET: &str = "dotenv_a-token-of-the-operator-0f3a9c7be1";

/// A text with everything planted in it.
fn planted() -> String {
    format!(
        "\u{1b}[31m{SECRET}\n::error file=a::planted\n##[error]planted {}",
        STANDARD.encode(SECRET)
    )
}

pub(crate) const DATE: &str = "date: Wed, 25 Nov 2026 20:00:00 GMT";
/// A run so old that any other may tidy up after it.
pub(crate) const ABANDONED: &str = "kp-0-01234567-0";

/// What becomes of a request.
pub(crate) enum Fate {
    /// The mock answers.
    Passed,
    /// The mock answers, and something is planted in all that it says.
    Adorned,
    /// The server answers with this.
    Answered(String),
    /// There is no answer, and the run is interrupted.
    Held,
}

/// A status line whose reason is planted.
fn reason(status: &str) -> String {
    format!("{status} {SECRET} ##[error]planted")
}

/// An answer whose status line is planted.
pub(crate) fn answered(status: &str, headers: &[&str], body: &str) -> Fate {
    Fate::Answered(answer(&reason(status), headers, body))
}

/// A header's value has no control characters: no client takes them.
pub(crate) fn header(name: &str) -> String {
    format!("{name}: {SECRET} ##[error]planted")
}

fn planted_headers() -> [String; 3] {
    [
        format!("x-{SECRET}: ::error::planted"),
        header("x-planted"),
        format!("set-cookie: session={SECRET}"),
    ]
}

pub(crate) fn refused(status: &str, more: &[&str]) -> Fate {
    let text = planted();
    let mut body = json!({"error": text, "message": text, "errors": {"slug": [text]}});
    body[text.as_str()] = json!({SECRET: text});
    let planted = planted_headers();
    let mut headers = vec!["content-type: application/json"];
    headers.extend(planted.iter().map(String::as_str));
    headers.extend(more);
    answered(status, &headers, &body.to_string())
}

/// A list of projects with planted slugs and dates, and one that a run has left behind.
pub(crate) fn projects() -> Fate {
    let rows = [ABANDONED.to_owned(), planted(), SECRET.to_owned()].map(|slug| {
        json!({"type": "projects", "id": slug, "attributes": {"slug": slug, "created_at": planted()}})
    });
    let body = json!({"data": rows}).to_string();
    let headers = ["content-type: application/json", DATE];
    answered("200", &headers, &body)
}

/// The same answer with more members, more headers and another status line.
pub(crate) fn adorned(output: &str) -> String {
    let (head, body) = output.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap();
    let kept = head.lines().skip(1).filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        !["content-length", "connection", "transfer-encoding"].contains(&name.as_str())
    });
    let planted_headers = planted_headers();
    let headers: Vec<&str> = kept.chain(planted_headers.iter().map(String::as_str)).collect();
    let mut body = body.to_owned();
    if let Ok(mut json @ Value::Object(_)) = serde_json::from_str(&body) {
        let text = planted();
        json[text.as_str()] = json!(text);
        json[SECRET] = json!({"created_at": text});
        json["message"] = json!(text);
        body = json.to_string();
    }
    answer(&reason(status), &headers, &body)
}
