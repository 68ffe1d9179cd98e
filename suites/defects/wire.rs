//! Mutations made by machine: each has a class, no line of `suites/wire.toml` is idle, and the table of
//! `suites/README.md` counts those that there are. `.ci/wire` tries all of them and writes the table.

use std::collections::BTreeMap;
use std::path::Path;

use keyproof::cli::wire::{BEGIN, Classes, END, Survey, counted};
use keyproof::suite::server::selftest::Common;
use libtest_mimic::Failed;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("wire/every_mutation_is_classed_and_counted", classed_and_counted)]
}

fn classed_and_counted() -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let survey = runtime.block_on(async {
        let common = Common::default();
        common.derive().await?;
        Survey::record(&common).await
    })?;
    let (mutations, classes) = (survey.mutations()?, Classes::load()?);
    let mut there = BTreeMap::<(String, String), usize>::new();
    for mutation in &mutations {
        classes.of(&mutation.id)?;
        let cell = (mutation.endpoint.name().to_owned(), mutation.operator().to_owned());
        *there.entry(cell).or_default() += 1;
    }
    let dead = classes.dead(mutations.iter());
    assert!(dead.is_empty(), "suites/wire.toml: no mutation fits {dead:?}");

    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/README.md");
    let readme = std::fs::read_to_string(readme)?;
    let (_, rest) = readme.split_once(BEGIN).ok_or("no mark where the table begins")?;
    let (table, _) = rest.split_once(END).ok_or("no mark where the table ends")?;
    // Before the first run of the whole there is none.
    if !table.is_empty() {
        assert_eq!(counted(table)?, there, "suites/README.md is stale: .ci/wire writes its table");
    }
    Ok(())
}
