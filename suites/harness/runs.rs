use std::future::ready;

use Verdict::{CouldNotRun, Fail, HarnessError, NotObservable, Pass};
use futures::FutureExt;
use keyproof::harness::{Case, Detail, Ending, Exit, Line, Options, Phase, Require, Stop, Verdict};
use parking_lot::Mutex;

use super::toy::{
    Body, CONTROL, Context, QUOTA, Toy, all, case, conclude, conclude_until, could_not_run,
    harness_is_wrong, mismatches, notes, one_by_one, only, passes, turns_out_unobservable,
    unreachable, verdicts,
};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["run":
        phases_run_in_order_and_outcomes_come_in_suite_order,
        main_cases_run_side_by_side,
        no_more_cases_run_side_by_side_than_allowed,
        a_failed_first_sanity_case_keeps_the_rest_from_running,
        sanity_cases_run_in_any_selection,
        sanity_alone_is_nothing_judged_unless_it_was_asked_for,
        every_unmet_need_is_named,
        a_supplied_need_is_no_obstacle,
        require_makes_a_missing_need_incomplete,
        unanswered_cases_in_a_row_stop_the_run,
        an_answer_between_unanswered_cases_keeps_the_run_going,
        a_stop_before_the_start_runs_nothing,
        a_stop_in_the_middle_keeps_what_was_judged,
        progress_rewrites_one_line_and_wipes_it,
    ]
}

fn in_phase(id: &'static str, phase: Phase, body: Body) -> Case<Context> {
    let mut case = case(id, "rolls", body);
    case.phase = phase;
    case
}

fn phases_run_in_order_and_outcomes_come_in_suite_order() {
    let cases = [
        in_phase("toy/last", Phase::SanityLast, passes),
        in_phase("toy/late", Phase::Late, passes),
        in_phase("toy/main", Phase::Main, passes),
        in_phase("toy/first", Phase::SanityFirst, passes),
    ];
    let toy = Toy::new();
    let conclusion = conclude(&toy, &cases, Options::default());
    let order = ["toy/first", "toy/main", "toy/late", "toy/last"];
    assert_eq!(*toy.shared().entered.lock(), order);
    let reported: Vec<_> = conclusion.outcomes.iter().map(|one| one.id).collect();
    assert_eq!(reported, ["toy/last", "toy/late", "toy/main", "toy/first"]);
}

fn main_cases_run_side_by_side() {
    let meets_another: Body = |context| {
        async move {
            for _ in 0..100 {
                if context.shared.entered.lock().len() == 2 {
                    return Ok(());
                }
                tokio::task::yield_now().await;
            }
            Err(Stop::CouldNotRun("nobody came".to_owned()))
        }
        .boxed()
    };
    let cases = [case("toy/a", "rolls", meets_another), case("toy/b", "rolls", meets_another)];
    let two = Options { concurrency: 2, ..Options::default() };
    assert_eq!(verdicts(&conclude(&Toy::new(), &cases, two)), [Pass, Pass]);
}

fn no_more_cases_run_side_by_side_than_allowed() {
    let counts: Body = |context| {
        async move {
            {
                let (now, most) = &mut *context.shared.side_by_side.lock();
                *now += 1;
                *most = (*most).max(*now);
            }
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            context.shared.side_by_side.lock().0 -= 1;
            Ok(())
        }
        .boxed()
    };
    for (concurrency, most) in [(0, 1), (1, 1), (3, 3), (50, 20)] {
        let toy = Toy::new();
        let cases: Vec<_> = (0..20).map(|_| case("toy/a", "rolls", counts)).collect();
        let options = Options { concurrency, ..Options::default() };
        assert_eq!(conclude(&toy, &cases, options).exit(), Exit::Held);
        assert_eq!(toy.shared().side_by_side.lock().1, most, "{concurrency}");
    }
}

