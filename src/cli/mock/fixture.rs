//! Fixture files: read, checked, described.

use std::path::Path;

use crate::cli::{Trouble, output};
use crate::harness::{Exit, Place};
use crate::mock::Fixture;

pub(super) fn read(file: &Path) -> Result<Fixture, Trouble> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Trouble::usage(format!("the fixture {name} cannot be read: {error}")))?;
    Fixture::parse(&text).map_err(|mistakes| {
        let lines = mistakes.iter().map(|mistake| {
            let place = Place::of(&name, &text, mistake.span.start);
            format!("{place}: {}", mistake.message)
        });
        let lines: Vec<_> = lines.collect();
        match lines.as_slice() {
            [only] => Trouble::usage(only),
            _ => {
                let first = Trouble::usage(format!("{} mistakes", lines.len()));
                lines.into_iter().fold(first, Trouble::and)
            }
        }
    })
}

/// `--check-fixture`.
pub(super) fn check(file: &Path) -> Result<Exit, Trouble> {
    read(file)?;
    let name = output::printable(&file.display().to_string());
    output::answer(format!("{name}: a fixture\n").as_bytes())?;
    Ok(Exit::Held)
}

/// `--fixture-schema`.
pub(super) fn describe() -> Result<Exit, Trouble> {
    output::answer(format!("{:#}\n", Fixture::schema()).as_bytes())?;
    Ok(Exit::Held)
}
