//! Generated calls, compared with the oracle.

use futures::future::BoxFuture;

use crate::adapter::Request;
use crate::harness::{Case, Judged};
use crate::suite::sdk::answer::{judge_derived, judge_opened, judge_sealed, judge_verdict};
use crate::suite::sdk::context::Context;
use crate::suite::sdk::input::{
    Calls, Example, data_keys, long_opens, long_seals, mebibyte_open, mebibyte_seal, older_opens,
    older_seals, opens, padded_keys, proofs, right_proofs, seals, wrong_proofs,
};
use crate::suite::sdk::property::{Shrinking, refute};
use crate::vectors::Answer;

const ONE: usize = 1;
const FEW: usize = 4;
const SOME: usize = 32;
const MANY: usize = 128;

/// Id, requirement, and the calls that are tried.
const PROPERTIES: [(&str, &str, usize, Calls); 13] = [
    ("sdk/properties/pad-key", "sdk-pad-key", 256, padded_keys),
    ("sdk/properties/key-proof", "sdk-key-proof", MANY, proofs),
    ("sdk/properties/data-key", "sdk-data-key", MANY, data_keys),
    ("sdk/properties/verify-right", "sdk-verify", 64, right_proofs),
    ("sdk/properties/verify-wrong", "sdk-verify", MANY, wrong_proofs),
    ("sdk/properties/seal", "sdk-seal", MANY, seals),
    ("sdk/properties/seal-256-kib", "sdk-seal", FEW, long_seals),
    ("sdk/properties/seal-1-mib", "sdk-seal", ONE, mebibyte_seal),
    ("sdk/properties/open", "sdk-open", MANY, opens),
    ("sdk/properties/open-256-kib", "sdk-open", FEW, long_opens),
    ("sdk/properties/open-1-mib", "sdk-open", ONE, mebibyte_open),
    ("sdk/properties/older-cipher-seal", "sdk-older-cipher", SOME, older_seals),
    ("sdk/properties/older-cipher-open", "sdk-older-cipher", SOME, older_opens),
];

pub(super) fn cases() -> Vec<Case<Context>> {
    let case =
        |(id, requirement, tries, calls)| Case::new(id, requirement, (holds, (tries, calls)));
    PROPERTIES.into_iter().map(case).collect()
}

async fn holds(context: &Context, (tries, calls): (usize, Calls)) -> Judged {
    let claim = |context, example| -> BoxFuture<'static, Judged> {
        Box::pin(async move { answered(&context, example).await })
    };
    refute(context, (tries, Shrinking::Unnamed), calls, claim)
        .await
        .map_err(|counterexample| counterexample.stop)
}

/// That the answer to a call is the right one.
async fn answered(context: &Context, Example { call, answer }: Example) -> Judged {
    match answer {
        Some(Answer::Plaintext(plaintext)) => {
            judge_opened(context, &Request::of(&call), &plaintext).await
        }
        Some(Answer::Valid(is_right)) => {
            judge_verdict(context, &Request::of(&call), is_right).await
        }
        _ if call.seals() => judge_sealed(context, &call).await,
        _ => judge_derived(context, &call).await,
    }
}
