//! What one case works with: the client, and an organization that only it is pointed at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use parking_lot::Mutex;
use reqwest::Method;
use serde_json::{Value, json};

use super::key::Key;
use super::performed::Performed;
use crate::adapter::{AdapterReply, Request, Session};
use crate::crypto::Iterations;
use crate::harness::{Redactor, Stop};
use crate::mock::{Exchange, MockServer, Tenant};

/// The user agent of the suite's own requests, which sets them apart from the client's.
const AGENT: &str = "keyproof-suite";

/// The member of a body that sets a key.
const SALT: &str = "key_check_salt";

/// The project under client custody that cases make.
pub(super) const VAULT: &str = "vault";
/// A project of the fixture under server custody.
pub(super) const SERVED: &str = "my-app";

/// Texts of rows of the history, by the ids of the rows.
pub(super) type Rows = BTreeMap<u64, String>;

/// What the contexts of one run have in common.
pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) mock: MockServer,
    /// The suite's own way to the mock.
    pub(super) http: reqwest::Client,
    pub(super) redactor: Redactor,
    /// The salts of all keys that the client has set, in any process.
    pub(super) salts: Mutex<Vec<String>>,
    /// Operations that gave something to judge.
    pub(super) judged: Mutex<BTreeSet<&'static str>>,
}

