//! Which cases are to be judged: `--run`, `--skip`, `--exact`, `--shard`.

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::{Case, Exit, Portion, Shard};

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
}

/// Why there is nothing sensible to run.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum SelectionError {
    /// A pattern of no characters.
    #[error("an empty pattern selects nothing: leave the option out, or give a case id or a glob")]
    EmptyPattern,
    /// Not a glob.
    #[error("`{0}` is not a glob: `*` stays within one segment, `**` crosses them")]
    NotAGlob(String),
    /// A pattern that matches no case, while others do.
    #[error("`{pattern}` matches no case; nearest: {}", nearest.join(", "))]
    DeadPattern {
        /// As the user wrote it.
        pattern: String,
        /// The ids most like it, the most alike first.
        nearest: Vec<String>,
    },
    /// Nothing is left, since a pattern matches no case.
    #[error("no case is selected: `{pattern}` matches none; nearest: {}", nearest.join(", "))]
    EmptyForPattern {
        /// As the user wrote it.
        pattern: String,
        /// The ids most like it, the most alike first.
        nearest: Vec<String>,
    },
    /// Nothing is left, though every pattern matches something.
    #[error("no case is selected: what `--run` selects, `--skip` takes away")]
    Empty,
    /// Nothing is left, since all that is selected passed when it was last run.
    #[error("no case is selected: each of those passed when it was last run")]
    NoneFailed,
    /// `--require` of a need that no case has.
    #[error("`{name}` is not a need of any case; nearest: {}", nearest.join(", "))]
    UnknownNeed {
        /// As the user wrote it.
        name: String,
        /// The needs most like it, the most alike first.
        nearest: Vec<String>,
    },
}

impl SelectionError {
    /// The exit code that goes with it.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Empty | Self::NoneFailed | Self::EmptyForPattern { .. } => Exit::Incomplete,
            _ => Exit::Usage,
        }
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

    /// Whether it selects that id.
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
        match dead {
            Some(dead) => {
                let pattern = dead.text.clone();
                let nearest = nearest(&pattern, ids.iter().copied());
                Err(if is_empty {
                    SelectionError::EmptyForPattern { pattern, nearest }
                } else {
                    SelectionError::DeadPattern { pattern, nearest }
                })
            }
            None if is_empty => Err(SelectionError::Empty),
            None => Ok(Selected { chosen, portion: None }),
        }
    }
}

impl Selected {
    /// What is left of it if only these are to be run; none if nothing is.
    pub fn only(&self, ids: &[&str], wanted: &[&str]) -> Option<Self> {
        let ids = ids.iter().enumerate();
        let chosen: Vec<bool> =
            ids.map(|(position, id)| self.contains(position) && wanted.contains(id)).collect();
        let portion = self.portion.clone();
        chosen.contains(&true).then_some(Self { chosen, portion })
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
        Self { chosen, portion: Some(portion) }
    }

    /// The shard that it is, if it is one.
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
            return Err(SelectionError::EmptyPattern);
        }
        let glob = if exact || !text.contains('*') {
            None
        } else {
            let glob = compile(text).map_err(|_| SelectionError::NotAGlob(text.to_owned()))?;
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

/// The three names most like `text`, the most alike first.
pub(super) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let wanted = text.replace('*', "");
    let mut ranked: Vec<(f64, &str)> =
        names.map(|name| (strsim::normalized_damerau_levenshtein(&wanted, name), name)).collect();
    ranked.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let best = ranked.into_iter().take(3);
    best.map(|(_, name)| name.to_owned()).collect()
}
