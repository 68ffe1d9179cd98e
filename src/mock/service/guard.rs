//! Checks that several operations share.

use super::Room;
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::route::Endpoint;
use crate::contract::violation::Violations;
use crate::crypto::{KEY_LENGTH, encoding, proofs_equal};
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::level::Level;
use crate::mock::model::project::Project;
use crate::mock::refusal::Refusal;
use crate::mock::remedy;

/// The key is in the custody that an endpoint works for. Asked before the body is read, and again at
/// commit: the project may have been replaced by another of its name in between.
pub(in crate::mock) fn custody(
    room: &Room,
    endpoint: Endpoint,
    custody: Custody,
) -> Result<(), Refusal> {
    let is_lax = match endpoint {
        Endpoint::RotateEncryptionKey => room.has(Defect::RotateAcceptsClientCustody),
        Endpoint::RotateClientKeys => room.has(Defect::ClientRotationIgnoresCustody),
        Endpoint::SubmitReencrypted => room.has(Defect::SubmitIgnoresCustody),
        Endpoint::ListPending => {
            room.has(Defect::PendingPrunesServerHistory)
                || room.varies(Variant::ServerCustodyNothingPending)
        }
        _ => false,
    };
    match endpoint.route().custody {
        Some(wanted) if wanted != custody && !is_lax => Err(wrong_custody(room, custody)),
        _ => Ok(()),
    }
}

fn wrong_custody(room: &Room, custody: Custody) -> Refusal {
    match custody {
        Custody::Client => Refusal::new(
            Code::ClientManagedEncryption,
            "This project's key is client-managed: rotate it with secrets/rotate-client-keys.",
        ),
        Custody::Server => {
            let message = "This project's key is server-managed: the server re-encrypts for you.";
            if room.varies(Variant::ServerCustodyInvalid) {
                Violations::of("project", message).into()
            } else {
                Refusal::new(Code::ServerManagedEncryption, message)
            }
        }
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
pub(super) fn proof_of_active_key(
    room: &Room,
    project: &Project,
    given: Option<&str>,
) -> Result<(), Refusal> {
    let Some(proof) = project.proof() else {
        if room.has(Defect::StoreIgnoresVerification) {
            return Ok(());
        }
        return Err(Refusal::new(
            Code::KeyProofRequired,
            "This project has no key verification configured yet.",
        )
        .would_pass(remedy::proof(project)));
    };
    match given {
        None if room.has(Defect::StoreAcceptsMissingProof) => Ok(()),
        None if room.varies(Variant::MissingProofInvalid) => {
            Err(Violations::of("key_proof", "The key_proof field is required.").into())
        }
        None if !room.varies(Variant::MissingProofMismatch) => Err(Refusal::new(
            Code::KeyProofRequired,
            "A write to a client-managed project must carry key_proof.",
        )
        .would_pass(remedy::proof(project))),
        Some(given) if proofs_equal(&proof.key_check, given) => Ok(()),
        _ => Err(Refusal::new(
            Code::KeyProofMismatch,
            "The key proof does not match the project's active key.",
        )
        .would_pass(unlike(project, given))),
    }
}

/// What is wrong with a proof that is not the right one, as far as that can be seen.
pub(super) fn unlike(project: &Project, given: Option<&str>) -> String {
    let how = remedy::proof(project);
    let stale = project.history().skip(1).find(|key| {
        let proof = key.proof().map(|proof| proof.key_check.as_str());
        proof
            .zip(given)
            .is_some_and(|(proof, given)| proofs_equal(proof, given))
    });
    match (stale, given) {
        (Some(key), _) => format!(
            "get the descriptor again: version {} was rotated; {how}",
            key.version
        ),
        (None, Some(given)) if !is_proof(given) => {
            format!("send a proof, which is standard padded base64 of {KEY_LENGTH} bytes: {how}")
        }
        _ => how,
    }
}

fn is_proof(given: &str) -> bool {
    encoding::decode(given).is_ok_and(|bytes| bytes.len() == KEY_LENGTH)
}

/// Whether a proof is that of a key which a rotation has replaced.
pub(super) fn is_stale(project: &Project, given: &str) -> bool {
    let rotated = project.history().skip(1);
    rotated
        .filter_map(|key| key.proof())
        .any(|proof| proofs_equal(&proof.key_check, given))
}
