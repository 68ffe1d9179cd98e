use std::future::ready;

use Verdict::{CouldNotRun, Fail, HarnessError, NotApplicable, NotObservable, Pass, Warn};
use futures::FutureExt;
use keyproof::contract::requirement::Level;
use keyproof::harness::{Exit, Spending, Verdict};

use super::toy::{
    Body, Context, Toy, case, conclude, could_not_run, harness_is_wrong, mismatches, notes,
    one_by_one, passes, turns_out_unobservable, unreachable, verdicts,
};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["verdict":
        a_stop_has_its_verdict_at_each_level,
        each_cause_has_its_exit_code,
        failed_goes_over_unreachable_over_incomplete,
        a_panicking_case_is_a_harness_error_and_the_rest_still_runs,
        an_overspending_case_is_a_harness_error,
        an_overspending_mismatch_stays_a_mismatch_and_is_told,
        a_case_of_an_unknown_requirement_is_a_harness_error,
    ]
}

fn a_stop_has_its_verdict_at_each_level() {
    let rows: &[(Body, [Verdict; 3])] = &[
        (passes, [Pass, Pass, Pass]),
        (mismatches, [Fail, Warn, NotApplicable]),
        (could_not_run, [CouldNotRun; 3]),
        (unreachable, [CouldNotRun; 3]),
        (turns_out_unobservable, [NotObservable; 3]),
        (harness_is_wrong, [HarnessError; 3]),
    ];
    for (body, expected) in rows {
        let cases =
            ["rolls", "shines", "is-red"].map(|requirement| case("toy/a", requirement, *body));
        let conclusion = conclude(&Toy::new(), &cases, one_by_one());
        assert_eq!(verdicts(&conclusion), expected);
        let levels: Vec<_> = conclusion.outcomes.iter().map(|one| one.level).collect();
        assert_eq!(levels, [Level::Must, Level::Should, Level::May]);
    }
}

