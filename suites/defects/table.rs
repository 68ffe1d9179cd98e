//! What is declared of defects and variants holds together.

use std::collections::BTreeSet;

use keyproof::cli::server::Subject;
use keyproof::contract::requirement::Level;
use keyproof::harness::Verdict;
use keyproof::mock::{Defect, Variant};
use keyproof::suite::server::{self, cases, catalogue};
use libtest_mimic::Failed;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "table/what_catches_a_defect_checks_what_it_breaks",
            catches_name_their_requirement,
        ),
        Trial::test(
            "table/every_must_and_should_is_broken_by_a_defect",
            requirements_are_broken,
        ),
        Trial::test(
            "table/every_case_that_can_fail_catches_a_defect",
            cases_catch,
        ),
        Trial::test("table/every_subject_has_a_name_of_its_own", names),
        Trial::test("table/every_variant_says_who_left_the_choice", decisions),
    ]
}

fn catches_name_their_requirement() -> Result<(), Failed> {
    let (cases, catalogue) = (cases(), catalogue()?);
    for defect in Defect::ALL {
        let name = defect.name();
        let catch = server::catch(name).ok_or_else(|| format!("{name}: no catch"))?;
        let requirement = catalogue.get(defect.breaks());
        let level = requirement
            .ok_or_else(|| format!("{name}: {}", defect.breaks()))?
            .level;
        let verdict = match level {
            Level::Must => Verdict::Fail,
            Level::Should => Verdict::Warn,
            Level::May => return Err(format!("{name} breaks what is a choice").into()),
        };
        assert_eq!(catch.verdict, verdict, "{name}");
        assert!(!catch.cases.is_empty(), "{name}");
        for id in &catch.cases {
            let case = cases.iter().find(|case| case.id == id);
            let case = case.ok_or_else(|| format!("{name}: no case {id}"))?;
            assert_eq!(case.requirement, defect.breaks(), "{name}: {id}");
        }
    }
    Ok(())
}

fn requirements_are_broken() -> Result<(), Failed> {
    for requirement in catalogue()?.iter() {
        let mut defects = Defect::ALL.iter();
        let is_broken = defects.any(|defect| defect.breaks() == requirement.id);
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
    let catalogue = catalogue()?;
    let defects = Defect::ALL.iter();
    let catches = defects.filter_map(|defect| server::catch(defect.name()));
    let catching: BTreeSet<String> = catches.flat_map(|catch| catch.cases).collect();
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
