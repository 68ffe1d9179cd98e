//! Which cases are to be judged: `--run`, `--skip`, `--exact`, `--shard`.

use std::fmt;

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::{Case, Exit, Portion, Shard};
use crate::named::named;

named! {
    /// How much of a suite is to be run.
    #[derive(Default, serde::Serialize)]
    pub enum Extent {
        #[default] Whole = "whole": "Every case",
        Selection = "selection": "The cases that the user selects",
        Quick = "quick": "The few that find most",
    }
}

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    run: Vec<Pattern>,
    skip: Vec<Pattern>,
}

/// The selected cases of a suite, by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    chosen: Vec<bool>,
    portion: Option<Portion>,
    extent: Extent,
}

/// Why there is nothing sensible to run.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub struct SelectionError {
    message: String,
    /// The exit code that goes with it.
    pub exit: Exit,
}

impl SelectionError {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Usage }
    }

    /// Nothing is left to be run.
    fn empty(why: impl fmt::Display) -> Self {
        Self { message: format!("no case is selected: {why}"), exit: Exit::Incomplete }
    }

    /// A pattern that matches none of the ids.
    pub(super) fn dead<'n>(pattern: &str, ids: impl Iterator<Item = &'n str>) -> Self {
        Self::usage(format!("`{pattern}` matches no case; {}", nearest(pattern, ids)))
    }
}

impl Selection {
    /// Reads the values of `--run` and `--skip`. Under `exact` they are whole ids; otherwise `*`
    /// stays within one `/` segment and `**` crosses them. Without any `run`, all cases are.
    ///
    /// # Errors
    /// An empty pattern, or one that is not a glob.
    pub fn parse(run: &[String], skip: &[String], exact: bool) -> Result<Self, SelectionError> {
        let parse = |texts: &[String]| {
            texts.iter().map(|text| Pattern::parse(text, exact)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { run: parse(run)?, skip: parse(skip)? })
    }

    pub fn matches(&self, id: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|one| one.matches(id));
        (self.run.is_empty() || any(&self.run)) && !any(&self.skip)
    }

    /// Applies it to the cases of a suite.
    ///
    /// # Errors
    /// A pattern that matches nothing, or nothing left.
    pub fn apply<C>(&self, cases: &[Case<C>]) -> Result<Selected, SelectionError> {
        let ids: Vec<&str> = cases.iter().map(|case| case.id).collect();
        self.among(&ids)
    }

    /// Applies it to whatever has ids.
    ///
    /// # Errors
    /// A pattern that matches nothing, or nothing left.
    pub fn among(&self, ids: &[&str]) -> Result<Selected, SelectionError> {
        let chosen: Vec<bool> = ids.iter().map(|id| self.matches(id)).collect();
        let is_empty = !chosen.contains(&true);
        let dead = self
            .run
            .iter()
            .chain(&self.skip)
            .find(|pattern| !ids.iter().any(|id| pattern.matches(id)));
        let names = ids.iter().copied();
        match dead {
            Some(Pattern { text, .. }) if is_empty => {
                let nearest = nearest(text, names);
                Err(SelectionError::empty(format_args!("`{text}` matches none; {nearest}")))
            }
            Some(Pattern { text, .. }) => Err(SelectionError::dead(text, names)),
            None if is_empty => {
                Err(SelectionError::empty("what `--run` selects, `--skip` takes away"))
            }
            None => {
                let is_whole = !chosen.contains(&false);
                let extent = if is_whole { Extent::Whole } else { Extent::Selection };
                Ok(Selected { chosen, portion: None, extent })
            }
        }
    }
}

impl Selected {
    /// What is left of it if only those cases are to be run that did not pass when they were last run.
    ///
    /// # Errors
    /// Nothing is left.
    pub fn only_failed(&self, ids: &[&str], failed: &[&str]) -> Result<Self, SelectionError> {
        let extent = self.extent.max(Extent::Selection);
        self.narrowed(ids, failed, extent)
            .ok_or_else(|| SelectionError::empty("each of those passed when it was last run"))
    }

