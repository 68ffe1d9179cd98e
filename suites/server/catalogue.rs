//! What the cases say of themselves holds together: ids, requirements, needs, shared steps.

use std::collections::BTreeSet;

use keyproof::suite::server::{self, needs};
use libtest_mimic::Failed;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("catalogue/ids_are_slugs_and_told_apart", ids),
        Trial::test(
            "catalogue/every_case_names_a_requirement_of_the_catalogue",
            cases_have_requirements,
        ),
        Trial::test("catalogue/every_requirement_has_a_case_or_a_reason", requirements_have_cases),
        Trial::test("catalogue/every_declared_need_is_known", needs_are_known),
        Trial::test(
            "catalogue/every_need_that_is_known_before_a_run_is_declared_by_a_case",
            needs_are_used,
        ),
        Trial::test("catalogue/every_shared_step_is_known_and_used", steps),
        Trial::test("catalogue/a_case_that_may_rotate_says_what_it_needs", rotations_are_declared),
    ]
}

fn is_slug(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('-').all(is_word)
}

fn ids() -> Result<(), Failed> {
    let mut seen = BTreeSet::new();
    for case in server::cases() {
        let id = case.id;
        let segments: Vec<&str> = id.split('/').collect();
        assert!(
            segments.len() == 3
                && segments[0] == "server"
                && segments.iter().all(|one| is_slug(one)),
            "{id}: three slugs, the first of them `server`"
        );
        assert!(seen.insert(id), "{id} is there twice");
    }
    let mut seen = BTreeSet::new();
    for requirement in server::catalogue()?.iter() {
        let id = &requirement.id;
        assert!(is_slug(id), "{id} is no slug");
        assert!(seen.insert(id), "{id} is there twice");
    }
    Ok(())
}

fn cases_have_requirements() -> Result<(), Failed> {
    let catalogue = server::catalogue()?;
    for case in server::cases() {
        let requirement = catalogue.get(case.requirement);
        assert!(requirement.is_some(), "{}: {}", case.id, case.requirement);
    }
    Ok(())
}

fn requirements_have_cases() -> Result<(), Failed> {
    let cases = server::cases();
    for requirement in server::catalogue()?.iter() {
        let has_case = cases.iter().any(|case| case.requirement == requirement.id);
        assert_eq!(
            has_case,
            requirement.untested.is_none(),
            "{}: a case, or else the reason why there is none",
            requirement.id
        );
        let is_said = |text: &str| !text.trim().is_empty();
        assert!(is_said(&requirement.source) && is_said(&requirement.text));
        assert!(requirement.untested.as_deref().is_none_or(is_said));
    }
    Ok(())
}

fn needs_are_known() -> Result<(), Failed> {
    for case in server::cases() {
        for need in &case.needs {
            assert!(needs::ALL.contains(need), "{}: {}", case.id, need.name);
        }
    }
    Ok(())
}

fn needs_are_used() -> Result<(), Failed> {
    let cases = server::cases();
    for need in needs::ALL {
        // Writing is declared by `writes`; whether requests overlap shows when they are sent.
        let is_another = [needs::WRITES, needs::OVERLAP].contains(&need);
        let is_declared = cases.iter().any(|case| case.needs.contains(&need));
        assert!(is_declared || is_another, "no case declares {}", need.name);
    }
    Ok(())
}

fn steps() -> Result<(), Failed> {
    let cases = server::cases();
    for case in &cases {
        for share in &case.shares {
            let is_step = server::steps().any(|step| step.name == *share);
            assert!(is_step, "{}: no step {share}", case.id);
        }
    }
    for step in server::steps() {
        let is_used = cases.iter().any(|case| case.shares.contains(&step.name));
        assert!(is_used, "no case uses {}", step.name);
    }
    Ok(())
}

fn rotations_are_declared() -> Result<(), Failed> {
    for case in server::cases() {
        let rotates = case.spends.rotations > 0;
        assert!(!rotates || case.writes, "{} rotates and writes", case.id);
    }
    Ok(())
}
