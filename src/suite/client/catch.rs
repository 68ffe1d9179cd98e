//! What catches each slip of the reference adapter as a client.

use crate::adapter::reference::Slip;
use crate::harness::Verdict;
use crate::harness::selftest::{Catch, Others};

const NOT_DONE: &str = "a right operation is not done";
const NOT_THE_ANSWER: &str = "the answer is not what the server said";
const NOT_THE_BODY: &str = "the body is not that of the operation";

/// What catches `slip`.
pub fn catch(slip: Slip) -> Catch {
    let (case, what) = named(slip);
    let verdict = match slip {
        Slip::RetriesRotation | Slip::IgnoresRetryAfter | Slip::OmitsAccept => Verdict::Warn,
        _ => Verdict::Fail,
    };
    Catch {
        cases: vec![format!("client/{case}")],
        verdict,
        what: what.to_owned(),
        explanation: None,
        others: Others::Any,
        exit: None,
    }
}

/// The case that a slip is caught by, and the first line of its failure.
fn named(slip: Slip) -> (&'static str, &'static str) {
    match slip {
        Slip::SendsPassphrase => ("secrets/passphrase", "a passphrase reaches the server"),
        Slip::SendsDataKey => ("secrets/data-key", "a data key reaches the server"),
        Slip::SendsPlaintext => ("secrets/plaintext", "a plaintext reaches the server"),
        Slip::OmitsProof => ("flows/push-proof", "a write carries no key_proof"),
        Slip::SecretIdsAsNumbers => ("requests/rotate-client-keys", "an id is not sent as text"),
        Slip::VersionIdsAsText => ("requests/submit", "an id is not sent as a number"),
        Slip::IgnoresRemaining => ("history/batches", "versions are left under an old key"),
        Slip::StaleSalt => ("flows/fresh-salt", "a salt from before a rotation is used"),
        Slip::DropsUnopened => (
            "history/unreadable",
            "a version that does not open is passed over in silence",
        ),
        Slip::LoopsForever => (
            "answers/no-progress",
            "it goes on for ever without progress",
        ),
        Slip::TrustsCustody => (
            "answers/custody-switched",
            "secrets are sealed under a key that the server hands out",
        ),
        Slip::RetriesRotation => (
            "flows/lost-rotation",
            "a rotation is sent again after a lost answer",
        ),
        Slip::IgnoresRetryAfter => (
            "requests/retry-after",
            "a request is sent again before Retry-After has passed",
        ),
        Slip::OmitsAccept => (
            "requests/accept",
            "a request does not say that it accepts JSON",
        ),
        Slip::BodyAsText => (
            "requests/content-type",
            "a body is not sent as application/json",
        ),
        Slip::TypesNothing => (
            "requests/bodiless",
            "a request without a body names the type of one",
        ),
        Slip::AsksForVersion2 => (
            "requests/api-version",
            "a version of the API is asked for that there is not",
        ),
        Slip::DropsIterations => ("requests/get-encryption-key", NOT_THE_ANSWER),
        Slip::ListsActiveKeyOnly => ("requests/get-key-history", NOT_THE_ANSWER),
        Slip::SendsPolicyUnasked => ("requests/rotate-encryption-key", NOT_THE_BODY),
        Slip::IgnoresLimit => ("requests/list-pending", NOT_THE_BODY),
        Slip::SendsNulls => ("requests/store", NOT_THE_BODY),
        Slip::SwallowsRefusals => (
            "requests/refusal",
            "a refusal of the server is not passed on",
        ),
        Slip::CreatesWithFewIterations => {
            ("flows/create", "a project is created with a wrong proof")
        }
        Slip::CreatesWithOneSalt => ("flows/create-again", "a salt is used for two projects"),
        Slip::FixedIterations => ("flows/push", NOT_DONE),
        Slip::PadsServerKey => ("flows/push-under-server-key", NOT_DONE),
        Slip::PullsProjectOnly => ("flows/pull", "not each level is pulled"),
        Slip::PullsReadableOnly => (
            "flows/pull-unreadable",
            "a level that does not open is left out in silence",
        ),
        Slip::RotatesUnderOldKey => (
            "flows/rotate",
            "what is rotated does not open under the new key",
        ),
        Slip::RotatesUnread => (
            "flows/rotate-unreadable",
            "a rotation is sent though a secret does not open",
        ),
        Slip::MovesLastKeyOnly => (
            "history/two-old-keys",
            "versions of an older key than the last are left",
        ),
        Slip::TakesSilenceForSuccess => (
            "history/resumed",
            "it says that it is done after a lost answer, and versions are left",
        ),
        Slip::IgnoresConflict => ("history/raced", "a rotation that came between is not told"),
        Slip::PushesWithoutKey => (
            "answers/no-key",
            "secrets of a client-managed project are sent without its key",
        ),
        Slip::TakesCutAnswer => (
            "answers/cut-descriptor",
            "an answer that is cut off is taken for a whole one",
        ),
        Slip::TrustsKeyVersion => (
            "answers/wrong-key-version",
            "a version is not what it was before it was moved",
        ),
    }
}
