//! What becomes of a check's refusal: the request passes, or is refused in another way.

use std::sync::Arc;

use super::conduct::Conduct;
use super::table::table;
use crate::contract::error::Code;
use crate::contract::violation::Violations;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::refusal::Refusal;
use crate::mock::stage::Stage;

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

const fn at(stage: Stage, of: Of, becomes: fn(&Refusal) -> Result<(), Refusal>) -> Decision {
    Decision { stage, of, becomes }
}

table! {
    DECISIONS: Decision;

    Variant::MethodsNotFound [*] at(Stage::Route, Of::Code(Code::MethodNotAllowed), no_such_path);
    Variant::ApiVersionIgnored [*] at(Stage::ApiVersion, Of::Any, passes);
    Defect::TokensNeverExpire [*] at(Stage::Token, Of::Any, passes);
    Defect::RotateUnlimited [in Rotate] at(Stage::RateLimit, Of::Any, passes);
    Defect::RequestsUnlimited [in Api] at(Stage::RateLimit, Of::Any, passes);
    Defect::OrganizationsShared [*] at(Stage::Organization, Of::Any, passes);
    Defect::OtherOrganizationForbidden [*] at(Stage::Organization, Of::Any, forbidden);
    Variant::InactiveNotFound [*] at(Stage::Status, Of::Any, no_such_organization);

    Defect::DescriptorIgnoresScope [GetEncryptionKey] at(Stage::Scope, Of::Any, passes);
    Defect::HistoryIgnoresScope [GetKeyHistory] at(Stage::Scope, Of::Any, passes);
    Defect::RotateIgnoresScope [RotateEncryptionKey] at(Stage::Scope, Of::Any, passes);
    Defect::ClientRotationIgnoresScope [RotateClientKeys] at(Stage::Scope, Of::Any, passes);
    Defect::PendingIgnoresScope [ListPending] at(Stage::Scope, Of::Any, passes);
    Defect::SubmitIgnoresScope [SubmitReencrypted] at(Stage::Scope, Of::Any, passes);
    Defect::StoreIgnoresScope [StoreSecrets] at(Stage::Scope, Of::Any, passes);
    Defect::MissingScopeNotFound [*] at(Stage::Scope, Of::Says("Insufficient permissions: this needs"), no_such_project);

    Defect::UnknownProjectForbidden [*] at(Stage::Project, Of::Says("Project not found"), forbidden);

    Defect::RotateAcceptsClientCustody [RotateEncryptionKey] at(Stage::Custody, Of::Any, passes);
    Defect::ClientRotationIgnoresCustody [RotateClientKeys] at(Stage::Custody, Of::Any, passes);
    Defect::SubmitIgnoresCustody [SubmitReencrypted] at(Stage::Custody, Of::Any, passes);
    Defect::PendingPrunesServerHistory [ListPending] at(Stage::Custody, Of::Any, passes);
    Variant::ServerCustodyNothingPending [ListPending] at(Stage::Custody, Of::Any, passes);
    Variant::ServerCustodyInvalid [*] at(Stage::Custody, Of::Code(Code::ServerManagedEncryption), invalid_project);

    Variant::MalformedJsonInvalid [*] at(Stage::Format, Of::Code(Code::MalformedJson), invalid_body);
    Variant::MalformedJsonInvalid [*] at(Stage::Format, Of::Code(Code::UnsupportedMediaType), invalid_body);

    Defect::PendingIgnoresHeld [ListPending] at(Stage::Held, Of::Any, passes);

    Defect::StoreIgnoresVerification [*] at(Stage::Proof, Of::Says(UNVERIFIED), passes);
    Defect::StoreAcceptsMissingProof [*] at(Stage::Proof, Of::Says(MISSING), passes);
    Variant::MissingProofInvalid [*] at(Stage::Proof, Of::Says(MISSING), invalid_proof);
    Variant::MissingProofMismatch [*] at(Stage::Proof, Of::Says(MISSING), mismatch);
    Defect::StoreAcceptsAnyProof [StoreSecrets] at(Stage::Proof, Of::Code(Code::KeyProofMismatch), passes);
    Defect::StoreAcceptsAnyProof [StoreSecrets] at(Stage::Proof, Of::Says(UNVERIFIED), passes);
    Defect::StoreAcceptsStaleProof [StoreSecrets] at(Stage::Proof, Of::Says(STALE), passes);
    Defect::SubmitAcceptsAnyProof [SubmitReencrypted] at(Stage::Proof, Of::Code(Code::KeyProofMismatch), passes);
    Defect::SubmitAcceptsStaleProof [SubmitReencrypted] at(Stage::Proof, Of::Code(Code::KeyVersionConflict), passes);
    Variant::StaleProofMismatch [SubmitReencrypted] at(Stage::Proof, Of::Code(Code::KeyVersionConflict), mismatch);
    Defect::RestoreAcceptsAnyProof [RestoreVersion] at(Stage::Proof, Of::Code(Code::KeyProofMismatch), passes);

    Defect::ClientRotationAcceptsIncomplete [RotateClientKeys] at(Stage::State, Of::Code(Code::IncompleteRotation), passes);
    Variant::IncompleteRotationInvalid [RotateClientKeys] at(Stage::State, Of::Code(Code::IncompleteRotation), invalid_secrets);
    Variant::SecretIdsAbsent [RotateClientKeys] at(Stage::State, Of::Code(Code::IncompleteRotation), without_details);
    Variant::SameProofAccepted [RotateClientKeys] at(Stage::State, Of::Invalid, passes);
    Variant::SubmitUnknownIgnored [SubmitReencrypted] at(Stage::State, Of::Invalid, of_own_versions);
    Defect::RestoreNeedsNoContent [RestoreVersion] at(Stage::State, Of::Code(Code::ContentRequiredForOldKey), passes);
}

