//! What a mock is like as `[mock]` in `keyproof.toml` and `KEYPROOF_MOCK_*` give it, under the same names.

use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

use super::log::Log;
use crate::cli::Trouble;
use crate::cli::environment::{self, Variable};
use crate::contract::nearest::hint;
use crate::mock::{Defect, Limits, Listen, Variant};
use crate::named::Named;

/// What is given; the options win over it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Section {
    pub(super) listen: Option<Listen>,
    pub(super) fixture: Option<PathBuf>,
    pub(super) data: Option<PathBuf>,
    pub(super) seed: Option<u64>,
    pub(super) strict: Option<bool>,
    pub(super) limits: Option<Limits>,
    pub(super) min_iterations: Option<i64>,
    pub(super) log: Option<Log>,
    pub(super) defect: Option<Vec<Defect>>,
    pub(super) variant: Option<Vec<Variant>>,
}

impl Section {
    /// What the environment gives.
    pub(super) fn of_environment() -> Result<Self, Trouble> {
        Ok(Self {
            listen: read(&environment::MOCK_LISTEN, parsed)?,
            fixture: read(&environment::MOCK_FIXTURE, parsed)?,
            data: read(&environment::MOCK_DATA, parsed)?,
            seed: read(&environment::MOCK_SEED, parsed)?,
            strict: read(&environment::MOCK_STRICT, parsed)?,
            limits: read(&environment::MOCK_LIMITS, word)?,
            min_iterations: read(&environment::MOCK_MIN_ITERATIONS, parsed)?,
            log: read(&environment::MOCK_LOG, word)?,
            defect: read(&environment::MOCK_DEFECT, words)?,
            variant: read(&environment::MOCK_VARIANT, words)?,
        })
    }
}

fn read<T>(
    variable: &Variable,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Trouble> {
    let Some(text) = environment::value(variable)? else {
        return Ok(None);
    };
    let wrong = |why| Trouble::usage(format!("{}: {why}", variable.name));
    parse(&text).map(Some).map_err(wrong)
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn word<T: Named>(text: &str) -> Result<T, String> {
    T::named(text).ok_or_else(|| format!("unknown word{}", hint(text, T::names())))
}

/// A list, with commas between.
fn words<T: Named>(text: &str) -> Result<Vec<T>, String> {
    text.split(',').map(|one| word(one.trim())).collect()
}
