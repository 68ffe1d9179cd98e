//! A client-managed project that nobody has the key of: only its proof is there, to be sent elsewhere.

use std::sync::Arc;

use serde_json::json;

use super::Step;
use crate::contract::request::ProofFields;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::key::proof_without_key;
use crate::suite::server::wire::with_members;

/// The project whose proof is another one's.
pub(crate) const OTHER_PROOF: Step = Step::new("other-proof", 1, 0);

impl Context {
    /// The proof of a project that is there and holds nothing.
    pub(crate) async fn other_proof(&self) -> Result<Arc<ProofFields>, Stop> {
        self.once(OTHER_PROOF, make).await
    }
}

async fn make(context: Context) -> Result<ProofFields, Stop> {
    let proof = proof_without_key()?;
    let body = with_members(json!({"storage_mode": "client"}), json!(proof));
    context.create_project(None, body).await?;
    Ok(proof)
}
