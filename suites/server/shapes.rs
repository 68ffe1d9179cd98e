//! What the embedded mock's answers look like: member names and JSON types, not values. Another
//! server is judged by the open schemas of `suites/shapes/` instead.

use std::fmt::Write as _;

use keyproof::mock::{Limits, MockServer};
use libtest_mimic::Failed;
use serde_json::{Map, Value, json};

use crate::support::bench::runtime;
use crate::support::{Trial, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("shapes/each_success_has_its_shape", successes),
        Trial::test("shapes/each_refusal_has_its_shape", refusals),
    ]
}

const CLIENT: &str = "my-app";
const UNKNOWN: &str = "nobodys-app";

/// The names of JSON types, for member names to stand by. A list has the shapes of its items, each
/// once; a text that holds a JSON object is unfolded.
fn shape(json: &Value) -> Value {
    match json {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(number) if number.is_f64() => json!("number"),
        Value::Number(_) => json!("whole number"),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner) if inner.is_object() => json!({"text that holds": shape(&inner)}),
            _ => json!("text"),
        },
        Value::Array(items) => {
            let mut shapes: Vec<Value> = Vec::new();
            for item in items.iter().map(shape) {
                if !shapes.contains(&item) {
                    shapes.push(item);
                }
            }
            Value::Array(shapes)
        }
        Value::Object(members) => {
            let shapes = members.iter().map(|(name, value)| (name.clone(), shape(value)));
            Value::Object(shapes.collect::<Map<_, _>>())
        }
    }
}

/// One mock, and what was seen of it.
struct Visitor {
    mock: MockServer,
    http: reqwest::Client,
    seen: String,
}

impl Visitor {
    async fn new(limits: Limits) -> Self {
        Self {
            mock: MockServer::builder().limits(limits).start().await.unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            seen: String::new(),
        }
    }

