use Verdict::{
    CouldNotRun, ExpectedFail, Fail, HarnessError, NotApplicable, NotObservable, Pass,
    UnexpectedPass, Warn,
};
use keyproof::harness::{
    Case, Detail, Ending, Exit, Extent, Headline, Outcome, Selected, Selection, Shard, State,
    Verdict,
};

use super::toy::{
    self, CONTROL, Context, QUOTA, Toy, all, case, conclude_until, conclusion, one_by_one, passes,
    turns_out_unobservable,
};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["conclusion":
        the_verdict_line_says_what_was_proved,
        only_the_whole_suite_is_called_conformant,
        the_word_is_what_the_line_begins_with,
        a_requirement_stands_as_its_worst_case,
        verdicts_have_the_names_of_the_expectation_file,
        the_need_that_most_cases_have_comes_first,
    ]
}

fn outcome(requirement: &'static str, verdict: Verdict) -> Outcome {
    let detail = (verdict == NotObservable).then(|| Detail::Needs(vec![CONTROL]));
    toy::outcome(("toy/a", requirement), verdict, detail)
}

type Row = (&'static [(&'static str, Verdict)], Ending, Exit, &'static str);

fn the_verdict_line_says_what_was_proved() {
    let rows: &[Row] = &[
        (
            &[("rolls", Pass), ("stops", Pass)],
            Ending::Complete,
            Exit::Held,
            "conformant: 2 of 2 MUSTs held, 1 more untested",
        ),
        (
            &[("rolls", Pass), ("stops", NotObservable)],
            Ending::Complete,
            Exit::Held,
            "no failure seen: 1 of 2 MUSTs held, 1 not observed (needs: control 1), 1 more untested",
        ),
        (
            &[("rolls", Pass)],
            Ending::Complete,
            Exit::Held,
            "selection held: 1 of 2 MUSTs held, 1 not selected, 1 more untested",
        ),
        (
            &[("rolls", Fail), ("stops", Pass)],
            Ending::Complete,
            Exit::Failed,
            "not conformant: 1 of 2 MUSTs held, 1 failed, 1 more untested",
        ),
        (
            &[("rolls", ExpectedFail), ("stops", Pass)],
            Ending::Complete,
            Exit::Held,
            "no new failures (1 known): 1 of 2 MUSTs held, 1 known to fail, 1 more untested",
        ),
        (
            &[("rolls", UnexpectedPass), ("stops", Pass)],
            Ending::Complete,
            Exit::Failed,
            "stale expectations: 2 of 2 MUSTs held, 1 more untested",
        ),
        (
            &[("rolls", Pass), ("stops", CouldNotRun)],
            Ending::Stopped,
            Exit::Incomplete,
            "incomplete: 1 of 2 MUSTs held, 1 could not run, 1 more untested",
        ),
        (
            &[("rolls", CouldNotRun), ("stops", CouldNotRun)],
            Ending::Unreachable,
            Exit::Unreachable,
            "target unreachable: 0 of 2 MUSTs held, 2 could not run, 1 more untested",
        ),
        (
            &[("rolls", HarnessError), ("stops", Pass)],
            Ending::Complete,
            Exit::Unreachable,
            "harness error: 1 of 2 MUSTs held, 1 could not run, 1 more untested",
        ),
        (
            &[("rolls", NotObservable), ("stops", NotObservable)],
            Ending::Complete,
            Exit::Incomplete,
            "nothing judged: 0 of 2 MUSTs held, 2 not observed (needs: control 2), 1 more untested",
        ),
    ];
    for (verdicts, ending, exit, line) in rows {
        let outcomes = verdicts.iter().map(|(requirement, verdict)| outcome(requirement, *verdict));
        let conclusion = conclusion(outcomes.collect(), *ending);
        assert_eq!(conclusion.exit(), *exit, "{line}");
        assert_eq!(conclusion.verdict_line(), *line);
    }
}

/// Two requirements that are a `must`, the first with two cases.
fn suite(is_seen: bool) -> Vec<Case<Context>> {
    let stops = if is_seen { passes } else { turns_out_unobservable };
    vec![
        case("toy/roll/near", "rolls", passes),
        case("toy/roll/far", "rolls", passes),
        case("toy/stop", "stops", stops),
    ]
}

fn judged(cases: &[Case<Context>], selected: &Selected) -> (Headline, String) {
    let never = std::future::pending();
    let conclusion = conclude_until(never, &Toy::new(), cases, selected, one_by_one());
    assert_eq!(conclusion.exit(), Exit::Held);
    (conclusion.headline(), conclusion.verdict_line())
}

