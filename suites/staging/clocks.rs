//! A right server behind a load balancer that writes `Date` by a clock of its own, or leaves it out.

use keyproof::mock::Limits;
use libtest_mimic::Failed;
use serde_json::Value;

use super::host::Host;
use crate::support::Trial;
use crate::support::process::path;
use crate::support::proxy::shifted;
use crate::support::relay::relay;

pub(crate) fn trials() -> Vec<Trial> {
    let test = |name: &'static str, edit: fn(&str) -> Option<String>, remark: &'static str| {
        Trial::test(format!("clocks/{name}"), move || expires(name, edit, remark))
    };
    vec![
        test("a_date_that_agrees_is_not_spoken_of", |date| Some(shifted(date, 0)), ""),
        test(
            "a_date_that_is_ahead_is_told_of",
            |date| Some(shifted(date, 5)),
            "; its Date is 5 s ahead of the clock that sets its times",
        ),
        test(
            "a_date_that_is_behind_is_told_of",
            |date| Some(shifted(date, -60)),
            "; its Date is 60 s behind the clock that sets its times",
        ),
        test("a_server_without_a_date_is_checked", |_| None, "; it sends no Date"),
        test(
            "a_date_that_is_none_is_told_of",
            |_| Some("half past nine".to_owned()),
            "; its Date is none that can be read, and was not used",
        ),
    ]
}

/// A token that has expired is seen to be refused, whatever `Date` says.
fn expires(name: &str, edit: fn(&str) -> Option<String>, remark: &str) -> Result<(), Failed> {
    const CASE: &str = "server/descriptor/expired-token";
    let host = Host::ticking(Limits::Off);
    let (proxy, _) = relay(move |answer| edited(&answer, edit));
    let report = path(&format!("{name}.json"));
    let file = format!("json={}", report.display());
    let output = host.check(&["--run", CASE, "--proxy", &proxy, "--report", &file]);
    assert_eq!(output.exit, 0, "{output:?}");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(report)?)?;
    let cases = document["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == CASE).unwrap();
    assert_eq!(case["verdict"], "pass", "{case}");
    let line = output.last_line();
    assert!(line.ends_with(remark), "{line}");
    assert_eq!(line.contains("Date"), !remark.is_empty(), "{line}");
    Ok(())
}

/// The answer with another `Date`, or without one.
fn edited(answer: &str, edit: fn(&str) -> Option<String>) -> String {
    let line = |line: &str| match line.strip_prefix("date: ") {
        Some(date) => edit(date.trim_end()).map(|date| format!("date: {date}\r\n")),
        None => Some(line.to_owned()),
    };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let head: String = format!("{head}\r\n").split_inclusive('\n').filter_map(line).collect();
    format!("{head}\r\n{body}")
}
