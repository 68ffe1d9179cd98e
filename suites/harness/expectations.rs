//! The expectation file: what it may say, and how a run is held to it.

use keyproof::harness::{
    Case, Conclusion, Exit, Expectations, Options, Phase, Selected, Selection, Verdict,
};

use Verdict::{
    CouldNotRun, ExpectedFail, Fail, HarnessError, NotApplicable, NotObservable, Pass,
    UnexpectedPass, Warn,
};

use super::toy::{
    Body, Context, Toy, all, case, catalogue, conclude_until, could_not_run, harness_is_wrong,
    mismatches, one_by_one, only, passes, turns_out_unobservable, unreachable, verdicts,
};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["expectation":
        a_file_that_is_wrong_is_refused_where_it_is_wrong,
        a_file_may_say_all_that_the_schema_has,
        an_entry_that_matches_no_case_names_the_nearest,
        each_outcome_is_held_to_its_entry,
        a_listed_case_still_runs,
        a_message_binds_the_failure_to_its_reason,
        the_last_day_is_the_last_day,
        each_case_of_a_glob_is_judged,
        entries_of_cases_that_are_not_selected_are_matched_and_not_judged,
        with_known_failures_nothing_is_called_conformant,
        an_expected_could_not_run_leaves_the_run_complete,
        a_case_that_had_no_turn_is_not_what_was_expected,
        a_known_failure_of_sanity_still_stops_the_run,
        an_unselected_sanity_case_makes_nothing_stale,
        no_secret_comes_with_a_message,
    ]
}

pub(crate) const TODAY: &str = "2026-06-30";

pub(crate) fn read(text: &str, cases: &[Case<Context>]) -> Result<Expectations, String> {
    let today = TODAY.parse().unwrap();
    Expectations::read("known.toml", text, cases, &catalogue(), today)
}

/// Runs them one by one against what the file says.
pub(crate) fn conclude(toy: &Toy, cases: &[Case<Context>], file: &str) -> Conclusion {
    conclude_selected(toy, cases, &all(cases), file)
}

fn conclude_selected(
    toy: &Toy,
    cases: &[Case<Context>],
    selected: &Selected,
    file: &str,
) -> Conclusion {
    let expectations = read(file, cases).unwrap();
    let options = Options { expectations: &expectations, ..one_by_one() };
    conclude_until(std::future::pending(), toy, cases, selected, options)
}

pub(crate) fn stale(conclusion: &Conclusion) -> Vec<String> {
    let stale = conclusion.stale.iter();
    stale.map(ToString::to_string).collect()
}

fn suite() -> [Case<Context>; 3] {
    [
        case("toy/roll/far", "rolls", passes),
        case("toy/roll/fast", "rolls", passes),
        case("toy/paint/red", "is-red", passes),
    ]
}

