use keyproof::harness::{Case, Exit, Phase, Require, Selection};

use super::toy::{CONTROL, Context, QUOTA, case, passes};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["selection":
        patterns_select_what_they_say,
        a_dead_pattern_names_the_nearest_ids,
        exact_values_are_whole_ids,
        what_is_listed_can_be_run_exactly,
        require_knows_the_needs_of_the_suite,
    ]
}

fn suite() -> Vec<Case<Context>> {
    [
        "server/sanity/first",
        "server/rotate/refused",
        "server/rotate/keep",
        "server/rotate/deep/er",
        "server/submit/refused",
        "sdk/pad",
    ]
    .into_iter()
    .map(|id| {
        let mut case = case(id, "rolls", passes);
        if id.contains("sanity") {
            case.phase = Phase::SanityFirst;
        }
        case.needs = match id {
            "sdk/pad" => vec![CONTROL, QUOTA],
            _ => vec![],
        };
        case
    })
    .collect()
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn select(run: &[&str], skip: &[&str], exact: bool) -> Result<Vec<&'static str>, (Exit, String)> {
    let ids: Vec<&str> = suite().iter().map(|case| case.id).collect();
    Selection::parse(&owned(run), &owned(skip), exact)
        .and_then(|selection| selection.among(&ids))
        .map(|selected| selected.of(&ids))
        .map_err(|error| (error.exit, error.to_string()))
}

fn patterns_select_what_they_say() {
    let all = suite().iter().map(|case| case.id).collect::<Vec<_>>();
    let rows: &[(&[&str], &[&str], &[&str])] = &[
        (&[], &[], &all),
        (&["**"], &[], &all),
        (&["sdk/pad"], &[], &["sdk/pad"]),
        (&["server/rotate/*"], &[], &["server/rotate/refused", "server/rotate/keep"]),
        (
            &["server/rotate/**"],
            &[],
            &["server/rotate/refused", "server/rotate/keep", "server/rotate/deep/er"],
        ),
        (&["*/*/refused"], &[], &["server/rotate/refused", "server/submit/refused"]),
        (&["**/refused"], &[], &["server/rotate/refused", "server/submit/refused"]),
        (&["s**used"], &[], &["server/rotate/refused", "server/submit/refused"]),
        (
            &["server/r**"],
            &[],
            &["server/rotate/refused", "server/rotate/keep", "server/rotate/deep/er"],
        ),
        (&["sdk/*", "server/*/keep"], &[], &["server/rotate/keep", "sdk/pad"]),
        (&["server/**"], &["server/r**", "server/sanity/*"], &["server/submit/refused"]),
        (&[], &["server/**"], &["sdk/pad"]),
    ];
    for (run, skip, expected) in rows {
        assert_eq!(select(run, skip, false), Ok(expected.to_vec()), "{run:?} {skip:?}");
    }
}

fn a_dead_pattern_names_the_nearest_ids() {
    let nearest = "server/rotate/refused, server/rotate/keep, server/rotate/deep/er";
    let rows: &[(&[&str], &[&str], Exit, String)] = &[
        (
            &["server/rotate/refusd"],
            &[],
            Exit::Incomplete,
            format!("no case is selected: `server/rotate/refusd` matches none; nearest: {nearest}"),
        ),
        (
            &["sdk/pad", "server/rotate/refusd"],
            &[],
            Exit::Usage,
            format!("`server/rotate/refusd` matches no case; nearest: {nearest}"),
        ),
        (
            &[],
            &["server/*/refusd"],
            Exit::Usage,
            "`server/*/refusd` matches no case; nearest: server/rotate/refused, server/submit/refused, server/sanity/first".to_owned(),
        ),
        (
            &["sdk/pad"],
            &["sdk/*"],
            Exit::Incomplete,
            "no case is selected: what `--run` selects, `--skip` takes away".to_owned(),
        ),
        (
            &[""],
            &[],
            Exit::Usage,
            "an empty pattern selects nothing: leave the option out, or give a case id or a glob".to_owned(),
        ),
    ];
    for (run, skip, exit, message) in rows {
        let expected = Err((*exit, message.clone()));
        assert_eq!(select(run, skip, false), expected, "{run:?} {skip:?}");
    }
}

fn exact_values_are_whole_ids() {
    assert_eq!(select(&["sdk/pad"], &[], true), Ok(vec!["sdk/pad"]));
    let (exit, message) = select(&["sdk/*"], &[], true).unwrap_err();
    assert_eq!(exit, Exit::Incomplete);
    assert!(message.starts_with("no case is selected: `sdk/*` matches none"), "{message}");
}

fn what_is_listed_can_be_run_exactly() {
    for id in select(&[], &[], false).unwrap() {
        assert_eq!(select(&[id], &[], true), Ok(vec![id]));
    }
}

fn require_knows_the_needs_of_the_suite() {
    let cases = suite();
    let parse = |values: &[&str]| Require::parse(&owned(values), &cases);
    assert_eq!(parse(&[]), Ok(Require::Nothing));
    assert_eq!(parse(&["quota"]), Ok(Require::Named(owned(&["quota"]))));
    assert_eq!(parse(&["quota", "all"]), Ok(Require::All));
    let error = parse(&["qota"]).unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert_eq!(error.to_string(), "`qota` is not a need of any case; nearest: quota, control");
}
