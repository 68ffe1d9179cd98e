//! The catalogue as the tables of `suites/README.md`.

use std::fmt::Write as _;

use super::related::{cases_of, defects_of};
use crate::contract::requirement::Catalogue;
use crate::harness::selftest::{Catches, Others};
use crate::mock::{Defect, Variant};

/// What servers are held to, what catches each defect, and what nobody may be accused of.
pub(super) fn tables(catalogue: &Catalogue, catches: &Catches) -> Result<String, String> {
    let defects = defects(catalogue, catches)?;
    Ok([requirements(catalogue, catches), defects, variants()].join("\n"))
}

fn requirements(catalogue: &Catalogue, catches: &Catches) -> String {
    let mut text = table(&["requirement", "level", "source", "cases", "defects"]);
    for one in catalogue.iter() {
        let cases = match &one.untested {
            Some(reason) => format!("untested: {reason}"),
            None => codes(cases_of(&one.id)),
        };
        let name = format!("`{}` {}", one.id, one.text);
        let defects = codes(defects_of(catches, &one.id));
        let source = one.source.clone();
        row(&mut text, [name, one.level.name().to_owned(), source, cases, defects]);
    }
    text
}

fn defects(catalogue: &Catalogue, catches: &Catches) -> Result<String, String> {
    let mut text =
        table(&["`--defect`", "how the server is wrong", "caught by", "which says", "fail too"]);
    let in_order = catalogue.iter().flat_map(|requirement| {
        let defects = Defect::ALL.iter();
        defects.filter(|defect| catches.breaks(defect.name()) == Some(&requirement.id))
    });
    for defect in in_order {
        let catch = catches.catch(defect.name())?;
        let others = match catch.others {
            Others::Named { always, perhaps } => codes([always, perhaps].concat()),
            Others::Any => String::new(),
        };
        let name = format!("`{}`", defect.name());
        row(
            &mut text,
            [name, defect.sentence().to_owned(), codes(catch.cases), catch.what, others],
        );
    }
    Ok(text)
}

fn variants() -> String {
    let mut text = table(&["`--variant`", "how the server is right", "row of the decisions"]);
    for variant in Variant::ALL {
        let name = format!("`{}`", variant.name());
        row(&mut text, [name, variant.sentence().to_owned(), variant.decision().to_owned()]);
    }
    text
}

fn codes<T: std::fmt::Display>(names: Vec<T>) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" ")
}

fn table(columns: &[&str]) -> String {
    let rule = "|---".repeat(columns.len());
    format!("| {} |\n{rule}|\n", columns.join(" | "))
}

fn row<const N: usize>(text: &mut String, cells: [String; N]) {
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    // Writing to a string can't fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}