fn a_file_that_is_wrong_is_refused_where_it_is_wrong() {
    let entry = "[[expect]]\ncase = \"toy/roll/far\"\nreason = \"a\"\n";
    let with = |line: &str| format!("# of toys\n{entry}{line}\n");
    let rows: &[(String, &str)] = &[
        ("[[expect]\n".to_owned(), "1:10: unclosed array table, expected `]`"),
        (
            with("verdct = \"fail\""),
            "5:1: unknown field `verdct`, expected one of `case`, `verdict`, `reason`, `issue`, `message`, `expires`",
        ),
        ("[[expected]]\n".to_owned(), "1:3: unknown field `expected`, expected `expect`"),
        (
            with("verdict = \"pass\""),
            "5:11: unknown variant `pass`, expected `fail` or `could-not-run`",
        ),
        (with("case = \"toy/roll/fast\""), "5:1: duplicate key"),
        ("[[expect]]\nreason = \"a\"\n".to_owned(), "1:1: missing field `case`"),
        ("\n[[expect]]\ncase = \"toy/roll/far\"\n".to_owned(), "2:1: missing field `reason`"),
        (
            "[[expect]]\ncase = \"toy/roll/far\"\nreason = ' '\n".to_owned(),
            "3:10: `reason` is empty: say why this is known",
        ),
        (
            with("issue = ''"),
            "5:9: `issue` is empty: give where it is followed up, or leave it out",
        ),
        (
            with("message = ''"),
            "5:11: `message` is empty: give a part of the failure's first line, or leave it out",
        ),
        (
            with("expires = \"2026-06-30\""),
            "5:11: invalid type: string \"2026-06-30\", expected a TOML datetime",
        ),
        (
            with("expires = 2026-06-30T00:00:00Z"),
            "5:11: `expires` is the last day on which the entry holds, and nothing else: 2026-12-31",
        ),
        (
            with("expires = 10:00:00"),
            "5:11: `expires` is the last day on which the entry holds, and nothing else: 2026-12-31",
        ),
        (
            "[[expect]]\ncase = ''\nreason = 'a'\n".to_owned(),
            "2:8: an empty pattern selects nothing: leave the option out, or give a case id or a glob",
        ),
        (
            "expect = [{case = \"toy/roll/far\", reason = \"a\"}]\n".to_owned(),
            "1:11: an entry in braces is not read: give each one a table of its own, `[[expect]]`",
        ),
        (
            "[[expect]]\ncase = 'toy/paint/*'\nreason = 'a'\n".to_owned(),
            "2:8: `toy/paint/*` cannot fail: it checks what a `may` leaves open",
        ),
        (
            format!(
                "{entry}\n[[expect]]\ncase = 'toy/roll/*'\nverdict = 'could-not-run'\nreason = 'b'\n"
            ),
            "6:8: `toy/roll/far` has an entry already, in line 1: keep one of the two",
        ),
    ];
    for (text, expected) in rows {
        let error = read(text, &suite()).unwrap_err();
        assert_eq!(error, format!("known.toml:{expected}"), "{text}");
    }
}

fn a_file_may_say_all_that_the_schema_has() {
    let full = "# why\n[[expect]]\ncase = 'toy/roll/*'\nverdict = 'fail'\nreason = 'a'\n\
                issue = 'https://issues.example/1'\nmessage = 'not refused'\nexpires = 2026-06-30\n";
    for text in ["", "# nothing\n", full] {
        read(text, &suite()).unwrap();
    }
}

/// Patterns silently dropped, and waivers for what no longer exists: conformance.md, §1.11.
fn an_entry_that_matches_no_case_names_the_nearest() {
    let good = "[[expect]]\ncase = 'toy/roll/fast'\nreason = 'a'\n";
    for (dead, nearest) in [
        ("toy/roll/fra", "toy/roll/far, toy/roll/fast, toy/paint/red"),
        ("toy/*", "toy/roll/far, toy/roll/fast, toy/paint/red"),
    ] {
        let bad = format!("[[expect]]\ncase = '{dead}'\nreason = 'a'\n");
        for (text, line) in [
            (bad.clone() + good, 2),
            (format!("{good}{bad}"), 5),
            (format!("{good}\n\n{bad}# end\n"), 7),
        ] {
            let expected =
                format!("known.toml:{line}:8: `{dead}` matches no case; nearest: {nearest}");
            assert_eq!(read(&text, &suite()).unwrap_err(), expected);
        }
    }
}

