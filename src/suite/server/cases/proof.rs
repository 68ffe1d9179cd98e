//! Writes under client custody whose proof is not that of the active key: one that is wholly another, and those that
//! a server takes for it that compares them badly.

use super::row::{Id, LOOKS, ServerCase, compares, on_client_site};
use crate::contract::route::Endpoint::{self, RestoreVersion, StoreSecrets};
use crate::crypto::encoding;
use crate::harness::{Judged, Stop};
use crate::suite::random::random;
use crate::suite::server::Context;
use crate::suite::server::steps::{
    CLIENT_SITE, LockedSite, OTHER_PROOF, Reason, Snapshot, Twin, accepted, refused, unchanged,
};

/// What is wrong with a proof.
#[derive(Clone, Copy)]
pub(super) enum Proof {
    Wrong,
    /// That of the key before the last rotation.
    Stale,
    Missing,
}

/// Wrong proofs that are sent for one case.
const WRONGS: u32 = 9;

/// The right request to an endpoint, with another proof: refused for that, and without effect.
pub(super) fn bad_proof(id: Id, requirement: Id, endpoint: Endpoint, proof: Proof) -> ServerCase {
    let check = (refused_for_proof, (endpoint, proof));
    let case = match endpoint {
        StoreSecrets => compares(id, requirement, check).on(CLIENT_SITE),
        _ => on_client_site(id, requirement, check),
    };
    match (proof, endpoint) {
        (Proof::Wrong, StoreSecrets) => case.on(OTHER_PROOF).requests(LOOKS + WRONGS + 2),
        (Proof::Wrong, _) => case.on(OTHER_PROOF).requests(LOOKS + WRONGS + 7),
        (_, StoreSecrets) => case.requests(LOOKS + 3),
        _ => case,
    }
}

async fn refused_for_proof(context: &Context, (endpoint, proof): (Endpoint, Proof)) -> Judged {
    if let Proof::Wrong = proof {
        return wrong_proofs(context, endpoint).await;
    }
    let mut site = context.lock(CLIENT_SITE).await?;
    let right = site.request(context, endpoint).await?;
    let (wrong, reason) = match proof {
        Proof::Stale => {
            let stale = &site.key_of_age(context, 1).await?.proof.key_check;
            (right.clone().member("key_proof", stale.as_str()), Reason::Stale)
        }
        _ => {
            let mut wrong = right.clone().without("key_proof");
            // The schema of a write does not ask for one: under server custody there is none.
            if endpoint != StoreSecrets {
                wrong = wrong.breaking("key_proof");
            }
            (wrong, Reason::Refused)
        }
    };
    refused(context, &site.project, &wrong, reason, Twin::Call(right)).await
}

/// A wrong proof, and what is wrong with a server that takes it.
type Wrong = (String, &'static str, Reason);

/// All of them are sent between two looks. The least alike come first, so that a server that takes any of them is told
/// that.
async fn wrong_proofs(context: &Context, endpoint: Endpoint) -> Judged {
    let others = context.other_proof().await?;
    let mut site = context.lock(CLIENT_SITE).await?;
    let right = site.request(context, endpoint).await?;
    let mut wrongs = near(context, &site).await?;
    let of_other = "the proof of another project is taken for the right one";
    wrongs.push((others.key_check.clone(), of_other, MISMATCH));
    if endpoint == RestoreVersion {
        let stale = site.key_of_age(context, 1).await?.proof.key_check.clone();
        wrongs.push((
            stale,
            "the proof of a rotated key is taken for the right one",
            Reason::Stale,
        ));
    }
    let before = Snapshot::before_refusal(context, &site.project).await?;
    let mut replies = Vec::new();
    for (proof, what, reason) in wrongs {
        let reply = context.send(&right.clone().member("key_proof", proof)).await?;
        if reply.is_success() {
            return Err(reply.mismatch(what, reason.to_string(), reply.outcome()));
        }
        replies.push((reply, reason));
    }
    let after = Snapshot::after_refusal(context, &site.project).await?;
    replies.iter().try_for_each(|(reply, _)| unchanged(&before, &after, reply))?;
    accepted(context, Twin::Call(right)).await?;
    replies.iter().try_for_each(|(reply, reason)| reason.judge(reply))
}

const MISMATCH: Reason = Reason::Code(422, "key_proof_mismatch");

/// Each is standard base64 of 32 bytes, so that only a comparison can refuse it.
async fn near(context: &Context, site: &LockedSite) -> Result<Vec<Wrong>, Stop> {
    const HALF: usize = 22;
    let key = site.key(context).await?;
    let right = key.proof.key_check.as_str();
    let other = encoding::encode(random::<32>()?);
    let of = |parts: [&str; 2], what| (parts.concat(), what, MISMATCH);
    let first = with_other_letter(right, 0);
    let last = with_other_letter(right, right.len() - 2);
    let letter = right.find(|one: char| one.is_ascii_alphabetic()).unwrap_or_default();
    let other_case = right[letter..=letter].chars().map(|one| {
        if one.is_ascii_lowercase() { one.to_ascii_uppercase() } else { one.to_ascii_lowercase() }
    });
    let other_case: String = other_case.collect();
    Ok(vec![
        of([&other, ""], "a request that breaks a rule is accepted"),
        of([&key.quick_proof, ""], "a proof that took fewer iterations is taken for the right one"),
        of(
            [&right[..HALF], &other[HALF..]],
            "a proof of which only the first half is right is taken for the right one",
        ),
        of(
            [&other[..HALF], &right[HALF..]],
            "a proof of which only the second half is right is taken for the right one",
        ),
        of([&first, ""], "a proof whose first character is another is taken for the right one"),
        of([&last, ""], "a proof whose last character is another is taken for the right one"),
        of(
            [&format!("{}{other_case}", &right[..letter]), &right[letter + 1..]],
            "a proof with a letter in the other case is taken for the right one",
        ),
    ])
}

/// The text with another letter of base64 at a place: one that has no spare bits, wherever it stands.
fn with_other_letter(text: &str, place: usize) -> String {
    let other = if &text[place..=place] == "A" { "Q" } else { "A" };
    [&text[..place], other, &text[place + 1..]].concat()
}
