//! Generated inputs, compared with the oracle.

use crate::adapter::Request;
use crate::crypto::wrong::Derived;
use crate::crypto::{
    self, DataKey, Iterations, derive_key_proof, encoding, pad_key, seal, seal_with_project_key,
};
use crate::harness::{Case, Judged, Stop};
use crate::suite::sdk::answer::{judge_blob, judge_opened, wrong_derivation};
use crate::suite::sdk::context::{Context, describe, mismatch};
use crate::suite::sdk::diagnosis::Inputs;
use crate::suite::sdk::input;
use crate::suite::sdk::property::{Effort, holds};

/// Inputs of a cheap property.
const MANY: usize = 128;
/// Inputs of a property at the platform's 600,000 iterations. The catalogue names the number.
const FULL: usize = 4;
/// Long plaintexts.
const LONG: usize = 4;
/// The longest plaintext.
const MEBIBYTE: usize = 1024 * 1024;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/properties/pad-key", "sdk-pad-key", padded),
        Case::new("sdk/properties/key-proof", "sdk-key-proof", proofs),
        Case::new("sdk/properties/key-proof-at-600000", "sdk-platform-iterations", full_proofs),
        Case::new("sdk/properties/data-key", "sdk-data-key", data_keys),
        Case::new("sdk/properties/data-key-at-600000", "sdk-platform-iterations", full_data_keys),
        Case::new("sdk/properties/verify-right", "sdk-verify", verified),
        Case::new("sdk/properties/verify-wrong", "sdk-verify", not_verified),
        Case::new("sdk/properties/seal", "sdk-seal", sealed),
        Case::new("sdk/properties/seal-256-kib", "sdk-seal", long_sealed),
        Case::new("sdk/properties/seal-1-mib", "sdk-seal", mebibyte_sealed),
        Case::new("sdk/properties/open", "sdk-open", opened),
        Case::new("sdk/properties/open-256-kib", "sdk-open", long_opened),
        Case::new("sdk/properties/open-1-mib", "sdk-open", mebibyte_opened),
        Case::new("sdk/properties/older-cipher-seal", "sdk-older-cipher", older_sealed),
        Case::new("sdk/properties/older-cipher-open", "sdk-older-cipher", older_opened),
    ]
}

async fn padded(context: &Context) -> Judged {
    holds(context, Effort::cheap(2 * MANY), input::key, |context, key| {
        Box::pin(async move {
            let request = Request::pad_key(&key);
            let right = encoding::encode(pad_key(key.as_bytes()).as_bytes());
            let inputs = Inputs { key, salt: String::new(), iterations: Iterations::PLATFORM };
            compare(&context, Derived::PadKey, inputs, &right, &request).await
        })
    })
    .await
}

async fn compare(
    context: &Context,
    derived: Derived,
    inputs: Inputs,
    right: &str,
    request: &Request,
) -> Judged {
    let member = match derived {
        Derived::PadKey => "padded_key",
        Derived::Proof => "proof",
        Derived::DataKey => "data_key",
    };
    let response = context.ask(request).await?;
    let got = response.as_ref().ok().and_then(|members| members.get(member));
    match got.and_then(serde_json::Value::as_str) {
        Some(got) if got == right => Ok(()),
        Some(got) => {
            let pair = (right, got);
            Err(wrong_derivation(context, (derived, inputs), pair, request, &response).await)
        }
        None => Err(context.not_answered(request, &response, &format!("a text `{member}`"))),
    }
}

async fn proof(context: Context, key: String, salt: Vec<u8>, count: Iterations) -> Judged {
    let text = encoding::encode(&salt);
    let right = derive_key_proof(key.as_bytes(), &salt, count);
    let request = Request::derive_key_proof(&key, &text, count.get());
    let inputs = inputs(key, text, count);
    compare(&context, Derived::Proof, inputs, &right, &request).await
}

async fn data_key(context: Context, key: String, salt: Vec<u8>, count: Iterations) -> Judged {
    let text = encoding::encode(&salt);
    let right = encoding::encode(DataKey::derive(key.as_bytes(), &salt, count).as_bytes());
    let request = Request::derive_data_key(&key, &text, count.get());
    let inputs = inputs(key, text, count);
    compare(&context, Derived::DataKey, inputs, &right, &request).await
}

const fn inputs(key: String, salt: String, iterations: Iterations) -> Inputs {
    Inputs { key, salt, iterations }
}

fn count(iterations: u32) -> Iterations {
    Iterations::try_from(i64::from(iterations)).unwrap_or(Iterations::PLATFORM)
}

async fn proofs(context: &Context) -> Judged {
    let inputs = || (input::key(), input::salt(), input::iterations());
    holds(context, Effort::cheap(MANY), inputs, |context, (key, salt, iterations)| {
        Box::pin(proof(context, key, salt, count(iterations)))
    })
    .await
}

async fn full_proofs(context: &Context) -> Judged {
    let inputs = || (input::key(), input::salt());
    holds(context, Effort::dear(FULL), inputs, |context, (key, salt)| {
        Box::pin(proof(context, key, salt, Iterations::PLATFORM))
    })
    .await
}

async fn data_keys(context: &Context) -> Judged {
    let inputs = || (input::key(), input::salt(), input::iterations());
    holds(context, Effort::cheap(MANY), inputs, |context, (key, salt, iterations)| {
        Box::pin(data_key(context, key, salt, count(iterations)))
    })
    .await
}

