//! Checks that several operations share.

use super::Room;
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::crypto::proofs_equal;
use crate::mock::faults::Defect;
use crate::mock::level::Level;
use crate::mock::project::Project;
use crate::mock::refusal::Refusal;

/// The key is in the custody that an endpoint works for. Asked before the body is read, and again at
/// commit: the project may have been replaced by another of its name in between.
pub(in crate::mock) fn custody(
    room: &Room,
    wanted: Option<Custody>,
    custody: Custody,
) -> Result<(), Refusal> {
    let lax = room.has(Defect::RotateAcceptsClientCustody);
    match wanted {
        Some(Custody::Server) if custody == Custody::Client && !lax => Err(Refusal::new(
            Code::ClientManagedEncryption,
            "This project's key is client-managed: rotate it with secrets/rotate-client-keys.",
        )),
        Some(Custody::Client) if custody == Custody::Server => Err(Refusal::new(
            Code::ServerManagedEncryption,
            "This project's key is server-managed: the server re-encrypts for you.",
        )),
        _ => Ok(()),
    }
}

/// No rotation of the project is held.
pub(super) fn not_held(project: &Project) -> Result<(), Refusal> {
    if project.held {
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
    let Some(target) = project.targets.get(target) else {
        return Err(Refusal::not_found("Target"));
    };
    match &level.environment {
        Some(environment) if !target.environments.contains_key(environment) => {
            Err(Refusal::not_found("Environment"))
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
        return Err(Refusal::new(
            Code::KeyProofRequired,
            "This project has no key verification configured yet.",
        ));
    };
    match given {
        None if room.has(Defect::StoreAcceptsMissingProof) => Ok(()),
        None => Err(Refusal::new(
            Code::KeyProofRequired,
            "A write to a client-managed project must carry key_proof.",
        )),
        Some(given) if proofs_equal(&proof.key_check, given) => Ok(()),
        Some(_) => Err(Refusal::new(
            Code::KeyProofMismatch,
            "The key proof does not match the project's active key.",
        )),
    }
}
