//! The operations of a client, as the reference adapter performs them: single calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome, malformed, part, read};
use super::behaviour::Behaviour;
use super::descriptor::Descriptor;
use super::slip::Slip;
use super::wrong::client::Slips;

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
    pub(super) slips: Slips<'b>,
    /// Made for the first request: most processes send none.
    http: Option<Http>,
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
        Self { slips: Slips::new(behaviour), http: None }
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
        let performed = read::<Place>(params).and_then(|place| perform(self, &place, params));
        Some(self.slips.answer(op, performed.into()))
    }

    /// Sends a request below the organization. Gives the answer's JSON.
    pub(super) fn send(
        &mut self,
        place: &Place,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
    ) -> Outcome {
        let body = self.slips.body(path, body);
        let answered = self.send_once(place, method.clone(), path, body.as_ref());
        if self.slips.repeats(path, &answered) {
            self.send_once(place, method, path, body.as_ref())
        } else {
            answered
        }
    }

    fn send_once(
        &mut self,
        place: &Place,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome {
        let no_answer = |_| Answer::Error("no answer".to_owned());
        if self.http.is_none() {
            self.http = Http::open();
        }
        let Some(http) = &self.http else {
            return Err(Answer::Error("no request can be sent".to_owned()));
        };
        let url = format!("{}/api/v1/{}/{path}", place.base_url, place.organization);
        let mut request = http.client.request(method, url).bearer_auth(&place.token);
        let mut headers = BTreeMap::from([("X-API-Version", "1"), ("Accept", "application/json")]);
        if let Some(body) = body {
            headers.insert("Content-Type", "application/json");
            request = request.body(body.to_string());
        }
        for (name, value) in self.slips.headers(headers) {
            request = request.header(name, value);
        }
        http.runtime.block_on(async {
            let answer = request.send().await.map_err(no_answer)?;
            let status = answer.status();
            let text = answer.text().await.map_err(no_answer)?;
            if status.is_success() {
                return serde_json::from_str(&text).map_err(|_| malformed());
            }
            if self.slips.has(Slip::LogsToken) {
                eprintln!("debug: {status} for {}", place.token);
            }
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            Err(Answer::Http {
                status: status.as_u16(),
                code: body["error"].as_str().map(str::to_owned),
            })
        })
    }

    pub(super) fn get(&mut self, place: &Place, path: &str) -> Outcome {
        self.send(place, reqwest::Method::GET, &format!("{}/{path}", place.project), None)
    }

    pub(super) fn post(&mut self, place: &Place, path: &str, body: Option<Value>) -> Outcome {
        self.send(place, reqwest::Method::POST, &format!("{}/{path}", place.project), body)
    }

    /// The active key's descriptor, read anew.
    pub(super) fn descriptor(&mut self, place: &Place) -> Result<Descriptor, Answer> {
        let answer = self.get(place, "encryption-key")?;
        let descriptor = Descriptor::read(&answer, self.slips.has(Slip::TakesMissingSalt))?;
        Ok(self.slips.descriptor(format!("{}/{}", place.token, place.project), descriptor))
    }

    fn get_encryption_key(&mut self, place: &Place, _: &Value) -> Outcome {
        Ok(self.descriptor(place)?.described())
    }

    fn get_key_history(&mut self, place: &Place, _: &Value) -> Outcome {
        let answer = self.get(place, "encryption-key/history")?;
        let mut keys: Vec<Map<String, Value>> = part(&answer["data"])?;
        for key in &mut keys {
            key.retain(|_, value| !value.is_null());
        }
        Ok(json!({"keys": keys}))
    }

    fn rotate_encryption_key(&mut self, place: &Place, params: &Value) -> Outcome {
        let policy = params["history_policy"].as_str();
        let body = policy.map(|policy| json!({"history_policy": policy}));
        let answer = self.post(place, "encryption-key/rotate", body)?;
        let key = &answer["data"]["key"]["attributes"];
        let (version, key): (String, String) = (part(&key["version"])?, part(&key["key"])?);
        Ok(json!({"version": version, "key": key}))
    }

    fn rotate_client_keys(&mut self, place: &Place, params: &Value) -> Outcome {
        let body = chosen(
            params,
            &["secrets", "key_check", "key_check_salt", "key_check_iterations", "history_policy"],
        );
        self.post(place, "secrets/rotate-client-keys", Some(body))?;
        Ok(json!({}))
    }

    pub(super) fn list_pending(&mut self, place: &Place, params: &Value) -> Outcome {
        let body = chosen(params, &["limit"]);
        let answer = self.post(place, "secrets/re-encrypt-history/pending", Some(body))?;
        let versions: Vec<Row> = part(&answer["data"])?;
        let remaining: u64 = part(&answer["meta"]["remaining"])?;
        Ok(json!({"versions": versions, "remaining": remaining}))
    }

    pub(super) fn submit(&mut self, place: &Place, params: &Value) -> Outcome {
        let body = chosen(params, &["versions", "key_proof"]);
        let answer = self.post(place, "secrets/re-encrypt-history", Some(body))?;
        let data = &answer["data"];
        let (updated, remaining): (u64, u64) = (part(&data["updated"])?, part(&data["remaining"])?);
        Ok(json!({"updated": updated, "remaining": remaining}))
    }

    pub(super) fn store(&mut self, place: &Place, params: &Value) -> Outcome {
        let names = ["project", "target", "environment", "content", "key_proof"];
        let mut body = chosen(params, &names);
        if let Some(key) = params.get("key").filter(|_| self.slips.has(Slip::SendsPassphrase)) {
            body["passphrase"] = key.clone();
        }
        self.send(place, reqwest::Method::POST, "secrets/store", Some(body))?;
        Ok(json!({}))
    }
}

/// A row of the history, as pending lists it.
#[derive(Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) content: String,
    pub(super) key_version: String,
}

/// An object of the parameters of these names, without those that are left out or null.
fn chosen(params: &Value, names: &[&str]) -> Value {
    let present = names.iter().filter(|name| !params[**name].is_null());
    present.map(|name| ((*name).to_owned(), params[*name].clone())).collect()
}
