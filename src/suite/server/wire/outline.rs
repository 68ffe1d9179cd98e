//! The outline of a server's answers: which members of which types each endpoint sends, without any
//! value, so that two deployments can be compared.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;

use super::Reply;
use crate::contract::route::Endpoint;
use crate::harness::Redactor;

/// Lines such as `GET /api/v1/{organization}/projects 200 data[].id text`, by endpoint and status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline(BTreeMap<String, BTreeSet<String>>);

#[derive(Default)]
pub(crate) struct Recorder(Mutex<Outline>);

impl Recorder {
    /// Names that contain what `redactor` knows are left out.
    pub(crate) fn learn(&self, endpoint: Endpoint, reply: &Reply, redactor: &Redactor) {
        // Whether a rate limit or a gateway answers differs from run to run.
        if reply.status == 429 || reply.status >= 500 {
            return;
        }
        let route = endpoint.route();
        let place = format!("{} {} {}", route.method.name(), route.path, reply.status);
        let mut members = BTreeSet::new();
        match reply.exchange.response.as_ref().map(|one| one.body.as_str()) {
            None | Some("") => drop(members.insert("(no body)".to_owned())),
            Some(_) => outline("", &reply.json, &mut members, &|name| is_plain(name, redactor)),
        }
        let mut recorded = self.0.lock();
        recorded.0.entry(place).or_default().extend(members);
    }

    pub(crate) fn so_far(&self) -> Outline {
        self.0.lock().clone()
    }
}

/// Longest name of a member that an outline has. Tokens and keys are longer.
const NAME: usize = 40;

/// Whether the name of a member is a word, and no secret: outlines are kept among a project's files.
fn is_plain(name: &str, redactor: &Redactor) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=NAME).contains(&name.len()) && name.bytes().all(fits) && redactor.scan(name) == 0
}

fn outline(
    path: &str,
    value: &Value,
    members: &mut BTreeSet<String>,
    is_shown: &dyn Fn(&str) -> bool,
) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            // The descriptor is a document in a text.
            Ok(inner @ Value::Object(_)) => {
                outline(&format!("{path}(json)"), &inner, members, is_shown);
                "text"
            }
            _ if text.parse::<Timestamp>().is_ok() => "time",
            _ => "text",
        },
        Value::Array(items) => {
            for item in items {
                outline(&format!("{path}[]"), item, members, is_shown);
            }
            "list"
        }
        Value::Object(inner) => {
            for (name, value) in inner {
                let dot = if path.is_empty() { "" } else { "." };
                let name = if is_shown(name) { name } else { "*" };
                outline(&format!("{path}{dot}{name}"), value, members, is_shown);
            }
            return;
        }
    };
    let path = if path.is_empty() { "(body)" } else { path };
    members.insert(format!("{path} {kind}"));
}

impl Outline {
    /// One line a member, in order.
    pub fn render(&self) -> String {
        let lines = self.0.iter().flat_map(|(place, members)| {
            members.iter().map(move |member| format!("{place} {member}\n"))
        });
        lines.collect()
    }

    /// Reads what [`Outline::render`] wrote.
    ///
    /// # Errors
    /// The number of a line that is none of an outline, counted from 1.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let mut outline = Self::default();
        for (position, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            let [method, path, status, member] = words[..] else {
                return Err(position + 1);
            };
            let place = format!("{method} {path} {status}");
            outline.0.entry(place).or_default().insert(member.to_owned());
        }
        Ok(outline)
    }

    /// This one, and of the endpoints and statuses that it has not met what an earlier one knew.
    pub fn over(&self, earlier: &Self) -> Self {
        let mut all = earlier.clone();
        all.0.extend(self.0.clone());
        all
    }

    /// The lines that are gone, marked with `-`, and those that are new, marked with `+`.
    pub fn changes(&self, now: &Self) -> Vec<String> {
        let lines = |outline: &Self| -> BTreeSet<String> {
            outline.render().lines().map(str::to_owned).collect()
        };
        let (before, after) = (lines(self), lines(now));
        let gone = before.difference(&after).map(|line| (line, '-'));
        let new = after.difference(&before).map(|line| (line, '+'));
        let mut changes: Vec<(&String, char)> = gone.chain(new).collect();
        changes.sort();
        changes.into_iter().map(|(line, mark)| format!("{mark} {line}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recorded(value: &Value) -> Outline {
        let mut members = BTreeSet::new();
        let redactor = Redactor::new(&[]);
        redactor.register("hush-hush-hush");
        let is_shown = |name: &str| is_plain(name, &redactor);
        outline("", value, &mut members, &is_shown);
        Outline(BTreeMap::from([("GET /x 200".to_owned(), members)]))
    }

    #[test]
    fn an_outline_has_types_and_no_values() {
        let answer = json!({
            "data": [{"id": "7", "at": "2026-06-11T00:00:00Z"}, {"id": 7, "key": null}],
            "content": "{\"key\":{\"version\":1}}",
        });
        assert_eq!(
            recorded(&answer).render(),
            "GET /x 200 content text\n\
             GET /x 200 content(json).key.version number\n\
             GET /x 200 data list\n\
             GET /x 200 data[].at time\n\
             GET /x 200 data[].id number\n\
             GET /x 200 data[].id text\n\
             GET /x 200 data[].key null\n"
        );
    }

    #[test]
    fn a_name_that_is_no_plain_word_is_not_kept() {
        let mut answer = json!({"a b": 1, "": 1, "::error::x": 1, "\u{1b}[31m\n": 1});
        answer["hush-hush-hush"] = json!({"id": 7});
        answer["k".repeat(NAME + 1)] = json!(null);
        assert_eq!(
            recorded(&answer).render(),
            "GET /x 200 * null\nGET /x 200 * number\nGET /x 200 *.id number\n"
        );
    }

    #[test]
    fn what_is_rendered_is_read_back() {
        let outline = recorded(&json!({"a": {"c": [true]}, "d": "e"}));
        assert_eq!(Outline::parse(&outline.render()), Ok(outline));
        assert_eq!(Outline::parse("GET /x 200 a text\nGET /x\n"), Err(2));
    }

    #[test]
    fn changes_name_the_lines() {
        let (before, now) =
            (recorded(&json!({"id": 7, "a": 1})), recorded(&json!({"id": "7", "a": 1})));
        assert_eq!(before.changes(&now), ["- GET /x 200 id number", "+ GET /x 200 id text"]);
        assert!(before.changes(&before).is_empty());
    }
}
