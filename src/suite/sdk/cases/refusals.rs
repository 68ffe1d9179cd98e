//! What must not be opened: every flipped bit, every truncation, a wrong key.

use futures::stream::{self, StreamExt as _};

use crate::adapter::Request;
use serde_json::json;

use crate::crypto::{
    Class, DataKey, IV_LENGTH, Iterations, MINIMUM_LENGTH, derive_key_proof,
    derive_proof_and_data_key, encoding, pad_key, seal_with_iv,
};
use crate::harness::{Case, Judged, Stop};
use crate::suite::off_thread::off_thread;
use crate::suite::sdk::answer::{judge_opened, judge_refused};
use crate::suite::sdk::context::{Context, Response};
use crate::vectors::{Call, Expected, embedded};

const KEY: [u8; 32] = [0x24; 32];
const IV: [u8; IV_LENGTH] = [0x61; IV_LENGTH];
/// Small, so that every bit of its blob can be flipped.
const PLAINTEXT: &str = "A=1\n";

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/refusals/flipped-bits", "sdk-refuse", flipped),
        Case::new("sdk/refusals/truncations", "sdk-refuse", truncated),
        Case::new("sdk/refusals/wrong-key", "sdk-refuse", wrong_key),
        Case::new("sdk/refusals/data-key-length", "sdk-key-length", lengths),
        Case::new("sdk/refusals/not-utf-8", "sdk-not-text", not_utf_8),
        Case::new("sdk/refusals/iterations", "sdk-iterations", iterations),
        Case::new("sdk/refusals/beyond-ascii", "sdk-refuse", beyond_ascii),
        Case::new("sdk/refusals/class", "sdk-refusal-class", classes),
    ]
}

fn sealed(plaintext: &[u8]) -> Result<String, Stop> {
    let blob = seal_with_iv(&DataKey::from(KEY), &IV, plaintext);
    blob.map_err(|error| Stop::Harness(error.to_string()))
}

fn blob() -> Result<Vec<u8>, Stop> {
    let bytes = encoding::decode(&sealed(PLAINTEXT.as_bytes())?);
    bytes.map_err(|error| Stop::Harness(error.to_string()))
}

/// The unchanged blob opens, and none of the changed ones does.
async fn each_refused(context: &Context, changed: Vec<Vec<u8>>, what: &'static str) -> Judged {
    let key = encoding::encode(KEY);
    let right = Request::decrypt(&key, &encoding::encode(blob()?));
    judge_opened(context, &right, PLAINTEXT).await?;
    let judged: Vec<Judged> = stream::iter(changed)
        .map(|bytes| {
            let request = Request::decrypt(&key, &encoding::encode(bytes));
            async move { judge_refused(context, &request, what, "authentication").await }
        })
        .buffered(context.session().width())
        .collect()
        .await;
    judged.into_iter().collect()
}

async fn flipped(context: &Context) -> Judged {
    let blob = blob()?;
    let flip = |bit: usize| {
        let mut changed = blob.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    };
    let changed = (0..blob.len() * 8).map(flip).collect();
    each_refused(context, changed, "a blob with one bit flipped is opened").await
}

async fn truncated(context: &Context) -> Judged {
    let blob = blob()?;
    let tails = (0..blob.len()).map(|length| blob[..length].to_vec());
    let heads = (1..blob.len()).map(|start| blob[start..].to_vec());
    let changed = tails.chain(heads).collect();
    each_refused(context, changed, "a truncated blob is opened").await
}

async fn wrong_key(context: &Context) -> Judged {
    let content = sealed(PLAINTEXT.as_bytes())?;
    let right = Request::decrypt(&encoding::encode(KEY), &content);
    judge_opened(context, &right, PLAINTEXT).await?;
    let mut other = KEY;
    other[31] ^= 1;
    let request = Request::decrypt(&encoding::encode(other), &content);
    let what = "a blob is opened under a wrong key";
    judge_refused(context, &request, what, "authentication").await
}

/// AES takes keys of 16 and 24 bytes too, and some libraries fill up or cut whatever they are given.
async fn lengths(context: &Context) -> Judged {
    let right = Request::encrypt(&encoding::encode(KEY), PLAINTEXT);
    context.text(&right, "content").await?;
    for length in [0, 16, 24, 31, 33] {
        let request = Request::encrypt(&encoding::encode(vec![0x24; length]), PLAINTEXT);
        let what = "a data key of another length than 32 bytes is taken";
        judge_refused(context, &request, what, "invalid_argument").await?;
    }
    Ok(())
}

