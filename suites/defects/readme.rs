//! The tables of `suites/README.md` are what `keyproof requirements` says.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;

use crate::support::Trial;

const BEGIN: &str = "<!-- keyproof requirements --format markdown -->\n";
const END: &str = "<!-- until here -->\n";

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("readme/tables_are_up_to_date", up_to_date)]
}

fn up_to_date() -> Result<(), Failed> {
    let mut keyproof = Command::new(env!("CARGO_BIN_EXE_keyproof"));
    let output = keyproof.args(["requirements", "--format", "markdown"]).output()?;
    assert!(output.status.success());
    let tables = String::from_utf8(output.stdout)?;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/README.md");
    let readme = std::fs::read_to_string(&path)?;
    let (before, rest) = readme.split_once(BEGIN).ok_or("no mark where they begin")?;
    let (there, after) = rest.split_once(END).ok_or("no mark where they end")?;
    if there == tables {
        return Ok(());
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, [before, BEGIN, &tables, END, after].concat())?;
        return Ok(());
    }
    let stale =
        "suites/README.md is stale: INSTA_UPDATE=always cargo test --test all -- defects::readme";
    Err(stale.into())
}
