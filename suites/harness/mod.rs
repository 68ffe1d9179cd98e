//! The harness held to its own rules, with a toy suite that sends nothing.

mod conclusions;
mod expectations;
mod formats;
mod redaction;
mod reports;
mod runs;
mod selections;
mod selftests;
mod shards;
mod toy;
mod updates;
mod verdicts;

use crate::support::Trial;

/// Test functions as trials of the same name, behind the name of their topic.
macro_rules! tests {
    ($topic:literal: $($test:ident),+ $(,)?) => {
        vec![$(crate::support::Trial::test(
            concat!($topic, "/", stringify!($test)),
            || { $test(); Ok(()) },
        )),+]
    };
}
use tests;

pub(crate) fn trials() -> Vec<Trial> {
    [
        selections::trials(),
        verdicts::trials(),
        runs::trials(),
        conclusions::trials(),
        expectations::trials(),
        updates::trials(),
        redaction::trials(),
        reports::trials(),
        formats::trials(),
        shards::trials(),
        selftests::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
