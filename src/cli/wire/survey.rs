//! What the cases send and what a right server answers, each case alone.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::mutation::Mutation;
use super::recording::{Answered, Answers, recorded};
use crate::suite::server::cases;
use crate::suite::server::selftest::{Common, late};

/// What every case sends, and what a right server answers.
pub struct Survey {
    answers: Answers,
    seen: BTreeMap<&'static str, Seen>,
}

/// What one case alone has seen.
struct Seen {
    answers: BTreeSet<Answered>,
    exchanges: usize,
}

/// How many run side by side: some wait for what never comes.
pub const WIDTH: usize = 6;
/// How many of the cases that see a mutation are run first.
const FIRST: usize = 10;

impl Survey {
    /// Runs all cases against one mock, for its answers.
    ///
    /// # Errors
    /// A mock does not start, or the suite that is compiled in is broken.
    pub async fn record(common: &Common) -> Result<Self, String> {
        let ids: Vec<&str> = cases().into_iter().map(|case| case.id).collect();
        let answers = recorded("all cases", &ids, common).await?;
        Ok(Self { answers, seen: BTreeMap::new() })
    }

    /// Every mutation of these answers.
    ///
    /// # Errors
    /// As [`Mutation::all`].
    pub fn mutations(&self) -> Result<Vec<Mutation>, String> {
        Mutation::all(&self.answers)
    }

    /// Runs each case alone against a mock of its own, to know which answers it gets.
    ///
    /// # Errors
    /// As [`Survey::record`].
    pub async fn look(&mut self, common: &Common) -> Result<(), String> {
        let runs = stream::iter(cases().into_iter().map(|case| case.id)).map(|id| async move {
            let records = recorded(id, &[id], common).await?;
            let exchanges = records.values().map(|record| record.exchanges).sum();
            let answers = records.into_keys().collect();
            Ok::<_, String>((id, Seen { answers, exchanges }))
        });
        self.seen = runs.buffered(WIDTH).try_collect().await?;
        Ok(())
    }

    /// The cases that can see a mutation: those that alone get such an answer, and those that judge what a run has
    /// recorded.
    pub(super) fn cases(&self, mutation: &Mutation) -> BTreeSet<&'static str> {
        self.seeing(mutation).map(|(id, _)| id).chain(late()).collect()
    }

    /// Whether one of these cases alone gets an answer that can show a mutation.
    pub fn is_seen_by(&self, mutation: &Mutation, ids: &[&str]) -> bool {
        self.seeing(mutation).any(|(id, _)| ids.contains(&id))
    }

    /// Those of them that most often do, and soon.
    pub(super) fn first_cases(&self, mutation: &Mutation) -> BTreeSet<&'static str> {
        let late = late();
        let mut seeing: Vec<_> = self.seeing(mutation).collect();
        seeing.sort_by_key(|(id, exchanges)| (!late.contains(id), *exchanges));
        let is_late = |id: &str| late.contains(&id);
        let count = seeing.iter().filter(|(id, _)| is_late(id)).count() + FIRST;
        seeing.into_iter().take(count).map(|(id, _)| id).collect()
    }

    /// The cases that alone get such an answer, and how many exchanges each has.
    fn seeing(&self, mutation: &Mutation) -> impl Iterator<Item = (&'static str, usize)> {
        let shows = |answered: &Answered| {
            answered.endpoint == mutation.endpoint
                && mutation.status.is_none_or(|status| status == answered.status)
        };
        let seeing = self.seen.iter().filter(move |(_, seen)| seen.answers.iter().any(shows));
        seeing.map(|(id, seen)| (*id, seen.exchanges))
    }
}
