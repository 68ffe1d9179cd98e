//! The requests of a sequence as lines for a shell, which run as they stand: what the server gives out anew each time, ids
//! and keys of its own, the lines take from its answers; its address and the token they take from the environment.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::history::operation::{Level, Text};
use crate::suite::server::wire::{Call, Outgoing, Reply, Server, id_text};

/// What a line has to do besides sending its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Plain,
    /// Its content is a text, under server custody sealed under the key that the server tells then.
    Seals(Text),
    /// Its client hangs up before the answer.
    HangsUp,
}

pub(super) struct Script {
    custody: Custody,
    slug: String,
    /// The origin of the server and the path of its organization.
    base: String,
    lines: Vec<Written>,
    /// The ids that answers showed: in which line first, and where in its answer.
    ids: BTreeMap<String, (usize, String)>,
}

enum Written {
    Note(String),
    Request { method: String, url: String, body: Option<Value>, line: Line },
}

impl Script {
    pub(super) fn new(server: &dyn Server, slug: &str, custody: Custody) -> Result<Self, Stop> {
        let project = Outgoing::of(server, &Call::to(Endpoint::DeleteProject, &[slug]))?.url;
        let base = project.trim_end_matches(slug).trim_end_matches('/').to_owned();
        let (slug, lines, ids) = (slug.to_owned(), Vec::new(), BTreeMap::new());
        Ok(Self { custody, slug, base, lines, ids })
    }

    /// Tells what the next lines are for.
    pub(super) fn note(&mut self, note: String) {
        self.lines.push(Written::Note(note));
    }

    pub(super) fn push(
        &mut self,
        server: &dyn Server,
        call: &Call,
        line: Line,
    ) -> Result<(), Stop> {
        let Outgoing { method, url, .. } = Outgoing::of(server, call)?;
        let (method, body) = (method.to_string(), call.body.clone());
        self.lines.push(Written::Request { method, url, body, line });
        Ok(())
    }

    /// Notes the ids that the answer to the last request shows.
    pub(super) fn answered(&mut self, reply: &Reply) {
        let last = self.lines.len().saturating_sub(1);
        let data = &reply.json["data"];
        let levels = Level::ALL.iter().map(|level| {
            let shown = &data["attributes"]["levels"][level.name()]["id"];
            (shown, format!(".data.attributes.levels.{}.id", level.name()))
        });
        let rows = data.as_array().into_iter().flatten().enumerate();
        let rows = rows.map(|(place, row)| (&row["id"], format!(".data[{place}].id")));
        let secret = [(&data["secret_id"], ".data.secret_id".to_owned())];
        for (id, path) in levels.chain(rows).chain(secret) {
            if let Some(id) = id_text(id) {
                self.ids.entry(id).or_insert((last, path));
            }
        }
    }

    /// All lines, with those that make the project and delete it again.
    pub(super) fn render(&self) -> String {
        let names = self.names();
        let mut text = format!("{ADDRESS}project=explored-$(date +%s)\n");
        let seals = |line: &Written| {
            matches!(line, Written::Request { line: Line::Seals(_), .. })
                && self.custody == Custody::Server
        };
        if self.lines.iter().any(seals) {
            text.push_str(SEAL);
        }
        for (place, line) in self.lines.iter().enumerate() {
            let (method, url, body, line) = match line {
                Written::Note(note) => {
                    let _ = writeln!(text, "# {note}");
                    continue;
                }
                Written::Request { method, url, body, line } => (method, url, body, line),
            };
            let curl = self.curl(method, url, body.as_ref(), *line, &names);
            let mut taken = String::new();
            for (id, name) in &names {
                if let Some((_, path)) = self.ids.get(id).filter(|(of, _)| *of == place) {
                    let _ = writeln!(taken, "{name}=$(printf '%s' \"$answer\" | jq -r {path})");
                }
            }
            let _ = match (line, taken.is_empty()) {
                (Line::HangsUp, _) => writeln!(text, "{curl} || true; echo"),
                (_, true) => writeln!(text, "{curl}; echo"),
                (_, false) => writeln!(text, "answer=$({curl}); echo \"$answer\"\n{taken}"),
            };
            if !taken.is_empty() {
                // The last of them ended its line.
                text.pop();
            }
        }
        let _ = writeln!(text, "# no order of the requests explains these answers\n{DELETE}");
        text
    }

