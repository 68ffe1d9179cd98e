//! An organization of its own, as a test gets one over HTTP.

use serde_json::{Value, json};

use super::support::{Answer, Call, ClientKey, Mock};

/// An organization of a running mock, over HTTP only.
pub(crate) struct Own<'m> {
    pub(crate) mock: &'m Mock,
    pub(crate) token: String,
}

pub(crate) const PENDING: &str = "vault/secrets/re-encrypt-history/pending";
pub(crate) const SUBMIT: &str = "vault/secrets/re-encrypt-history";
pub(crate) const ROTATE: &str = "my-app/encryption-key/rotate";

impl<'m> Own<'m> {
    pub(crate) async fn make(mock: &'m Mock) -> Self {
        let made = mock.control("organizations", json!({})).await.status(201);
        let token = made["tokens"]["full"].as_str().unwrap().to_owned();
        Self { mock, token }
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        Call::new(method, path).bearer(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.mock.send(self.call("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.mock.send(self.call("POST", path).json(body)).await
    }

    pub(crate) async fn control(&self, what: &str, mut body: Value) -> Answer {
        body["token"] = json!(self.token);
        self.mock.control(what, body).await
    }

    /// A client-managed project with one secret and one pending version: its key and the row's id.
    pub(crate) async fn vault(&self) -> (ClientKey, u64) {
        let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
        let mut body = old.project();
        body["name"] = json!("vault");
        self.post("projects", body).await.status(201);
        let store = json!({"project": "vault", "content": old.seal("A=1"), "key_proof": old.proof});
        self.post("secrets/store", store).await.ok();
        self.rotate(&new).await.ok();
        let pending = self.post(PENDING, json!({})).await.ok();
        (new, pending["data"][0]["id"].as_u64().unwrap())
    }

    pub(crate) async fn rotate(&self, key: &ClientKey) -> Answer {
        let levels = self.get("vault/secrets").await.ok();
        let id = levels["data"]["attributes"]["levels"]["project"]["id"].clone();
        let body = key.rotation(&[(id.as_str().unwrap(), &key.seal("A=1"))]);
        self.post("vault/secrets/rotate-client-keys", body).await
    }

    pub(crate) async fn remaining(&self) -> Value {
        self.post(PENDING, json!({})).await.ok()["meta"]["remaining"].clone()
    }
}
