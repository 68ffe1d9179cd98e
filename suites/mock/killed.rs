//! `--data`: what was answered, and what anybody was shown, survives a `kill -9` at any moment, time after
//! time on one file, whoever hangs up.
//!
//! `KEYPROOF_TEST_KILLS=260 KEYPROOF_TEST_SEED=5 cargo test --test all -- mock::killed` kills it more often, at
//! other moments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::join_all;
use keyproof::crypto::{DataKey, Iterations, encoding, seal};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::process::{Running, folder};
use super::support::{ClientKey, FEWEST, ULID, claims, opens, token};
use super::witness::Witness;

claims!(what_was_answered_survives_being_killed);

const KILLS: usize = 20;
/// Most answers between two kills.
const ANSWERS: u64 = 120;
/// Writers that hang up, and readers.
const CROWD: usize = 2;

fn number(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| text.parse().expect("a number"))
}

/// Splitmix64: moments that follow from a seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % bound
    }
}

/// A mock that can be killed, and the count of what it answered.
pub(crate) struct Server {
    http: reqwest::Client,
    pub(crate) url: String,
    /// Where control is, and its token.
    pub(crate) control: (String, String),
    answers: AtomicUsize,
    answered: Notify,
    gone: AtomicBool,
    /// Whose end is near: whoever is shown something new kills it.
    doomed: AtomicBool,
    id: u32,
}

impl Server {
    /// A success's body; none if there was no answer.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> Option<Value> {
        let url = format!("{}/api/v1/{ULID}/{path}", self.url);
        let call = self.http.post(url).bearer_auth(token("full"));
        let call = call.header("content-type", "application/json").body(body.to_string());
        let (status, body) = self.answer(call).await?;
        assert!(status.is_success(), "{path}: {status}: {body}");
        Some(body)
    }

    /// What a GET shows, of the API or of control; none if there was no answer.
    pub(crate) async fn see(&self, path: &str) -> Option<Value> {
        let bearer =
            if path.starts_with("/_mock") { self.control.1.clone() } else { token("full") };
        let call = self.http.get(format!("{}{path}", self.url));
        let (status, body) = self.answer(call.bearer_auth(bearer)).await?;
        assert!(!status.is_server_error(), "{path}: {status}: {body}");
        Some(body)
    }

    async fn answer(&self, call: reqwest::RequestBuilder) -> Option<(reqwest::StatusCode, Value)> {
        let answered = async {
            let answer = call.send().await.ok()?;
            Some((answer.status(), answer.text().await.ok()?))
        };
        let answered = answered.await;
        match &answered {
            Some(_) => self.answers.fetch_add(1, Ordering::SeqCst),
            None => usize::from(self.gone.swap(true, Ordering::SeqCst)),
        };
        self.answered.notify_waiters();
        let (status, text) = answered?;
        Some((status, serde_json::from_str(&text).unwrap()))
    }

    /// Somebody was shown something that nobody had seen. That is the moment at which a crash tells most.
    pub(crate) fn shows_something_new(&self) {
        if self.doomed.load(Ordering::SeqCst) {
            self.kill();
        }
    }

    fn kill(&self) {
        let process = Pid::from_raw(self.id.cast_signed()).unwrap();
        // Who came first has killed it already.
        let _ = kill_process(process, Signal::KILL);
    }

    /// Whether it has left somebody without an answer.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    /// Returns when so many more were answered, or it is gone.
    pub(crate) async fn answers_more(&self, count: usize) {
        let count = self.answers.load(Ordering::SeqCst) + count;
        self.has_answered(count).await;
    }

    async fn control(&self, what: &str, body: Value) -> Value {
        let (url, token) = &self.control;
        let call = self.http.post(format!("{url}/{what}")).bearer_auth(token);
        let answer = call.body(body.to_string()).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// Returns when so many were answered, or it is gone.
    async fn has_answered(&self, count: usize) {
        loop {
            let answered = self.answered.notified();
            if self.answers.load(Ordering::SeqCst) >= count || self.is_gone() {
                return;
            }
            answered.await;
        }
    }
}

/// What a writer knows: what was answered, and what it asked last, which may or may not have happened.
#[derive(Default)]
struct Known {
    stored: BTreeSet<String>,
    last: String,
    perhaps: Option<String>,
    rotations: usize,
    perhaps_rotated: bool,
    /// Whether the last rotation was to move history.
    moves: bool,
}