    /// The ids that requests send, and the variables that they are in.
    fn names(&self) -> BTreeMap<String, String> {
        let mut sent = Vec::new();
        for line in &self.lines {
            if let Written::Request { url, body, .. } = line {
                sent.extend(url.split('/').map(str::to_owned));
                sent.extend(body.iter().flat_map(ids_in));
            }
        }
        let mut names = BTreeMap::new();
        for id in sent {
            if self.ids.contains_key(&id) {
                let next = format!("id{}", names.len() + 1);
                names.entry(id).or_insert(next);
            }
        }
        names
    }

    fn curl(
        &self,
        method: &str,
        url: &str,
        body: Option<&Value>,
        line: Line,
        names: &BTreeMap<String, String>,
    ) -> String {
        let path = url.strip_prefix(&self.base).unwrap_or(url).split('/').map(|part| {
            if part == self.slug {
                return "$project".to_owned();
            }
            names.get(part).map_or_else(|| part.to_owned(), |name| format!("${name}"))
        });
        let path: Vec<String> = path.collect();
        let mut curl = "curl -sS".to_owned();
        if line == Line::HangsUp {
            curl.push_str(" --max-time 0.05");
        }
        if method != "GET" {
            let _ = write!(curl, " -X {method}");
        }
        let _ = write!(curl, " -H \"$token\" \"$api{}\"", path.join("/"));
        if let Some(body) = body {
            let mut body = body.clone();
            if let Line::Seals(text) = line
                && self.custody == Custody::Server
            {
                body["content"] = Value::from(format!("{MARK}(seal {}){MARK}", text.0));
            }
            self.put_names(&mut body, names);
            let _ = write!(curl, " -H \"$json\" -d '{}'", quoted(&body));
        }
        curl
    }

    /// Puts variables in the place of what the lines have from answers.
    fn put_names(&self, body: &mut Value, names: &BTreeMap<String, String>) {
        match body {
            Value::Object(members) => {
                for (member, value) in members {
                    let name = id_text(value).filter(|_| member == "id").map(|id| names.get(&id));
                    match name.flatten() {
                        Some(name) if value.is_number() => {
                            *value = Value::from(format!("{NUMBER}{name}{NUMBER}"));
                        }
                        Some(name) => *value = Value::from(format!("{MARK}{name}{MARK}")),
                        None => self.put_names(value, names),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_names(item, names)),
            Value::String(text) if *text == self.slug => *text = format!("{MARK}project{MARK}"),
            _ => {}
        }
    }
}

/// The ids in a body.
fn ids_in(body: &Value) -> Vec<String> {
    match body {
        Value::Object(members) => {
            let ids = members.get("id").and_then(id_text);
            ids.into_iter().chain(members.values().flat_map(ids_in)).collect()
        }
        Value::Array(items) => items.iter().flat_map(ids_in).collect(),
        _ => Vec::new(),
    }
}

/// A body inside single quotes, which its variables are outside of.
fn quoted(body: &Value) -> String {
    let text = body.to_string().replace('\'', "'\\''");
    // A number comes out of the quotes of its text.
    let text = text.replace(&format!("\"{NUMBER}"), "'\"$").replace(&format!("{NUMBER}\""), "\"'");
    let mut parts = text.split(MARK);
    let mut quoted = parts.next().unwrap_or_default().to_owned();
    while let (Some(inner), Some(rest)) = (parts.next(), parts.next()) {
        let _ = write!(quoted, "'\"${inner}\"'{rest}");
    }
    quoted
}

const ADDRESS: &str = "\
api=$KEYPROOF_URL/api/v1/$KEYPROOF_ORG
token=\"Authorization: Bearer $KEYPROOF_TOKEN\"
json='Content-Type: application/json'
";
/// Seals a text under the key that the server tells.
const SEAL: &str = "\
seal() {
  dir=$(mktemp -d)
  curl -sS -H \"$token\" \"$api/$project/encryption-key\" | jq -r .data.attributes.content >\"$dir/all\"
  jq -r .key.key <\"$dir/all\" >\"$dir/key\"
  printf 'TEXT=%s\\n' \"$1\" | keyproof proof seal --key-file \"$dir/key\" \\
    --salt \"$(jq -r .key.key_check_salt <\"$dir/all\")\" \\
    --iterations \"$(jq -r .key.key_check_iterations <\"$dir/all\")\"
  rm -r \"$dir\"
}
";
const DELETE: &str = "curl -sS -X DELETE -H \"$token\" \"$api/$project\"; echo";
/// Around what becomes a variable: neither is in what is sent otherwise.
const MARK: &str = "@@";
const NUMBER: &str = "##";
