//! How a run is to be made.

use super::selection::nearest;
use super::{Case, Expectations, Need, Progress, SelectionError, Silent};

static NONE_KNOWN: Expectations = Expectations::NONE;

/// How a run is to be made.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// Most cases of the main phase that run side by side.
    pub concurrency: usize,
    /// Consecutive cases without any answer after which the target counts as gone.
    pub unreachable_limit: u32,
    /// Needs whose absence makes the run incomplete.
    pub require: &'o Require,
    pub expectations: &'o Expectations,
    pub progress: &'o dyn Progress,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            concurrency: 8,
            unreachable_limit: 5,
            require: &Require::Nothing,
            expectations: &NONE_KNOWN,
            progress: &Silent,
        }
    }
}

/// Needs that have to be supplied: `--require`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Require {
    /// What is not observable changes no exit code.
    #[default]
    Nothing,
    /// Those of these names.
    Named(Vec<String>),
    /// Every need of every selected case.
    All,
}

impl Require {
    /// Reads the values of `--require`: names of needs, or `all`.
    ///
    /// # Errors
    /// A name that is no need of any case.
    pub fn parse<C>(values: &[String], cases: &[Case<C>]) -> Result<Self, SelectionError> {
        let mut known: Vec<&str> = Vec::new();
        for need in cases.iter().flat_map(|case| &case.needs) {
            if !known.contains(&need.name) {
                known.push(need.name);
            }
        }
        let unknown = |name: &&String| *name != "all" && !known.contains(&name.as_str());
        if let Some(name) = values.iter().find(unknown) {
            let nearest = nearest(name, known.into_iter());
            return Err(SelectionError::usage(format!(
                "`{name}` is not a need of any case; {nearest}"
            )));
        }
        Ok(match values {
            [] => Self::Nothing,
            _ if values.iter().any(|name| name == "all") => Self::All,
            _ => Self::Named(values.to_vec()),
        })
    }

    pub fn includes(&self, need: &Need) -> bool {
        match self {
            Self::Nothing => false,
            Self::Named(names) => names.iter().any(|name| name == need.name),
            Self::All => true,
        }
    }
}
