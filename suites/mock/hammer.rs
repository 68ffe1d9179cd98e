//! Many clients at once: whatever they race for, each blob opens under the key that it names, and
//! no version is lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyproof::crypto::{DataKey, seal};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::support::{Answer, ClientKey, Mock, claims, descriptor, opens, server_key};

claims!(
    a_client_project_survives_rotations_writes_and_submits_at_once,
    a_server_project_survives_rotations_and_writes_at_once,
);

/// The levels that are written: none, or a target.
const TARGETS: [Option<&str>; 2] = [None, Some("web")];

/// A project that is hammered, and what its clients remember.
struct Arena {
    mock: Mock,
    /// Client keys by their proof, remembered before the mock hears of them.
    keys: Mutex<BTreeMap<String, ClientKey>>,
    /// Versions that must have come of what was replaced.
    replaced: AtomicUsize,
}

impl Arena {
    /// With a blob at each level, sealed by `first`.
    async fn new(mut project: Value, proof: Option<&str>) -> Arc<Self> {
        let mock = Mock::start().await;
        project["name"] = "arena".into();
        mock.post("projects", project).await.status(201);
        mock.post("arena/targets", json!({"name": "web"})).await.status(201);
        for target in TARGETS {
            mock.post("secrets/store", write(target, "first", proof)).await.ok();
        }
        Arc::new(Self { mock, keys: Mutex::default(), replaced: AtomicUsize::new(0) })
    }

    fn remember(&self, key: &ClientKey) {
        self.keys.lock().insert(key.proof.clone(), key.clone());
    }

    fn note(&self, replaced: usize) {
        self.replaced.fetch_add(replaced, Ordering::Relaxed);
    }

    async fn history(&self) -> Vec<Value> {
        let body = self.mock.get("arena/encryption-key/history").await.ok();
        body["data"].as_array().unwrap().clone()
    }

    /// The client key of a version.
    async fn client_key(&self, version: &str) -> ClientKey {
        let history = self.history().await;
        let entry = history.iter().find(|entry| entry["version"] == version).unwrap();
        self.keys.lock()[entry["key_check"].as_str().unwrap()].clone()
    }

    async fn active(&self) -> ClientKey {
        let history = self.history().await;
        let active = history[0]["key_check"].as_str().unwrap();
        self.keys.lock()[active].clone()
    }

    async fn levels(&self) -> Value {
        let body = self.mock.get("arena/web/secrets").await.ok();
        body["data"]["attributes"]["levels"].clone()
    }

    /// Every version of every level: content and the version of its key.
    async fn versions(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for target in TARGETS {
            for page in 1.. {
                let body = json!({
                    "project": "arena", "target": target, "per_page": 100, "page": page,
                });
                let list = self.mock.post("secrets/versions", body).await.ok();
                for row in list["data"].as_array().unwrap() {
                    let path = format!("secrets/versions/{}", row["id"].as_str().unwrap());
                    let version = self.mock.get(&path).await.ok();
                    let text = |value: &Value| value.as_str().unwrap().to_owned();
                    let data = &version["data"];
                    found.push((text(&data["content"]), text(&data["key"]["version"])));
                }
                if list["meta"]["last_page"] == page {
                    break;
                }
            }
        }
        found
    }

    async fn one_key_is_active(&self) {
        let history = self.history().await;
        let active: Vec<_> = history.iter().map(|entry| entry["is_active"] == true).collect();
        assert!(active[0] && !active[1..].contains(&true), "{history:?}");
    }
}

fn write(target: Option<&str>, content: &str, proof: Option<&str>) -> Value {
    json!({"project": "arena", "target": target, "content": content, "key_proof": proof})
}

/// Whether a race was lost: the key was rotated between a read and a write.
fn lost(answer: &Answer) -> bool {
    if answer.code == 200 {
        return false;
    }
    let error = answer.status(422)["error"].clone();
    assert!(error == "key_proof_mismatch" || error == "key_version_conflict", "{error}");
    true
}

async fn writes(arena: Arc<Arena>, count: usize) {
    for number in 0..count {
        loop {
            let key = arena.active().await;
            let body = write(TARGETS[number % 2], &key.seal("w"), Some(&key.proof));
            if !lost(&arena.mock.post("secrets/store", body).await) {
                arena.note(1);
                break;
            }
        }
    }
}

async fn rotates(arena: Arc<Arena>, name: usize, count: usize) {
    for number in 0..count {
        let key = ClientKey::new(&format!("rotation {name}.{number}"));
        arena.remember(&key);
        let levels = arena.levels().await;
        let secrets: Vec<_> = levels
            .as_object()
            .unwrap()
            .values()
            .map(|level| (level["id"].as_str().unwrap(), key.seal("r")))
            .collect();
        let secrets: Vec<_> = secrets.iter().map(|(id, blob)| (*id, blob.as_str())).collect();
        let path = "arena/secrets/rotate-client-keys";
        let rotated = arena.mock.post(path, key.rotation(&secrets)).await.ok();
        assert_eq!(rotated["data"]["count"], 2);
        arena.note(2);
    }
}

