use keyproof::harness::selftest::{
    Catch, Catches, Expectation, Finding, Matrix, Others, Trial, idle, unbroken,
};
use keyproof::harness::{Detail, Ending, Exit, Mismatch, Outcome, Verdict};

use super::toy::{self, catalogue};

pub(crate) fn trials() -> Vec<crate::support::Trial> {
    super::tests!["selftest":
        a_mistake_has_to_be_found_by_the_case_that_names_it,
        others_accuse_only_as_they_are_said_to,
        nobody_who_is_right_may_be_accused,
        a_case_that_nothing_breaks_is_named,
        a_case_is_idle_unless_it_catches_or_sees_a_choice,
        a_row_shows_how_each_requirement_stands,
        what_a_defect_breaks_follows_from_its_cases,
        an_entry_that_does_not_fit_the_cases_is_refused,
    ]
}

const ROLLS: &str = "toy/wheel/rolls";
const STOPS: &str = "toy/brake/stops";

fn outcome(case: (&'static str, &'static str), verdict: Verdict, what: Option<&str>) -> Outcome {
    let detail = what.map(|what| {
        Detail::Mismatch(Box::new(Mismatch { what: what.to_owned(), ..toy::mismatch() }))
    });
    toy::outcome(case, verdict, detail)
}

fn trial(expectation: Expectation, outcomes: Vec<Outcome>) -> Trial {
    Trial {
        id: "toy/square-wheel".to_owned(),
        expectation,
        conclusion: toy::conclusion(outcomes, Ending::Complete),
    }
}

fn caught(verdict: Verdict) -> Expectation {
    Expectation::Caught(Catch {
        cases: vec!["toy/wheel/*".to_owned()],
        verdict,
        what: "it does not roll: it is a square".to_owned(),
        explanation: Some("it is a square".to_owned()),
        others: Others::Any,
        exit: None,
    })
}

fn rolls(verdict: Verdict, what: Option<&str>) -> Outcome {
    outcome((ROLLS, "rolls"), verdict, what)
}

fn stops(verdict: Verdict, what: Option<&str>) -> Outcome {
    outcome((STOPS, "stops"), verdict, what)
}

const NAMED: Option<&str> = Some("it does not roll: it is a square");

fn a_mistake_has_to_be_found_by_the_case_that_names_it() {
    let fail = Verdict::Fail;
    let rows: Vec<(Vec<Outcome>, Finding, &str)> = vec![
        (vec![rolls(fail, NAMED)], Finding::Caught(ROLLS), ""),
        // Everything is fine: the mistake went unseen.
        (
            vec![rolls(Verdict::Pass, None)],
            Finding::Missed,
            "toy/square-wheel is not caught: wanted fail by toy/wheel/*, that says\n    \
             it does not roll: it is a square",
        ),
        // For another reason, which would be caught without the mistake too.
        (
            vec![rolls(fail, Some("it is not there"))],
            Finding::Missed,
            "toy/square-wheel is not caught: wanted fail by toy/wheel/*, that says\n    \
             it does not roll: it is a square",
        ),
        // By a case that claims something else.
        (
            vec![stops(fail, NAMED)],
            Finding::Missed,
            "toy/square-wheel is not caught: wanted fail by toy/wheel/*, that says\n    \
             it does not roll: it is a square",
        ),
        // As a warning where a failure is due.
        (
            vec![rolls(Verdict::Warn, NAMED)],
            Finding::Missed,
            "toy/square-wheel is not caught: wanted fail by toy/wheel/*, that says\n    \
             it does not roll: it is a square",
        ),
        // Another case takes it for another mistake.
        (
            vec![rolls(fail, NAMED), stops(fail, Some("it does not stop: the brake is worn"))],
            Finding::Misled(STOPS),
            "toy/square-wheel is taken for another mistake by toy/brake/stops, that says\n    \
             it does not stop: the brake is worn",
        ),
        // Another case fails and explains nothing, which is no lie.
        (
            vec![rolls(fail, NAMED), stops(fail, Some("it does not stop"))],
            Finding::Caught(ROLLS),
            "",
        ),
    ];
    for (outcomes, finding, complaint) in rows {
        let trial = trial(caught(fail), outcomes);
        assert_eq!(trial.finding(), finding);
        assert_eq!(trial.finding().is_right(), complaint.is_empty());
        assert_eq!(trial.complaint().unwrap_or_default(), complaint);
    }
    let mut failing = trial(caught(Verdict::Warn), vec![rolls(Verdict::Warn, NAMED)]);
    assert_eq!(failing.finding(), Finding::Caught(ROLLS));
    failing.conclusion.shortfall = Some("no wheel".to_owned());
    assert_eq!(failing.finding(), Finding::Exit(Exit::Incomplete));
    assert_eq!(failing.complaint().unwrap(), "toy/square-wheel: its run ended with exit code 3");
    // What is wrong with the suite itself is told, though a failure goes before it.
    let mut troubled = trial(caught(Verdict::Fail), vec![rolls(Verdict::Fail, NAMED)]);
    let spent = "toy/wheel/rolls spent 2 requests and declares 1";
    troubled.conclusion.troubles.push(spent.to_owned());
    assert!(!troubled.finding().is_right());
    assert_eq!(
        troubled.complaint().unwrap(),
        format!("toy/square-wheel: something is wrong with the suite: {spent}")
    );
}