/// A count below 1 is refused, or taken for the platform's: never for 1, nor for its absolute value.
async fn iterations(context: &Context) -> Judged {
    let salt = encoding::encode([1; 16]);
    let asked =
        |op, params| Request { iterations: Iterations::PLATFORM.get(), ..Request::new(op, params) };
    for (op, member) in [("derive_key_proof", "proof"), ("derive_data_key", "data_key")] {
        for count in [0, -1000] {
            let request = asked(op, json!({"key": "k", "salt": salt, "iterations": count}));
            let response = context.ask(&request).await?;
            if response.result.is_err() {
                continue;
            }
            let platform = || derive_proof_and_data_key(b"k", &[1; 16], Iterations::PLATFORM);
            let (proof, data_key) = off_thread(platform).await?;
            let data_key = encoding::encode(data_key.as_bytes());
            let right = if member == "proof" { proof } else { data_key };
            if response.text(member) != Some(&right) {
                let expected = "a rejection (invalid_argument), or 600000 iterations";
                return Err(response.differs(BELOW_1, expected));
            }
        }
    }
    let of_one = derive_key_proof(b"k", &[1; 16], Iterations::ONE);
    let params = json!({"key": "k", "salt": salt, "iterations": -1, "proof": of_one});
    let request = asked("verify_key_proof", params);
    let response = context.ask(&request).await?;
    if response.member("valid").is_some_and(|valid| *valid == true) {
        return Err(response.differs(BELOW_1, "a rejection (invalid_argument), or valid false"));
    }
    Ok(())
}

const BELOW_1: &str = "a count of iterations below 1 is taken for another";

/// Base64 with a stranger behind its fourth character, in place of so many.
pub(super) fn spoilt(text: &str, stranger: char, replaced: usize) -> String {
    format!("{}{stranger}{}", &text[..4], &text[4 + replaced..])
}

/// Lenient decoders pass over what is no base64, and some take the low bits of whatever they are given.
async fn beyond_ascii(context: &Context) -> Judged {
    let (key, salt) = (encoding::encode(KEY), encoding::encode([1; 16]));
    let content = sealed(PLAINTEXT.as_bytes())?;
    judge_opened(context, &Request::decrypt(&key, &content), PLAINTEXT).await?;
    let older = seal_with_iv(&DataKey::from(&pad_key(b"k")), &IV, PLAINTEXT.as_bytes());
    let older = older.map_err(|error| Stop::Harness(error.to_string()))?;
    let what = "base64 with a character beyond ASCII in it is taken";
    // Beside a character, for decoders that pass over it; and in its place, for those that take its low byte.
    for (stranger, replaced) in [('\u{e9}', 0), ('\u{20ac}', 0), ('\u{141}', 1)] {
        let spoilt = |text: &str| spoilt(text, stranger, replaced);
        let requests = [
            Request::decrypt(&key, &spoilt(&content)),
            Request::derive_key_proof("k", &spoilt(&salt), 2),
            Request::derive_data_key("k", &spoilt(&salt), 2),
        ];
        let older = Request::decrypt_with_project_key("k", &spoilt(&older));
        let has_older = context.session().hello().has(&older.op);
        for request in requests.into_iter().chain(has_older.then_some(older)) {
            judge_refused(context, &request, what, "malformed").await?;
        }
    }
    Ok(())
}

/// A replacement character instead of what was sealed would be stored as the new text.
async fn not_utf_8(context: &Context) -> Judged {
    let key = encoding::encode(KEY);
    let right = Request::decrypt(&key, &sealed("A=\u{e9}".as_bytes())?);
    judge_opened(context, &right, "A=\u{e9}").await?;
    let request = Request::decrypt(&key, &sealed(b"A=\xe9")?);
    let what = "a plaintext that is not UTF-8 is given out as another text";
    judge_refused(context, &request, what, "malformed").await
}

/// The class of every refusal of the corpus.
async fn classes(context: &Context) -> Judged {
    let corpus = embedded().map_err(|error| Stop::Harness(error.to_string()))?;
    let mut wrong = Vec::new();
    let mut example = None;
    for vector in corpus.vectors() {
        let Expected::Invalid(class) = vector.expected else {
            continue;
        };
        let is_older =
            matches!(vector.call, Call::EncryptWithProjectKey(_) | Call::DecryptWithProjectKey(_));
        let request = Request::of(&vector.call);
        if is_older && !context.session().hello().has(&request.op) {
            continue;
        }
        let response = context.ask(&request).await?;
        // An input that is accepted fails its own case.
        if let Err(rejected) = &response.result
            && rejected.class != Some(class)
            && !is_read_leniently(&vector.call, rejected.class)
        {
            let (got, wanted) = (rejected.class_name(), class.name());
            wrong.push(format!("{}: {got} instead of {wanted}", vector.id));
            let result = response.result;
            example.get_or_insert((request, result));
        }
    }
    match example {
        None => Ok(()),
        Some((request, result)) => Err(Response { request: &request, result }.unlike(
            "inputs are refused as something else than they are",
            "malformed before any key is tried, authentication for the tag, empty_key",
            &wrong.join("\n"),
        )),
    }
}

/// Whether a blob is malformed only to a strict decoder, so that a lenient one comes as far as its tag.
fn is_read_leniently(call: &Call, class: Option<Class>) -> bool {
    let content = match call {
        Call::Decrypt(p) => &p.content,
        Call::DecryptWithProjectKey(p) => &p.content,
        _ => return false,
    };
    let bytes = encoding::decode_leniently(content);
    class == Some(Class::Authentication) && bytes.is_ok_and(|one| one.len() >= MINIMUM_LENGTH)
}
