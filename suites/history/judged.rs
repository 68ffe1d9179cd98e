//! What the judge makes of the calls on a project: each rule of the model accuses who breaks it, and nobody who makes
//! a choice that the contract leaves free.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use keyproof::contract::custody::Custody;
use keyproof::suite::server::history::judge::{Judgement, judge};
use keyproof::suite::server::history::operation::{
    Answer, Blob, Call, Content, Current, Kept, Key, Level, Operation, Request, Secret, Text,
    Token, Version,
};
use keyproof::suite::server::history::project::Project;
use keyproof::suite::server::history::search;
use libtest_mimic::Failed;

use crate::support::Trial;

/// What a history has to be judged as.
#[derive(Debug, PartialEq)]
enum As {
    Explained,
    Questionable,
    Unexplained,
}

struct Row(&'static str, Custody, As, fn() -> Vec<Call>);

const OLD: Key = Key(0);
const ACTIVE: Key = Key(1);
const NEXT: Key = Key(2);
const OTHER: Key = Key(3);
/// What the project holds, what its version holds, what is written, and what a rotation writes.
const HELD: Text = Text(0);
const FORMER: Text = Text(1);
const WRITTEN: Text = Text(2);
const ROTATED: Text = Text(3);
const ROW: Version = Version(7);
const NEW_ROW: Version = Version(8);

#[rustfmt::skip]
const ROWS: [Row; 56] = [
    Row("a_write_is_what_is_read", Custody::Client, As::Explained, || vec![
        store(ACTIVE).at(1, 2), secrets(WRITTEN, ACTIVE).at(3, 4),
    ]),
    Row("a_write_that_is_lost_accuses", Custody::Client, As::Unexplained, || vec![
        store(ACTIVE).at(1, 2), secrets(HELD, ACTIVE).at(3, 4),
    ]),
    Row("a_write_without_an_answer_may_have_been_lost", Custody::Client, As::Explained, || vec![
        store(ACTIVE).lost(1), secrets(HELD, ACTIVE).at(3, 4),
    ]),
    Row("or_may_have_happened", Custody::Client, As::Explained, || vec![
        store(ACTIVE).lost(1), secrets(HELD, ACTIVE).at(3, 4), secrets(WRITTEN, ACTIVE).at(5, 6),
    ]),
    Row("and_not_be_undone", Custody::Client, As::Unexplained, || vec![
        store(ACTIVE).lost(1), secrets(WRITTEN, ACTIVE).at(3, 4), secrets(HELD, ACTIVE).at(5, 6),
    ]),
    Row("a_server_error_may_have_stored", Custody::Client, As::Explained, || vec![
        store(ACTIVE).refused(500).at(1, 2), secrets(WRITTEN, ACTIVE).at(3, 4),
    ]),
    Row("a_refused_write_that_stored_accuses", Custody::Client, As::Unexplained, || vec![
        store(OLD).refused(422).at(1, 2), secrets(WRITTEN, OLD).at(3, 4),
    ]),
    Row("a_stale_proof_that_is_accepted_accuses", Custody::Client, As::Unexplained, || vec![
        store(OLD).at(1, 2),
    ]),
    Row("a_proof_of_no_key_that_is_accepted_accuses", Custody::Client, As::Unexplained, || vec![
        store(Key::NONE).at(1, 2),
    ]),
    Row("the_active_proof_that_is_refused_accuses", Custody::Client, As::Unexplained, || vec![
        store(ACTIVE).refused(422).at(1, 2),
    ]),
    Row("too_many_requests_accuse_nobody", Custody::Client, As::Explained, || vec![
        store(ACTIVE).refused(429).at(1, 2), secrets(HELD, ACTIVE).at(3, 4),
    ]),
    Row("a_conflict_beside_a_write_accuses_nobody", Custody::Client, As::Explained, || vec![
        rotate().at(1, 4), store(ACTIVE).refused(409).at(2, 3), secrets(ROTATED, NEXT).at(5, 6),
    ]),
    Row("a_conflict_beside_nothing_accuses", Custody::Client, As::Unexplained, || vec![
        store(ACTIVE).refused(409).at(1, 2),
    ]),
    Row("a_write_before_a_rotation_is_replaced", Custody::Client, As::Explained, || vec![
        rotate().at(1, 4), store(ACTIVE).at(2, 3), secrets(ROTATED, NEXT).at(5, 6),
    ]),
    Row("a_write_behind_a_rotation_is_stale", Custody::Client, As::Explained, || vec![
        rotate().at(1, 4), store(ACTIVE).refused(422).at(2, 3), secrets(ROTATED, NEXT).at(5, 6),
    ]),
    Row("a_write_under_the_key_before_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 4), store(ACTIVE).at(2, 3), secrets(WRITTEN, ACTIVE).at(5, 6),
    ]),
    Row("a_descriptor_that_stays_behind_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 4), descriptor(ACTIVE).at(2, 3), descriptor(ACTIVE).at(5, 6),
    ]),
    Row("a_descriptor_that_goes_back_beside_a_rotation_is_a_question", Custody::Client, As::Questionable, || vec![
        rotate().at(1, 8), descriptor(NEXT).at(2, 3), descriptor(ACTIVE).at(4, 5),
        descriptor(NEXT).at(9, 10),
    ]),
    Row("the_last_of_two_rotations_holds", Custody::Client, As::Explained, || vec![
        rotate().at(1, 4), rotate_to(OTHER).at(2, 3), descriptor(NEXT).at(5, 6),
        history(NEXT, &[OLD, ACTIVE, OTHER]).at(7, 8), secrets(ROTATED, NEXT).at(9, 10),
    ]),
    Row("half_of_two_rotations_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 4), rotate_to(OTHER).at(2, 3), descriptor(NEXT).at(5, 6),
        secrets(ROTATED, OTHER).at(7, 8),
    ]),
    Row("a_history_without_one_of_two_rotations_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 4), rotate_to(OTHER).at(2, 3), history(NEXT, &[OLD, ACTIVE]).at(5, 6),
    ]),
    Row("a_rotation_in_the_way_of_another_may_be_refused", Custody::Client, As::Explained, || vec![
        rotate().at(1, 4), rotate_to(OTHER).refused(409).at(2, 3), descriptor(NEXT).at(5, 6),
    ]),
    Row("a_rotation_that_lost_its_answer_is_whole", Custody::Client, As::Unexplained, || vec![
        rotate().lost(1), descriptor(NEXT).at(3, 4), secrets(HELD, ACTIVE).at(5, 6),
    ]),
    Row("or_never_happened", Custody::Client, As::Explained, || vec![
        rotate().lost(1), descriptor(ACTIVE).at(3, 4), secrets(HELD, ACTIVE).at(5, 6),
    ]),
    Row("a_rotation_that_leaves_out_a_secret_accuses", Custody::Client, As::Unexplained, || vec![
        store_at(Level::Target).at(1, 2), rotate().at(3, 4),
    ]),
    Row("and_may_be_refused", Custody::Client, As::Explained, || vec![
        store_at(Level::Target).at(1, 2), rotate().refused(400).at(3, 4),
        secrets(HELD, ACTIVE).at(5, 6),
    ]),
    Row("a_rotation_behind_a_deletion_is_refused", Custody::Client, As::Explained, || vec![
        rotate().refused(400).at(1, 4), delete().at(2, 3), nothing().at(5, 6),
    ]),
    Row("a_rotation_that_brings_back_what_was_deleted_accuses", Custody::Client, As::Unexplained, || vec![
        store(ACTIVE).at(1, 2), delete().at(3, 4), nothing().at(5, 6),
        store(ACTIVE).at(7, 8), rotate().at(9, 12), delete().at(10, 11), secrets(ROTATED, NEXT).at(13, 14),
    ]),
    Row("a_deletion_that_never_empties_is_a_question", Custody::Client, As::Questionable, || vec![
        delete().at(1, 2), secrets(HELD, ACTIVE).at(3, 4),
    ]),
    Row("a_refused_deletion_of_what_is_there_accuses", Custody::Client, As::Unexplained, || vec![
        delete().refused(404).at(1, 2),
    ]),
    Row("a_submit_moves_what_it_names", Custody::Client, As::Explained, || vec![
        submit(1, true).at(1, 2), versions(&[(ROW, WRITTEN, ACTIVE)]).at(3, 4), pending(&[], true).at(5, 6),
    ]),
    Row("a_submit_that_moved_nothing_accuses", Custody::Client, As::Unexplained, || vec![
        submit(1, true).at(1, 2), versions(&[(ROW, FORMER, OLD)]).at(3, 4),
    ]),
    Row("a_submit_that_miscounts_accuses", Custody::Client, As::Unexplained, || vec![
        submit(0, true).at(1, 2),
    ]),
    Row("a_submit_of_more_than_it_names_accuses", Custody::Client, As::Unexplained, || vec![
        submit(2, true).at(1, 2),
    ]),
    Row("a_submit_that_says_some_remain_accuses_where_none_do", Custody::Client, As::Unexplained, || vec![
        submit(1, false).at(1, 2), pending(&[], true).at(3, 4),
    ]),
    Row("two_submits_of_a_version_may_both_count_it", Custody::Client, As::Explained, || vec![
        submit(1, true).at(1, 4), submit(1, true).at(2, 3),
    ]),
    Row("a_stale_submit_that_is_accepted_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 2), submit(1, true).at(3, 4),
    ]),
    Row("a_right_submit_that_is_refused_accuses", Custody::Client, As::Unexplained, || vec![
        submit(1, true).refused(422).at(1, 2),
    ]),
    Row("a_submit_behind_a_rotation_is_stale", Custody::Client, As::Explained, || vec![
        rotate().at(1, 4), submit(1, true).refused(422).at(2, 3),
        versions(&[(ROW, FORMER, OLD)]).at(5, 6),
    ]),
    Row("a_submitted_version_under_the_key_before_it_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 4), submit(1, true).at(2, 3), versions(&[(ROW, FORMER, OLD)]).at(5, 6),
    ]),
    Row("pending_lists_what_is_old", Custody::Client, As::Explained, || vec![
        pending(&[(ROW, FORMER, OLD)], false).at(1, 2), rotate().at(3, 4),
        pending(&[(ROW, FORMER, OLD), (NEW_ROW, HELD, ACTIVE)], true).at(5, 6),
    ]),
    Row("pending_that_leaves_out_accuses", Custody::Client, As::Unexplained, || vec![
        pending(&[], true).at(1, 2),
    ]),
    Row("pending_that_never_ends_accuses", Custody::Client, As::Unexplained, || vec![
        submit(1, true).at(1, 2), pending(&[], false).at(3, 4),
    ]),
    Row("a_version_that_nobody_wrote_accuses", Custody::Client, As::Unexplained, || vec![
        versions(&[(ROW, FORMER, OLD), (NEW_ROW, WRITTEN, ACTIVE)]).at(1, 2),
    ]),
    Row("a_version_that_vanishes_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 2), versions(&[(NEW_ROW, HELD, ACTIVE), (ROW, FORMER, OLD)]).at(3, 4),
        versions(&[(ROW, FORMER, OLD)]).at(5, 6),
    ]),
    Row("a_server_need_not_keep_what_is_replaced", Custody::Client, As::Explained, || vec![
        store(ACTIVE).at(1, 2), versions(&[(ROW, FORMER, OLD)]).at(3, 4),
    ]),
    Row("a_version_is_restored_with_its_content", Custody::Client, As::Explained, || vec![
        restore(ACTIVE).at(1, 2), secrets(WRITTEN, ACTIVE).at(3, 4),
    ]),
    Row("a_restore_with_a_stale_proof_that_is_accepted_accuses", Custody::Client, As::Unexplained, || vec![
        rotate().at(1, 2), restore(ACTIVE).at(3, 4),
    ]),
    Row("a_restore_that_is_lost_beside_others_that_are_not_accuses", Custody::Client, As::Unexplained, || vec![
        restore(ACTIVE).at(1, 2), secrets(WRITTEN, ACTIVE).at(3, 4), store_text(ROTATED).at(5, 6),
        restore(ACTIVE).at(7, 8), secrets(ROTATED, ACTIVE).at(9, 10),
    ]),
    Row("what_is_done_to_a_project_that_is_gone_accuses", Custody::Client, As::Unexplained, || vec![
        gone().at(1, 2), store(ACTIVE).at(3, 4),
    ]),
    Row("beside_its_deletion_a_write_is_done_or_refused", Custody::Client, As::Explained, || vec![
        gone().at(1, 4), store(ACTIVE).at(2, 3), store(ACTIVE).refused(404).at(2, 3),
        descriptor(ACTIVE).refused(404).at(5, 6),
    ]),
    Row("a_revoked_token_that_writes_accuses", Custody::Client, As::Unexplained, || vec![
        revoke().at(1, 2), store(ACTIVE).revocable().at(3, 4),
    ]),
    Row("a_server_rotation_moves_what_is_held", Custody::Server, As::Explained, || vec![
        rotate_server(NEXT).at(1, 2), descriptor(NEXT).at(3, 4), secrets(HELD, NEXT).at(5, 6),
        versions(&[(ROW, FORMER, OLD)]).at(7, 8),
    ]),
    Row("a_server_rotation_that_writes_over_a_newer_blob_accuses", Custody::Server, As::Unexplained, || vec![
        rotate_server(NEXT).at(1, 4), store(ACTIVE).at(2, 3), secrets(HELD, NEXT).at(5, 6),
    ]),
    Row("a_blob_under_a_rotated_key_may_be_kept_so", Custody::Server, As::Explained, || vec![
        rotate_server(NEXT).at(1, 2), store(ACTIVE).at(3, 4), secrets(WRITTEN, ACTIVE).at(5, 6),
    ]),
    Row("a_server_rotation_that_lost_its_answer_has_a_key_that_is_shown", Custody::Server, As::Explained, || vec![
        rotate_server(NEXT).lost(1), rotate_server(OTHER).at(2, 3), history(OTHER, &[OLD, ACTIVE, NEXT]).at(4, 5),
        secrets(HELD, OTHER).at(6, 7),
    ]),
];

