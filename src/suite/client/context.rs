//! What one case works with: the client, and an organization that only it is pointed at.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::key::Key;
use super::performed::{Performed, Response};
use super::run::Shared;
use crate::adapter::{AdapterReply, CLIENT_OPERATIONS, Request};
use crate::crypto::Iterations;
use crate::harness::Stop;
use crate::mock::{Exchange, Tenant};

/// The user agent of the suite's own requests, which sets them apart from the client's.
const AGENT: &str = "keyproof-suite";

/// The project under client custody that cases make.
pub(super) const VAULT: &str = "vault";
/// A project of the fixture under server custody.
pub(super) const SERVED: &str = "my-app";

/// Rows of history that a case has made: their ids and their texts.
pub(super) type Rows = BTreeMap<u64, String>;

/// A case's way to the client and to the mock.
pub struct Context {
    pub(super) shared: Arc<Shared>,
    case: &'static str,
    tenant: Result<Tenant, String>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("case", &self.case).finish_non_exhaustive()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if let Ok(tenant) = &self.tenant {
            tenant.remove();
        }
    }
}

impl Context {
    pub(super) fn new(shared: Arc<Shared>, case: &'static str) -> Self {
        let tenant = shared.mock.isolate().map_err(|error| error.to_string());
        if let Ok(tenant) = &tenant {
            for token in tenant.tokens().into_values() {
                shared.redactor.register(&token);
            }
        }
        Self { shared, case, tenant }
    }

    /// The organization.
    pub(super) fn tenant(&self) -> Result<&Tenant, Stop> {
        let tenant = self.tenant.as_ref();
        tenant.map_err(|error| Stop::Harness(format!("no organization: {error}")))
    }

    /// Where a path below a project is: `/api/v1/{organization}/{project}/{rest}`.
    pub(super) fn path(&self, rest: &str) -> Result<String, Stop> {
        Ok(format!("/api/v1/{}/{rest}", self.tenant()?.ulid()))
    }

    /// A new key, which reports withhold.
    pub(super) fn key(&self) -> Result<Key, Stop> {
        self.withheld(Key::random()?)
    }

    /// Another key of the same passphrase.
    pub(super) fn resalted(&self, key: &Key) -> Result<Key, Stop> {
        self.withheld(Key::of(key.passphrase.clone())?)
    }

    fn withheld(&self, key: Key) -> Result<Key, Stop> {
        self.shared.redactor.register(&key.passphrase);
        for secret in key.spellings() {
            self.shared.redactor.register(&secret);
        }
        Ok(key)
    }

    /// An operation upon a project.
    pub(super) fn operation(
        &self,
        op: &'static str,
        project: &str,
        further: Value,
    ) -> Result<Request, Stop> {
        let tenant = self.tenant()?;
        let mut params = json!({
            "base_url": self.shared.mock.url(),
            "token": full(tenant)?,
            "organization": tenant.ulid(),
        });
        if let Some(params) = params.as_object_mut() {
            if !project.is_empty() {
                params.insert("project".to_owned(), project.into());
            }
            params.extend(further.as_object().cloned().unwrap_or_default());
        }
        let mut request = Request::new(op, params);
        // Two derivations of a new key: more than any operation has to make otherwise.
        if matches!(op, "create_client_project" | "rotate_client_key") {
            request.iterations = 2 * Iterations::PLATFORM.get();
        }
        Ok(request)
    }

    /// Has the client perform an operation, and gathers what it sent.
    pub(super) async fn perform(&self, request: Request) -> Result<Performed, Stop> {
        let op = &request.op;
        if !self.shared.session.hello().has(op) {
            let note = format!("the implementation has no {op}");
            return Err(Stop::NotApplicable(note));
        }
        let before = self.number()?;
        let reply = self.shared.session.ask(self.case, &request).await;
        let response = match reply.map_err(|lost| Stop::CouldNotRun(lost.to_string()))? {
            AdapterReply::Ok(members) => Response::Ok(members),
            AdapterReply::Reject(rejected) => Response::Rejected(rejected),
            AdapterReply::Error(message) => Response::NoAnswer(message),
            AdapterReply::Unsupported(_) => {
                return Err(Stop::CouldNotRun(format!(
                    "hello lists {op}, and it is answered with `unsupported`"
                )));
            }
        };
        if let Some(known) = CLIENT_OPERATIONS.into_iter().find(|known| known == op) {
            self.shared.judged.lock().insert(known);
        }
        Ok(Performed { request, response, sent: self.sent_since(before)? })
    }

    /// Has the client perform the operation that these parts make.
    pub(super) async fn ask(
        &self,
        op: &'static str,
        project: &str,
        further: Value,
    ) -> Result<Performed, Stop> {
        self.perform(self.operation(op, project, further)?).await
    }

    /// The number of the last exchange.
    fn number(&self) -> Result<u64, Stop> {
        let journal = self.tenant()?.journal();
        Ok(journal.last().map_or(0, |last| last.number))
    }

