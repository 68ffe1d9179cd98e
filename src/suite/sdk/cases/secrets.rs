//! That no key and no plaintext reaches a message or standard error. A process of its own is sent
//! canaries, in right requests and in each way that a request can be wrong; its messages and its standard
//! error are searched for them, in every spelling.

use crate::adapter::Request;
use crate::crypto::{DataKey, encoding, seal};
use crate::harness::{Case, Judged, Stop};
use crate::suite::canary::spelling;
use crate::suite::random::random_hex;
use crate::suite::sdk::context::{Context, check};

/// Random bytes of a canary: 48 characters of hex.
const CANARY: usize = 24;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/secrets/key", "sdk-secrets", key),
        Case::new("sdk/secrets/plaintext", "sdk-secrets", plaintext),
    ]
}

fn canary(context: &Context) -> Result<String, Stop> {
    let canary = random_hex::<CANARY>()?;
    context.shared.redactor.register(&canary);
    Ok(canary)
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
    search(context, &canary, &requests, "a key reaches a message or standard error").await
}

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
    search(context, &canary, &requests, what).await
}

async fn search(context: &Context, canary: &str, requests: &[Request], what: &str) -> Judged {
    let alone = context.restarted().await?;
    let session = alone.session();
    let mut places = Vec::new();
    let mut is_answered = false;
    for request in requests {
        // What breaks the protocol is no answer; other cases report that it was broken.
        let Ok(reply) = session.ask(context.case, request).await else {
            continue;
        };
        is_answered = true;
        if let Some(how) = spelling(reply.message().unwrap_or_default(), canary) {
            places.push(format!("{how} in the message that answers {}", request.op));
        }
    }
    if let Some(how) = spelling(&session.close_and_read().await, canary) {
        places.push(format!("{how} on standard error"));
    }
    places.dedup();
    if places.is_empty() && !is_answered {
        let note = "the adapter broke the protocol at each request that holds a canary";
        return Err(Stop::CouldNotRun(note.to_owned()));
    }
    check(
        places.is_empty(),
        what,
        "messages and standard error without it, or a piece of it, in any spelling",
        &format!("it stands {}", places.join(", ")),
    )
}