fn exit_of(bodies: &[(&'static str, Body)]) -> Exit {
    let cases: Vec<_> =
        bodies.iter().map(|(requirement, body)| case("toy/a", requirement, *body)).collect();
    conclude(&Toy::new(), &cases, one_by_one()).exit()
}

type Row = (&'static str, &'static [(&'static str, Body)], Exit);

fn each_cause_has_its_exit_code() {
    let rows: &[Row] = &[
        ("all pass", &[("rolls", passes), ("shines", passes)], Exit::Held),
        ("a must fails", &[("rolls", mismatches), ("stops", passes)], Exit::Failed),
        ("a should fails", &[("shines", mismatches)], Exit::Held),
        ("a may differs", &[("rolls", passes), ("is-red", mismatches)], Exit::Held),
        ("only a may differs", &[("is-red", mismatches)], Exit::Incomplete),
        ("a must could not run", &[("rolls", passes), ("stops", could_not_run)], Exit::Incomplete),
        ("a should could not run", &[("rolls", passes), ("shines", could_not_run)], Exit::Held),
        ("only a should, which could not run", &[("shines", could_not_run)], Exit::Incomplete),
        ("a need is missing", &[("rolls", passes), ("stops", turns_out_unobservable)], Exit::Held),
        ("nothing is observable", &[("stops", turns_out_unobservable)], Exit::Incomplete),
        (
            "the harness is wrong",
            &[("rolls", passes), ("stops", harness_is_wrong)],
            Exit::Unreachable,
        ),
        ("never reachable", &[("rolls", unreachable)], Exit::Unreachable),
        ("no longer reachable", &[("rolls", passes), ("shines", unreachable)], Exit::Unreachable),
        (
            "one must went unanswered",
            &[("rolls", unreachable), ("stops", passes)],
            Exit::Incomplete,
        ),
        ("one should went unanswered", &[("shines", unreachable), ("stops", passes)], Exit::Held),
    ];
    for (cause, bodies, expected) in rows {
        assert_eq!(exit_of(bodies), *expected, "{cause}");
    }
}

fn failed_goes_over_unreachable_over_incomplete() {
    let fails: (&str, Body) = ("rolls", mismatches);
    let breaks: (&str, Body) = ("stops", harness_is_wrong);
    let waits: (&str, Body) = ("stops", could_not_run);
    let is_gone: (&str, Body) = ("stops", unreachable);
    assert_eq!(exit_of(&[waits, fails, breaks]), Exit::Failed);
    assert_eq!(exit_of(&[waits, fails, is_gone]), Exit::Failed);
    assert_eq!(exit_of(&[waits, fails]), Exit::Failed);
    assert_eq!(exit_of(&[waits, breaks]), Exit::Unreachable);
    assert_eq!(exit_of(&[waits, is_gone]), Exit::Unreachable);
    let ascending = [Exit::Held, Exit::Incomplete, Exit::Unreachable, Exit::Failed, Exit::Usage];
    for (rank, exit) in ascending.into_iter().enumerate() {
        for other in &ascending[..=rank] {
            assert_eq!(exit.or_worse(*other), exit);
            assert_eq!(other.or_worse(exit), exit);
        }
    }
}

fn a_panicking_case_is_a_harness_error_and_the_rest_still_runs() {
    let at_once: Body = |_| panic!("at once");
    let later: Body = |context| {
        async move {
            context.request();
            assert_eq!(1, 2, "one is {}", "two");
            Ok(())
        }
        .boxed()
    };
    let cases = [
        case("toy/at-once", "rolls", at_once),
        case("toy/later", "rolls", later),
        case("toy/no-context", "rolls", passes),
        case("toy/rest", "rolls", passes),
    ];
    let conclusion = conclude(&Toy::new(), &cases, one_by_one());
    assert_eq!(verdicts(&conclusion), [HarnessError, HarnessError, HarnessError, Pass]);
    assert_eq!(conclusion.exit(), Exit::Unreachable);
    let notes = notes(&conclusion);
    assert_eq!(notes[0], "the case panicked: at once");
    assert!(notes[1].starts_with("the case panicked: ") && notes[1].contains("one is two"));
    assert!(notes[2].contains("no context for this one"));
}

fn spends_two(context: &Context) {
    context.request();
    context.rotate();
}

fn an_overspending_case_is_a_harness_error() {
    let body: Body = |context| {
        spends_two(context);
        ready(Ok(())).boxed()
    };
    let rows = [((2, 1), Pass), ((9, 9), Pass), ((1, 1), HarnessError), ((2, 0), HarnessError)];
    for ((requests, rotations), expected) in rows {
        let mut only = case("toy/a", "rolls", body);
        only.spends = Spending { requests, rotations };
        let conclusion = conclude(&Toy::new(), &[only], one_by_one());
        assert_eq!(verdicts(&conclusion), [expected]);
        assert_eq!(conclusion.outcomes[0].spent, Spending { requests: 2, rotations: 1 });
        if expected == HarnessError {
            let note = format!(
                "toy/a spent 2 requests and 1 rotations, and declares {requests} and {rotations}"
            );
            assert_eq!(notes(&conclusion), [note]);
            assert_eq!(conclusion.exit(), Exit::Unreachable);
        }
    }
}

fn an_overspending_mismatch_stays_a_mismatch_and_is_told() {
    let body: Body = |context| {
        spends_two(context);
        mismatches(context)
    };
    for (requirement, verdict, exit) in
        [("rolls", Fail, Exit::Failed), ("shines", Warn, Exit::Unreachable)]
    {
        let conclusion = conclude(&Toy::new(), &[case("toy/a", requirement, body)], one_by_one());
        assert_eq!(verdicts(&conclusion), [verdict]);
        assert_eq!(conclusion.exit(), exit);
        assert_eq!(
            conclusion.troubles,
            ["toy/a spent 3 requests and 1 rotations, and declares 1 and 0"]
        );
    }
}

fn a_case_of_an_unknown_requirement_is_a_harness_error() {
    let conclusion = conclude(&Toy::new(), &[case("toy/a", "flies", passes)], one_by_one());
    assert_eq!(verdicts(&conclusion), [HarnessError]);
    assert_eq!(notes(&conclusion), ["the catalogue has no requirement flies"]);
}