pub(crate) fn trials() -> Vec<Trial> {
    let rows = ROWS.into_iter();
    let mut trials: Vec<Trial> =
        rows.map(|row| Trial::test(format!("judged/{}", row.0), move || is_judged(&row))).collect();
    trials.push(Trial::test("judged/a_failure_says_what_no_order_explains", says_what));
    trials.push(Trial::test("judged/too_much_is_undecided", gives_up));
    trials
}

fn is_judged(row: &Row) -> Result<(), Failed> {
    let Row(_, custody, expected, calls) = row;
    let judgement = judge(&project(*custody), &calls());
    let judged = match &judgement {
        Judgement::Explained => As::Explained,
        Judgement::Questionable(_) => As::Questionable,
        Judgement::Unexplained(_) => As::Unexplained,
        Judgement::Undecided => return Err("undecided".into()),
    };
    if judged == *expected { Ok(()) } else { Err(format!("{judgement:?}").into()) }
}

fn says_what() -> Result<(), Failed> {
    let calls = [
        rotate().at(1, 4),
        store(ACTIVE).at(2, 3),
        descriptor(NEXT).at(5, 6),
        secrets(WRITTEN, ACTIVE).at(7, 8),
    ];
    let Judgement::Unexplained(unexplained) = judge(&project(Custody::Client), &calls) else {
        return Err("an order was found".into());
    };
    assert_eq!(unexplained.order, [1, 0, 2]);
    assert_eq!(unexplained.stuck, [3]);
    assert_eq!(
        unexplained.sentence,
        "the best order of the requests explains 3 of 4 answers; then key 2 is active, the project holds text 3 under \
         key 2 at the project and keeps version 7 (text 1 under key 0), which does not explain that reading the \
         current secrets was answered with text 2 under key 1 at the project"
    );
    Ok(())
}

