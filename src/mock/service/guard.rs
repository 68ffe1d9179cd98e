//! Checks that several operations share.

use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::route::Endpoint;
use crate::crypto::{KEY_LENGTH, encoding, proofs_equal};
use crate::mock::model::level::Level;
use crate::mock::model::project::Project;
use crate::mock::refusal::Refusal;
use crate::mock::remedy;

/// The key is in the custody that an endpoint works for. Asked before the body is read, and again at
/// commit: the project may have been replaced by another of its name in between.
pub(in crate::mock) fn custody(endpoint: Endpoint, custody: Custody) -> Result<(), Refusal> {
    match endpoint.route().custody {
        Some(needed) if needed != custody => Err(wrong_custody(custody)),
        _ => Ok(()),
    }
}

fn wrong_custody(custody: Custody) -> Refusal {
    match custody {
        Custody::Client => Refusal::new(
            Code::ClientManagedEncryption,
            "This project's key is client-managed: rotate it with secrets/rotate-client-keys.",
        ),
        Custody::Server => Refusal::new(
            Code::ServerManagedEncryption,
            "This project's key is server-managed: the server re-encrypts for you.",
        ),
    }
}

/// No rotation of the project is held.
pub(super) fn not_held(project: &Project) -> Result<(), Refusal> {
    if project.held || project.gated > 0 {
        return Err(Refusal::new(
            Code::RotationInProgress,
            "A rotation of this project's key is in progress.",
        ));
    }
    Ok(())
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
    let Some(proof) = project.proof() else {
        let message = "This project has no key verification configured yet.";
        return Err(
            Refusal::new(Code::KeyProofRequired, message).would_pass(remedy::proof(project))
        );
    };
    let Some(given) = given else {
        let message = "A write to a client-managed project must carry key_proof.";
        return Err(
            Refusal::new(Code::KeyProofRequired, message).would_pass(remedy::proof(project))
        );
    };
    if proofs_equal(&proof.key_check, given) {
        return Ok(());
    }
    let message = "The key proof does not match the project's active key.";
    Err(Refusal::new(Code::KeyProofMismatch, message).would_pass(unlike(project, given)))
}

/// What is wrong with a proof that is not the right one, as far as that can be seen.
pub(super) fn unlike(project: &Project, given: &str) -> String {
    let how = remedy::proof(project);
    let stale = project.history().skip(1).find(|key| {
        let proof = key.proof();
        proof.is_some_and(|proof| proofs_equal(&proof.key_check, given))
    });
    match stale {
        Some(key) => {
            format!("get the descriptor again: version {} was rotated; {how}", key.version)
        }
        None if !is_proof(given) => {
            format!("send a proof, which is standard padded base64 of {KEY_LENGTH} bytes: {how}")
        }
        None => how,
    }
}

fn is_proof(given: &str) -> bool {
    encoding::decode(given).is_ok_and(|bytes| bytes.len() == KEY_LENGTH)
}

/// Whether a proof is that of a key which a rotation has replaced.
pub(super) fn is_stale(project: &Project, given: &str) -> bool {
    let rotated = project.history().skip(1);
    rotated.filter_map(|key| key.proof()).any(|proof| proofs_equal(&proof.key_check, given))
}
