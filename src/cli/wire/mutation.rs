//! Mutations: what is done at which place, and what it is called.

use serde_json::{Value, json};

use super::recording::{Answered, Answers};
use super::site::{Site, sites};
use crate::contract::route::Endpoint;
use crate::mock::{Row, WrongRow};

/// The headers that documentation or a standard asks for. `Date` is not among them: without it a run has no name.
const HEADERS: [&str; 11] = [
    "content-type",
    "retry-after",
    "strict-transport-security",
    "www-authenticate",
    "x-api-version",
    "x-content-type-options",
    "x-frame-options",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-xss-protection",
];

/// A server that is wrong in one place, or right in another way.
#[derive(Debug, Clone)]
pub struct Mutation {
    /// `wire/ENDPOINT/PLACE/OPERATOR`: what the user selects it by.
    pub id: String,
    /// Whose answers or effects it changes.
    pub endpoint: Endpoint,
    /// The status of the answers that show it; none if any may.
    pub status: Option<u16>,
    /// What the mock is told.
    pub rows: Vec<Row>,
}

impl Mutation {
    /// The operator that it is made by: the end of its id.
    pub fn operator(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }

    /// Where it is made: the part of its id before the operator.
    pub(super) fn place(&self) -> &str {
        self.id.rsplit('/').nth(1).unwrap_or_default()
    }

    /// Every mutation of these answers, in the order of their ids.
    ///
    /// # Errors
    /// A row that the mock does not take: a fault of ours.
    pub(super) fn all(answers: &Answers) -> Result<Vec<Self>, String> {
        let mut all = Vec::new();
        for (answered, record) in answers {
            let mut making = Making { answered: *answered, all: &mut all };
            for site in sites(&record.bodies) {
                making.at(&site)?;
            }
            making.statuses()?;
            for header in HEADERS.iter().filter(|name| record.headers.contains(**name)) {
                making.header(header)?;
            }
            if answered.is_success() {
                making.effects()?;
                making.alternatives(&record.bodies)?;
            }
        }
        all.sort_by(|one, other| one.id.cmp(&other.id));
        all.dedup_by(|one, other| one.id == other.id);
        Ok(all)
    }
}

/// Makes the mutations of the answers of one endpoint that have one status.
struct Making<'m> {
    answered: Answered,
    all: &'m mut Vec<Mutation>,
}

