//! What takes a sequence to show is found by the steps of one seed.

use keyproof::mock::{Defect, Variant};
use keyproof::suite::server::{Ended, Failure};
use libtest_mimic::Failed;

use super::explored;
use crate::support::Trial;
use crate::support::bench::runtime;

/// A defect, and a seed whose steps show it.
struct Row(Defect, u64);

/// What takes more than one step.
const ROWS: [Row; 20] = [
    Row(Defect::ClientRotationLeavesTargets, 1),
    Row(Defect::ClientRotationMovesHistory, 1),
    Row(Defect::ClientRotationAcceptsIncomplete, 1),
    Row(Defect::ClientRotationPartial, 5),
    Row(Defect::ClientRotationMergesOldKeys, 1),
    Row(Defect::ClientRotationTakesMoved, 3),
    Row(Defect::SubmitForgets, 1),
    Row(Defect::SubmitLeavesPending, 1),
    Row(Defect::SubmitRemainingStuck, 10),
    Row(Defect::SubmitEndsEarly, 1),
    Row(Defect::SubmitMiscounts, 1),
    Row(Defect::SubmitAcceptsAnyProof, 51),
    Row(Defect::SubmitAcceptsStaleProof, 31),
    Row(Defect::SubmitPartial, 1),
    Row(Defect::StoreAcceptsStaleProof, 3),
    Row(Defect::StoreKeepsRefused, 3),
    Row(Defect::RotateLeavesCurrentSecrets, 1),
    Row(Defect::RestoreKeepsOldKey, 1),
    Row(Defect::RestoreTakesVersion, 1),
    Row(Defect::PendingEndsEarly, 1),
];

/// What breaks the model's other rules.
const OTHERS: [Row; 13] = [
    Row(Defect::StoreAcceptsMissingProof, 1),
    Row(Defect::StoreLosesEnvironments, 1),
    Row(Defect::RestoreAcceptsAnyProof, 10),
    Row(Defect::RestoreAcceptsStaleProof, 52),
    Row(Defect::RestoreIgnoresContent, 1),
    Row(Defect::RotateKeepsKey, 1),
    Row(Defect::RotateKeepMovesHistory, 3),
    Row(Defect::ClientRotationRefusesPolicy, 1),
    Row(Defect::PendingIgnoresLimit, 1),
    Row(Defect::PendingNamesActiveKey, 1),
    Row(Defect::HistoryLeavesOldActive, 1),
    Row(Defect::HistoryForgetsRotatedProof, 1),
    Row(Defect::ProjectsOutliveDeletion, 14),
];

/// The sequences before the first whose client hangs up. Whether such a write happens is not repeatable.
const REPEATABLE: u32 = 4;
/// Requests until the sequence is found.
const REQUESTS: u32 = 300;
/// Steps of the shortest.
const STEPS: usize = 6;

pub(super) fn trials() -> Vec<Trial> {
    let found = ROWS.iter().chain(&OTHERS).map(|&Row(defect, seed)| {
        let find = move || is_found(defect, seed, &[]).map(drop);
        Trial::test(format!("found/{}", defect.name()), find)
    });
    let mut trials: Vec<Trial> = found.collect();
    trials.push(Trial::test("found/where_no_read_shows_the_ids_of_secrets", || {
        is_found(Defect::SubmitForgets, 1, &[Variant::SecretIdsAbsent]).map(drop)
    }));
    trials
}

fn is_found(defect: Defect, seed: u64, variants: &[Variant]) -> Result<Failure, Failed> {
    let (explored, _) = runtime().block_on(explored(seed, &[defect], variants, REQUESTS))?;
    let (requests, projects) = (explored.requests, explored.projects);
    let Ended::Failed(failure) = explored.ended else {
        return Err(format!("not found by {requests} requests: {:?}", explored.ended).into());
    };
    assert!(projects <= REPEATABLE, "found by the sequence {projects} only");
    assert!(requests <= REQUESTS, "found by {requests} requests only");
    assert!(failure.steps.len() <= STEPS, "{:?}: {}", failure.steps, failure.sentence);
    Ok(failure)
}
