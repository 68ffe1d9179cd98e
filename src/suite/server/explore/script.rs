//! The requests of a sequence as lines for a shell, which run as they stand: what the server gives out anew each time, ids
//! and keys of its own, the lines take from its answers; the token they take from the environment.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Its content is a text under the key that the server tells then.
    Seals(Text),
    /// Its client hangs up before the answer.
    HangsUp,
}

pub(super) struct Script {
    custody: Custody,
    project_url: String,
    requests: Vec<Request>,
    /// Where ids were shown first: by which request, and where in its answer.
    ids: BTreeMap<String, (usize, String)>,
}

struct Request {
    method: String,
    url: String,
    body: Option<Value>,
    line: Line,
}

impl Script {
    pub(super) fn new(server: &dyn Server, slug: &str, custody: Custody) -> Result<Self, Stop> {
        let project = Outgoing::of(server, &Call::to(Endpoint::DeleteProject, &[slug]))?;
        Ok(Self { custody, project_url: project.url, requests: Vec::new(), ids: BTreeMap::new() })
    }

    pub(super) fn push(
        &mut self,
        server: &dyn Server,
        call: &Call,
        line: Line,
    ) -> Result<(), Stop> {
        let Outgoing { method, url, .. } = Outgoing::of(server, call)?;
        let method = method.to_string();
        self.requests.push(Request { method, url, body: call.body.clone(), line });
        Ok(())
    }

    /// Notes the ids that the answer to the last request shows.
    pub(super) fn answered(&mut self, reply: &Reply) {
        let last = self.requests.len() - 1;
        let data = &reply.json["data"];
        let levels = Level::ALL.iter().map(|level| {
            let shown = &data["attributes"]["levels"][level.name()]["id"];
            (shown, format!(".data.attributes.levels.{}.id", level.name()))
        });
        let rows = data.as_array().into_iter().flatten().enumerate();
        let rows = rows.map(|(place, row)| (&row["id"], format!(".data[{place}].id")));
        for (id, path) in levels.chain(rows) {
            if let Some(id) = id_text(id) {
                self.ids.entry(id).or_insert((last, path));
            }
        }
    }

    /// All lines, with those that make the project and delete it again.
    pub(super) fn render(&self) -> String {
        let mut text = String::from(
            "# Needs curl and jq, and in the environment KEYPROOF_TOKEN, which no line shows.\n",
        );
        if self.requests.iter().any(|request| matches!(request.line, Line::Seals(_)))
            && self.custody == Custody::Server
        {
            text.push_str(&self.seal());
        }
        let used = self.used();
        for (place, request) in self.requests.iter().enumerate() {
            let curl = self.curl(request);
            let shown: Vec<_> = self.ids.iter().filter(|(_, (of, _))| *of == place).collect();
            let shown: Vec<_> = shown.into_iter().filter(|(id, _)| used.contains(*id)).collect();
            if shown.is_empty() {
                let _ = writeln!(text, "{curl}; echo");
                continue;
            }
            let _ = writeln!(text, "answer=$({curl}); echo \"$answer\"");
            for (id, (_, path)) in shown {
                let name = self.name(id);
                let _ = writeln!(text, "{name}=$(printf '%s' \"$answer\" | jq -r {path})");
            }
        }
        let _ = writeln!(text, "curl -sS -X DELETE {AUTHORIZATION} '{}'", self.project_url);
        text
    }

    /// A function that seals a text under the key that the descriptor tells.
    fn seal(&self) -> String {
        let url = &self.project_url;
        format!(
            "seal() {{\n  \
               dir=$(mktemp -d)\n  \
               curl -sS {AUTHORIZATION} '{url}/encryption-key' | jq -r .data.attributes.content >\"$dir/all\"\n  \
               jq -r .key.key <\"$dir/all\" >\"$dir/key\"\n  \
               printf 'TEXT=%s\\n' \"$1\" | keyproof proof seal --key-file \"$dir/key\" \\\n    \
                 --salt \"$(jq -r .key.key_check_salt <\"$dir/all\")\" \\\n    \
                 --iterations \"$(jq -r .key.key_check_iterations <\"$dir/all\")\"\n  \
               rm -r \"$dir\"\n}}\n"
        )
    }

    fn curl(&self, request: &Request) -> String {
        let mut url = request.url.clone();
        if let Some((before, rest)) = request.url.split_once("/versions/") {
            let (id, rest) = rest.split_once('/').map_or((rest, ""), |(id, rest)| (id, rest));
            if self.ids.contains_key(id) {
                let slash = if rest.is_empty() { "" } else { "/" };
                url = format!("{before}/versions/${{{}}}{slash}{rest}", self.name(id));
            }
        }
        let hangs_up = if request.line == Line::HangsUp { " --max-time 0.05" } else { "" };
        let mut curl =
            format!("curl -sS{hangs_up} -X {} {AUTHORIZATION} \"{url}\"", request.method);
        if let Some(body) = &request.body {
            let mut body = body.clone();
            self.name_ids(&mut body);
            if let Line::Seals(text) = request.line
                && self.custody == Custody::Server
            {
                body["content"] = Value::from(format!("{MARK}(seal {}){MARK}", text.0));
            }
            // A number comes out of its quotes.
            let body = body.to_string().replace(&format!("\"{NUMBER}"), "'\"$");
            let body = body.replace(&format!("{NUMBER}\""), "\"'");
            let mut parts = body.split(MARK);
            let mut quoted = parts.next().unwrap_or_default().to_owned();
            while let (Some(inner), Some(rest)) = (parts.next(), parts.next()) {
                let _ = write!(quoted, "'\"${inner}\"'{rest}");
            }
            let _ = write!(curl, " -H 'Content-Type: application/json' -d '{quoted}'");
        }
        curl
    }

    /// Puts names in the place of ids that an answer showed.
    fn name_ids(&self, body: &mut Value) {
        match body {
            Value::Object(members) => {
                for (name, value) in members {
                    match id_text(value).filter(|id| name == "id" && self.ids.contains_key(id)) {
                        Some(id) if value.is_number() => {
                            *value = Value::from(format!("{NUMBER}{}{NUMBER}", self.name(&id)));
                        }
                        Some(id) => *value = Value::from(format!("{MARK}{}{MARK}", self.name(&id))),
                        None => self.name_ids(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.name_ids(item)),
            _ => {}
        }
    }

    fn name(&self, id: &str) -> String {
        let place = self.ids.keys().position(|known| known == id);
        format!("id{}", place.unwrap_or_default())
    }

    /// The ids that a request sends.
    fn used(&self) -> BTreeSet<&String> {
        let texts: Vec<String> = self.requests.iter().map(|one| self.curl(one)).collect();
        let is_used = |id: &&String| {
            let name = self.name(id);
            let spellings = [format!("\"${name}\""), format!("${{{name}}}")];
            spellings.iter().any(|one| texts.iter().any(|text| text.contains(one)))
        };
        self.ids.keys().filter(is_used).collect()
    }
}

const AUTHORIZATION: &str = "-H \"Authorization: Bearer $KEYPROOF_TOKEN\"";
/// Around what becomes a variable: neither is in JSON that is sent otherwise.
const MARK: &str = "@@";
const NUMBER: &str = "##";
