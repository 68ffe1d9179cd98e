//! Writes under client custody whose proof is not that of the active key.

use crate::contract::route::Endpoint;
use crate::crypto::encoding;
use crate::harness::Judged;
use crate::suite::server::Context;
use crate::suite::server::steps::{CLIENT_SITE, Reason, Twin, refused};

/// What is wrong with a proof.
#[derive(Clone, Copy)]
pub(super) enum Proof {
    OfNoKey,
    OfRotatedKey,
    Missing,
}

/// The right request to an endpoint, with another proof: refused for that, and without effect.
pub(super) async fn broken_proof(
    context: &Context,
    (endpoint, proof): (Endpoint, Proof),
) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    let right = site.request(context, endpoint).await?;
    let with = |proof: &str| right.clone().member("key_proof", proof);
    let (wrong, reason) = match proof {
        Proof::OfNoKey => {
            (with(&encoding::encode([7; 32])), Reason::Code(422, "key_proof_mismatch"))
        }
        Proof::OfRotatedKey => {
            (with(&site.key_before(context).await?.proof.key_check), Reason::Status(422))
        }
        Proof::Missing => {
            let mut wrong = right.clone().without("key_proof");
            // The schema of a write does not ask for one: under server custody there is none.
            if endpoint != Endpoint::StoreSecrets {
                wrong = wrong.breaking("key_proof");
            }
            (wrong, Reason::Refused)
        }
    };
    refused(context, &site.project, &wrong, reason, Twin::Call(right)).await
}
