use Verdict::{
    CouldNotRun, ExpectedFail, Fail, HarnessError, NotApplicable, NotObservable, Pass,
    UnexpectedPass, Warn,
};
use keyproof::harness::{Detail, Ending, Exit, Outcome, State, Verdict};

use super::toy::{self, CONTROL, QUOTA, conclusion};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["conclusion":
        the_verdict_line_says_what_was_proved,
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
            "conformant: 2 of 3 MUSTs held, 1 untested",
        ),
        (
            &[("rolls", Pass), ("stops", NotObservable)],
            Ending::Complete,
            Exit::Held,
            "conformant: 1 of 3 MUSTs held, 1 not observable here (needs: control 1), 1 untested",
        ),
        (
            &[("rolls", Pass)],
            Ending::Complete,
            Exit::Held,
            "selection held: 1 of 3 MUSTs held, 1 not selected, 1 untested",
        ),
        (
            &[("rolls", Fail), ("stops", Pass)],
            Ending::Complete,
            Exit::Failed,
            "not conformant: 1 of 3 MUSTs held, 1 failed, 1 untested",
        ),
        (
            &[("rolls", ExpectedFail), ("stops", Pass)],
            Ending::Complete,
            Exit::Held,
            "no new failures (1 known): 1 of 3 MUSTs held, 1 known to fail, 1 untested",
        ),
        (
            &[("rolls", UnexpectedPass), ("stops", Pass)],
            Ending::Complete,
            Exit::Failed,
            "stale expectations: 2 of 3 MUSTs held, 1 untested",
        ),
        (
            &[("rolls", Pass), ("stops", CouldNotRun)],
            Ending::Stopped,
            Exit::Incomplete,
            "incomplete: 1 of 3 MUSTs held, 1 could not run, 1 untested",
        ),
        (
            &[("rolls", CouldNotRun), ("stops", CouldNotRun)],
            Ending::Unreachable,
            Exit::Unreachable,
            "target unreachable: 0 of 3 MUSTs held, 2 could not run, 1 untested",
        ),
        (
            &[("rolls", HarnessError), ("stops", Pass)],
            Ending::Complete,
            Exit::Unreachable,
            "harness error: 1 of 3 MUSTs held, 1 could not run, 1 untested",
        ),
        (
            &[("rolls", NotObservable), ("stops", NotObservable)],
            Ending::Complete,
            Exit::Incomplete,
            "nothing judged: 0 of 3 MUSTs held, 2 not observable here (needs: control 2), 1 untested",
        ),
    ];
    for (verdicts, ending, exit, line) in rows {
        let outcomes = verdicts.iter().map(|(requirement, verdict)| outcome(requirement, *verdict));
        let conclusion = conclusion(outcomes.collect(), *ending);
        assert_eq!(conclusion.exit(), *exit, "{line}");
        assert_eq!(conclusion.verdict_line(), *line);
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