fn a_failed_first_sanity_case_keeps_the_rest_from_running() {
    let rows: &[(Body, Verdict, Exit)] = &[
        (mismatches, Fail, Exit::Failed),
        (could_not_run, CouldNotRun, Exit::Incomplete),
        (unreachable, CouldNotRun, Exit::Unreachable),
        (harness_is_wrong, HarnessError, Exit::Unreachable),
    ];
    for (body, verdict, exit) in rows {
        let cases = [
            in_phase("toy/first", Phase::SanityFirst, *body),
            in_phase("toy/main", Phase::Main, passes),
            in_phase("toy/last", Phase::SanityLast, passes),
        ];
        let toy = Toy::new();
        let conclusion = conclude(&toy, &cases, one_by_one());
        assert_eq!(verdicts(&conclusion), [*verdict, CouldNotRun, CouldNotRun]);
        assert_eq!(notes(&conclusion)[1..], ["the sanity case toy/first did not pass"; 2]);
        assert_eq!(*toy.shared().entered.lock(), ["toy/first"]);
        assert_eq!(conclusion.exit(), *exit);
    }
}

fn sanity_cases() -> [Case<Context>; 4] {
    [
        in_phase("toy/first", Phase::SanityFirst, passes),
        in_phase("toy/a", Phase::Main, passes),
        in_phase("toy/b", Phase::Main, turns_out_unobservable),
        in_phase("toy/last", Phase::SanityLast, passes),
    ]
}

fn conclude_only(id: &str) -> keyproof::harness::Conclusion {
    let cases = sanity_cases();
    let selected = only(id, &cases);
    let never = std::future::pending();
    conclude_until(never, &Toy::new(), &cases, &selected, one_by_one())
}

fn sanity_cases_run_in_any_selection() {
    let conclusion = conclude_only("toy/a");
    let ran: Vec<_> = conclusion.outcomes.iter().map(|one| (one.id, one.selected)).collect();
    assert_eq!(ran, [("toy/first", false), ("toy/a", true), ("toy/last", false)]);
    assert_eq!(conclusion.exit(), Exit::Held);
}

fn sanity_alone_is_nothing_judged_unless_it_was_asked_for() {
    assert_eq!(conclude_only("toy/b").exit(), Exit::Incomplete);
    assert_eq!(conclude_only("toy/first").exit(), Exit::Held);
}

fn with_needs() -> [Case<Context>; 2] {
    let mut needy = case("toy/needy", "stops", passes);
    needy.needs = vec![CONTROL, QUOTA];
    [needy, case("toy/plain", "rolls", passes)]
}

fn every_unmet_need_is_named() {
    let toy = Toy::new();
    let conclusion = conclude(&toy, &with_needs(), one_by_one());
    assert_eq!(verdicts(&conclusion), [NotObservable, Pass]);
    let detail = conclusion.outcomes[0].detail.clone();
    assert_eq!(detail, Some(Detail::Needs(vec![CONTROL, QUOTA])));
    assert_eq!(*toy.shared().entered.lock(), ["toy/plain"]);
    assert_eq!(conclusion.unmet(), [(CONTROL, 1), (QUOTA, 1)]);
    assert_eq!(
        conclusion.verdict_line(),
        "no failure seen: 1 of 2 MUSTs held, 1 not observed (needs: control 1), 1 more untested"
    );
}

fn a_supplied_need_is_no_obstacle() {
    let mut toy = Toy::new();
    toy.supplied = vec![CONTROL, QUOTA];
    assert_eq!(verdicts(&conclude(&toy, &with_needs(), one_by_one())), [Pass, Pass]);
    toy.supplied = vec![CONTROL];
    let conclusion = conclude(&toy, &with_needs(), one_by_one());
    assert_eq!(conclusion.unmet(), [(QUOTA, 1)]);
}

fn require_makes_a_missing_need_incomplete() {
    let named = |names: &[&str]| Require::Named(names.iter().map(|&one| one.to_owned()).collect());
    let rows = [
        (Require::Nothing, vec![], Exit::Held),
        (named(&["quota"]), vec![], Exit::Incomplete),
        (named(&["control"]), vec![CONTROL], Exit::Held),
        (named(&["control"]), vec![QUOTA], Exit::Incomplete),
        (Require::All, vec![CONTROL], Exit::Incomplete),
        (Require::All, vec![CONTROL, QUOTA], Exit::Held),
    ];
    for (require, supplied, expected) in rows {
        let mut toy = Toy::new();
        toy.supplied = supplied;
        let options = Options { require: &require, ..one_by_one() };
        let conclusion = conclude(&toy, &with_needs(), options);
        assert_eq!(conclusion.exit(), expected, "{require:?} {:?}", toy.supplied);
    }
}

fn patient(limit: u32) -> Options<'static> {
    Options { unreachable_limit: limit, ..one_by_one() }
}