impl Known {
    /// What may have happened has, or has not.
    fn settle(&mut self, current: &str, rotations: usize) {
        if let Some(text) = self.perhaps.take()
            && text == current
        {
            self.stored.insert(text.clone());
            self.last = text;
        }
        // What the rotation that nobody answered was to do with history, it has done or left.
        self.moves &= rotations == self.rotations;
        self.rotations = rotations;
        self.perhaps_rotated = false;
    }
}

/// Stores and rotates in a server-managed project until the server is gone.
async fn write_server(server: &Server, known: &mut Known, key: &DataKey, chance: &mut Chance) {
    loop {
        if chance.below(5) == 0 {
            let moves = chance.below(2) == 0;
            let policy = if moves { "re_encrypt" } else { "keep" };
            known.perhaps_rotated = true;
            let body = json!({"history_policy": policy});
            if server.ask("s/encryption-key/rotate", body).await.is_none() {
                return;
            }
            known.perhaps_rotated = false;
            known.rotations += 1;
            known.moves = moves;
            continue;
        }
        let text = format!("S={}", chance.below(u64::MAX));
        known.perhaps = Some(text.clone());
        // Sealed under the first key: the server brings it onto the active one.
        let body = json!({"project": "s", "content": seal(key, text.as_bytes()).unwrap()});
        if server.ask("secrets/store", body).await.is_none() {
            return;
        }
        known.perhaps = None;
        known.stored.insert(text.clone());
        known.last = text;
    }
}

/// Stores, rotates and submits in a client-managed project until the server is gone.
async fn write_client(
    server: &Server,
    known: &mut Known,
    keys: &mut Vec<ClientKey>,
    id: &str,
    chance: &mut Chance,
) {
    let mut active = keys.len() - 1;
    loop {
        match chance.below(6) {
            0 => {
                let key = ClientKey::new(&format!("passphrase {}", chance.below(u64::MAX)));
                let content = key.seal(&known.last);
                let body = key.rotation(&[(id, &content)]);
                known.perhaps_rotated = true;
                keys.push(key);
                let asked = server.ask("c/secrets/rotate-client-keys", body).await;
                if asked.is_none() {
                    return;
                }
                known.perhaps_rotated = false;
                known.rotations += 1;
                active = keys.len() - 1;
            }
            1 => {
                let path = "c/secrets/re-encrypt-history/pending";
                let Some(pending) = server.ask(path, json!({"limit": 5})).await else {
                    return;
                };
                let rows = pending["data"].as_array().unwrap();
                let moved: Vec<_> = rows
                    .iter()
                    .map(|row| {
                        let blob = row["content"].as_str().unwrap();
                        let text = keys.iter().find_map(|key| key.open(blob)).unwrap();
                        json!({"id": row["id"], "content": keys[active].seal(&text)})
                    })
                    .collect();
                if moved.is_empty() {
                    continue;
                }
                let body = json!({"versions": moved, "key_proof": keys[active].proof});
                let path = "c/secrets/re-encrypt-history";
                if server.ask(path, body).await.is_none() {
                    return;
                }
            }
            _ => {
                let text = format!("C={}", chance.below(u64::MAX));
                known.perhaps = Some(text.clone());
                let (content, proof) = (keys[active].seal(&text), &keys[active].proof);
                let body = json!({"project": "c", "content": content, "key_proof": proof});
                if server.ask("secrets/store", body).await.is_none() {
                    return;
                }
                known.perhaps = None;
                known.stored.insert(text.clone());
                known.last = text;
            }
        }
    }
}

/// A project as the mock dumps it.
pub(crate) fn project(dump: &Value, slug: &str) -> Value {
    let projects = dump["organizations"][0]["projects"].as_array().unwrap();
    let mut own = projects.iter().filter(|project| project["slug"] == slug);
    own.next().expect("the project is there").clone()
}

/// Opens a blob under one key.
type Open<'k> = Box<dyn Fn(&str) -> Option<String> + 'k>;

/// What opens the blobs under each key.
type Opener<'k> = BTreeMap<u64, Open<'k>>;

fn server_keys(project: &Value) -> Opener<'static> {
    let keys = project["keys"].as_array().unwrap().iter();
    keys.map(|key| {
        let text = |place: usize| key["server"][place].as_str().unwrap();
        let iterations = Iterations::try_from(key["server"][2].as_i64().unwrap()).unwrap();
        let salt = encoding::decode(text(1)).unwrap();
        let data_key = DataKey::derive(text(0).as_bytes(), &salt, iterations);
        let open: Open<'static> = Box::new(move |blob| opens(&data_key, blob));
        (key["version"].as_u64().unwrap(), open)
    })
    .collect()
}