fn others_accuse_only_as_they_are_said_to() {
    let fail = Verdict::Fail;
    let rows: Vec<(&[&str], Verdict, Finding, &str)> = vec![
        (&[], Verdict::Pass, Finding::Caught(ROLLS), ""),
        (&[], Verdict::CouldNotRun, Finding::Caught(ROLLS), ""),
        (
            &[],
            Verdict::Warn,
            Finding::Misled(STOPS),
            "toy/square-wheel is taken for another mistake by toy/brake/stops, that says\n    \
             it skids: it is a square",
        ),
        (&["toy/brake/*"], fail, Finding::Caught(ROLLS), ""),
        (
            &["toy/brake/*"],
            Verdict::Pass,
            Finding::Unharmed("toy/brake/*".to_owned()),
            "toy/square-wheel is said to fail toy/brake/* too, and does not",
        ),
    ];
    for (named, verdict, finding, complaint) in rows {
        let Expectation::Caught(catch) = caught(fail) else {
            unreachable!("it is what `caught` makes");
        };
        let named = named.iter().map(|&id| id.to_owned()).collect();
        let expectation = Expectation::Caught(Catch {
            others: Others::Named { always: named, perhaps: Vec::new() },
            ..catch
        });
        let skids = Some("it skids: it is a square");
        let trial = trial(expectation, vec![rolls(fail, NAMED), stops(verdict, skids)]);
        assert_eq!(trial.finding(), finding);
        assert_eq!(trial.complaint().unwrap_or_default(), complaint);
    }
}

fn nobody_who_is_right_may_be_accused() {
    let rows = [
        (Verdict::Pass, Finding::Held),
        (Verdict::NotApplicable, Finding::Held),
        (Verdict::Fail, Finding::Accused(STOPS)),
        (Verdict::Warn, Finding::Accused(STOPS)),
        (Verdict::CouldNotRun, Finding::Accused(STOPS)),
        (Verdict::NotObservable, Finding::Accused(STOPS)),
        (Verdict::HarnessError, Finding::Accused(STOPS)),
    ];
    for (verdict, finding) in rows {
        let outcomes = vec![rolls(Verdict::Pass, None), stops(verdict, Some("it skids"))];
        let trial = trial(Expectation::Held, outcomes);
        assert_eq!(trial.finding(), finding);
        let complaint = (!finding.is_right()).then(|| {
            "toy/square-wheel is right and accused by toy/brake/stops, that says\n    it skids"
                .to_owned()
        });
        assert_eq!(trial.complaint(), complaint);
    }
}

fn a_case_that_nothing_breaks_is_named() {
    let broken =
        trial(caught(Verdict::Fail), vec![rolls(Verdict::Fail, NAMED), stops(Verdict::Pass, None)]);
    let stuck = trial(
        caught(Verdict::Fail),
        vec![rolls(Verdict::Pass, None), stops(Verdict::CouldNotRun, None)],
    );
    assert_eq!(unbroken(&[broken.clone(), stuck]), [STOPS]);
    let warned = trial(Expectation::Held, vec![stops(Verdict::Warn, None)]);
    assert_eq!(unbroken(&[broken, warned]), [""; 0]);
}

