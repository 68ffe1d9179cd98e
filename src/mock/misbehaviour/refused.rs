//! What the body of a refusal becomes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::conduct::Conduct;
use super::decision::Of;
use super::table::table;
use crate::contract::error::Code;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::refusal::Refusal;
use crate::mock::service::Answer;
use crate::mock::stage::Stage;
use crate::mock::trace::Trace;

/// Of which refusals, and what is done to their bodies.
struct Reworded {
    of: Of,
    change: fn(&mut Value),
}

const fn reworded(of: Of, change: fn(&mut Value)) -> Reworded {
    Reworded { of, change }
}

table! {
    REWORDED: Reworded;

    Variant::UnauthenticatedWithoutCode [*] reworded(Of::Code(Code::Unauthenticated), |body| remove(body, "error"));
    Variant::NotFoundWithoutCode [*] reworded(Of::Code(Code::NotFound), |body| remove(body, "error"));
    Variant::ClientCustodyWithoutCode [*] reworded(Of::Code(Code::ClientManagedEncryption), |body| remove(body, "error"));
    Variant::ConflictWithoutCode [*] reworded(Of::Code(Code::RotationInProgress), |body| remove(body, "error"));
    Variant::RateLimitedWithoutCode [*] reworded(Of::Code(Code::RateLimited), |body| remove(body, "error"));
    Defect::RefusalWithoutMessage [*] reworded(Of::Coded, |body| remove(body, "message"));
    Defect::ValidationNamesNoMember [*] reworded(Of::Invalid, |body| body["errors"] = json!({"body": [body["message"]]}));
}

table! {
    /// What is answered as if there were nothing in the project.
    EMPTY: ();

    Defect::UnknownProjectAnswered [*] ();
}

/// The body of a refusal, as it is sent or as the journal shows it.
pub(in crate::mock) fn reword(
    conduct: Option<&Arc<Conduct>>,
    refusal: &Refusal,
    mut body: Value,
) -> Value {
    if let Some(conduct) = conduct {
        let reworded = conduct.find(REWORDED);
        for Reworded { change, .. } in reworded.filter(|one| one.of.is(refusal)) {
            change(&mut body);
        }
    }
    body
}

/// An answer in the place of a refusal.
pub(in crate::mock) fn instead(
    trace: &Trace,
    result: Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let is_unknown = result.is_err() && trace.last() == Some(Stage::Project);
    let mut conduct = trace.conduct().into_iter();
    if is_unknown && conduct.any(|conduct| conduct.find(EMPTY).next().is_some()) {
        let nothing = json!({"success": true, "data": [], "meta": {"remaining": 0}});
        return Ok(Answer::ok(&nothing));
    }
    result
}

pub(super) fn remove(body: &mut Value, member: &str) {
    if let Some(members) = body.as_object_mut() {
        members.remove(member);
    }
}