fn client_keys<'k>(project: &Value, keys: &'k [ClientKey]) -> Opener<'k> {
    let own = project["keys"].as_array().unwrap().iter();
    own.map(|key| {
        let proof = key["client"][0].as_str().unwrap();
        let known = keys.iter().find(|known| known.proof == proof);
        let known = known.expect("no key is active that nobody sent");
        let open: Open<'k> = Box::new(|blob| known.open(blob));
        (key["version"].as_u64().unwrap(), open)
    })
    .collect()
}

/// Holds a project to what was answered. What its level holds.
fn holds(project: &Value, known: &Known, keys: &Opener<'_>) -> String {
    let versions: Vec<u64> = keys.keys().copied().collect();
    let whole: Vec<u64> = (1..=versions.len() as u64).collect();
    assert_eq!(versions, whole, "each rotation is there once");
    let active = versions.len() as u64;
    let rotated = project["keys"].as_array().unwrap();
    let rotated = rotated.iter().filter(|key| !key["rotated_at"].is_null());
    assert_eq!(rotated.count() as u64, active - 1, "exactly one key is active");
    let most = known.rotations + usize::from(known.perhaps_rotated);
    let count = versions.len() - 1;
    assert!((known.rotations..=most).contains(&count), "{count} rotations");
    let open = |row: &Value| {
        let key = row["under"].as_u64().expect("no blob is opaque");
        let blob = row["content"].as_str().unwrap();
        keys[&key](blob).expect("each blob opens under the key that it names")
    };
    let secret = &project["secrets"][0];
    assert_eq!(secret["under"], active, "what a level holds is under the active key");
    let current = open(secret);
    let mut texts: BTreeSet<String> = BTreeSet::from([current.clone()]);
    texts.extend(project["versions"].as_array().unwrap().iter().map(open));
    let lost: Vec<_> = known.stored.difference(&texts).collect();
    assert!(lost.is_empty(), "nothing vanishes, but: {lost:?}");
    let strange = texts.iter().filter(|text| !known.stored.contains(*text));
    for text in strange {
        assert_eq!(Some(text), known.perhaps.as_ref(), "nothing comes from nowhere");
    }
    let is_last = current == known.last || Some(&current) == known.perhaps.as_ref();
    assert!(is_last, "the level holds {current}, and not {}", known.last);
    current
}

fn start(file: &Path, seed: u64) -> (Running, Arc<Server>) {
    let (file, seed) = (file.to_str().unwrap(), seed.to_string());
    let iterations = FEWEST.to_string();
    let options = ["--listen", "127.0.0.1:0", "--limits", "off", "--data", file];
    let others = ["--min-iterations", &iterations, "--seed", &seed];
    let running = Running::apart(&[&options[..], &others].concat());
    let text = |name: &str| running.line[name].as_str().unwrap().to_owned();
    let server = Server {
        http: reqwest::Client::new(),
        url: text("url"),
        control: (text("control_url"), text("control_token")),
        answers: AtomicUsize::new(0),
        answered: Notify::new(),
        gone: AtomicBool::new(false),
        doomed: AtomicBool::new(false),
        id: running.id(),
    };
    (running, Arc::new(server))
}

/// What the mock holds once the jobs that a kill interrupted are done.
async fn settled(server: &Server) -> Value {
    let settling = async {
        loop {
            let dump = server.control("state/dump", json!({})).await;
            if project(&dump, "s")["moving"] == false {
                return dump;
            }
        }
    };
    let longest = std::time::Duration::from_secs(20);
    let settled = tokio::time::timeout(longest, settling).await;
    settled.expect("a job goes on where it was")
}

async fn what_was_answered_survives_being_killed() {
    let seed = number("KEYPROOF_TEST_SEED", 7);
    let kills = number("KEYPROOF_TEST_KILLS", KILLS as u64);
    let again = format!(
        "again: KEYPROOF_TEST_SEED={seed} KEYPROOF_TEST_KILLS={kills} cargo test --test all -- mock::killed"
    );
    let outcome = std::panic::AssertUnwindSafe(killed(seed, kills));
    if let Err(panic) = futures::FutureExt::catch_unwind(outcome).await {
        eprintln!("{again}");
        std::panic::resume_unwind(panic);
    }
}