fn gives_up() -> Result<(), Failed> {
    let lost = (0..40).map(|number| store_text(Text(10 + number)).lost(1));
    let mut calls: Vec<Call> = lost.collect();
    calls.push(secrets(FORMER, ACTIVE).at(3, 4));
    assert_eq!(judge(&project(Custody::Client), &calls), Judgement::Undecided);
    Ok(())
}

fn project(custody: Custody) -> Project {
    let held = (Some(Secret(0)), Blob { text: HELD, key: ACTIVE });
    let row = (Level::Project, Blob { text: FORMER, key: OLD });
    Project::new(
        custody,
        vec![OLD, ACTIVE],
        BTreeMap::from([(Level::Project, held)]),
        BTreeMap::from([(ROW, row)]),
    )
}

/// A request and its answer, without their times.
struct Asked(Request, Answer);

impl Asked {
    fn at(self, sent: u64, end: u64) -> Call {
        let [sent, end] = [sent, end].map(Duration::from_millis);
        search::Call::answered(self.0, sent, end, self.1)
    }

    fn lost(self, sent: u64) -> Call {
        search::Call::lost(self.0, Duration::from_millis(sent))
    }

    fn refused(self, status: u16) -> Self {
        Self(self.0, Answer::Refused { status })
    }

    fn revocable(self) -> Self {
        Self(Request { token: Token::Revocable, ..self.0 }, self.1)
    }
}

