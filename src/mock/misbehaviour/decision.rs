//! What becomes of a check's refusal: the request passes, or is refused in another way.

use std::sync::Arc;

use super::conduct::Conduct;
use super::table::table;
use crate::contract::error::Code;
use crate::contract::violation::Violations;
use crate::mock::{Defect, Refusal, Stage, Variant};

#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Any,
    /// Those with that code.
    Code(Code),
    /// Those that name the members that are wrong.
    Invalid,
    /// Those whose message, or remedy, begins like this.
    Says(&'static str),
}

impl Of {
    pub(super) fn is(self, refusal: &Refusal) -> bool {
        match self {
            Self::Any => true,
            Self::Code(code) => refusal.code() == Some(code),
            Self::Invalid => refusal.code().is_none(),
            Self::Says(start) => match refusal {
                Refusal::Coded { message, remedy, .. } => {
                    let remedy = remedy.as_deref().unwrap_or_default();
                    message.text().starts_with(start) || remedy.starts_with(start)
                }
                _ => false,
            },
        }
    }
}

struct Decision {
    stage: Stage,
    of: Of,
    becomes: fn(&Refusal) -> Result<(), Refusal>,
}

const fn passes(stage: Stage, of: Of) -> Decision {
    Decision { stage, of, becomes: |_| Ok(()) }
}

const fn becomes(stage: Stage, of: Of, becomes: fn(&Refusal) -> Result<(), Refusal>) -> Decision {
    Decision { stage, of, becomes }
}

table! {
    DECISIONS: Decision;

    Variant::MethodsNotFound [*] becomes(Stage::Route, Of::Code(Code::MethodNotAllowed), |_| Err(Refusal::new(Code::NotFound, "No such path in this API.")));
    Variant::ApiVersionIgnored [*] passes(Stage::ApiVersion, Of::Any);
    Defect::TokensNeverExpire [*] passes(Stage::Token, Of::Any);
    Defect::RotateUnlimited [in Rotate] passes(Stage::RateLimit, Of::Any);
    Defect::RequestsUnlimited [in Api] passes(Stage::RateLimit, Of::Any);
    Defect::OrganizationsShared [*] passes(Stage::Organization, Of::Any);
    Defect::OtherOrganizationForbidden [*] becomes(Stage::Organization, Of::Any, forbidden);
    Variant::InactiveNotFound [*] becomes(Stage::Status, Of::Any, |_| Err(Refusal::not_found("Organization")));

    Defect::DescriptorIgnoresScope [GetEncryptionKey] passes(Stage::Scope, Of::Any);
    Defect::HistoryIgnoresScope [GetKeyHistory] passes(Stage::Scope, Of::Any);
    Defect::RotateIgnoresScope [RotateEncryptionKey] passes(Stage::Scope, Of::Any);
    Defect::ClientRotationIgnoresScope [RotateClientKeys] passes(Stage::Scope, Of::Any);
    Defect::PendingIgnoresScope [ListPending] passes(Stage::Scope, Of::Any);
    Defect::SubmitIgnoresScope [SubmitReencrypted] passes(Stage::Scope, Of::Any);
    Defect::StoreIgnoresScope [StoreSecrets] passes(Stage::Scope, Of::Any);
    Defect::MissingScopeNotFound [*] becomes(Stage::Scope, Of::Says("Insufficient permissions: this needs"), |_| Err(Refusal::not_found("Project")));

    Defect::UnknownProjectForbidden [*] becomes(Stage::Project, Of::Says("Project not found"), forbidden);

    Defect::RotateAcceptsClientCustody [RotateEncryptionKey] passes(Stage::Custody, Of::Any);
    Defect::ClientRotationIgnoresCustody [RotateClientKeys] passes(Stage::Custody, Of::Any);
    Defect::SubmitIgnoresCustody [SubmitReencrypted] passes(Stage::Custody, Of::Any);
    Defect::PendingPrunesServerHistory [ListPending] passes(Stage::Custody, Of::Any);
    Variant::ServerCustodyNothingPending [ListPending] passes(Stage::Custody, Of::Any);
    Variant::ServerCustodyInvalid [*] becomes(Stage::Custody, Of::Code(Code::ServerManagedEncryption), |refusal| invalid("project", refusal.message()));

    Variant::MalformedJsonInvalid [*] becomes(Stage::Format, Of::Code(Code::MalformedJson), |refusal| invalid("body", refusal.message()));
    Variant::MalformedJsonInvalid [*] becomes(Stage::Format, Of::Code(Code::UnsupportedMediaType), |refusal| invalid("body", refusal.message()));

    Defect::PendingIgnoresHeld [ListPending] passes(Stage::Held, Of::Any);
    Defect::RotateLosesAnother [RotateEncryptionKey] passes(Stage::Held, Of::Any);
    Defect::ClientRotationSplit [RotateClientKeys] passes(Stage::Held, Of::Any);
    Defect::ClientRotationCountsTwice [RotateClientKeys] passes(Stage::Held, Of::Any);

    Defect::StoreIgnoresVerification [*] passes(Stage::Proof, Of::Says(UNVERIFIED));
    Defect::StoreAcceptsMissingProof [*] passes(Stage::Proof, Of::Says(MISSING));
    Variant::MissingProofInvalid [*] becomes(Stage::Proof, Of::Says(MISSING), |_| invalid("key_proof", "The key_proof field is required."));
    Variant::MissingProofMismatch [*] becomes(Stage::Proof, Of::Says(MISSING), mismatch);
    Defect::StoreAcceptsAnyProof [StoreSecrets] passes(Stage::Proof, Of::Code(Code::KeyProofMismatch));
    Defect::StoreAcceptsAnyProof [StoreSecrets] passes(Stage::Proof, Of::Says(UNVERIFIED));
    Defect::StoreAcceptsStaleProof [StoreSecrets] passes(Stage::Proof, Of::Says(STALE));
    Defect::SubmitAcceptsAnyProof [SubmitReencrypted] passes(Stage::Proof, Of::Code(Code::KeyProofMismatch));
    Defect::SubmitAcceptsStaleProof [SubmitReencrypted] passes(Stage::Proof, Of::Code(Code::KeyVersionConflict));
    Defect::SubmitStaleProofOtherwise [SubmitReencrypted] becomes(Stage::Proof, Of::Code(Code::KeyVersionConflict), |_| Err(Refusal::new(Code::KeyProofRequired, "A submit must carry key_proof.")));
    Variant::StaleProofMismatch [SubmitReencrypted] becomes(Stage::Proof, Of::Code(Code::KeyVersionConflict), mismatch);
    Defect::RestoreAcceptsStaleProof [RestoreVersion] passes(Stage::Proof, Of::Says(STALE));
    Defect::RestoreAcceptsAnyProof [RestoreVersion] passes(Stage::Proof, Of::Code(Code::KeyProofMismatch));

    Defect::ClientRotationAcceptsIncomplete [RotateClientKeys] passes(Stage::State, Of::Code(Code::IncompleteRotation));
    Variant::IncompleteRotationInvalid [RotateClientKeys] becomes(Stage::State, Of::Code(Code::IncompleteRotation), |_| invalid("secrets", "The secrets field must name every current secret exactly once."));
    Variant::SecretIdsAbsent [RotateClientKeys] becomes(Stage::State, Of::Code(Code::IncompleteRotation), without_details);
    Variant::SameProofAccepted [RotateClientKeys] passes(Stage::State, Of::Invalid);
    Variant::SubmitUnknownIgnored [SubmitReencrypted] becomes(Stage::State, Of::Invalid, of_own_versions);
    Defect::RestoreNeedsNoContent [RestoreVersion] passes(Stage::State, Of::Code(Code::ContentRequiredForOldKey));
}