async fn killed(seed: u64, kills: u64) {
    let file = folder("killed").join("mock.redb");
    let mut chance = Chance(seed);
    let (mut running, mut server) = start(&file, seed);
    let first = ClientKey::new("first");
    server.ask("projects", json!({"name": "s"})).await.unwrap();
    let mut body = first.project();
    body["name"] = json!("c");
    server.ask("projects", body).await.unwrap();
    let dump = server.control("state/dump", json!({})).await;
    let key = &project(&dump, "s")["keys"][0]["server"];
    let (raw, salt) = (key[0].as_str().unwrap(), key[1].as_str().unwrap());
    let fewest = Iterations::try_from(FEWEST).unwrap();
    let salt = encoding::decode(salt).unwrap();
    let server_key = DataKey::derive(raw.as_bytes(), &salt, fewest);
    let mut keys = vec![first];
    let (mut of_server, mut of_client) = (Known::default(), Known::default());
    // Each level holds something from the start.
    let text = "S=0".to_owned();
    let content = seal(&server_key, text.as_bytes()).unwrap();
    server.ask("secrets/store", json!({"project": "s", "content": content})).await.unwrap();
    of_server.stored.insert(text.clone());
    of_server.last = text;
    let text = "C=0".to_owned();
    let body = json!({"project": "c", "content": keys[0].seal(&text), "key_proof": keys[0].proof});
    server.ask("secrets/store", body).await.unwrap();
    of_client.stored.insert(text.clone());
    of_client.last = text;
    let witness = tokio::sync::Mutex::new(Witness::new(&server).await);
    for _ in 0..kills {
        let dump = server.control("state/dump", json!({})).await;
        let id = project(&dump, "c")["secrets"][0]["id"].as_str().unwrap().to_owned();
        let count = server.answers.load(Ordering::SeqCst) + chance.below(ANSWERS) as usize + 1;
        let mut others = (Chance(chance.below(u64::MAX)), Chance(chance.below(u64::MAX)));
        let mut several = || [(); CROWD].map(|()| Chance(chance.below(u64::MAX)));
        let (writers, readers) = (several(), several());
        let kill = async {
            // Without a terminal a hang-up ends nothing, and reads nothing over what is in the file.
            server.has_answered(count / 2).await;
            running.signal("HUP");
            server.has_answered(count).await;
            server.doomed.store(true, Ordering::SeqCst);
            server.answers_more(count).await;
            server.kill();
        };
        tokio::join!(
            kill,
            join_all(writers.map(|chance| Witness::write(&witness, &server, chance))),
            join_all(readers.map(|chance| Witness::read(&witness, &server, chance))),
            write_server(&server, &mut of_server, &server_key, &mut others.0),
            write_client(&server, &mut of_client, &mut keys, &id, &mut others.1),
        );
        assert_eq!(running.end().0, None, "it was killed");
        (running, server) = start(&file, seed);
        let dump = settled(&server).await;
        witness.lock().await.holds(&server, &dump).await;
        let own = project(&dump, "s");
        let opener = server_keys(&own);
        let current = holds(&own, &of_server, &opener);
        let active = opener.len() as u64;
        if of_server.moves && !of_server.perhaps_rotated {
            let rows = own["versions"].as_array().unwrap();
            let left = rows.iter().filter(|row| row["under"] != active);
            assert_eq!(left.count(), 0, "a job goes on where it was");
        }
        of_server.settle(&current, opener.len() - 1);
        let own = project(&dump, "c");
        let opener = client_keys(&own, &keys);
        let current = holds(&own, &of_client, &opener);
        let count = opener.len() - 1;
        drop(opener);
        let active = own["keys"][count]["client"][0].as_str().unwrap();
        keys.retain(|key| key.proof == active || keys_has(&own, &key.proof));
        let place = keys.iter().position(|key| key.proof == active).unwrap();
        let key = keys.remove(place);
        keys.push(key);
        of_client.settle(&current, count);
        let rows = own["versions"].as_array().unwrap();
        let older = rows.iter().filter(|row| row["under"] != count as u64 + 1).count();
        let pending = server.ask("c/secrets/re-encrypt-history/pending", json!({})).await.unwrap();
        assert_eq!(pending["meta"]["remaining"], older, "pending counts what is under older keys");
    }
}

fn keys_has(project: &Value, proof: &str) -> bool {
    let mut keys = project["keys"].as_array().unwrap().iter();
    keys.any(|key| key["client"][0] == proof)
}
