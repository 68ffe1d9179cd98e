//! `--run`, `--skip`, `--exact`, `--list`: the part of a suite that a command is about.

use super::{Trouble, output};
use crate::harness::{Case, Selected, Selection, SelectionError, Shard};

#[derive(Debug, clap::Args)]
pub(super) struct SelectionArguments {
    /// Runs the cases whose id matches; can be given more than once
    #[arg(long, value_name = "GLOB")]
    pub(super) run: Vec<String>,
    /// Leaves out the cases whose id matches; can be given more than once
    #[arg(long, value_name = "GLOB")]
    pub(super) skip: Vec<String>,
    /// Takes the values of --run and --skip as whole ids
    #[arg(long)]
    pub(super) exact: bool,
    /// Prints the ids of the selected cases, one a line, and nothing else
    #[arg(long)]
    list: bool,
}

impl SelectionArguments {
    /// What is to be run: of that shard, and of the ids in `quick` and in `last_failed`, if there are such; none
    /// if it was only to be listed, which is done then. Cases that share a key of `together` are in the same
    /// shard.
    pub(super) fn apply<C>(
        &self,
        cases: &[Case<C>],
        quick: Option<&[&str]>,
        last_failed: Option<&[&str]>,
        shard: Option<Shard>,
        together: impl Fn(&Case<C>) -> Option<&'static str>,
    ) -> Result<Option<Selected>, Trouble> {
        let ids: Vec<&str> = cases.iter().map(|case| case.id).collect();
        let mut selected = self.select(&ids)?;
        if let Some(quick) = quick {
            selected = selected.only_quick(&ids, quick).map_err(unselected)?;
        }
        if let Some(last_failed) = last_failed {
            selected = selected.only_failed(&ids, last_failed).map_err(unselected)?;
        }
        if let Some(shard) = shard {
            selected = selected.shard(shard, cases, together);
        }
        self.list(selected, &ids)
    }

    /// Like [`Self::apply`], for anything that has ids.
    pub(super) fn among(&self, ids: &[&str]) -> Result<Option<Selected>, Trouble> {
        self.list(self.select(ids)?, ids)
    }

    fn select(&self, ids: &[&str]) -> Result<Selected, Trouble> {
        let selection = Selection::parse(&self.run, &self.skip, self.exact).map_err(unselected)?;
        selection.among(ids).map_err(|error| match self.of_another(ids) {
            Some((suite, command)) => {
                unselected(error).and(format!("cases of {suite} are run by `{command}`"))
            }
            None => unselected(error),
        })
    }

    /// The suite that a pattern is about, if it is another than that of the ids, and what runs it.
    fn of_another(&self, ids: &[&str]) -> Option<(&'static str, &'static str)> {
        let suites = [
            ("server/", "keyproof check"),
            ("sdk/", "keyproof sdk"),
            ("client/", "keyproof sdk --client"),
        ];
        let is_meant = |suite: &str| {
            let mut patterns = self.run.iter().chain(&self.skip);
            patterns.any(|pattern| pattern.starts_with(suite))
        };
        let is_here = |suite: &str| ids.iter().any(|id| id.starts_with(suite));
        suites.into_iter().find(|(suite, _)| is_meant(suite) && !is_here(suite))
    }

    fn list(&self, selected: Selected, ids: &[&str]) -> Result<Option<Selected>, Trouble> {
        if !self.list {
            return Ok(Some(selected));
        }
        let lines = selected.of(ids).into_iter().map(|id| format!("{id}\n"));
        output::answer(lines.collect::<String>().as_bytes())?;
        Ok(None)
    }
}

pub(super) fn unselected(error: SelectionError) -> Trouble {
    Trouble::of(error.exit, error.to_string())
}
