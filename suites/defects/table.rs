//! What is declared of defects and variants holds together.

use std::collections::BTreeSet;

use keyproof::cli::server::Subject;
use keyproof::contract::requirement::Level;
use keyproof::mock::{Defect, Variant};
use keyproof::suite::server::{self, cases, catalogue};
use libtest_mimic::Failed;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "table/every_defect_has_an_entry_and_every_entry_a_defect",
            defects_have_entries,
        ),
        Trial::test("table/every_must_and_should_is_broken_by_a_defect", requirements_are_broken),
        Trial::test("table/every_case_that_can_fail_catches_a_defect", cases_catch),
        Trial::test("table/every_subject_has_a_name_of_its_own", names),
        Trial::test("table/every_variant_says_who_left_the_choice", decisions),
    ]
}

/// An entry is read only if all its cases check one requirement, which is then what the defect breaks.
fn defects_have_entries() -> Result<(), Failed> {
    let catches = server::catches()?;
    let named: BTreeSet<&str> = catches.names().collect();
    let defects = Defect::ALL.iter().map(|defect| defect.name()).collect();
    assert_eq!(named, defects, "suites/defects.toml, and src/mock/misbehaviour/defect.rs");
    Ok(())
}

fn requirements_are_broken() -> Result<(), Failed> {
    let catches = server::catches()?;
    for requirement in catalogue()?.iter() {
        let is_broken =
            catches.names().any(|defect| catches.breaks(defect) == Some(&requirement.id));
        let is_excused = requirement.level == Level::May || requirement.untested.is_some();
        assert_ne!(
            is_broken, is_excused,
            "{}: a defect, or else the reason why it is untested",
            requirement.id
        );
    }
    Ok(())
}

fn cases_catch() -> Result<(), Failed> {
    let (catalogue, catches) = (catalogue()?, server::catches()?);
    let mut catching = BTreeSet::new();
    for defect in catches.names() {
        catching.extend(catches.catch(defect)?.cases);
    }
    for case in cases() {
        let is_choice = catalogue
            .get(case.requirement)
            .is_some_and(|requirement| requirement.level == Level::May);
        assert_ne!(catching.contains(case.id), is_choice, "{}", case.id);
    }
    Ok(())
}

fn names() -> Result<(), Failed> {
    let ids: Vec<String> = Subject::all().into_iter().map(Subject::id).collect();
    let told_apart: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(told_apart.len(), ids.len());
    Ok(())
}

fn decisions() -> Result<(), Failed> {
    for variant in Variant::ALL {
        assert!(!variant.decision().is_empty(), "{}", variant.name());
    }
    Ok(())
}