fn asked(operation: Operation, answer: Answer) -> Asked {
    Asked(operation.into(), answer)
}

fn accepted(operation: Operation) -> Asked {
    asked(operation, Answer::Accepted)
}

/// A store at the project, sealed and proved by this key.
fn store(key: Key) -> Asked {
    let blob = Blob { text: WRITTEN, key };
    accepted(Operation::Store { level: Level::Project, blob, proof: Some(key) })
}

fn store_text(text: Text) -> Asked {
    let blob = Blob { text, key: ACTIVE };
    accepted(Operation::Store { level: Level::Project, blob, proof: Some(ACTIVE) })
}

fn store_at(level: Level) -> Asked {
    let blob = Blob { text: WRITTEN, key: ACTIVE };
    accepted(Operation::Store { level, blob, proof: Some(ACTIVE) })
}

fn restore(key: Key) -> Asked {
    let content = Some(Blob { text: WRITTEN, key });
    accepted(Operation::Restore { version: ROW, content, proof: Some(key) })
}

fn delete() -> Asked {
    accepted(Operation::Delete { level: Level::Project })
}

fn rotate() -> Asked {
    rotate_to(NEXT)
}

fn rotate_to(to: Key) -> Asked {
    let secrets = BTreeMap::from([(Secret(0), (Level::Project, ROTATED))]);
    accepted(Operation::RotateClient { to, secrets })
}