type Row = (&'static str, &'static str, Body, Verdict, Exit, Option<&'static str>);

fn each_outcome_is_held_to_its_entry() {
    const PASSES: Option<&str> = Some("known.toml:1: toy/it passes: take the entry out");
    const FAILS: Option<&str> = Some(
        "known.toml:1: toy/it fails instead: verdict = \"fail\", message = \"the write was not refused\"",
    );
    #[rustfmt::skip]
    let rows: &[Row] = &[
        ("fail", "rolls", mismatches, ExpectedFail, Exit::Held, None),
        ("fail", "shines", mismatches, ExpectedFail, Exit::Held, None),
        ("fail", "rolls", passes, UnexpectedPass, Exit::Failed, PASSES),
        ("fail", "shines", passes, UnexpectedPass, Exit::Failed, PASSES),
        ("fail", "rolls", could_not_run, CouldNotRun, Exit::Incomplete, None),
        ("fail", "shines", could_not_run, CouldNotRun, Exit::Held, None),
        ("fail", "rolls", turns_out_unobservable, NotObservable, Exit::Held, None),
        ("fail", "rolls", unreachable, CouldNotRun, Exit::Incomplete, None),
        ("fail", "rolls", harness_is_wrong, HarnessError, Exit::Unreachable, None),
        ("could-not-run", "rolls", could_not_run, CouldNotRun, Exit::Held, None),
        ("could-not-run", "shines", could_not_run, CouldNotRun, Exit::Held, None),
        ("could-not-run", "rolls", unreachable, CouldNotRun, Exit::Held, None),
        ("could-not-run", "rolls", passes, UnexpectedPass, Exit::Failed, PASSES),
        ("could-not-run", "rolls", mismatches, Fail, Exit::Failed, FAILS),
        ("could-not-run", "shines", mismatches, Warn, Exit::Failed, FAILS),
        ("could-not-run", "is-red", mismatches, NotApplicable, Exit::Held, None),
        ("could-not-run", "rolls", turns_out_unobservable, NotObservable, Exit::Held, None),
        ("could-not-run", "rolls", harness_is_wrong, HarnessError, Exit::Unreachable, None),
    ];
    for (expected, requirement, body, verdict, exit, complaints) in rows {
        // The other one shows that the run is judged, and that what is not listed is let be.
        let cases = [case("toy/it", requirement, *body), case("toy/other", "stops", passes)];
        let file =
            format!("[[expect]]\ncase = 'toy/it'\nverdict = '{expected}'\nreason = 'a bug'\n");
        let conclusion = conclude(&Toy::new(), &cases, &file);
        let row = format!("{expected} {requirement} {verdict:?}");
        assert_eq!(verdicts(&conclusion), [*verdict, Pass], "{row}");
        assert_eq!(conclusion.exit(), *exit, "{row}");
        let complaints: Vec<&str> = complaints.iter().copied().collect();
        assert_eq!(stale(&conclusion), complaints, "{row}");
        let is_known = conclusion.outcomes[0].known.is_some();
        let is_expected = match *expected {
            "fail" => *verdict == ExpectedFail,
            _ => *verdict == CouldNotRun,
        };
        assert_eq!(is_known, is_expected, "{row}");
    }
}

/// Disabled tests are not run and not reported elsewhere: conformance.md, §1.4 and §1.11.
fn a_listed_case_still_runs() {
    let toy = Toy::new();
    let cases = [case("toy/it", "rolls", mismatches)];
    let file = "[[expect]]\ncase = 'toy/it'\nreason = 'a bug'\nissue = '#1'\n";
    let conclusion = conclude(&toy, &cases, file);
    assert_eq!(*toy.shared().entered.lock(), ["toy/it"]);
    let known = conclusion.outcomes[0].known.as_ref().unwrap();
    assert_eq!(known.reason, "a bug");
    assert_eq!(known.issue.as_deref(), Some("#1"));
}

fn a_message_binds_the_failure_to_its_reason() {
    let now =
        |line: &str| format!("known.toml:1: toy/it has another message: message = \"{line}\"");
    let rows: &[(&str, Body, &str, Exit, Vec<String>)] = &[
        ("fail", mismatches, "not refused", Exit::Held, vec![]),
        ("fail", mismatches, "the write was not refused", Exit::Held, vec![]),
        ("fail", mismatches, "was stored", Exit::Failed, vec![now("the write was not refused")]),
        ("could-not-run", could_not_run, "token", Exit::Held, vec![]),
        ("could-not-run", could_not_run, "quota", Exit::Failed, vec![now("the token was refused")]),
    ];
    for (verdict, body, message, exit, complaints) in rows {
        for requirement in ["rolls", "shines"] {
            let cases = [case("toy/it", requirement, *body), case("toy/other", "stops", passes)];
            let file = format!(
                "[[expect]]\ncase = 'toy/it'\nverdict = '{verdict}'\nreason = 'a bug'\nmessage = '{message}'\n"
            );
            let conclusion = conclude(&Toy::new(), &cases, &file);
            assert_eq!(conclusion.exit(), *exit, "{message} {requirement}");
            assert_eq!(stale(&conclusion), *complaints);
            assert_eq!(conclusion.outcomes[0].known.is_some(), complaints.is_empty());
        }
    }
}

fn the_last_day_is_the_last_day() {
    let over = "known.toml:1: `toy/it` was expected until 2026-06-29: take the entry out, or set a later `expires`";
    let passes_now = "known.toml:1: toy/it passes: take the entry out";
    let rows: &[(&str, Body, Verdict, Exit, &[&str])] = &[
        ("2026-07-01", mismatches, ExpectedFail, Exit::Held, &[]),
        (TODAY, mismatches, ExpectedFail, Exit::Held, &[]),
        ("2026-06-29", mismatches, Fail, Exit::Failed, &[over]),
        ("2026-06-29", passes, UnexpectedPass, Exit::Failed, &[passes_now]),
        ("2026-06-29", could_not_run, CouldNotRun, Exit::Failed, &[over]),
        ("2026-06-29", turns_out_unobservable, NotObservable, Exit::Failed, &[over]),
    ];
    for (day, body, verdict, exit, complaints) in rows {
        let cases = [case("toy/it", "rolls", *body), case("toy/other", "stops", passes)];
        let file = format!("[[expect]]\ncase = 'toy/it'\nreason = 'a bug'\nexpires = {day}\n");
        let conclusion = conclude(&Toy::new(), &cases, &file);
        assert_eq!(verdicts(&conclusion)[0], *verdict, "{day}");
        assert_eq!(conclusion.exit(), *exit, "{day}");
        assert_eq!(stale(&conclusion), *complaints, "{day}");
    }
    // Once, however many cases it covers.
    let cases = ["toy/a", "toy/b"].map(|id| case(id, "rolls", mismatches));
    let file = "[[expect]]\ncase = 'toy/*'\nreason = 'a bug'\nexpires = 2026-06-29\n";
    let conclusion = conclude(&Toy::new(), &cases, file);
    assert_eq!(stale(&conclusion), [over.replace("toy/it", "toy/*")]);
}

fn each_case_of_a_glob_is_judged() {
    let cases = [
        case("toy/a", "rolls", mismatches),
        case("toy/b", "rolls", passes),
        case("toy/c", "is-red", passes),
        case("toy/deep/d", "rolls", mismatches),
    ];
    let file = "[[expect]]\ncase = 'toy/*'\nreason = 'a bug'\n";
    let conclusion = conclude(&Toy::new(), &cases, file);
    // A `may` cannot fail, so that the glob does not cover it; `*` stays within a segment.
    assert_eq!(verdicts(&conclusion), [ExpectedFail, UnexpectedPass, Pass, Fail]);
    assert_eq!(
        stale(&conclusion),
        ["known.toml:1: toy/b passes: in place of `toy/*`, name the cases that still do not"]
    );
    assert_eq!(conclusion.exit(), Exit::Failed);
}

fn entries_of_cases_that_are_not_selected_are_matched_and_not_judged() {
    let cases = [case("toy/a", "rolls", passes), case("toy/b", "stops", passes)];
    let file = "[[expect]]\ncase = 'toy/a'\nreason = 'a bug'\nexpires = 2000-01-01\n";
    let conclusion = conclude_selected(&Toy::new(), &cases, &only("toy/b", &cases), file);
    assert_eq!(stale(&conclusion), [] as [&str; 0]);
    assert_eq!(conclusion.exit(), Exit::Held);
    let dead = file.replace("toy/a", "toy/c");
    assert!(read(&dead, &cases).is_err(), "selected or not");
}

fn with_known_failures_nothing_is_called_conformant() {
    let known = |ids: &[&str]| -> String {
        let entry = |id: &&str| format!("[[expect]]\ncase = '{id}'\nreason = 'a bug'\n");
        ids.iter().map(entry).collect()
    };
    let cases = [
        case("toy/roll", "rolls", mismatches),
        case("toy/stop", "stops", passes),
        case("toy/shine", "shines", mismatches),
    ];
    let rows: &[(&[&str], Exit, &str)] = &[
        (&[], Exit::Failed, "not conformant: 1 of 2 MUSTs held, 1 failed, 1 more untested"),
        (
            &["toy/shine"],
            Exit::Failed,
            "not conformant: 1 of 2 MUSTs held, 1 failed, 1 more untested",
        ),
        (
            &["toy/roll"],
            Exit::Held,
            "no new failures (1 known): 1 of 2 MUSTs held, 1 known to fail, 1 more untested",
        ),
        (
            &["toy/roll", "toy/shine"],
            Exit::Held,
            "no new failures (1 known): 1 of 2 MUSTs held, 1 known to fail, 1 more untested",
        ),
        (
            &["toy/roll", "toy/stop"],
            Exit::Failed,
            "stale expectations: 1 of 2 MUSTs held, 1 known to fail, 1 more untested",
        ),
    ];
    for (ids, exit, line) in rows {
        let conclusion = conclude(&Toy::new(), &cases, &known(ids));
        assert_eq!(conclusion.exit(), *exit, "{line}");
        assert_eq!(conclusion.verdict_line(), *line);
    }
}

fn an_expected_could_not_run_leaves_the_run_complete() {
    let file = "[[expect]]\ncase = 'toy/roll'\nverdict = 'could-not-run'\nreason = 'no token'\n";
    let roll = || case("toy/roll", "rolls", could_not_run);
    let cases = [roll(), case("toy/stop", "stops", passes)];
    let conclusion = conclude(&Toy::new(), &cases, file);
    assert_eq!(conclusion.exit(), Exit::Held);
    assert_eq!(
        conclusion.verdict_line(),
        "no new failures (1 known): 1 of 2 MUSTs held, 1 could not run, 1 more untested"
    );
    // That nothing at all was judged is another matter.
    let conclusion = conclude(&Toy::new(), &[roll()], file);
    assert_eq!(conclusion.exit(), Exit::Incomplete);
}

fn a_case_that_had_no_turn_is_not_what_was_expected() {
    let cases = [case("toy/roll", "rolls", passes), case("toy/stop", "stops", could_not_run)];
    let file = "[[expect]]\ncase = 'toy/stop'\nverdict = 'could-not-run'\nreason = 'no token'\n\
                message = 'the token was refused'\n\
                [[expect]]\ncase = 'toy/roll'\nreason = 'a bug'\n";
    let expectations = read(file, &cases).unwrap();
    let options = Options { expectations: &expectations, ..one_by_one() };
    let at_once = std::future::ready(());
    let conclusion = conclude_until(at_once, &Toy::new(), &cases, &all(&cases), options);
    assert_eq!(verdicts(&conclusion), [CouldNotRun, CouldNotRun]);
    assert!(conclusion.outcomes.iter().all(|one| one.known.is_none()));
    assert_eq!(stale(&conclusion), [] as [&str; 0]);
    assert_eq!(conclusion.exit(), Exit::Incomplete);
}

fn with_sanity(body: Body) -> [Case<Context>; 2] {
    let mut first = case("toy/sanity", "rolls", body);
    first.phase = Phase::SanityFirst;
    [first, case("toy/stop", "stops", passes)]
}

const SANITY: &str = "[[expect]]\ncase = 'toy/sanity'\nreason = 'a bug'\n";

fn a_known_failure_of_sanity_still_stops_the_run() {
    let conclusion = conclude(&Toy::new(), &with_sanity(mismatches), SANITY);
    assert_eq!(verdicts(&conclusion), [ExpectedFail, CouldNotRun]);
    assert_eq!(conclusion.exit(), Exit::Incomplete);
}

fn an_unselected_sanity_case_makes_nothing_stale() {
    let cases = with_sanity(passes);
    let selected = Selection::parse(&["toy/stop".to_owned()], &[], true).unwrap();
    let selected = selected.apply(&cases).unwrap();
    let conclusion = conclude_selected(&Toy::new(), &cases, &selected, SANITY);
    assert_eq!(verdicts(&conclusion), [Pass, Pass]);
    assert_eq!(conclusion.exit(), Exit::Held);
    let conclusion = conclude(&Toy::new(), &cases, SANITY);
    assert_eq!(verdicts(&conclusion), [UnexpectedPass, Pass]);
}

fn no_secret_comes_with_a_message() {
    let toy = Toy::new();
    toy.redactor.register("the write was not refused");
    let cases = [case("toy/it", "rolls", mismatches)];
    let file = "[[expect]]\ncase = 'toy/it'\nreason = 'a bug'\nmessage = 'other'\n";
    let conclusion = conclude(&toy, &cases, file);
    assert_eq!(
        stale(&conclusion),
        ["known.toml:1: toy/it has another message: message = \"[withheld]\""]
    );
}
