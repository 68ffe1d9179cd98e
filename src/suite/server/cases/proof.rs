//! Writes under client custody whose proof is not that of the active key.

use super::row::{Id, LOOKS, ServerCase, compares, on_client_site};
use crate::contract::route::Endpoint::{self, StoreSecrets};
use crate::crypto::encoding;
use crate::harness::Judged;
use crate::suite::server::Context;
use crate::suite::server::steps::{CLIENT_SITE, Reason, Twin, refused};

/// What is wrong with a proof.
#[derive(Clone, Copy)]
pub(super) enum Proof {
    Wrong,
    /// That of the key before the last rotation.
    Stale,
    Missing,
}

/// The right request to an endpoint, with another proof: refused for that, and without effect.
pub(super) fn bad_proof(id: Id, requirement: Id, endpoint: Endpoint, proof: Proof) -> ServerCase {
    let check = (refused_for_proof, (endpoint, proof));
    match endpoint {
        StoreSecrets => compares(id, requirement, check).on(CLIENT_SITE).requests(LOOKS + 3),
        _ => on_client_site(id, requirement, check),
    }
}

async fn refused_for_proof(context: &Context, (endpoint, proof): (Endpoint, Proof)) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    let right = site.request(context, endpoint).await?;
    let with = |proof: &str| right.clone().member("key_proof", proof);
    let (wrong, reason) = match proof {
        Proof::Wrong => (with(&encoding::encode([7; 32])), Reason::Code(422, "key_proof_mismatch")),
        Proof::Stale => {
            (with(&site.key_before(context).await?.proof.key_check), Reason::Status(422))
        }
        Proof::Missing => {
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