    async fn ask(&self, line: &str, token: Option<&str>, body: Option<String>) -> (u16, Value) {
        let (method, path) = line.split_once(' ').unwrap();
        let organization = self.mock.organization();
        let path = match path.strip_prefix('/') {
            Some(path) => path.to_owned(),
            None => format!("{organization}/{path}"),
        };
        let url = format!("{}/api/v1/{path}", self.mock.url());
        let mut request = self.http.request(method.parse().unwrap(), url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }

    /// Asks, and adds the shape of the answer to what was seen. A refusal is shown with its code.
    async fn see(
        &mut self,
        what: &str,
        line: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Value {
        let body = body.map(|body| body.to_string());
        self.see_raw(what, line, token, body).await
    }

    async fn see_raw(
        &mut self,
        what: &str,
        line: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> Value {
        let (status, json) = self.ask(line, token, body).await;
        let code = json["error"].as_str().unwrap_or_default();
        let shape = serde_json::to_string_pretty(&shape(&json)).unwrap();
        let head = format!("{line} ({what})\n{status} {code}");
        let _ = writeln!(self.seen, "{}\n{shape}\n", head.trim_end());
        json
    }
}

fn proof(byte: u8) -> Value {
    use keyproof::crypto::encoding::encode;
    json!({
        "key_check": encode([byte; 32]),
        "key_check_salt": encode([byte; 16]),
        "key_check_iterations": 600_000,
    })
}

fn with(mut body: Value, more: Value) -> Value {
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

/// A right client rotation of the fixture's client-managed `my-app`.
fn rotation(byte: u8) -> Value {
    let secrets = json!({"secrets": [
        {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAX", "content": "one"},
        {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAY", "content": "two"},
    ]});
    with(secrets, proof(byte))
}

fn submission(byte: u8) -> Value {
    json!({
        "versions": [{"id": 42, "content": "three"}],
        "key_proof": proof(byte)["key_check"],
    })
}

fn successes() -> Result<(), Failed> {
    runtime().block_on(async {
        let mut visitor = Visitor::new(Limits::Off).await;
        let full = visitor.mock.token("full").unwrap();
        let server = Some(full.as_str());
        let seed_client = visitor.mock.token("seed_client").unwrap();
        let client = Some(seed_client.as_str());
        for (what, token) in [("server-managed", server), ("client-managed", client)] {
            let line = format!("GET {CLIENT}/encryption-key");
            visitor.see(what, &line, token, None).await;
            let line = format!("GET {CLIENT}/encryption-key/history");
            visitor.see(what, &line, token, None).await;
        }
        let line = format!("POST {CLIENT}/encryption-key/rotate");
        visitor.see("no body", &line, server, None).await;
        let line = format!("POST {CLIENT}/secrets/rotate-client-keys");
        visitor.see("right", &line, client, Some(rotation(1))).await;
        let line = format!("POST {CLIENT}/secrets/re-encrypt-history/pending");
        visitor.see("no body", &line, client, None).await;
        let line = format!("POST {CLIENT}/secrets/re-encrypt-history");
        visitor.see("right", &line, client, Some(submission(1))).await;
        neighbours(&mut visitor, server).await;
        snapshot("server_shapes_success", &visitor.seen);
    });
    Ok(())
}

/// The endpoints that the suites need beside the six of the seed.
async fn neighbours(visitor: &mut Visitor, token: Option<&str>) {
    let keys = "organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV/api-keys";
    let body = json!({"name": "ci", "abilities": ["secret:read"]});
    let line = format!("POST /{keys}");
    visitor.see("right", &line, token, Some(body)).await;
    visitor.see("all", &format!("GET /{keys}"), token, None).await;
    visitor.see("one", &format!("GET /{keys}/6"), token, None).await;
    let body = json!({"name": "cd", "expires_at": "2100-01-01T00:00:00Z"});
    let line = format!("PUT /{keys}/6");
    visitor.see("another end", &line, token, Some(body)).await;
    let line = format!("POST /{keys}/6/rotate");
    visitor.see("no body", &line, token, None).await;
    let line = "POST secrets/versions/13/restore";
    visitor.see("no body", line, token, None).await;
    let body = json!({"project": CLIENT, "confirmed": true});
    let line = "POST secrets/versions/purge";
    visitor.see("confirmed", line, token, Some(body)).await;
}

fn refusals() -> Result<(), Failed> {
    runtime().block_on(async {
        let mut visitor = Visitor::new(Limits::Live).await;
        let full = visitor.mock.token("full").unwrap();
        let server = Some(full.as_str());
        let seed_client = visitor.mock.token("seed_client").unwrap();
        let client = Some(seed_client.as_str());
        let read_only = visitor.mock.token("read_only").unwrap();
        let limited = Some(read_only.as_str());
        let descriptor = format!("GET {CLIENT}/encryption-key");
        visitor.see("no token", &descriptor, None, None).await;
        visitor.see("no scope", &descriptor, limited, None).await;
        let unknown = format!("GET {UNKNOWN}/encryption-key");
        visitor.see("unknown project", &unknown, server, None).await;
        let rotate = format!("POST {CLIENT}/encryption-key/rotate");
        visitor.see("client-managed", &rotate, client, None).await;
        let policy = json!({"history_policy": "discard"});
        visitor.see("bad policy", &rotate, server, Some(policy)).await;
        visitor.see_raw("no JSON", &rotate, server, Some("{".to_owned())).await;
        let method = format!("PUT {CLIENT}/encryption-key/rotate");
        visitor.see("no such method", &method, server, None).await;
        let client_rotation = format!("POST {CLIENT}/secrets/rotate-client-keys");
        let right = rotation(1);
        visitor.see("server-managed", &client_rotation, server, Some(right.clone())).await;
        let incomplete = with(right.clone(), json!({"secrets": []}));
        visitor.see("incomplete", &client_rotation, client, Some(incomplete)).await;
        let typed = with(right.clone(), json!({"key_check_iterations": "600000"}));
        visitor.see("wrong type", &client_rotation, client, Some(typed)).await;
        let pending = format!("POST {CLIENT}/secrets/re-encrypt-history/pending");
        let limit = json!({"limit": 101});
        visitor.see("limit out of range", &pending, client, Some(limit)).await;
        let submit = format!("POST {CLIENT}/secrets/re-encrypt-history");
        let unproved = json!({"versions": [{"id": 42, "content": "three"}]});
        visitor.see("no proof", &submit, client, Some(unproved)).await;
        visitor.see("wrong proof", &submit, client, Some(submission(9))).await;
        for byte in [1, 2] {
            let body = rotation(byte).to_string();
            let (status, _) = visitor.ask(&client_rotation, client, Some(body)).await;
            assert_eq!(status, 200);
        }
        visitor.see("stale proof", &submit, client, Some(submission(1))).await;
        let (url, control) = visitor.mock.control().unwrap();
        let body = json!({"token": seed_client, "project": CLIENT});
        let hold = visitor.http.post(format!("{url}/hold")).bearer_auth(control);
        let held = hold
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(held.status(), 200);
        visitor.see("rotation in progress", &pending, client, None).await;
        let mut refused = 0;
        while visitor.ask(&rotate, client, None).await.0 != 429 {
            refused += 1;
            assert!(refused < 10, "no limit to rotations");
        }
        visitor.see("over the limit", &rotate, client, None).await;
        snapshot("server_shapes_refusal", &visitor.seen);
    });
    Ok(())
}
