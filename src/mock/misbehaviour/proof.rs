//! Wrong proofs that are taken for the right one, where proofs are compared badly.

use serde_json::{Value, json};

use super::conduct::Conduct;
use super::table::table;
use crate::mock::model::{Organization, Project};
use crate::mock::{Defect, Room};

/// Characters of half a proof.
const HALF: usize = 22;

/// A proof that was sent, and what it is compared with.
struct Compared<'c> {
    given: &'c str,
    right: &'c str,
    organization: &'c Organization,
}

type Passes = fn(&Compared<'_>) -> bool;

table! {
    PASSES: Passes;

    Defect::ProofsComparedWithoutCase [StoreSecrets | SubmitReencrypted | RestoreVersion] |one| one.given.eq_ignore_ascii_case(one.right);
    Defect::ProofsComparedByFirstHalf [StoreSecrets | SubmitReencrypted | RestoreVersion] |one| one.is_same(..HALF);
    Defect::ProofsComparedBySecondHalf [StoreSecrets | SubmitReencrypted | RestoreVersion] |one| one.is_same(HALF..);
    Defect::ProofsComparedButForFirst [StoreSecrets | SubmitReencrypted | RestoreVersion] |one| one.is_same(1..);
    Defect::ProofsComparedButForLast [StoreSecrets | SubmitReencrypted | RestoreVersion] |one| one.is_same(..2 * HALF - 2);
    Defect::ProofsOfOtherProjects [StoreSecrets | SubmitReencrypted | RestoreVersion] is_of_any_project;
}

impl Compared<'_> {
    /// Whether both have that part, and it is the same.
    fn is_same(&self, part: impl std::slice::SliceIndex<str, Output = str> + Clone) -> bool {
        let (given, right) = (self.given.get(part.clone()), self.right.get(part));
        given.is_some() && given == right
    }
}

/// Of the active keys.
fn is_of_any_project(compared: &Compared<'_>) -> bool {
    let mut proofs = compared.organization.projects.values().filter_map(Project::proof);
    proofs.any(|proof| proof.key_check == compared.given)
}

/// Replaces the proof in a body by the right one, where it passes for it.
pub(super) fn take_for_right(conduct: &Conduct, room: &Room, body: Option<&mut Value>) {
    let Some(body) = body else { return };
    let organization = room.cell.state.read();
    // A write names its project in the body; the others do in their path.
    let slug = body.get("project").and_then(Value::as_str).unwrap_or(&room.project);
    let right = organization.projects.get(slug).and_then(Project::proof);
    if let Some(given) = body.get("key_proof").and_then(Value::as_str)
        && let Some(right) = right.map(|proof| proof.key_check.as_str())
        && let compared = (Compared { given, right, organization: &organization })
        && conduct.find(PASSES).any(|passes| passes(&compared))
    {
        body["key_proof"] = json!(right);
    }
}
