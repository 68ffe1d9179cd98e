//! The operations of a client, as the reference adapter performs them: single calls.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome, malformed, part, read};
use super::behaviour::Behaviour;
use super::bug::Bug;
use super::descriptor::Descriptor;
use super::slip::Slip;

/// Time for one request, in seconds.
const PATIENCE: u64 = 30;

/// Where an operation is performed.
#[derive(Deserialize)]
pub(super) struct Place {
    base_url: String,
    token: String,
    organization: String,
    #[serde(default)]
    pub(super) project: String,
}

pub(super) struct Client<'b> {
    behaviour: &'b Behaviour,
    /// Made for the first request: most adapters are never asked for one.
    http: Option<Http>,
    /// What [`Slip::StaleSalt`] remembers.
    pub(super) remembered: BTreeMap<String, Descriptor>,
}

struct Http {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

impl Http {
    fn open() -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_secs(PATIENCE))
            // A kept connection that the server has closed would be tried again unasked.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("keyproof-rust/", env!("CARGO_PKG_VERSION")))
            .build();
        Some(Self { runtime: runtime.ok()?, client: client.ok()? })
    }
}

impl<'b> Client<'b> {
    pub(super) const fn new(behaviour: &'b Behaviour) -> Self {
        Self { behaviour, http: None, remembered: BTreeMap::new() }
    }

    pub(super) fn has(&self, slip: Slip) -> bool {
        self.behaviour.bugs.contains(&Bug::Slip(slip))
    }

    /// Performs an operation. None if there is no such one.
    pub(super) fn answer(&mut self, op: &str, params: &Value) -> Option<Answer> {
        let perform = match op {
            "get_encryption_key" => Self::get_encryption_key,
            "get_key_history" => Self::get_key_history,
            "rotate_encryption_key" => Self::rotate_encryption_key,
            "rotate_client_keys" => Self::rotate_client_keys,
            "list_pending_reencrypt" => Self::list_pending,
            "submit_reencrypted_history" => Self::submit,
            "store_secrets" => Self::store,
            "create_client_project" => Self::create_project,
            "push_secrets" => Self::push,
            "pull_secrets" => Self::pull,
            "rotate_client_key" => Self::rotate,
            "reencrypt_history" => Self::reencrypt,
            _ => return None,
        };
        let done = read::<Place>(params).and_then(|place| perform(self, &place, params));
        Some(match done {
            Ok(ok) => Answer::Ok(ok),
            Err(answer) => self.failure(op, answer),
        })
    }

    /// The failure of an operation, or what a slip makes of it.
    fn failure(&self, op: &str, answer: Answer) -> Answer {
        let nothing_left = json!({"updated": 0, "remaining": 0});
        match answer {
            Answer::Http { .. } if self.has(Slip::SwallowsRefusals) => Answer::Ok(json!({})),
            Answer::Http { status: 422, .. } if self.has(Slip::IgnoresConflict) => {
                Answer::Ok(nothing_left)
            }
            Answer::Error(_) if self.has(Slip::TakesSilenceForSuccess) => Answer::Ok(nothing_left),
            Answer::Error(_) if op == "push_secrets" && self.has(Slip::TakesCutAnswer) => {
                Answer::Ok(json!({}))
            }
            answer => answer,
        }
    }

