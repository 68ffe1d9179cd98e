//! Writers that hang up, and readers that remember what they saw: a crash takes nothing of it back.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::killed::{Chance, Server, project};
use super::support::{ClientKey, ULID, token};

/// What was asked for by writers that did not wait for an answer, and what readers saw.
pub(crate) struct Witness {
    key: ClientKey,
    /// Numbers of what was asked for, each used once.
    next: u64,
    deleted: BTreeSet<String>,
    seen: Seen,
}

/// What answers have shown. It grows only.
#[derive(Default)]
struct Seen {
    texts: BTreeSet<String>,
    projects: BTreeSet<String>,
    gone: BTreeSet<String>,
    tokens: BTreeSet<String>,
    organizations: BTreeSet<String>,
    keys: usize,
    time: String,
}

const KEYS: &str = "/api/v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV/api-keys";

impl Witness {
    /// Makes the projects that its writers write into.
    pub(crate) async fn new(server: &Server) -> Self {
        let key = ClientKey::new("hung up");
        let mut body = key.project();
        body["name"] = json!("h");
        server.ask("projects", body).await.unwrap();
        server.ask("projects", json!({"name": "r"})).await.unwrap();
        Self { key, next: 0, deleted: BTreeSet::new(), seen: Seen::default() }
    }

    /// Asks for changes until the server is gone, and waits for no answer of its own.
    pub(crate) async fn write(
        witness: &tokio::sync::Mutex<Self>,
        server: &Server,
        mut chance: Chance,
    ) {
        loop {
            let request = witness.lock().await.request(server, &mut chance);
            let address = server.url.trim_start_matches("http://");
            let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else {
                return;
            };
            // It may be gone between the two.
            let _ = stream.write_all(request.as_bytes()).await;
            // From at once to after the answer. Without a wait what is stored would grow without end.
            server.answers_more(chance.below(4) as usize).await;
            drop(stream);
            if server.is_gone() {
                return;
            }
        }
    }

