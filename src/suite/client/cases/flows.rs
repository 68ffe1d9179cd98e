//! Flows of current secrets: a project is created, secrets are pushed, pulled, and put under a new key.

use serde_json::{Value, json};

use crate::contract::route::Endpoint;
use crate::crypto::{DataKey, Iterations, SALT_LENGTH, derive_key_proof, encoding, open, seal};
use crate::harness::{Case, Judged, Phase, Stop};
use crate::mock::{Effect, Mishap, Pattern};
use crate::suite::client::context::{Context, SERVED, VAULT, merged};
use crate::suite::client::key::Key;
use crate::suite::client::performed::Performed;

const NAME: &str = "Tresor für 🔑";
const TEXT: &str = "API_URL=https://example.test\nNAME='läuft 🔑'\n";

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("client/flows/create", "client-create", create),
        Case::new("client/flows/create-again", "client-create", create_again),
        Case::new("client/flows/push", "client-push", push),
        Case::new("client/flows/push-place", "client-push", push_place),
        Case::new("client/flows/push-under-server-key", "client-push", push_served),
        Case::new("client/flows/push-proof", "client-proof", push_proof),
        Case::new("client/flows/fresh-salt", "client-fresh-descriptor", fresh_salt),
        Case::new("client/flows/pull", "client-pull", pull),
        Case::new("client/flows/pull-under-server-key", "client-pull", pull_served),
        Case::new("client/flows/pull-unreadable", "client-nothing-dropped", pull_unreadable),
        Case::new("client/flows/rotate", "client-rotate", rotate),
        Case::new("client/flows/rotate-fresh-salt", "client-fresh-salt", rotate_fresh_salt),
        Case::new("client/flows/every-salt-fresh", "client-fresh-salt", every_salt_fresh)
            .phase(Phase::Late),
        Case::new("client/flows/rotate-unreadable", "client-nothing-dropped", rotate_unreadable),
        Case::new("client/flows/lost-rotation", "client-no-blind-rotation", lost_rotation),
    ]
}

/// What a project is created with, in a right request.
async fn created(context: &Context, name: &str, key: &Key) -> Result<(Performed, Value), Stop> {
    let further = json!({"name": name, "key": key.passphrase});
    let performed = context.ask("create_client_project", "", further).await?;
    let body = match performed.requests(Endpoint::CreateProject).next() {
        Some(exchange) => exchange.json(),
        None => return Err(performed.differs("no project is created", "POST projects")),
    };
    Ok((performed, body))
}

async fn create(context: &Context) -> Judged {
    let key = context.key()?;
    let (performed, body) = created(context, NAME, &key).await?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let salt = encoding::decode(&text("key_check_salt")).unwrap_or_default();
    let proof = derive_key_proof(key.passphrase.as_bytes(), &salt, Iterations::PLATFORM);
    let is_right = body["storage_mode"] == "client"
        && body["key_check_iterations"] == Iterations::PLATFORM.get()
        && salt.len() == SALT_LENGTH
        && text("key_check") == proof;
    if text("name") != NAME {
        return Err(performed.unlike(
            "a project is created under another name",
            NAME,
            &text("name"),
        ));
    }
    if !is_right {
        let expected = "storage_mode client, a salt of 16 bytes, 600000 iterations and their proof";
        let what = "a project is created with a wrong proof";
        return Err(performed.unlike(what, expected, &body.to_string()));
    }
    let project = performed.ok()?.get("project").and_then(Value::as_str);
    let Some(project) = project.filter(|slug| !slug.is_empty()) else {
        return Err(performed.differs("the answer has no project", "a text `project`"));
    };
    let is_there = context.get(project).await.is_ok();
    performed.check(is_there, "the project that is answered is not there", "its slug")
}

async fn create_again(context: &Context) -> Judged {
    let key = context.key()?;
    let (_, first) = created(context, "first", &key).await?;
    let (performed, second) = created(context, "second", &key).await?;
    let salt = &second["key_check_salt"];
    if first["key_check_salt"] == *salt {
        let what = "a salt is used for two projects";
        return Err(performed.unlike(what, "a fresh salt for each", &salt.to_string()));
    }
    Ok(())
}

/// The blob that is stored at a project's own level.
async fn stored(context: &Context, project: &str) -> Result<String, Stop> {
    let levels = context.levels(project).await?;
    let content = levels["project"]["content"].as_str();
    Ok(content.unwrap_or_default().to_owned())
}

/// That what was pushed or rotated opens, and to the text.
fn is_text(
    performed: &Performed,
    opened: Option<&str>,
    (closed, another): (&str, &str),
    expected: &str,
) -> Judged {
    match opened {
        Some(TEXT) => Ok(()),
        Some(text) => Err(performed.unlike(another, &format!("{TEXT:?}"), &format!("{text:?}"))),
        None => Err(performed.differs(closed, expected)),
    }
}

const PUSHED: (&str, &str) =
    ("what is pushed does not open", "what is pushed opens to another text");