fn unanswered_cases_in_a_row_stop_the_run() {
    let mut cases: Vec<_> = [unreachable as Body, passes, unreachable, unreachable, passes]
        .map(|body| case("toy/a", "rolls", body))
        .into();
    cases.push(in_phase("toy/last", Phase::SanityLast, passes));
    let toy = Toy::new();
    let conclusion = conclude(&toy, &cases, patient(2));
    assert_eq!(conclusion.ending, Ending::Unreachable);
    assert_eq!(conclusion.exit(), Exit::Unreachable);
    assert_eq!(toy.shared().entered.lock().len(), 4);
    let stopped = "the run was stopped: 2 cases in a row had no answer";
    assert_eq!(
        notes(&conclusion),
        ["connection refused", "", "connection refused", "connection refused", stopped, stopped]
    );
}

fn an_answer_between_unanswered_cases_keeps_the_run_going() {
    let bodies: [Body; 5] = [unreachable, passes, unreachable, passes, passes];
    let cases = bodies.map(|body| case("toy/a", "rolls", body));
    let conclusion = conclude(&Toy::new(), &cases, patient(2));
    assert_eq!(conclusion.ending, Ending::Complete);
    assert_eq!(verdicts(&conclusion), [CouldNotRun, Pass, CouldNotRun, Pass, Pass]);
}

fn a_stop_before_the_start_runs_nothing() {
    let toy = Toy::new();
    let cases = sanity_cases();
    let conclusion = conclude_until(ready(()), &toy, &cases, &all(&cases), one_by_one());
    assert_eq!(verdicts(&conclusion), [CouldNotRun; 4]);
    assert!(toy.shared().entered.lock().is_empty());
    assert_eq!(conclusion.ending, Ending::Stopped);
    assert_eq!(conclusion.exit(), Exit::Incomplete);
}

fn a_stop_in_the_middle_keeps_what_was_judged() {
    let signals: Body = |context| {
        async move {
            context.shared.signal.notify_one();
            std::future::pending().await
        }
        .boxed()
    };
    let rows: &[(Body, Exit)] = &[(passes, Exit::Incomplete), (mismatches, Exit::Failed)];
    for (before, exit) in rows {
        let cases = [
            case("toy/before", "rolls", *before),
            case("toy/waits", "shines", signals),
            case("toy/after", "rolls", passes),
            in_phase("toy/last", Phase::SanityLast, passes),
        ];
        let toy = Toy::new();
        let stop = toy.shared().signal.notified();
        let conclusion = conclude_until(stop, &toy, &cases, &all(&cases), one_by_one());
        let judged = verdicts(&conclusion);
        assert!(judged[0].is_judgement());
        assert_eq!(judged[1..], [CouldNotRun; 3]);
        let reason = "the run was stopped before this case was done";
        assert_eq!(notes(&conclusion)[1..], [reason; 3]);
        assert_eq!(conclusion.ending, Ending::Stopped);
        assert_eq!(conclusion.exit(), *exit);
    }
}

fn progress_rewrites_one_line_and_wipes_it() {
    let terminal = Mutex::new(Vec::new());
    let line = Line::new(Shown(&terminal), 26);
    let cases = [
        case("toy/a", "rolls", passes),
        case("toy/b-with-a-long-name", "shines", mismatches),
        case("toy/c", "rolls", mismatches),
        case("toy/d", "rolls", mismatches),
    ];
    let options = Options { progress: &line, ..one_by_one() };
    assert_eq!(conclude(&Toy::new(), &cases, options).exit(), Exit::Failed);
    let rendered = String::from_utf8(terminal.into_inner()).unwrap();
    let lines: Vec<_> = rendered.split("\r\u{1b}[2K").collect();
    let (first, rewritten): (Vec<&str>, Vec<&str>) =
        lines.into_iter().partition(|line| line.ends_with('\n'));
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].starts_with("first failure, after "), "{first:?}");
    assert!(first[0].ends_with(" s: toy/c: the write was not refused\n"), "{first:?}");
    let expected = [
        "",
        "0/4",
        "1/4, 0 failed, 0 s: toy/a",
        "2/4, 0 failed, 0 s: toy/b-",
        "3/4, 1 failed, 0 s: toy/c",
        "4/4, 2 failed, 0 s: toy/d",
        "",
    ];
    assert_eq!(rewritten, expected);
}

struct Shown<'t>(&'t Mutex<Vec<u8>>);

impl std::io::Write for Shown<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