/// One round of pending and submit. What is still to do.
async fn catches_up(arena: &Arena) -> i64 {
    let path = "arena/secrets/re-encrypt-history";
    let page = arena.mock.post(&format!("{path}/pending"), json!({"limit": 7})).await.ok();
    let mut old = Vec::new();
    for row in page["data"].as_array().unwrap() {
        let key = arena.client_key(row["key_version"].as_str().unwrap()).await;
        let text = row["content"].as_str().unwrap();
        let opened = if text == "first" { Some(text.to_owned()) } else { key.open(text) };
        old.push((row["id"].clone(), opened.expect("it opens under the key that it names")));
    }
    if old.is_empty() {
        return 0;
    }
    let key = arena.active().await;
    let versions: Vec<_> =
        old.into_iter().map(|(id, text)| json!({"id": id, "content": key.seal(&text)})).collect();
    let body = json!({"versions": versions, "key_proof": key.proof});
    let answer = arena.mock.post(path, body).await;
    if lost(&answer) {
        return page["meta"]["remaining"].as_i64().unwrap();
    }
    answer.json()["data"]["remaining"].as_i64().unwrap()
}

async fn a_client_project_survives_rotations_writes_and_submits_at_once() {
    let first = ClientKey::new("first");
    let arena = Arena::new(first.project(), Some(&first.proof)).await;
    arena.remember(&first);
    let mut tasks = tokio::task::JoinSet::new();
    for name in 0..3 {
        tasks.spawn(rotates(Arc::clone(&arena), name, 6));
        tasks.spawn(writes(Arc::clone(&arena), 20));
        let arena = Arc::clone(&arena);
        tasks.spawn(async move {
            for _ in 0..15 {
                catches_up(&arena).await;
            }
        });
    }
    tasks.join_all().await;

    arena.one_key_is_active().await;
    assert_eq!(arena.history().await.len(), 1 + 3 * 6);
    let before = arena.versions().await.len();
    assert_eq!(before, arena.replaced.load(Ordering::Relaxed));
    let rounds = before.div_ceil(7);
    let mut left = i64::MAX;
    for _ in 0..=rounds {
        let next = catches_up(&arena).await;
        assert!(next < left, "each round of a project at rest moves some");
        left = next;
        if left == 0 {
            break;
        }
    }
    assert_eq!(left, 0);
    let key = arena.active().await;
    for level in arena.levels().await.as_object().unwrap().values() {
        assert!(key.open(level["content"].as_str().unwrap()).is_some());
    }
    let active = arena.history().await[0]["version"].clone();
    let versions = arena.versions().await;
    assert_eq!(versions.len(), before);
    for (content, under) in versions {
        assert_eq!(under, active);
        assert!(key.open(&content).is_some(), "{content}");
    }
}

async fn server_data_key(arena: &Arena) -> DataKey {
    server_key(&descriptor(&arena.mock.get("arena/encryption-key").await))
}

async fn server_rotates(arena: Arc<Arena>, count: usize) {
    for number in 0..count {
        let policy = ["keep", "re_encrypt"][number % 2];
        let body = json!({"history_policy": policy});
        let answer = arena.mock.post("arena/encryption-key/rotate", body).await;
        answer.ok();
        assert_eq!(answer.header("x-mock-warning"), "", "no blob here is opaque");
        arena.note(2);
    }
}

async fn server_writes(arena: Arc<Arena>, count: usize) {
    for number in 0..count {
        let key = server_data_key(&arena).await;
        let content = seal(&key, b"w").unwrap();
        arena.mock.post("secrets/store", write(TARGETS[number % 2], &content, None)).await.ok();
        arena.note(1);
    }
}

async fn a_server_project_survives_rotations_and_writes_at_once() {
    let arena = Arena::new(json!({}), None).await;
    // The first blobs are opaque: put sealed ones in their place, and keep no version of them.
    let key = server_data_key(&arena).await;
    for target in TARGETS {
        let mut body = write(target, &seal(&key, b"first").unwrap(), None);
        body["no_backup"] = true.into();
        arena.mock.post("secrets/store", body).await.ok();
    }
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..3 {
        tasks.spawn(server_rotates(Arc::clone(&arena), 6));
        tasks.spawn(server_writes(Arc::clone(&arena), 20));
    }
    tasks.join_all().await;
    let body = json!({"history_policy": "re_encrypt"});
    arena.mock.post("arena/encryption-key/rotate", body).await.ok();
    arena.note(2);

    arena.one_key_is_active().await;
    let history = arena.history().await;
    assert_eq!(history.len(), 1 + 3 * 6 + 1);
    let mut versions = arena.versions().await;
    for _ in 0..200 {
        if versions.iter().all(|(_, under)| history[0]["version"] == *under) {
            break;
        }
        versions = arena.versions().await;
    }
    assert_eq!(versions.len(), arena.replaced.load(Ordering::Relaxed));
    let key = server_data_key(&arena).await;
    for (content, under) in versions {
        assert_eq!(under, history[0]["version"], "the job has moved it");
        assert!(opens(&key, &content).is_some(), "{content}");
    }
    for level in arena.levels().await.as_object().unwrap().values() {
        assert!(opens(&key, level["content"].as_str().unwrap()).is_some());
    }
}
