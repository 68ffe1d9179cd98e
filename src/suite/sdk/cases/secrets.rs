//! That no key and no plaintext reaches a message, standard error or the name of a file. A process of its own is sent
//! canaries, in right requests and in each way that a request can be wrong; its messages, its standard error and the
//! names of what is new in the working folder are searched for them, in every spelling.

use std::collections::BTreeSet;

use crate::adapter::{AdapterReply, Request};
use crate::crypto::{DataKey, Iterations, encoding, seal};
use crate::harness::{Case, Judged, Stop};
use crate::suite::canary::{Canary, found};
use crate::suite::random::{random, random_text};
use crate::suite::sdk::context::{Context, check};

/// Characters of a canary.
const CANARY: usize = 48;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/secrets/key", "sdk-secrets", key),
        Case::new("sdk/secrets/data-key", "sdk-secrets", data_key),
        Case::new("sdk/secrets/plaintext", "sdk-secrets", plaintext),
    ]
}

fn canary(context: &Context) -> Result<String, Stop> {
    let canary = random_text(CANARY)?;
    context.shared.redactor.register(&canary);
    Ok(canary)
}

/// A data key that reports withhold.
fn withheld(context: &Context, key: &[u8; 32]) -> String {
    let hex = key.iter().map(|byte| format!("{byte:02x}"));
    context.shared.redactor.register(&hex.collect::<String>());
    let encoded = encoding::encode(key);
    context.shared.redactor.register(&encoded);
    encoded
}

async fn key(context: &Context) -> Judged {
    let canary = canary(context)?;
    let salt = encoding::encode([1; 16]);
    let blob = seal(&DataKey::from([3; 32]), b"A=1");
    let blob = blob.map_err(|error| Stop::Harness(error.to_string()))?;
    let requests = [
        Request::pad_key(&canary),
        Request::derive_key_proof(&canary, &salt, 2),
        Request::derive_key_proof(&canary, "no base64!", 2),
        Request::derive_key_proof(&canary, &salt, 0),
        Request::derive_data_key(&canary, &salt, 2),
        Request::derive_data_key(&canary, "no base64!", 2),
        Request::verify_key_proof(&canary, &salt, 2, "no proof"),
        Request::verify_key_proof(&canary, "no base64!", 2, "no proof"),
        Request::encrypt_with_project_key(&canary, "A=1"),
        Request::decrypt_with_project_key(&canary, &blob),
        Request::decrypt_with_project_key(&canary, "no base64!"),
        Request::new("derive_key_proof", serde_json::json!({"key": canary})),
    ];
    search(context, &[Canary::text("the key", &canary)], &requests, KEY).await
}

/// The one that is derived of a key, and the one that seals.
async fn data_key(context: &Context) -> Judged {
    let (canary, key) = (canary(context)?, random::<32>()?);
    let derived = DataKey::derive(canary.as_bytes(), &[1; 16], Iterations::ONE);
    withheld(context, derived.as_bytes());
    let (salt, given) = (encoding::encode([1; 16]), withheld(context, &key));
    let blob = seal(&DataKey::from(key), b"A=1");
    let blob = blob.map_err(|error| Stop::Harness(error.to_string()))?;
    let other = seal(&DataKey::from([3; 32]), b"A=1");
    let other = other.map_err(|error| Stop::Harness(error.to_string()))?;
    let requests = [
        Request::derive_data_key(&canary, &salt, 1),
        Request::encrypt(&given, "A=1"),
        Request::decrypt(&given, &blob),
        Request::decrypt(&given, &other),
        Request::decrypt(&given, "no base64!"),
        Request::new("encrypt", serde_json::json!({"data_key": given})),
    ];
    let canaries = [
        Canary::bytes("the derived data key", derived.as_bytes()),
        Canary::bytes("the data key that seals", &key),
    ];
    search(context, &canaries, &requests, KEY).await
}

const KEY: &str = "a key reaches a message or standard error";

async fn plaintext(context: &Context) -> Judged {
    let canary = canary(context)?;
    let data_key = encoding::encode([3; 32]);
    let sealed = seal(&DataKey::from([3; 32]), canary.as_bytes());
    let sealed = sealed.and_then(|blob| Ok((encoding::decode(&blob)?, blob)));
    let (bytes, blob) = sealed.map_err(|error| Stop::Harness(error.to_string()))?;
    let mut flipped = bytes.clone();
    if let Some(last) = flipped.last_mut() {
        *last ^= 1;
    }
    let cut = &bytes[..bytes.len() - 1];
    let requests = [
        Request::encrypt(&data_key, &canary),
        Request::encrypt(&encoding::encode([3; 16]), &canary),
        Request::encrypt("no base64!", &canary),
        Request::decrypt(&data_key, &blob),
        Request::decrypt(&data_key, &encoding::encode(flipped)),
        Request::decrypt(&data_key, &encoding::encode(cut)),
        Request::encrypt_with_project_key("", &canary),
        Request::encrypt_with_project_key("k", &canary),
        Request::new("encrypt", serde_json::json!({"plaintext": canary})),
    ];
    let what = "a plaintext reaches a message or standard error";
    search(context, &[Canary::text("the plaintext", &canary)], &requests, what).await
}

/// The names of what is in the working folder, which the adapter shares.
fn names() -> BTreeSet<String> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

async fn search(
    context: &Context,
    canaries: &[Canary],
    requests: &[Request],
    what: &str,
) -> Judged {
    let before = names();
    let alone = context.restarted().await?;
    let session = alone.session();
    let mut texts = Vec::new();
    for request in requests {
        // What breaks the protocol is no answer; other cases report that it was broken.
        if let Ok(reply) = session.ask(context.case, request).await {
            if matches!(reply, AdapterReply::Ok(_) | AdapterReply::Reject(_)) {
                context.shared.record.judged(&request.op);
            }
            let message = reply.message().unwrap_or_default().to_owned();
            texts.push((format!("in the message that answers {}", request.op), message));
        }
    }
    let is_answered = !texts.is_empty();
    texts.push(("on standard error".to_owned(), session.close_and_read().await));
    let new = names().difference(&before).cloned().collect::<Vec<_>>();
    texts.push(("in the name of a file".to_owned(), new.join("\n")));
    let mut found = found(canaries, &texts);
    found.dedup();
    if found.is_empty() && !is_answered {
        let note = "the adapter broke the protocol at each request that holds a canary";
        return Err(Stop::CouldNotRun(note.to_owned()));
    }
    check(
        found.is_empty(),
        what,
        "messages, standard error and names of files without it, or a piece of it, in any spelling",
        &format!("there is {}", found.join(", ")),
    )
}
