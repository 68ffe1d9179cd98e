//! First contact with what is not the API: each has a diagnosis of its own.

use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::check_with;
use crate::support::stub::{answer, answering, nobody};

pub(crate) fn trials() -> Vec<Trial> {
    let rows = rows();
    rows.into_iter()
        .map(|row| Trial::test(format!("diagnosis/{}", row.name), move || names_the_cause(row)))
        .collect()
}

struct Row {
    name: &'static str,
    /// What the server says, whatever it is asked; none if nobody is there.
    says: Option<String>,
    exit: i32,
    message: &'static str,
}

const JSON: &[&str] = &["content-type: application/json"];
const DATED: &[&str] = &["content-type: application/json", "date: Wed, 25 Nov 2026 20:00:00 GMT"];

fn rows() -> Vec<Row> {
    let row = |name, says: String, exit, message| Row { name, says: Some(says), exit, message };
    vec![
        Row { name: "nobody_is_there", says: None, exit: 4, message: "the connection was refused" },
        row(
            "a_web_page",
            answer("200 OK", &["content-type: text/html"], "<!doctype html><title>Hi</title>"),
            4,
            "the answer is a web page (status 200): there is no dotEnv Cloud API at this URL",
        ),
        row(
            "a_page_for_an_error",
            answer("502 Bad Gateway", &["content-type: text/html"], "<html>nginx</html>"),
            4,
            "the answer is a web page (status 502): there is no dotEnv Cloud API at this URL",
        ),
        row(
            "a_redirect_to_a_login",
            answer("302 Found", &["location: https://login.example/start?token=hush#x"], ""),
            4,
            "the server redirects to https://login.example/start (302), as to a page for logging in: \
             redirects are never followed, give the origin of the API itself",
        ),
        row(
            "a_wrong_token",
            answer("401 Unauthorized", JSON, "{\"message\":\"Unauthenticated.\"}"),
            2,
            "the token is refused (401): it is wrong, expired, revoked, or of another server",
        ),
        row(
            "a_token_that_may_nothing",
            answer("403 Forbidden", JSON, "{\"error\":\"insufficient_permissions\"}"),
            2,
            "the token may not list projects (403 insufficient_permissions): it needs every ability that \
             the suite uses, or `*`",
        ),
        row(
            "a_wrong_organization",
            answer("404 Not Found", JSON, "{\"error\":\"not_found\"}"),
            2,
            "the organization is not there for this token (404): check --org, and whose token it is",
        ),
        row(
            "another_api",
            answer("200 OK", JSON, "{\"items\":[]}"),
            4,
            "the answer to a list of projects has no list `data`: there is no dotEnv Cloud API at this URL",
        ),
        row(
            "broken_json",
            answer("200 OK", JSON, "{\"data\":["),
            4,
            "the answer is broken JSON (status 200): there is no dotEnv Cloud API at this URL",
        ),
        row(
            "a_number_that_no_double_holds",
            answer("200 OK", JSON, "{\"data\":[],\"more\":1e400}"),
            3,
            "the answer is JSON with a number that no double holds (line 1 column 23), which keyproof cannot read",
        ),
        row(
            "many_levels",
            answer("200 OK", JSON, &format!("{}{}", "[".repeat(200), "]".repeat(200))),
            3,
            "the answer is JSON with more than 127 levels (line 1 column 128), which keyproof cannot read",
        ),
        row(
            "an_error_of_its_own",
            answer("500 Internal Server Error", DATED, "{\"error\":\"oops\"}"),
            4,
            "the server answers 500 oops to a plain GET: it is not well",
        ),
        row(
            "an_encoding_that_nobody_asked_for",
            answer("200 OK", &["content-encoding: gzip"], "\u{1f}garbage"),
            4,
            "the answer is encoded as gzip, though the request says `Accept-Encoding: identity`: have the server, or \
             the proxy in front of it, encode what asks for it only",
        ),
        row(
            "an_answer_that_breaks_off",
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 500\r\n\r\n{\"data\""
                .to_owned(),
            4,
            "the answer broke off",
        ),
        row(
            "something_that_speaks_no_http",
            "220 mail.example ESMTP\r\n".to_owned(),
            4,
            "the connection broke off before an answer",
        ),
        row(
            "a_server_that_hangs_up",
            String::new(),
            4,
            "the connection broke off before an answer",
        ),
    ]
}

fn names_the_cause(row: Row) -> Result<(), Failed> {
    let url = match row.says {
        Some(says) => answering(usize::MAX, says),
        None => nobody(),
    };
    let arguments = ["--url", &url, "--org", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--retries", "0"];
    let output = check_with(&arguments, &[("KEYPROOF_TOKEN", "dotenv_of_nobody_at_all")]);
    assert_eq!(output.exit, row.exit, "{output:?}");
    let last = output.stderr.lines().last().unwrap_or_default();
    // Where nothing came the place is named too.
    let last = last.replace(&format!("{url}: "), "");
    assert_eq!(last, format!("keyproof: {}", row.message));
    assert!(!output.stderr.contains("hush"));
    Ok(())
}
