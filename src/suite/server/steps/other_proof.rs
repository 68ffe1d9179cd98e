//! A client-managed project that nobody has the key of: only its proof is there, to be sent elsewhere.

use std::sync::Arc;

use serde_json::json;

use super::{Project, Step};
use crate::contract::custody::Custody;
use crate::contract::request::ProofFields;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::key::proof_without_key;
use crate::suite::server::wire::with_members;

/// The project whose proof is another one's.
pub(crate) const OTHER_PROOF: Step = Step::new("other-proof", 1, 0);

impl Context {
    /// A project that is there and holds nothing, and its proof.
    pub(crate) async fn other_proof(&self) -> Result<Arc<(Project, ProofFields)>, Stop> {
        self.once(OTHER_PROOF, make).await
    }
}

async fn make(context: Context) -> Result<(Project, ProofFields), Stop> {
    let proof = proof_without_key()?;
    let body = with_members(json!({"storage_mode": "client"}), json!(proof));
    let slug = context.create_project(None, body).await?;
    Ok((Project::new(slug, Custody::Client), proof))
}