async fn push(context: &Context) -> Judged {
    let key = context.vault().await?;
    let performed = context.push(&key, TEXT).await?;
    performed.ok()?;
    let opened = key.open(&stored(context, VAULT).await?);
    is_text(&performed, opened.as_deref(), PUSHED, "a blob under the project's data key")
}

/// The data key of the project under server custody.
async fn served_key(context: &Context) -> Result<DataKey, Stop> {
    let answer = context.get("my-app/encryption-key").await?;
    let content = answer["data"]["attributes"]["content"].as_str();
    let key: Value = serde_json::from_str(content.unwrap_or_default()).unwrap_or_default();
    let key = &key["key"];
    let text = |name: &str| key[name].as_str().unwrap_or_default();
    let wrong = |error: crate::crypto::Error| Stop::Harness(error.to_string());
    let salt = encoding::decode(text("key_check_salt")).map_err(wrong)?;
    let count = key["key_check_iterations"].as_i64().unwrap_or_default();
    let count = Iterations::try_from(count).map_err(wrong)?;
    Ok(DataKey::derive(text("key").as_bytes(), &salt, count))
}

async fn push_served(context: &Context) -> Judged {
    let performed = context.ask("push_secrets", SERVED, json!({"plaintext": TEXT})).await?;
    performed.ok()?;
    let opened = open(&served_key(context).await?, &stored(context, SERVED).await?);
    let opened = opened.ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    is_text(&performed, opened.as_deref(), PUSHED, "a blob under the server's data key")
}

async fn push_proof(context: &Context) -> Judged {
    let key = context.vault().await?;
    let performed = context.push(&key, TEXT).await?;
    let Some(write) = performed.requests(Endpoint::StoreSecrets).next() else {
        return Err(performed.differs("nothing is stored", "POST secrets/store"));
    };
    match &write.json()["key_proof"] {
        Value::String(proof) if *proof == key.proof => Ok(()),
        Value::String(_) => {
            Err(performed.differs("a write carries a wrong proof", "the proof of the key"))
        }
        _ => Err(performed.differs("a write carries no key_proof", "key_proof, a text")),
    }
}

async fn fresh_salt(context: &Context) -> Judged {
    let old = context.vault().await?;
    context.push(&old, TEXT).await?.ok()?;
    // Elsewhere somebody rotates to the same passphrase: only the salt is another.
    let new = context.resalted(&old)?;
    context.rotate(&old, &new).await?;
    let performed = context.push(&new, TEXT).await?;
    let blob = stored(context, VAULT).await?;
    // Whether the text is what was given is another case's.
    performed.check(
        performed.is_ok() && new.open(&blob).is_some(),
        "a salt from before a rotation is used",
        "the descriptor read anew before each push",
    )
}

/// Adds a target and an environment to the vault.
async fn places(context: &Context) -> Result<[Value; 3], Stop> {
    context.post("vault/targets", json!({"name": "web"})).await?;
    context.post("vault/web/environments", json!({"name": "stage"})).await?;
    Ok([json!({}), json!({"target": "web"}), json!({"target": "web", "environment": "stage"})])
}

async fn push_place(context: &Context) -> Judged {
    let key = context.vault().await?;
    for (place, level) in places(context).await?.into_iter().zip(LEVELS) {
        let text = level_text(level);
        let further = merged(json!({"key": key.passphrase, "plaintext": text}), &place);
        let performed = context.ask("push_secrets", VAULT, further).await?;
        performed.ok()?;
        let levels = context.levels(&format!("{VAULT}/web/stage")).await?;
        let opened = key.open(levels[level]["content"].as_str().unwrap_or_default());
        // Whether the text is what was given is another case's.
        let is_there = opened.is_some_and(|opened| opened.contains(level));
        let what = "what is pushed is not at the level that was named";
        performed.check(is_there, what, &format!("{text:?} at {level}"))?;
    }
    Ok(())
}

/// Adds a target and an environment to the vault, and stores a blob under `keys` at each level.
async fn three_levels(context: &Context, key: &Key, keys: [&Key; 3]) -> Judged {
    let places = places(context).await?;
    for ((place, name), sealing) in places.into_iter().zip(LEVELS).zip(keys) {
        let blob = sealing.seal(&level_text(name))?;
        context.store(key, &blob, place).await?;
    }
    Ok(())
}

fn level_text(level: &str) -> String {
    format!("LEVEL='{level} läuft 🔑'\n")
}

const LEVELS: [&str; 3] = ["project", "target", "environment"];

async fn pull(context: &Context) -> Judged {
    let key = context.vault().await?;
    three_levels(context, &key, [&key, &key, &key]).await?;
    let performed = pull_stage(context, &key).await?;
    let levels = LEVELS.map(|level| json!({"level": level, "plaintext": level_text(level)}));
    are_pulled(&performed, &json!(levels))
}

/// That the answer has these levels and no others.
fn are_pulled(performed: &Performed, levels: &Value) -> Judged {
    let is_right = performed.ok()?.get("levels") == Some(levels);
    performed.check(is_right, "not each level is pulled", &levels.to_string())
}