fn rotate_server(key: Key) -> Asked {
    asked(Operation::RotateServer { re_encrypt: false }, Answer::Rotated { key })
}

fn submit(updated: u64, is_done: bool) -> Asked {
    let versions = BTreeMap::from([(ROW, (Level::Project, WRITTEN))]);
    asked(Operation::Submit { key: ACTIVE, versions }, Answer::Submitted { updated, is_done })
}

fn gone() -> Asked {
    accepted(Operation::DeleteProject)
}

fn revoke() -> Asked {
    accepted(Operation::RevokeToken)
}

fn descriptor(key: Key) -> Asked {
    asked(Operation::Descriptor, Answer::Descriptor { key })
}

fn history(active: Key, former: &[Key]) -> Asked {
    let former: BTreeSet<Key> = former.iter().copied().collect();
    asked(Operation::History, Answer::History { active, former })
}

fn secrets(text: Text, key: Key) -> Asked {
    let content = Content::Opens(Blob { text, key });
    let levels = BTreeMap::from([(Level::Project, Current { secret: None, content })]);
    asked(Operation::Secrets { deepest: Level::Project }, Answer::Secrets(levels))
}

fn nothing() -> Asked {
    asked(Operation::Secrets { deepest: Level::Project }, Answer::Secrets(BTreeMap::new()))
}

fn versions(rows: &[(Version, Text, Key)]) -> Asked {
    asked(Operation::Versions { level: Level::Project }, Answer::Versions(kept(rows)))
}

fn pending(rows: &[(Version, Text, Key)], is_done: bool) -> Asked {
    asked(Operation::Pending { limit: 50 }, Answer::Pending { rows: kept(rows), is_done })
}

fn kept(rows: &[(Version, Text, Key)]) -> BTreeMap<Version, Kept> {
    let kept = |(version, text, key): &(Version, Text, Key)| {
        let content = Content::Opens(Blob { text: *text, key: *key });
        (*version, Kept { named: Some(*key), content })
    };
    rows.iter().map(kept).collect()
}