    /// Sends a request below the organization. The answer's JSON.
    pub(super) fn send(
        &mut self,
        place: &Place,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome {
        let mut answered = self.send_once(place, method.clone(), path, body);
        let again = match &answered {
            Err(Answer::Error(_)) => {
                self.has(Slip::RetriesRotation) && path.ends_with("encryption-key/rotate")
            }
            Err(Answer::Http { status: 429, .. }) => self.has(Slip::IgnoresRetryAfter),
            _ => false,
        };
        if again {
            answered = self.send_once(place, method, path, body);
        }
        answered
    }

    fn send_once(
        &mut self,
        place: &Place,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome {
        let no_answer = |_| Answer::Error("no answer".to_owned());
        let has = |slip| self.behaviour.bugs.contains(&Bug::Slip(slip));
        if self.http.is_none() {
            self.http = Http::open();
        }
        let Some(http) = &self.http else {
            return Err(Answer::Error("no request can be sent".to_owned()));
        };
        let url = format!("{}/api/v1/{}/{path}", place.base_url, place.organization);
        let version = if has(Slip::AsksForVersion2) { "2" } else { "1" };
        let mut request = http
            .client
            .request(method, url)
            .bearer_auth(&place.token)
            .header("X-API-Version", version);
        if !has(Slip::OmitsAccept) {
            request = request.header("Accept", "application/json");
        }
        let kind = if has(Slip::BodyAsText) { "text/plain" } else { "application/json" };
        if body.is_some() || has(Slip::TypesNothing) {
            request = request.header("Content-Type", kind);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        http.runtime.block_on(async {
            let answer = request.send().await.map_err(no_answer)?;
            let status = answer.status();
            let text = answer.text().await.map_err(no_answer)?;
            if status.is_success() {
                return serde_json::from_str(&text).map_err(|_| malformed());
            }
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            Err(Answer::Http {
                status: status.as_u16(),
                code: body["error"].as_str().map(str::to_owned),
            })
        })
    }

    pub(super) fn get(&mut self, place: &Place, path: &str) -> Outcome {
        let path = format!("{}/{path}", place.project);
        self.send(place, reqwest::Method::GET, &path, None)
    }

    pub(super) fn post(&mut self, place: &Place, path: &str, body: Option<&Value>) -> Outcome {
        let path = format!("{}/{path}", place.project);
        self.send(place, reqwest::Method::POST, &path, body)
    }

    /// The active key's descriptor, read anew.
    pub(super) fn descriptor(&mut self, place: &Place) -> Result<Descriptor, Answer> {
        let known = [&place.token, &place.project].map(String::as_str).join("/");
        if let Some(remembered) = self.remembered.get(&known) {
            return Ok(remembered.clone());
        }
        let answer = self.get(place, "encryption-key")?;
        let descriptor = Descriptor::read(&answer)?;
        if self.has(Slip::StaleSalt) {
            self.remembered.insert(known, descriptor.clone());
        }
        Ok(descriptor)
    }

    fn get_encryption_key(&mut self, place: &Place, _: &Value) -> Outcome {
        let mut described = self.descriptor(place)?.described();
        if self.has(Slip::DropsIterations) {
            described.as_object_mut().map(|members| members.shift_remove("key_check_iterations"));
        }
        Ok(described)
    }

    fn get_key_history(&mut self, place: &Place, _: &Value) -> Outcome {
        let answer = self.get(place, "encryption-key/history")?;
        let mut keys: Vec<Map<String, Value>> = part(&answer["data"])?;
        if self.has(Slip::ListsActiveKeyOnly) {
            keys.retain(|key| key.get("is_active") == Some(&Value::Bool(true)));
        }
        for key in &mut keys {
            key.retain(|_, value| !value.is_null());
        }
        Ok(json!({"keys": keys}))
    }

    fn rotate_encryption_key(&mut self, place: &Place, params: &Value) -> Outcome {
        let mut policy = params["history_policy"].as_str();
        if self.has(Slip::SendsPolicyUnasked) {
            policy = policy.or(Some("keep"));
        }
        let body = policy.map(|policy| json!({"history_policy": policy}));
        let answer = self.post(place, "encryption-key/rotate", body.as_ref())?;
        let key = &answer["data"]["key"]["attributes"];
        let (version, key): (String, String) = (part(&key["version"])?, part(&key["key"])?);
        Ok(json!({"version": version, "key": key}))
    }

    fn rotate_client_keys(&mut self, place: &Place, params: &Value) -> Outcome {
        let mut body = chosen(
            params,
            &["secrets", "key_check", "key_check_salt", "key_check_iterations", "history_policy"],
        );
        if self.has(Slip::SecretIdsAsNumbers) {
            each_id(&mut body["secrets"], |id| {
                let number = id.as_str().and_then(|id| id.parse::<u64>().ok());
                number.map_or_else(|| id.clone(), Value::from)
            });
        }
        self.post(place, "secrets/rotate-client-keys", Some(&body))?;
        Ok(json!({}))
    }

    pub(super) fn list_pending(&mut self, place: &Place, params: &Value) -> Outcome {
        let mut body = chosen(params, &["limit"]);
        if self.has(Slip::IgnoresLimit) {
            body = json!({});
        }
        let path = "secrets/re-encrypt-history/pending";
        let answer = self.post(place, path, Some(&body))?;
        let versions: Vec<Row> = part(&answer["data"])?;
        let remaining: u64 = part(&answer["meta"]["remaining"])?;
        let versions: Vec<Value> = versions.iter().map(Row::described).collect();
        Ok(json!({"versions": versions, "remaining": remaining}))
    }

    pub(super) fn submit(&mut self, place: &Place, params: &Value) -> Outcome {
        let mut body = chosen(params, &["versions", "key_proof"]);
        if self.has(Slip::VersionIdsAsText) {
            each_id(&mut body["versions"], |id| json!(id.to_string()));
        }
        if self.has(Slip::OmitsProof) {
            body.as_object_mut().map(|body| body.shift_remove("key_proof"));
        }
        let answer = self.post(place, "secrets/re-encrypt-history", Some(&body))?;
        let data = &answer["data"];
        let (updated, remaining): (u64, u64) = (part(&data["updated"])?, part(&data["remaining"])?);
        Ok(json!({"updated": updated, "remaining": remaining}))
    }

    pub(super) fn store(&mut self, place: &Place, params: &Value) -> Outcome {
        const OPTIONAL: [&str; 3] = ["target", "environment", "key_proof"];
        let mut body =
            chosen(params, &["project", "target", "environment", "content", "key_proof"]);
        if let Some(body) = body.as_object_mut() {
            for name in OPTIONAL.into_iter().filter(|_| self.has(Slip::SendsNulls)) {
                body.entry(name).or_insert(Value::Null);
            }
            if self.has(Slip::OmitsProof) {
                body.shift_remove("key_proof");
            }
            if let Some(key) = params.get("key").filter(|_| self.has(Slip::SendsPassphrase)) {
                body.insert("passphrase".to_owned(), key.clone());
            }
        }
        self.send(place, reqwest::Method::POST, "secrets/store", Some(&body))?;
        Ok(json!({}))
    }
}

/// A row of the history, as pending lists it.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) content: String,
    pub(super) key_version: String,
}

impl Row {
    fn described(&self) -> Value {
        json!({"id": self.id, "content": self.content, "key_version": self.key_version})
    }
}

/// An object of the members of these names, without those that are left out.
fn chosen(params: &Value, names: &[&str]) -> Value {
    let given = names.iter().filter_map(|name| {
        let value = params.get(*name).filter(|value| !value.is_null())?;
        Some(((*name).to_owned(), value.clone()))
    });
    Value::Object(given.collect())
}

fn each_id(rows: &mut Value, change: impl Fn(&Value) -> Value) {
    for row in rows.as_array_mut().into_iter().flatten() {
        row["id"] = change(&row["id"]);
    }
}
