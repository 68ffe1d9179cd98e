//! What the body of a refusal becomes where that takes more than a row.

use std::sync::Arc;

use serde_json::{Value, json};

use super::conduct::Conduct;
use super::table::table;
use crate::mock::service::Answer;
use crate::mock::{Defect, Refusal, Stage, Trace};

type Rewording = fn(&Refusal, &mut Value);

table! {
    REWORDINGS: Rewording;

    Defect::RefusalWithoutMessage [*] |refusal, body| if refusal.code().is_some() { remove(body, "message") };
    Defect::ValidationNamesNoMember [*] |refusal, body| if refusal.code().is_none() { body["errors"] = json!({"body": [body["message"]]}) };
}

table! {
    EMPTY: ();

    Defect::UnknownProjectAnswered [*] ();
}

/// The body of a refusal, as it is sent or as the journal shows it.
pub(in crate::mock) fn reword(
    conduct: Option<&Arc<Conduct>>,
    refusal: &Refusal,
    mut body: Value,
) -> Value {
    let rewordings = conduct.into_iter().flat_map(|conduct| conduct.find(REWORDINGS));
    rewordings.for_each(|change| change(refusal, &mut body));
    body
}

/// Answers a request that was refused because of an unknown project as if that existed and were empty.
pub(in crate::mock) fn instead(
    trace: &Trace,
    result: Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let is_unknown = result.is_err() && trace.last() == Some(Stage::Project);
    if is_unknown && trace.conduct().is_some_and(|conduct| conduct.has(EMPTY)) {
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