async fn pull_served(context: &Context) -> Judged {
    let content = seal(&served_key(context).await?, TEXT.as_bytes());
    let content = content.map_err(|error| Stop::Harness(error.to_string()))?;
    context.post("secrets/store", json!({"project": SERVED, "content": content})).await?;
    let performed = context.ask("pull_secrets", SERVED, json!({})).await?;
    are_pulled(&performed, &json!([{"level": "project", "plaintext": TEXT}]))
}

async fn pull_unreadable(context: &Context) -> Judged {
    let (key, foreign) = (context.vault().await?, context.key()?);
    three_levels(context, &key, [&key, &foreign, &key]).await?;
    let performed = pull_stage(context, &key).await?;
    performed.refused("a level that does not open is left out in silence")
}

async fn pull_stage(context: &Context, key: &Key) -> Result<Performed, Stop> {
    let further = json!({"target": "web", "environment": "stage", "key": key.passphrase});
    context.ask("pull_secrets", VAULT, further).await
}

async fn rotate(context: &Context) -> Judged {
    let (old, new) = (context.vault().await?, context.key()?);
    context.store(&old, &old.seal(TEXT)?, json!({})).await?;
    let performed = context.rotate_by_client(&old, &new).await?;
    performed.ok()?;
    let Some(rotation) = performed.requests(Endpoint::RotateClientKeys).next() else {
        return Err(performed.differs("nothing is rotated", "POST secrets/rotate-client-keys"));
    };
    let body = rotation.json();
    let salt = body["key_check_salt"].as_str().unwrap_or_default();
    let count = body["key_check_iterations"].as_i64().unwrap_or_default();
    let expected = "each secret under the new key, with 600000 iterations and a fresh salt";
    let what = "what is rotated does not open under the new key";
    if count != i64::from(Iterations::PLATFORM.get()) {
        return Err(performed.unlike(what, expected, &format!("{count} iterations")));
    }
    let derived = Key::derived(new.passphrase.clone(), salt, count);
    let derived = derived.map_err(|_| performed.differs(what, expected))?;
    let opened = derived.open(&stored(context, VAULT).await?);
    let words = (what, "what is rotated opens to another text");
    is_text(&performed, opened.as_deref(), words, expected)
}

/// The salts of rotations: not that of the old key, nor that of another rotation by this process or by another one.
async fn rotate_fresh_salt(context: &Context) -> Judged {
    let mut known = Vec::new();
    for _ in 0..2 {
        let alone = context.restarted().await?;
        let (old, new) = (alone.vault().await?, alone.key()?);
        known.push(old.salt().to_owned());
        let performed = alone.rotate_by_client(&old, &new).await;
        alone.close().await;
        let performed = performed?;
        performed.ok()?;
        let Some(rotation) = performed.requests(Endpoint::RotateClientKeys).next() else {
            return Err(performed.differs("nothing is rotated", "POST secrets/rotate-client-keys"));
        };
        let body = rotation.json();
        let salt = body["key_check_salt"].as_str().unwrap_or_default().to_owned();
        if known.contains(&salt) {
            let what = "a rotation uses a salt that was used before";
            return Err(performed.unlike(what, "a fresh salt for each rotation", &salt));
        }
        known.push(salt);
    }
    Ok(())
}

/// The salts of all keys that the client has set in this run. This case makes two projects itself, for a run of it alone.
async fn every_salt_fresh(context: &Context) -> Judged {
    let key = context.key()?;
    created(context, "first", &key).await?;
    let (performed, _) = created(context, "second", &key).await?;
    let mut salts = context.shared.salts.lock().clone();
    let all = salts.len();
    salts.sort();
    salts.dedup();
    if salts.len() == all {
        return Ok(());
    }
    let what = "a salt is used for two keys";
    let got = format!("{} different salts for {all} keys", salts.len());
    Err(performed.unlike(what, "a fresh salt for each key", &got))
}

async fn rotate_unreadable(context: &Context) -> Judged {
    let (old, new, foreign) = (context.vault().await?, context.key()?, context.key()?);
    context.store(&old, &foreign.seal(TEXT)?, json!({})).await?;
    let performed = context.rotate_by_client(&old, &new).await?;
    let what = "a rotation is sent though a secret does not open";
    performed.refused_before(Endpoint::RotateClientKeys, what, "a rejection, and no rotation")
}

async fn lost_rotation(context: &Context) -> Judged {
    let pattern = Pattern::of(Endpoint::RotateEncryptionKey);
    // The answer has begun: what sends a request again by itself then is no HTTP library.
    context.tenant()?.mishap(Mishap::once(pattern, Effect::Truncate));
    let performed = context.ask("rotate_encryption_key", SERVED, json!({})).await?;
    match performed.requests(Endpoint::RotateEncryptionKey).count() {
        1 => Ok(()),
        count => {
            let what = "a rotation is sent again after a lost answer";
            Err(performed.unlike(what, "one rotation", &format!("{count} rotations")))
        }
    }
}
