//! Checks that several operations share.

use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::route::Endpoint;
use crate::crypto::{KEY_LENGTH, encoding, proofs_equal};
use crate::mock::model::{Key, Level, Project};
use crate::mock::remedy;
use crate::mock::{Refusal, Stage, Trace};

/// The key is in the custody that an endpoint works for. Checked before the body is read and again at commit: the
/// project may have been replaced by another of its slug in between.
pub(in crate::mock) fn custody(endpoint: Endpoint, custody: Custody) -> Result<(), Refusal> {
    match endpoint.route().custody {
        None => Ok(()),
        Some(needed) if needed == custody => Ok(()),
        Some(Custody::Server) => Err(Refusal::new(
            Code::ClientManagedEncryption,
            "This project's key is client-managed: rotate it with secrets/rotate-client-keys.",
        )),
        Some(Custody::Client) => Err(Refusal::new(
            Code::ServerManagedEncryption,
            "This project's key is server-managed: the server re-encrypts for you.",
        )),
    }
}

fn not_held(project: &Project) -> Result<(), Refusal> {
    if project.held || project.gated > 0 {
        return Err(Refusal::new(
            Code::RotationInProgress,
            "A rotation of this project's key is in progress.",
        ));
    }
    Ok(())
}

/// The key is in the custody that an endpoint works for, and no rotation is held.
pub(super) fn may_use_key(
    endpoint: Endpoint,
    project: &Project,
    trace: &mut Trace,
) -> Result<(), Refusal> {
    trace.recheck(Stage::Custody, custody(endpoint, project.custody()))?;
    trace.pass(Stage::Held, not_held(project))
}

/// The level's target and environment exist.
pub(in crate::mock) fn level_exists(project: &Project, level: &Level) -> Result<(), Refusal> {
    let Some(target) = &level.target else {
        return Ok(());
    };
    let Some(found) = project.targets.get(target) else {
        let how = remedy::name("a target", target, project.targets.keys());
        return Err(Refusal::not_found("Target").would_pass(how));
    };
    match &level.environment {
        Some(environment) if !found.environments.contains_key(environment) => {
            let how = remedy::name("an environment", environment, found.environments.keys());
            Err(Refusal::not_found("Environment").would_pass(how))
        }
        _ => Ok(()),
    }
}

/// A write under client custody carries the proof of the active key.
pub(super) fn proof_of_active_key(project: &Project, given: Option<&str>) -> Result<(), Refusal> {
    if project.custody() == Custody::Server {
        return Ok(());
    }
    let required = |message: &'static str| {
        Refusal::new(Code::KeyProofRequired, message).would_pass(remedy::proof(project))
    };
    let unverified = "This project has no key verification configured yet.";
    let proof = project.proof().ok_or_else(|| required(unverified))?;
    let missing = "A write to a client-managed project must carry key_proof.";
    let given = given.ok_or_else(|| required(missing))?;
    if proofs_equal(&proof.key_check, given) {
        return Ok(());
    }
    let message = "The key proof does not match the project's active key.";
    Err(Refusal::new(Code::KeyProofMismatch, message).would_pass(unlike(project, given)))
}

/// How to get the right proof, with what can be seen of the wrong one.
pub(super) fn unlike(project: &Project, given: &str) -> String {
    let how = remedy::proof(project);
    let is_proof = encoding::decode(given).is_ok_and(|bytes| bytes.len() == KEY_LENGTH);
    match stale(project, given) {
        Some(key) => {
            format!("get the descriptor again: version {} was rotated; {how}", key.version)
        }
        None if !is_proof => {
            format!("send a proof, which is standard padded base64 of {KEY_LENGTH} bytes: {how}")
        }
        None => how,
    }
}

/// The key that a proof is of, if a rotation has replaced it.
pub(super) fn stale<'p>(project: &'p Project, given: &str) -> Option<&'p Key> {
    let is_its = |key: &&Key| key.proof().is_some_and(|one| proofs_equal(&one.key_check, given));
    project.history().skip(1).find(is_its)
}