    /// What the client has sent since: what was refused before the token was looked at as well.
    fn sent_since(&self, known: u64) -> Result<Vec<Arc<Exchange>>, Stop> {
        let of_client = |one: &Arc<Exchange>| one.header("user-agent") != Some(AGENT);
        let journal = self.tenant()?.journal().into_iter();
        let journal = journal.filter(|one| one.number > known);
        Ok(journal.filter(of_client).collect())
    }

    /// A request of the suite's own, which has to succeed.
    pub(super) async fn own(
        &self,
        method: &str,
        rest: &str,
        body: Option<Value>,
    ) -> Result<Value, Stop> {
        let failed = |why: String| Stop::Harness(format!("{method} {rest}: {why}"));
        let url = format!("{}{}", self.shared.mock.url(), self.path(rest)?);
        let method_ = reqwest::Method::from_bytes(method.as_bytes());
        let method_ = method_.map_err(|error| failed(error.to_string()))?;
        let mut request = self.shared.http.request(method_, url);
        request = request
            .bearer_auth(full(self.tenant()?)?)
            .header("accept", "application/json")
            .header("user-agent", AGENT);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await;
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        let status = answer.status();
        let text = answer.text().await;
        let text = text.map_err(|error| failed(error.to_string()))?;
        if status.is_success() {
            Ok(serde_json::from_str(&text).unwrap_or_default())
        } else {
            Err(failed(status.to_string()))
        }
    }

    pub(super) async fn post(&self, rest: &str, body: Value) -> Result<Value, Stop> {
        self.own("POST", rest, Some(body)).await
    }

    /// Makes the vault, under this key.
    pub(super) async fn vault(&self, key: &Key) -> Result<(), Stop> {
        let mut body = key.fields();
        body.insert("name".to_owned(), VAULT.into());
        body.insert("storage_mode".to_owned(), "client".into());
        self.post("projects", Value::Object(body)).await?;
        Ok(())
    }

    /// Stores a blob in the vault, with the proof of `key`.
    pub(super) async fn store(&self, key: &Key, content: &str, place: Value) -> Result<(), Stop> {
        let mut body = json!({"project": VAULT, "content": content, "key_proof": key.proof});
        if let Some(body) = body.as_object_mut() {
            body.extend(place.as_object().cloned().unwrap_or_default());
        }
        self.post("secrets/store", body).await?;
        Ok(())
    }

    /// The levels of a project, at the place that `rest` names.
    pub(super) async fn levels(&self, rest: &str) -> Result<Value, Stop> {
        let mut answer = self.own("GET", &format!("{rest}/secrets"), None).await?;
        Ok(answer["data"]["attributes"]["levels"].take())
    }

    /// The current secrets of the vault as a rotation wants them, sealed under `new` if that is given.
    pub(super) async fn secrets(&self, old: &Key, new: Option<&Key>) -> Result<Value, Stop> {
        let mut secrets = Vec::new();
        if let Some(levels) = self.levels(VAULT).await?.as_object() {
            for level in levels.values() {
                let content = level["content"].as_str().unwrap_or_default();
                let content = match new {
                    Some(new) => new.seal(&old.open(content).unwrap_or_default())?,
                    None => content.to_owned(),
                };
                secrets.push(json!({"id": level["id"], "content": content}));
            }
        }
        Ok(Value::Array(secrets))
    }

    /// Rotates the vault's key, behind the client's back.
    pub(super) async fn rotate(&self, old: &Key, new: &Key) -> Result<(), Stop> {
        let mut body = new.fields();
        body.insert("secrets".to_owned(), self.secrets(old, Some(new)).await?);
        let path = format!("{VAULT}/secrets/rotate-client-keys");
        self.post(&path, Value::Object(body)).await?;
        Ok(())
    }

    /// A vault whose history has `count` rows under `old`, and whose key is `new`: the rows.
    pub(super) async fn history(&self, old: &Key, new: &Key, count: usize) -> Result<Rows, Stop> {
        self.vault(old).await?;
        for number in 0..count {
            let blob = old.seal(&format!("NUMBER={number}\n"))?;
            self.store(old, &blob, json!({})).await?;
        }
        self.rotate(old, new).await?;
        let rows = self.pending().await?;
        let texts = rows.iter().map(|row| {
            let text = old.open(row["content"].as_str().unwrap_or_default());
            Some((row["id"].as_u64()?, text?))
        });
        let texts: Option<Rows> = texts.collect();
        match texts {
            Some(texts) if texts.len() == count => Ok(texts),
            _ => Err(Stop::Harness("the history is not as it was made".to_owned())),
        }
    }

    /// The rows that are pending, 100 at most.
    pub(super) async fn pending(&self) -> Result<Vec<Value>, Stop> {
        let path = format!("{VAULT}/secrets/re-encrypt-history/pending");
        let answer = self.post(&path, json!({"limit": 100})).await?;
        Ok(answer["data"].as_array().cloned().unwrap_or_default())
    }
}

/// The token that may do everything.
fn full(tenant: &Tenant) -> Result<String, Stop> {
    tenant.token("full").map_err(|error| Stop::Harness(error.to_string()))
}
