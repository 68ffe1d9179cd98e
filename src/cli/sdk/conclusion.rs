//! The end of a run against an adapter: its reports and its record.

use super::arguments::Arguments;
use crate::cli::judging::Judging;
use crate::cli::report::Edition;
use crate::harness::{Conclusion, Exit};

/// Writes the reports of a run and records it. `judged` are the operations that gave something to judge.
pub(super) fn conclude<C>(
    arguments: &Arguments,
    judging: &Judging<'_, C>,
    mut conclusion: Conclusion,
    judged: &[&str],
    annex: &str,
) -> Exit {
    let coda = if judged.is_empty() {
        let portion = conclusion.portion.as_ref();
        let is_empty = portion.is_some_and(|portion| portion.empty);
        conclusion.shortfall = (!is_empty).then(|| "no operation was judged".to_owned());
        "; no operation judged".to_owned()
    } else {
        format!("; operations judged: {}", judged.join(", "))
    };
    let exit = judging.write(&conclusion, (&coda, annex), Edition::Only);
    exit.or_worse(judging.keep(&conclusion, &arguments.last_run()))
}
