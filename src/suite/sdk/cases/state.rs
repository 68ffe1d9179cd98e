//! That an answer depends on its own request alone: an implementation that remembers derivations must not take one
//! request for another.

use crate::harness::{Case, Judged};
use crate::suite::sdk::answer::judge_derived;
use crate::suite::sdk::context::Context;
use crate::vectors::{Call, Derive};

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![Case::new("sdk/state/look-alikes", "sdk-state", look_alikes)]
}

/// Pairs of a key and a salt, in base64, that are taken for each other: by the hash of Java's strings, by the hash that
/// multiplies by 33, by the first 32 bytes, without case, without the white space at the ends, and where key and salt
/// are joined.
const PAIRS: [[(&str, &str); 2]; 6] = [
    [("Aa look-alike", SALT), ("BB look-alike", SALT)],
    [("aB look-alike", SALT), ("b! look-alike", SALT)],
    [("0123456789abcdef0123456789abcdefX", SALT), ("0123456789abcdef0123456789abcdefY", SALT)],
    [("look-alike", SALT), ("Look-Alike", SALT)],
    [("look-alike", SALT), (" look-alike ", SALT)],
    [("look-alikebG9v", SALT), ("look-alike", "bG9vYWFhYWFhYWFhYWFhYWFh")],
];
const SALT: &str = "YWFhYWFhYWFhYWFhYWFh";

/// Each of a pair, the first of them again, and the first of them after another count and another salt.
async fn look_alikes(context: &Context) -> Judged {
    for [one, other] in PAIRS {
        let again = (one.0, "YmFhYWFhYWFhYWFhYWFh");
        for ((key, salt), iterations) in [(one, 2), (other, 2), (one, 2), (one, 3), (again, 2)] {
            let (key, salt) = (key.to_owned(), salt.to_owned());
            let derive = Derive { key, salt, iterations };
            judge_derived(context, &Call::DeriveKeyProof(derive.clone())).await?;
            judge_derived(context, &Call::DeriveDataKey(derive)).await?;
        }
    }
    Ok(())
}