    fn request(&mut self, server: &Server, chance: &mut Chance) -> String {
        self.next += 1;
        let number = self.next;
        let mut bearer = token("full");
        let (url, control) = &server.control;
        let base = url.strip_prefix(&server.url).unwrap();
        let (method, path, body) = match chance.below(40) {
            0 => {
                bearer.clone_from(control);
                let path = format!("{base}/organizations");
                ("POST", path, json!({"name": format!("o{number}")}))
            }
            1..=3 => {
                bearer.clone_from(control);
                ("POST", format!("{base}/clock"), json!({"seconds": 3600}))
            }
            4..=9 => {
                let body = json!({"name": format!("p{number}")});
                ("POST", format!("/api/v1/{ULID}/projects"), body)
            }
            10..=14 => {
                let left = self.seen.projects.difference(&self.deleted);
                let slug = left.last().cloned().unwrap_or_default();
                self.deleted.insert(slug.clone());
                ("DELETE", format!("/api/v1/{ULID}/{slug}"), json!({}))
            }
            15..=18 => {
                let body = json!({"name": format!("k{number}"), "abilities": ["secret:read"]});
                ("POST", KEYS.to_owned(), body)
            }
            19..=22 => {
                let path = format!("/api/v1/{ULID}/r/encryption-key/rotate");
                ("POST", path, json!({"history_policy": "keep"}))
            }
            _ => {
                let content = self.key.seal(&format!("H={number}"));
                let body = json!({"project": "h", "content": content, "key_proof": self.key.proof});
                ("POST", format!("/api/v1/{ULID}/secrets/store"), body)
            }
        };
        let host = server.url.trim_start_matches("http://");
        let (body, head) = (body.to_string(), format!("{method} {path} HTTP/1.1\r\nHost: {host}"));
        let length = body.len();
        format!(
            "{head}\r\nAuthorization: Bearer {bearer}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }

    /// Looks at everything, and remembers it, until the server is gone.
    pub(crate) async fn read(
        witness: &tokio::sync::Mutex<Self>,
        server: &Server,
        mut chance: Chance,
    ) {
        while Self::look(witness, server, &mut chance).await.is_some() {}
    }

    /// Looks at one thing. None if there was no answer.
    async fn look(
        witness: &tokio::sync::Mutex<Self>,
        server: &Server,
        chance: &mut Chance,
    ) -> Option<()> {
        let names = |rows: &Value, name: &dyn Fn(&Value) -> Option<String>| {
            let rows = rows.as_array().unwrap().iter();
            rows.filter_map(name).collect::<Vec<_>>()
        };
        let of = |path: &str| format!("/api/v1/{ULID}/{path}");
        match chance.below(10) {
            0 => {
                let body = server.see("/_mock/organizations").await?;
                let name = |row: &Value| row["name"].as_str().map(str::to_owned);
                let names = names(&body["organizations"], &name);
                witness.lock().await.seen.organizations.extend(names);
            }
            1 => {
                let now = server.see("/_mock/clock").await?["now"].clone();
                let mut witness = witness.lock().await;
                let time = witness.seen.time.clone().max(now.as_str()?.to_owned());
                witness.seen.time = time;
            }
            2 => {
                let body = server.see(&of("projects")).await?;
                let slug = |row: &Value| row["attributes"]["slug"].as_str().map(str::to_owned);
                let mut slugs = names(&body["data"], &slug);
                slugs.retain(|slug| slug.starts_with('p'));
                let mut witness = witness.lock().await;
                let before = witness.seen.projects.len();
                witness.seen.projects.extend(slugs);
                if witness.seen.projects.len() > before {
                    server.shows_something_new();
                }
            }
            3 => {
                let slug = witness.lock().await.deleted.last().cloned();
                let slug = slug.unwrap_or_else(|| "never".to_owned());
                if server.see(&of(&slug)).await?["error"] == "not_found" {
                    witness.lock().await.seen.gone.insert(slug);
                }
            }
            4 => {
                let body = server.see(KEYS).await?;
                let name = |row: &Value| row["attributes"]["name"].as_str().map(str::to_owned);
                let mut names = names(&body["data"], &name);
                names.retain(|name| name.starts_with('k') && !name.starts_with("key"));
                witness.lock().await.seen.tokens.extend(names);
            }
            5 => {
                let body = server.see(&of("r/encryption-key/history")).await?;
                let count = body["data"]["attributes"]["keys"].as_array().map_or(0, Vec::len);
                let mut witness = witness.lock().await;
                witness.seen.keys = witness.seen.keys.max(count);
            }
            _ => {
                let body = server.see(&of("h/secrets")).await?;
                let content = &body["data"]["attributes"]["levels"]["project"]["content"];
                if let Some(blob) = content.as_str() {
                    let mut witness = witness.lock().await;
                    let text = witness.key.open(blob).unwrap();
                    if witness.seen.texts.insert(text) {
                        server.shows_something_new();
                    }
                }
            }
        }
        Some(())
    }

    /// Holds a mock that was started again to what was seen.
    pub(crate) async fn holds(&self, server: &Server, dump: &Value) {
        let all = |rows: &Value, name: &dyn Fn(&Value) -> Option<String>| {
            let rows = rows.as_array().unwrap().iter();
            rows.filter_map(name).collect::<BTreeSet<_>>()
        };
        let lacks = |seen: &BTreeSet<String>, there: &BTreeSet<String>, what: &str| {
            let lost: Vec<_> = seen.difference(there).collect();
            assert!(lost.is_empty(), "{what} were seen and taken back: {lost:?}");
        };
        let (seen, own) = (&self.seen, project(dump, "h"));
        let text = |row: &Value| self.key.open(row["content"].as_str()?);
        let mut texts = all(&own["versions"], &text);
        texts.extend(all(&own["secrets"], &text));
        lacks(&seen.texts, &texts, "texts");
        let organization = &dump["organizations"][0];
        let slug = |row: &Value| row["slug"].as_str().map(str::to_owned);
        let slugs = all(&organization["projects"], &slug);
        let projects = seen.projects.difference(&self.deleted).cloned().collect();
        lacks(&projects, &slugs, "projects");
        let back: Vec<_> = seen.gone.intersection(&slugs).collect();
        assert!(back.is_empty(), "deletions were seen and taken back: {back:?}");
        let name = |row: &Value| row["name"].as_str().map(str::to_owned);
        lacks(&seen.tokens, &all(&organization["tokens"], &name), "tokens");
        let name = |row: &Value| row["isolated"][0].as_str().map(str::to_owned);
        let names = all(&dump["organizations"], &name);
        lacks(&seen.organizations, &names, "organizations");
        let keys = project(dump, "r")["keys"].as_array().unwrap().len();
        assert!(keys >= seen.keys, "{keys} keys, and {} were seen", seen.keys);
        let now = server.see("/_mock/clock").await.unwrap()["now"].clone();
        let now = now.as_str().unwrap();
        assert!(*now >= *seen.time, "it is {now}, and was {}", seen.time);
    }
}