/// A case's way to the client and to the mock.
pub struct Context {
    pub(super) shared: Arc<Shared>,
    case: &'static str,
    tenant: Result<Tenant, String>,
    /// A process of its own, if the case needs one.
    alone: Option<Session>,
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
        Self { shared, case, tenant, alone: None }
    }

    /// The same organization, and a process that no other case uses. It has to be closed.
    pub(super) async fn restarted(&self) -> Result<Self, Stop> {
        let alone = self.shared.session.another().await;
        let alone = alone.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
        let mut context = Self::new(Arc::clone(&self.shared), self.case);
        context.alone = Some(alone);
        Ok(context)
    }

    /// Ends the process of its own. Gives what it wrote to standard error.
    pub(super) async fn close(&self) -> String {
        match &self.alone {
            Some(alone) => alone.close_and_read().await,
            None => String::new(),
        }
    }

    pub(super) fn tenant(&self) -> Result<&Tenant, Stop> {
        let tenant = self.tenant.as_ref();
        tenant.map_err(|error| Stop::Harness(format!("no organization: {error}")))
    }

    /// The path of `rest` below the organization: `/api/v1/{organization}/{rest}`.
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
        self.shared.redactor.register(key.passphrase.trim());
        for secret in key.spellings() {
            self.shared.redactor.register(&secret);
        }
        Ok(key)
    }

    /// Has the client perform an operation upon a project, with these further parameters, and collects what it sent.
    pub(super) async fn ask(
        &self,
        op: &'static str,
        project: &str,
        further: Value,
    ) -> Result<Performed, Stop> {
        if !self.shared.session.hello().has(op) {
            return Err(Stop::NotApplicable(format!("the implementation has no {op}")));
        }
        let tenant = self.tenant()?;
        let mut params = json!({
            "base_url": self.shared.mock.url(),
            "token": full(tenant)?,
            "organization": tenant.ulid(),
        });
        if !project.is_empty() {
            params["project"] = project.into();
        }
        let mut request = Request::new(op, merged(params, &further));
        // Two derivations of a new key: more than any operation has to make otherwise.
        if matches!(op, "create_client_project" | "rotate_client_key") {
            request.iterations = 2 * Iterations::PLATFORM.get();
        }
        let before = tenant.journal().last().map_or(0, |last| last.number);
        let session = self.alone.as_ref().unwrap_or(&self.shared.session);
        let reply = session.ask(self.case, &request).await;
        let reply = reply.map_err(|lost| Stop::CouldNotRun(lost.to_string()))?;
        if matches!(reply, AdapterReply::Unsupported(_)) {
            let why = format!("hello lists {op}, and it is answered with `unsupported`");
            return Err(Stop::CouldNotRun(why));
        }
        self.shared.judged.lock().insert(op);
        // Requests that were refused before their token was read are in the journal too.
        let is_of_client =
            |one: &Arc<Exchange>| one.number > before && one.header("user-agent") != Some(AGENT);
        let sent: Vec<_> = tenant.journal().into_iter().filter(is_of_client).collect();
        // The salts of single calls are given.
        if matches!(op, "create_client_project" | "rotate_client_key") {
            let salts = sent.iter().filter_map(|one| Some(one.json()[SALT].as_str()?.to_owned()));
            self.shared.salts.lock().extend(salts);
        }
        Ok(Performed { request, reply, sent })
    }

    /// Has the client push a text to the vault.
    pub(super) async fn push(&self, key: &Key, plaintext: &str) -> Result<Performed, Stop> {
        let further = json!({"key": key.passphrase, "plaintext": plaintext});
        self.ask("push_secrets", VAULT, further).await
    }

    /// Has the client put the vault's secrets under a new key.
    pub(super) async fn rotate_by_client(&self, old: &Key, new: &Key) -> Result<Performed, Stop> {
        let secrets = self.secrets(old, None).await?;
        let further = json!({"key": old.passphrase, "new_key": new.passphrase, "secrets": secrets});
        self.ask("rotate_client_key", VAULT, further).await
    }

    pub(super) async fn get(&self, rest: &str) -> Result<Value, Stop> {
        self.own(Method::GET, rest, None).await
    }

    pub(super) async fn post(&self, rest: &str, body: Value) -> Result<Value, Stop> {
        self.own(Method::POST, rest, Some(body)).await
    }

    /// A request of the suite's own, which has to succeed.
    async fn own(&self, method: Method, rest: &str, body: Option<Value>) -> Result<Value, Stop> {
        let failed = |why: &dyn Display| Stop::Harness(format!("{method} {rest}: {why}"));
        let url = format!("{}{}", self.shared.mock.url(), self.path(rest)?);
        let request = self.shared.http.request(method.clone(), url);
        let mut request = request
            .bearer_auth(full(self.tenant()?)?)
            .header("accept", "application/json")
            .header("user-agent", AGENT);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(|error| failed(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| failed(&error))?;
        if !status.is_success() {
            return Err(failed(&status));
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Makes the vault, under a new key.
    pub(super) async fn vault(&self) -> Result<Key, Stop> {
        let key = self.key()?;
        let body = json!({"name": VAULT, "storage_mode": "client"});
        self.post("projects", merged(key.fields(), &body)).await?;
        Ok(key)
    }

    /// Stores a blob in the vault, with the proof of `key`.
    pub(super) async fn store(&self, key: &Key, content: &str, place: Value) -> Result<(), Stop> {
        let body = json!({"project": VAULT, "content": content, "key_proof": key.proof});
        self.post("secrets/store", merged(body, &place)).await?;
        Ok(())
    }

    /// The levels of a project, at the place that `rest` names.
    pub(super) async fn levels(&self, rest: &str) -> Result<Value, Stop> {
        let mut answer = self.get(&format!("{rest}/secrets")).await?;
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
        let secrets = json!({"secrets": self.secrets(old, Some(new)).await?});
        let path = format!("{VAULT}/secrets/rotate-client-keys");
        self.post(&path, merged(new.fields(), &secrets)).await?;
        Ok(())
    }

    /// A vault whose history has `count` rows under an old key: the old key, the active one, and the rows.
    pub(super) async fn history(&self, count: usize) -> Result<(Key, Key, Rows), Stop> {
        let (old, new) = (self.vault().await?, self.key()?);
        for number in 0..count {
            let blob = old.seal(&format!("NUMBER={number} läuft 🔑\n"))?;
            self.store(&old, &blob, json!({})).await?;
        }
        self.rotate(&old, &new).await?;
        let pending = self.pending().await?;
        let rows = under(&old, &pending);
        if rows.len() == count && pending.len() == count {
            Ok((old, new, rows))
        } else {
            Err(Stop::Harness("the history is not as it was made".to_owned()))
        }
    }

    /// The pending rows that open under `key`.
    pub(super) async fn pending_under(&self, key: &Key) -> Result<Rows, Stop> {
        Ok(under(key, &self.pending().await?))
    }

    /// The rows that are pending, 100 at most.
    pub(super) async fn pending(&self) -> Result<Vec<Value>, Stop> {
        let path = format!("{VAULT}/secrets/re-encrypt-history/pending");
        let answer = self.post(&path, json!({"limit": 100})).await?;
        Ok(answer["data"].as_array().cloned().unwrap_or_default())
    }
}

/// The rows that open under `key`.
fn under(key: &Key, rows: &[Value]) -> Rows {
    let open = |row: &Value| {
        Some((row["id"].as_u64()?, key.open(row["content"].as_str().unwrap_or_default())?))
    };
    rows.iter().filter_map(open).collect()
}

/// The members of both objects.
pub(super) fn merged(mut base: Value, further: &Value) -> Value {
    if let (Some(base), Some(further)) = (base.as_object_mut(), further.as_object()) {
        base.extend(further.clone());
    }
    base
}

/// The token that may do everything.
fn full(tenant: &Tenant) -> Result<String, Stop> {
    tenant.token("full").map_err(|error| Stop::Harness(error.to_string()))
}