fn a_case_is_idle_unless_it_catches_or_sees_a_choice() {
    let fail = Verdict::Fail;
    // It fails, and does not claim to.
    let caught = trial(caught(fail), vec![rolls(fail, NAMED), stops(fail, Some("it skids"))]);
    assert_eq!(caught.catching(), [ROLLS]);
    assert_eq!(idle(std::slice::from_ref(&caught)), [STOPS]);
    let choice = stops(Verdict::NotApplicable, Some("it rolls out instead"));
    let chosen = trial(Expectation::Held, vec![choice]);
    assert_eq!(idle(&[caught.clone(), chosen]), [""; 0]);
    let lacking = trial(Expectation::Held, vec![stops(Verdict::NotApplicable, None)]);
    assert_eq!(idle(&[caught, lacking]), [STOPS]);
}

fn a_row_shows_how_each_requirement_stands() {
    let outcomes = vec![
        rolls(Verdict::Fail, NAMED),
        stops(Verdict::CouldNotRun, None),
        outcome(("toy/paint/shines", "shines"), Verdict::Warn, Some("dull")),
        outcome(("toy/paint/is-red", "is-red"), Verdict::NotApplicable, None),
    ];
    let caught = trial(caught(Verdict::Fail), outcomes.clone());
    let accused = trial(Expectation::Held, outcomes);
    let matrix = Matrix::new(&catalogue(), [caught.id.as_str()].into_iter());
    let table = [matrix.head(), matrix.row(&caught), matrix.row(&accused)].concat();
    insta::assert_snapshot!(table, @r"
      a rolls   c shines  e lasts
      b stops   d is-red

      N failed, by the case that names the mistake and for its reason   x failed too
      W the same as a warning   w warned too   . held   ? could not run   - not applicable

                            abcde
    ok    toy/square-wheel  N?w-   toy/wheel/rolls
    FAIL  toy/square-wheel  x?w-
    ");
}

fn catches(text: &str) -> Result<Catches, String> {
    let cases = [
        toy::case(ROLLS, "rolls", toy::passes),
        toy::case(STOPS, "stops", toy::passes),
        toy::case("toy/bell/rings", "rings", toy::passes),
        toy::case("toy/wheel/red", "is-red", toy::passes),
    ];
    let text = format!("[defect.square-wheel]\n{text}");
    Catches::parse("toys.toml", &text, &cases, &catalogue())
}

fn what_a_defect_breaks_follows_from_its_cases() {
    let entry = r#"
caught_by = ["toy/wheel/rolls"]
says = "it does not roll"
fail_too = ["toy/brake/*"]
"#;
    let read = catches(entry).unwrap();
    assert_eq!(read.breaks("square-wheel"), Some("rolls"));
    let named = Others::Named { always: vec!["toy/brake/*".to_owned()], perhaps: Vec::new() };
    let catch = read.catch("square-wheel").unwrap();
    assert_eq!((catch.verdict, catch.others), (Verdict::Fail, named));
    let missing = read.catch("flat-tyre").unwrap_err();
    assert_eq!(missing, "toys.toml has no entry for `flat-tyre`");
}

fn an_entry_that_does_not_fit_the_cases_is_refused() {
    let rows = [
        (r#"["toy/wheel/rols"]"#, "there is no case `toy/wheel/rols`"),
        ("[]", "no case catches it"),
        (
            r#"["toy/wheel/rolls", "toy/brake/stops"]"#,
            "`toy/brake/stops` checks `stops`, and another case `rolls`",
        ),
        (r#"["toy/bell/rings"]"#, "there is no requirement `rings`"),
        (r#"["toy/wheel/red"]"#, "`is-red` is a choice: nothing breaks it"),
    ];
    for (caught_by, why) in rows {
        let error = catches(&format!("caught_by = {caught_by}\nsays = \"\"")).unwrap_err();
        assert_eq!(error, format!("toys.toml: `square-wheel`: {why}"));
    }
    let unknown = catches("cought_by = []").unwrap_err();
    assert!(unknown.contains("unknown field `cought_by`"), "{unknown}");
}
