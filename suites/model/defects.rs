//! Proof that the properties can fail: each of these defects breaks its invariant, and is found with a
//! short sequence.

use keyproof::contract::custody::Custody;
use keyproof::mock::Defect;
use libtest_mimic::Failed;

use super::breach::{
    ANSWERED_RIGHTLY, BLOBS_OPEN, NOTHING_VANISHES, PENDING_IS_WHOLE, REFUSED_IS_UNCHANGED,
    REMAINING_FALLS,
};
use super::trial::Property;
use crate::support::Trial;

/// A defect, where it shows, the invariant that it breaks, and the requests that are enough to see
/// it.
struct Row(&'static str, Defect, Custody, &'static str, usize);

const ROWS: [Row; 12] = [
    Row(
        "a_client_rotation_that_drops_what_it_replaces_is_found",
        Defect::ClientRotationDropsReplaced,
        Custody::Client,
        NOTHING_VANISHES,
        2,
    ),
    Row(
        "a_refused_client_rotation_that_stored_is_found",
        Defect::ClientRotationPartial,
        Custody::Client,
        REFUSED_IS_UNCHANGED,
        2,
    ),
    Row(
        "an_incomplete_client_rotation_that_is_taken_is_found",
        Defect::ClientRotationAcceptsIncomplete,
        Custody::Client,
        ANSWERED_RIGHTLY,
        2,
    ),
    Row(
        "a_refused_submit_that_stored_is_found",
        Defect::SubmitPartial,
        Custody::Client,
        REFUSED_IS_UNCHANGED,
        3,
    ),
    Row(
        "a_submit_that_moves_nothing_is_found",
        Defect::SubmitForgets,
        Custody::Client,
        REMAINING_FALLS,
        3,
    ),
    Row(
        "a_submit_that_takes_a_stale_proof_is_found",
        Defect::SubmitAcceptsStaleProof,
        Custody::Client,
        ANSWERED_RIGHTLY,
        3,
    ),
    Row(
        "a_submit_that_takes_any_proof_is_found",
        Defect::SubmitAcceptsAnyProof,
        Custody::Client,
        ANSWERED_RIGHTLY,
        3,
    ),
    Row(
        "a_pending_that_ends_early_is_found",
        Defect::PendingEndsEarly,
        Custody::Client,
        PENDING_IS_WHOLE,
        2,
    ),
    Row(
        "a_pending_without_a_limit_is_found",
        Defect::PendingIgnoresLimit,
        Custody::Client,
        PENDING_IS_WHOLE,
        4,
    ),
    Row(
        "a_server_rotation_that_leaves_the_current_secrets_is_found",
        Defect::RotateLeavesCurrentSecrets,
        Custody::Server,
        BLOBS_OPEN,
        2,
    ),
    Row(
        "a_write_that_takes_any_proof_is_found",
        Defect::StoreAcceptsAnyProof,
        Custody::Client,
        ANSWERED_RIGHTLY,
        1,
    ),
    Row(
        "a_refused_write_that_stored_is_found",
        Defect::StoreKeepsRefused,
        Custody::Client,
        REFUSED_IS_UNCHANGED,
        2,
    ),
];

pub(crate) fn trials(seed: u64) -> Vec<Trial> {
    let found = ROWS.map(|row| Trial::test(row.0, move || is_found(&row, seed)));
    let mut trials = Vec::from(found);
    trials.push(Trial::test("a_seed_repeats_its_sequences", move || repeats(seed)));
    trials
}

fn is_found(row: &Row, seed: u64) -> Result<(), Failed> {
    let Row(name, defect, custody, invariant, longest) = *row;
    let found = Property::new(name, seed, custody).with(defect).refute();
    let found = found.ok_or("no sequence shows it")?;
    let length = found.sequence.actions.len();
    if found.invariant != invariant || length > longest {
        let wanted = format!("not {invariant:?} by {longest} requests, but {length}");
        return Err(format!("{wanted}:\n{}", found.message).into());
    }
    Ok(())
}

fn repeats(seed: u64) -> Result<(), Failed> {
    let Row(name, defect, custody, ..) = ROWS[0];
    let found = || {
        let property = Property::new(name, seed, custody).with(defect);
        property.refute().map(|found| found.sequence.to_string())
    };
    match (found(), found()) {
        (Some(one), Some(other)) if one == other => Ok(()),
        (one, other) => Err(format!("{one:?} and then {other:?}").into()),
    }
}
