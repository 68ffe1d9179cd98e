//! A case: data about one check, and the function that makes it.

use std::fmt;
use std::future::Future;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::Exchange;

/// One check of one requirement, made in a context of type `C`. It is written as a row:
/// `Case::new("suite/topic/name", "requirement", check).needs(CONTROL).writes()`.
pub struct Case<C> {
    /// Stable slug, never reused: what `--list` prints and `--run` takes.
    pub id: &'static str,
    /// The requirement of the catalogue that it checks.
    pub requirement: &'static str,
    /// What the target must offer for it to be observable.
    pub needs: Vec<Need>,
    /// Whether it changes anything on the target.
    pub writes: bool,
    /// The most that it spends beside its shared steps.
    pub spends: Spending,
    /// Names of the shared steps that it uses, each done once a run.
    pub shares: Vec<&'static str>,
    pub phase: Phase,
    check: Boxed<C>,
}

type Boxed<C> = Box<dyn for<'c> Fn(&'c C) -> BoxFuture<'c, Judged> + Send + Sync>;

/// What a case does: an `async fn` of the context, or a pair of one that takes data too and the data.
pub trait CheckIn<'c, C>: Send + Sync {
    type Future: Future<Output = Judged> + Send + 'c;

    fn check(&self, context: &'c C) -> Self::Future;
}

impl<'c, C: 'c, F, R> CheckIn<'c, C> for F
where
    F: Fn(&'c C) -> R + Send + Sync,
    R: Future<Output = Judged> + Send + 'c,
{
    type Future = R;

    fn check(&self, context: &'c C) -> R {
        self(context)
    }
}

impl<'c, C: 'c, F, D, R> CheckIn<'c, C> for (F, D)
where
    F: Fn(&'c C, D) -> R + Send + Sync,
    D: Clone + Send + Sync,
    R: Future<Output = Judged> + Send + 'c,
{
    type Future = R;

    fn check(&self, context: &'c C) -> R {
        (self.0)(context, self.1.clone())
    }
}

/// The same for a context of any lifetime: what a row takes.
pub trait Check<C>: for<'c> CheckIn<'c, C> + 'static {}

impl<C, F: for<'c> CheckIn<'c, C> + 'static> Check<C> for F {}

impl<C: 'static> Case<C> {
    /// A case that reads, needs nothing, shares nothing and spends nothing.
    pub fn new(id: &'static str, requirement: &'static str, check: impl Check<C>) -> Self {
        Self {
            id,
            requirement,
            needs: Vec::new(),
            writes: false,
            spends: Spending::default(),
            shares: Vec::new(),
            phase: Phase::Main,
            check: Box::new(move |context| Box::pin(check.check(context))),
        }
    }

    #[must_use]
    pub fn needs(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    #[must_use]
    pub fn shares(mut self, step: &'static str) -> Self {
        self.shares.push(step);
        self
    }

    #[must_use]
    pub fn writes(mut self) -> Self {
        self.writes = true;
        self
    }

    #[must_use]
    pub fn spends(mut self, most: Spending) -> Self {
        self.spends = most;
        self
    }

    #[must_use]
    pub fn phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    pub(super) fn check<'c>(&self, context: &'c C) -> BoxFuture<'c, Judged> {
        (self.check)(context)
    }
}

/// Something that a target may or may not offer, and the operator can supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Stable slug, as `--require` takes it.
    pub name: &'static str,
    /// How to supply it, one line.
    pub supply: &'static str,
}

/// What a case costs its target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// Requests of any kind.
    pub requests: u32,
    /// Requests that count against the limit of rotations.
    pub rotations: u32,
}

impl Spending {
    /// For what is not counted.
    pub const UNBOUNDED: Self = Self { requests: u32::MAX, rotations: u32::MAX };

    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self {
            requests: self.requests.saturating_add(more.requests),
            rotations: self.rotations.saturating_add(more.rotations),
        }
    }

    /// Whether no part of it is over that of `limit`.
    pub const fn is_within(self, limit: Self) -> bool {
        self.requests <= limit.requests && self.rotations <= limit.rotations
    }
}

/// When a case runs: the phases are run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before anything else: if it does not pass, nothing else is run.
    SanityFirst,
    /// Side by side, all of them: each has to wait for something, and the waits pass together. They are early, since each keeps
    /// something of its own meanwhile, and what others share is not there yet.
    Together,
    /// Side by side with the others.
    Main,
    /// Judges what the whole run recorded.
    Late,
    /// Proves that the target survived the run.
    SanityLast,
}

impl Phase {
    pub const ALL: [Self; 5] =
        [Self::SanityFirst, Self::Together, Self::Main, Self::Late, Self::SanityLast];

    /// Whether it is about the target's health rather than its behaviour.
    pub const fn is_sanity(self) -> bool {
        matches!(self, Self::SanityFirst | Self::SanityLast)
    }
}

/// What a case found: nothing to object to, or why it stopped.
pub type Judged = Result<(), Stop>;

/// Why a case stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The target does not do what the requirement says.
    Mismatch(Box<Mismatch>),
    /// Something that the operator or the target can mend stood in the way.
    CouldNotRun(String),
    /// The target turned out not to offer what the case needs.
    NotObservable(Need),
    /// The target has no such part, and need not have it.
    NotApplicable(String),
    /// The target did not answer at all.
    Unreachable(String),
    /// The harness itself is wrong.
    Harness(String),
}

/// On one line. Foreign words stay as they are: reports escape them.
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mismatch(mismatch) => &mismatch.what,
            Self::NotObservable(need) => need.name,
            Self::CouldNotRun(why)
            | Self::NotApplicable(why)
            | Self::Unreachable(why)
            | Self::Harness(why) => why,
        })
    }
}

/// A difference between the requirement and the target's behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// First line of the failure. Never holds run-specific values.
    pub what: String,
    /// What the requirement asks for.
    pub expected: String,
    /// What the target did instead.
    pub got: String,
    /// The exchanges that show it, oldest first.
    pub exchanges: Vec<Exchange>,
}

impl From<Mismatch> for Stop {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(Box::new(mismatch))
    }
}