async fn full_data_keys(context: &Context) -> Judged {
    let inputs = || (input::key(), input::salt());
    holds(context, Effort::dear(FULL), inputs, |context, (key, salt)| {
        Box::pin(data_key(context, key, salt, Iterations::PLATFORM))
    })
    .await
}

/// Holds the implementation to saying of a proof whether it is right.
pub(super) async fn verdict(context: &Context, request: Request, right: bool) -> Judged {
    let response = context.ask(&request).await?;
    let valid = response.as_ref().ok().and_then(|members| members.get("valid"));
    match valid.and_then(serde_json::Value::as_bool) {
        Some(valid) if valid == right => Ok(()),
        Some(_) => Err(mismatch(
            if right { "the right proof does not verify" } else { "a wrong proof verifies" },
            &format!("valid {right}"),
            &describe(&response),
            &request,
            &response,
        )),
        None => Err(context.not_answered(&request, &response, "a boolean `valid`")),
    }
}

async fn verified(context: &Context) -> Judged {
    let inputs = || (input::key(), input::salt(), input::iterations());
    holds(context, Effort::cheap(MANY / 2), inputs, |context, (key, salt, iterations)| {
        Box::pin(async move {
            let proof = derive_key_proof(key.as_bytes(), &salt, count(iterations));
            let salt = encoding::encode(salt);
            let request = Request::verify_key_proof(&key, &salt, iterations, &proof);
            verdict(&context, request, true).await
        })
    })
    .await
}

async fn not_verified(context: &Context) -> Judged {
    let inputs = || (input::key(), input::salt(), input::iterations(), 0..256_usize);
    holds(context, Effort::cheap(MANY), inputs, |context, (key, salt, iterations, bit)| {
        Box::pin(async move {
            let proof = derive_key_proof(key.as_bytes(), &salt, count(iterations));
            let mut bytes = encoding::decode(&proof).unwrap_or_default();
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            let (salt, wrong) = (encoding::encode(salt), encoding::encode(bytes));
            let request = Request::verify_key_proof(&key, &salt, iterations, &wrong);
            verdict(&context, request, false).await
        })
    })
    .await
}

async fn seals_right(context: Context, key: [u8; 32], plaintext: String) -> Judged {
    let request = Request::encrypt(&encoding::encode(key), &plaintext);
    let content = context.text(&request, "content").await?;
    judge_blob(&context, &DataKey::from(key), &plaintext, &request, &content)
}

async fn opens_right(context: Context, key: [u8; 32], plaintext: String) -> Judged {
    let content = seal(&DataKey::from(key), plaintext.as_bytes()).map_err(fault)?;
    let request = Request::decrypt(&encoding::encode(key), &content);
    judge_opened(&context, &request, &plaintext).await
}

fn fault(error: crypto::Error) -> Stop {
    Stop::Harness(error.to_string())
}

async fn sealed(context: &Context) -> Judged {
    let inputs = || (input::data_key(), input::plaintext());
    holds(context, Effort::cheap(MANY), inputs, |context, (key, plaintext)| {
        Box::pin(seals_right(context, key, plaintext))
    })
    .await
}

async fn long_sealed(context: &Context) -> Judged {
    let inputs = || (input::data_key(), input::long_plaintext());
    holds(context, Effort::cheap(LONG), inputs, |context, (key, plaintext)| {
        Box::pin(seals_right(context, key, plaintext))
    })
    .await
}

async fn mebibyte_sealed(context: &Context) -> Judged {
    seals_right(context.clone(), [0x42; 32], "0123456789abcde\n".repeat(MEBIBYTE / 16)).await
}

async fn opened(context: &Context) -> Judged {
    let inputs = || (input::data_key(), input::plaintext());
    holds(context, Effort::cheap(MANY), inputs, |context, (key, plaintext)| {
        Box::pin(opens_right(context, key, plaintext))
    })
    .await
}

async fn long_opened(context: &Context) -> Judged {
    let inputs = || (input::data_key(), input::long_plaintext());
    holds(context, Effort::cheap(LONG), inputs, |context, (key, plaintext)| {
        Box::pin(opens_right(context, key, plaintext))
    })
    .await
}

async fn mebibyte_opened(context: &Context) -> Judged {
    opens_right(context.clone(), [0x42; 32], "0123456789abcde\n".repeat(MEBIBYTE / 16)).await
}

async fn older_sealed(context: &Context) -> Judged {
    let inputs = || (input::some_key(), input::plaintext());
    holds(context, Effort::cheap(MANY / 4), inputs, |context, (key, plaintext)| {
        Box::pin(async move {
            let request = Request::encrypt_with_project_key(&key, &plaintext);
            let content = context.text(&request, "content").await?;
            let key = DataKey::from(&pad_key(key.as_bytes()));
            judge_blob(&context, &key, &plaintext, &request, &content)
        })
    })
    .await
}

async fn older_opened(context: &Context) -> Judged {
    let inputs = || (input::some_key(), input::plaintext());
    holds(context, Effort::cheap(MANY / 4), inputs, |context, (key, plaintext)| {
        Box::pin(async move {
            let sealed = seal_with_project_key(key.as_bytes(), plaintext.as_bytes());
            let content = sealed.map_err(fault)?;
            let request = Request::decrypt_with_project_key(&key, &content);
            judge_opened(&context, &request, &plaintext).await
        })
    })
    .await
}