    /// What is left of it if only the few cases are to be run that find most.
    ///
    /// # Errors
    /// Nothing is left.
    pub fn only_quick(&self, ids: &[&str], few: &[&str]) -> Result<Self, SelectionError> {
        self.narrowed(ids, few, Extent::Quick)
            .ok_or_else(|| SelectionError::empty("a quick run has none of those that are selected"))
    }

    /// Those of it that are in `kept`; none if nothing is left.
    fn narrowed(&self, ids: &[&str], kept: &[&str], extent: Extent) -> Option<Self> {
        let ids = ids.iter().enumerate();
        let chosen: Vec<bool> =
            ids.map(|(position, id)| self.contains(position) && kept.contains(id)).collect();
        let portion = self.portion.clone();
        chosen.contains(&true).then_some(Self { chosen, portion, extent })
    }

    /// What of it is in that shard. Cases that share a key of `together` are in the same one.
    #[must_use]
    pub fn shard<C>(
        &self,
        shard: Shard,
        cases: &[Case<C>],
        together: impl Fn(&Case<C>) -> Option<&'static str>,
    ) -> Self {
        let (chosen, portion) = shard.divide(&self.chosen, cases, together);
        Self { chosen, portion: Some(portion), extent: self.extent }
    }

    /// How much of the suite it is, before it was divided into shards.
    pub const fn extent(&self) -> Extent {
        self.extent
    }

    pub const fn portion(&self) -> Option<&Portion> {
        self.portion.as_ref()
    }

    /// Exactly what is selected of what it was applied to, in that order.
    pub fn of<T: Copy>(&self, all: &[T]) -> Vec<T> {
        let chosen = all.iter().enumerate();
        chosen.filter(|(position, _)| self.contains(*position)).map(|(_, one)| *one).collect()
    }

    /// Whether the case at that position of the suite is selected.
    pub fn contains(&self, position: usize) -> bool {
        self.chosen.get(position).copied().unwrap_or(false)
    }
}

/// A whole id, or a glob of ids.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    /// None for a whole id.
    glob: Option<GlobMatcher>,
}

impl Pattern {
    pub(super) fn parse(text: &str, exact: bool) -> Result<Self, SelectionError> {
        if text.is_empty() {
            return Err(SelectionError::usage(
                "an empty pattern selects nothing: leave the option out, or give a case id or a glob",
            ));
        }
        let glob = if exact || !text.contains('*') {
            None
        } else {
            let glob = compile(text).map_err(|_| {
                SelectionError::usage(format!(
                    "`{text}` is not a glob: `*` stays within one segment, `**` crosses them"
                ))
            })?;
            Some(glob.compile_matcher())
        };
        Ok(Self { text: text.to_owned(), glob })
    }

    pub(super) fn matches(&self, id: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(id),
            None => self.text == id,
        }
    }
}

/// `*` and `**` are the only wildcards. globset lets `**` cross segments only where it is a whole
/// segment, so that elsewhere it is spelled out.
fn compile(text: &str) -> Result<Glob, globset::Error> {
    let segments: Vec<String> = text
        .split('/')
        .map(|segment| match segment {
            "**" => segment.to_owned(),
            _ => segment
                .split("**")
                .map(|part| {
                    let literals: Vec<String> = part.split('*').map(globset::escape).collect();
                    literals.join("*")
                })
                .collect::<Vec<_>>()
                .join("{*,*/**/*}"),
        })
        .collect();
    GlobBuilder::new(&segments.join("/")).literal_separator(true).build()
}

/// Tells the three names most like `text`, the most alike first.
pub(super) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> String {
    let wanted = text.replace('*', "");
    let mut ranked: Vec<(f64, &str)> =
        names.map(|name| (strsim::normalized_damerau_levenshtein(&wanted, name), name)).collect();
    ranked.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let best: Vec<&str> = ranked.into_iter().take(3).map(|(_, name)| name).collect();
    format!("nearest: {}", best.join(", "))
}