table! {
    /// What becomes of a refusal before the commit of a request that had passed that check before.
    AGAIN: Decision;

    Defect::StoreChecksEarly [StoreSecrets] passes(Stage::Proof, Of::Code(Code::KeyProofMismatch));
    Defect::RestoreChecksEarly [RestoreVersion] passes(Stage::Proof, Of::Code(Code::KeyProofMismatch));
    Defect::SubmitChecksEarly [SubmitReencrypted] passes(Stage::Proof, Of::Code(Code::KeyVersionConflict));
    Defect::ClientRotationRevivesDeleted [RotateClientKeys] passes(Stage::State, Of::Code(Code::IncompleteRotation));
}

/// How those refusals begin that have the same code as others.
const UNVERIFIED: &str = "This project has no key verification";
const MISSING: &str = "A write to a client-managed project must carry";
const STALE: &str = "get the descriptor again";

/// What the refusal of a check becomes, which may be one that the request has passed before.
pub(in crate::mock) fn decide(
    conduct: Option<&Arc<Conduct>>,
    is_again: bool,
    stage: Stage,
    refusal: Refusal,
) -> Result<(), Refusal> {
    let Some(conduct) = conduct else {
        return Err(refusal);
    };
    let mut changed = refusal.clone();
    let applies = |one: &&Decision| one.stage == stage && one.of.is(&refusal);
    let again = conduct.find(AGAIN).filter(|_| is_again);
    for decision in conduct.find(DECISIONS).chain(again).filter(applies) {
        match (decision.becomes)(&changed) {
            Ok(()) => return Ok(()),
            Err(other) => changed = other.with_remedy_of(&refusal),
        }
    }
    Err(changed)
}

/// What the refusal of a check becomes whose result is needed: such a request cannot pass.
pub(in crate::mock) fn reword(
    conduct: Option<&Arc<Conduct>>,
    stage: Stage,
    refusal: Refusal,
) -> Refusal {
    if conduct.is_none() {
        return refusal;
    }
    decide(conduct, false, stage, refusal.clone()).err().unwrap_or(refusal)
}

fn forbidden(_: &Refusal) -> Result<(), Refusal> {
    Err(Refusal::new(Code::InsufficientPermissions, "Insufficient permissions."))
}

fn mismatch(_: &Refusal) -> Result<(), Refusal> {
    let message = "The key proof does not match the project's active key.";
    Err(Refusal::new(Code::KeyProofMismatch, message))
}

fn invalid(member: &str, message: impl Into<String>) -> Result<(), Refusal> {
    Err(Violations::of(member, message).into())
}

fn without_details(refusal: &Refusal) -> Result<(), Refusal> {
    let mut refusal = refusal.clone();
    if let Refusal::Coded { details, .. } = &mut refusal {
        *details = None;
    }
    Err(refusal)
}

/// Keeps only what is wrong with versions that the project has.
fn of_own_versions(refusal: &Refusal) -> Result<(), Refusal> {
    let Refusal::Invalid(violations) = refusal else {
        return Err(refusal.clone());
    };
    let mut left = Violations::default();
    for (member, message) in violations.each() {
        if !message.ends_with("is not a version of this project.") {
            left.add(member, message);
        }
    }
    Ok(left.into_result()?)
}