fn only_the_whole_suite_is_called_conformant() {
    let ids = ["toy/roll/near", "toy/roll/far", "toy/stop"];
    let skip = |id: &str, cases: &[Case<Context>]| {
        let selection = Selection::parse(&[], &[id.to_owned()], true).unwrap();
        selection.apply(cases).unwrap()
    };
    let cases = suite(true);
    let whole = all(&cases);
    let line = |words: &str| format!("{words}: 2 of 2 MUSTs held, 1 more untested");
    assert_eq!(judged(&cases, &whole), (Headline::Conformant, line("conformant")));
    // Each requirement still has a case that held, and one that was not looked at.
    let part = skip("toy/roll/far", &cases);
    assert_eq!(judged(&cases, &part), (Headline::SelectionHeld, line("selection held")));
    let quick = whole.only_quick(&ids, &["toy/roll/near", "toy/stop"]).unwrap();
    let words = line("quick: no failure seen");
    assert_eq!(judged(&cases, &quick), (Headline::NoFailureSeen, words.clone()));
    let quick_of_all = whole.only_quick(&ids, &ids).unwrap();
    assert_eq!(judged(&cases, &quick_of_all), (Headline::NoFailureSeen, words));
    let one: Shard = "1/1".parse().unwrap();
    let shard = whole.shard(one, &cases, |_| None);
    assert_eq!(judged(&cases, &shard), (Headline::ShardHeld, line("shard 1/1 held")));
    // Where something of it was not observed, no part says that it held.
    let cases = suite(false);
    let seen = "1 of 2 MUSTs held, 1 not observed (needs: quota 1), 1 more untested";
    for (selected, words) in [
        (all(&cases), "no failure seen"),
        (skip("toy/roll/far", &cases), "selection: no failure seen"),
        (all(&cases).only_quick(&ids, &ids).unwrap(), "quick: no failure seen"),
        (all(&cases).shard(one, &cases, |_| None), "shard 1/1: no failure seen"),
    ] {
        let expected = (Headline::NoFailureSeen, format!("{words}: {seen}"));
        assert_eq!(judged(&cases, &selected), expected);
    }
    // What is left of a quick run is one.
    let again = quick.only_failed(&ids, &["toy/stop"]).unwrap();
    assert_eq!(again.extent(), Extent::Quick);
    let none = quick.only_quick(&ids, &["toy/roll/far"]).unwrap_err();
    assert_eq!(none.exit, Exit::Incomplete);
    assert!(none.to_string().contains("a quick run has none of those"), "{none}");
}

/// A program that reads the word and a person who reads the line are told the same.
fn the_word_is_what_the_line_begins_with() {
    let rows: [(&[(&'static str, Verdict)], Ending); 8] = [
        (&[("rolls", Pass), ("stops", Pass)], Ending::Complete),
        (&[("rolls", Pass), ("stops", NotObservable)], Ending::Complete),
        (&[("rolls", Pass)], Ending::Complete),
        (&[("rolls", Fail)], Ending::Complete),
        (&[("rolls", UnexpectedPass)], Ending::Complete),
        (&[("rolls", CouldNotRun)], Ending::Unreachable),
        (&[("rolls", HarnessError)], Ending::Complete),
        (&[("rolls", Pass)], Ending::Stopped),
    ];
    for (verdicts, ending) in rows {
        let outcomes = verdicts.iter().map(|(requirement, verdict)| outcome(requirement, *verdict));
        let conclusion = conclusion(outcomes.collect(), ending);
        let words = conclusion.headline().name().replace('-', " ");
        let line = conclusion.verdict_line();
        assert!(line.starts_with(&format!("{words}: ")), "{words}, {line}");
        let is_green = conclusion.headline() == Headline::Conformant;
        assert_eq!(line.starts_with("conformant"), is_green, "{line}");
    }
}

fn a_requirement_stands_as_its_worst_case() {
    let rows: &[(&[Verdict], State)] = &[
        (&[], State::NotSelected),
        (&[Pass], State::Held),
        (&[UnexpectedPass], State::Held),
        (&[Pass, NotApplicable], State::NotApplicable),
        (&[NotApplicable, NotObservable], State::NotObservable),
        (&[NotObservable, Pass, CouldNotRun], State::CouldNotRun),
        (&[HarnessError, Pass], State::CouldNotRun),
        (&[CouldNotRun, Warn], State::Warned),
        (&[Warn, ExpectedFail], State::KnownFailure),
        (&[ExpectedFail, Fail, Pass], State::Failed),
    ];
    for (verdicts, state) in rows {
        let outcomes = verdicts.iter().map(|verdict| outcome("rolls", *verdict));
        let conclusion = conclusion(outcomes.collect(), Ending::Complete);
        let states: Vec<_> = conclusion.requirements.iter().map(|one| one.state).collect();
        let rest = [State::NotSelected, State::NotSelected, State::NotSelected, State::Untested];
        assert_eq!(states[0], *state, "{verdicts:?}");
        let is_unmet = conclusion.requirements[0].unmet.is_some();
        assert_eq!(is_unmet, *state == State::NotObservable);
        assert_eq!(states[1..], rest);
    }
}

fn verdicts_have_the_names_of_the_expectation_file() {
    for &verdict in Verdict::ALL {
        let name = serde_json::to_value(verdict).unwrap();
        assert_eq!(name, verdict.name());
        assert_eq!(serde_json::from_value::<Verdict>(name).unwrap(), verdict);
    }
}

fn the_need_that_most_cases_have_comes_first() {
    let needy = |requirement, needs: &[_]| Outcome {
        detail: Some(Detail::Needs(needs.to_vec())),
        ..outcome(requirement, NotObservable)
    };
    let outcomes = vec![
        needy("rolls", &[CONTROL]),
        needy("stops", &[QUOTA, CONTROL]),
        needy("shines", &[QUOTA]),
        needy("shines", &[QUOTA]),
    ];
    let conclusion = conclusion(outcomes, Ending::Complete);
    assert_eq!(conclusion.unmet(), [(QUOTA, 3), (CONTROL, 2)]);
    let line = conclusion.verdict_line();
    assert!(line.contains("(needs: control 1, quota 1)"), "{line}");
}