impl Making<'_> {
    fn push(
        &mut self,
        name: &str,
        operator: &str,
        status: Option<u16>,
        rows: Vec<Value>,
    ) -> Result<(), String> {
        let endpoint = self.answered.endpoint;
        let id = format!("wire/{}/{name}/{operator}", endpoint.name());
        let rows = rows.into_iter().map(|mut row| {
            row["endpoint"] = json!(endpoint.name());
            Row::read(row)
        });
        let rows: Result<Vec<Row>, WrongRow> = rows.collect();
        let rows = rows.map_err(|wrong| format!("{id}: {wrong}"))?;
        self.all.push(Mutation { id, endpoint, status, rows });
        Ok(())
    }

    /// The name of something in these answers: refusals have their status in front.
    fn name(&self, of: &str) -> String {
        if self.answered.is_success() {
            of.to_owned()
        } else {
            format!("{}.{of}", self.answered.status)
        }
    }

    /// Mutations of what answers of this status have.
    fn answer(&mut self, name: &str, operator: &str, row: Value) -> Result<(), String> {
        let mut row = row;
        let status = self.answered.status;
        row["when"] = json!(status);
        self.push(&self.name(name), operator, Some(status), vec![row])
    }

    fn at(&mut self, site: &Site) -> Result<(), String> {
        for (operator, within, does) in operators(&site.values) {
            let at = format!("{}{within}", site.at);
            self.answer(&site.name, operator, json!({"at": at, "do": does}))?;
        }
        Ok(())
    }

    fn statuses(&mut self) -> Result<(), String> {
        let status = self.answered.status;
        let others = match status {
            200 => vec![("other-success", 201), ("server-error", 500)],
            201 | 204 => vec![("other-success", 200), ("server-error", 500)],
            403 => vec![("success", 200), ("other-refusal", 404)],
            404 => vec![("success", 200), ("other-refusal", 403)],
            400 | 401 | 409 | 422 => vec![("success", 200), ("other-refusal", 403)],
            _ => vec![("success", 200)],
        };
        for (operator, other) in others {
            self.answer("status", operator, json!({"do": {"status": other}}))?;
        }
        Ok(())
    }

    fn header(&mut self, header: &str) -> Result<(), String> {
        let name = format!("header:{header}");
        self.answer(&name, "delete", json!({"do": {"remove_header": header}}))?;
        let other = json!({"name": header, "value": "7"});
        self.answer(&name, "other-value", json!({"do": {"set_header": other}}))
    }

    fn effects(&mut self) -> Result<(), String> {
        let effects = if self.answered.endpoint.route().writes {
            vec![
                ("swallowed", json!("swallow")),
                ("done-twice", json!("twice")),
                ("done-and-refused", json!({"refuse": "internal_error"})),
            ]
        } else {
            vec![("stale", json!("stale"))]
        };
        for (operator, does) in effects {
            self.push("effect", operator, None, vec![json!({"do": does})])?;
        }
        Ok(())
    }

    /// Other ways to be right.
    fn alternatives(&mut self, bodies: &[Value]) -> Result<(), String> {
        let mut places = vec![String::new()];
        for site in sites(bodies) {
            // What kind of object it is does not matter here.
            let steps = site.at.split('/').filter(|step| !step.starts_with('?'));
            let at = steps.collect::<Vec<_>>().join("/");
            let is_document = |value: &Value| {
                let inner =
                    value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
                inner.is_some_and(|inner| inner.is_object())
            };
            if site.values.iter().any(Value::is_array) {
                places.push(format!("{at}/*"));
            }
            if site.values.iter().any(is_document) {
                places.push(format!("{at}/@json"));
            }
            if site.values.iter().any(Value::is_object) {
                places.push(at);
            }
        }
        places.sort();
        places.dedup();
        let deep = |does: &str| {
            let rows = places.iter().map(|at| json!({"when": "always", "at": at, "do": does}));
            rows.collect::<Vec<Value>>()
        };
        if self.answered.status != 204 {
            let members = deep("add_member");
            self.push("answer", "unheard-of-members", None, members)?;
            self.push("answer", "other-order", None, deep("reverse"))?;
            for (operator, does) in
                [("white-space", "spaced"), ("escapes", "escaped"), ("chunks", "chunked")]
            {
                let row = json!({"when": "always", "do": does});
                self.push("answer", operator, None, vec![row])?;
            }
        }
        Ok(())
    }
}

/// The operators that fit these values: how ids call each, where beyond the place it acts, and what it does.
fn operators(values: &[Value]) -> Vec<(&'static str, &'static str, Value)> {
    let any = |is: fn(&Value) -> bool| values.iter().any(is);
    let longest = values.iter().filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
    let is_number = any(|value| value.is_number() || is_numeral(value));
    let mut fit = vec![("delete", "", json!("delete"))];
    let mut add = |fits: bool, operator, within, does| {
        if fits {
            fit.push((operator, within, does));
        }
    };
    add(any(|value| !value.is_null()), "null", "", json!("null"));
    let other_type = if any(Value::is_string) {
        "to_number"
    } else if any(Value::is_object) {
        "to_list"
    } else if any(Value::is_array) {
        "to_object"
    } else {
        "to_text"
    };
    add(true, "other-type", "", json!(other_type));
    add(is_number, "one-more", "", json!({"add": 1}));
    add(is_number, "one-less", "", json!({"add": -1}));
    add(any(has_letters), "other-case", "", json!("other_case"));
    add(any(can_be_cut), "cut", "", json!("cut"));
    let is_scalar = |value: &Value| value.is_boolean() || value.is_number() || value.is_string();
    add(any(is_scalar), "other-value", "", json!("other"));
    add(longest > 0, "no-rows", "", json!({"set": []}));
    add(longest > 0, "first-row-missing", "/0", json!("delete"));
    add(longest > 1, "last-row-missing", "", json!("drop_row"));
    add(longest > 0, "last-row-doubled", "", json!("double_row"));
    add(longest > 1, "other-order", "", json!("reverse"));
    fit
}

fn is_numeral(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<u32>().is_ok())
}

fn has_letters(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains(|letter: char| letter.is_alphabetic()))
}

fn can_be_cut(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().count() > 1,
        Value::Array(rows) => rows.len() > 1,
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}