/// How those refusals begin that have the same code as others.
const UNVERIFIED: &str = "This project has no key verification";
const MISSING: &str = "A write to a client-managed project must carry";
const STALE: &str = "get the descriptor again";

/// What the refusal of a check becomes.
pub(in crate::mock) fn decide(
    conduct: Option<&Arc<Conduct>>,
    stage: Stage,
    refusal: Refusal,
) -> Result<(), Refusal> {
    let Some(conduct) = conduct else {
        return Err(refusal);
    };
    let mut said = None;
    for decision in conduct.find(DECISIONS) {
        if decision.stage == stage && decision.of.is(&refusal) {
            match (decision.becomes)(said.as_ref().unwrap_or(&refusal)) {
                Ok(()) => return Ok(()),
                Err(changed) => said = Some(changed.with_remedy_of(&refusal)),
            }
        }
    }
    Err(said.unwrap_or(refusal))
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
    decide(conduct, stage, refusal.clone()).err().unwrap_or(refusal)
}

fn passes(_: &Refusal) -> Result<(), Refusal> {
    Ok(())
}

fn no_such_path(_: &Refusal) -> Result<(), Refusal> {
    Err(Refusal::new(Code::NotFound, "No such path in this API."))
}

fn no_such_organization(_: &Refusal) -> Result<(), Refusal> {
    Err(Refusal::not_found("Organization"))
}

fn no_such_project(_: &Refusal) -> Result<(), Refusal> {
    Err(Refusal::not_found("Project"))
}

fn forbidden(_: &Refusal) -> Result<(), Refusal> {
    let message = "Insufficient permissions.";
    Err(Refusal::new(Code::InsufficientPermissions, message))
}

fn mismatch(_: &Refusal) -> Result<(), Refusal> {
    let message = "The key proof does not match the project's active key.";
    Err(Refusal::new(Code::KeyProofMismatch, message))
}

fn invalid_project(refusal: &Refusal) -> Result<(), Refusal> {
    Err(Violations::of("project", refusal.message()).into())
}

fn invalid_body(refusal: &Refusal) -> Result<(), Refusal> {
    Err(Violations::of("body", refusal.message()).into())
}

fn invalid_proof(_: &Refusal) -> Result<(), Refusal> {
    Err(Violations::of("key_proof", "The key_proof field is required.").into())
}

fn invalid_secrets(_: &Refusal) -> Result<(), Refusal> {
    let message = "The secrets field must name every current secret exactly once.";
    Err(Violations::of("secrets", message).into())
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
