//! `keyproof selftest --run 'wire/**'`: mutations made by machine, and what the suite makes of them.

use std::str::FromStr;

use futures::future::Shared;
use futures::stream::{self, StreamExt as _};
use sha2::{Digest as _, Sha256};

use crate::cli::wire::{
    Class, Classes, Fate, Mutation, Survey, Tally, WIDTH, attempt, attempt_together, batches,
};
use crate::cli::{Trouble, output};
use crate::harness::Exit;
use crate::suite::server::selftest::Common;

/// How often it is told how far it is.
const STRIDE: usize = 100;

/// So many of the selected mutations, drawn by a seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    size: usize,
    seed: Option<u64>,
}

impl FromStr for Sample {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (size, seed) = match text.split_once(':') {
            Some((size, seed)) => (size, Some(seed)),
            None => (text, None),
        };
        let wrong = || "give a number, or NUMBER:SEED".to_owned();
        let size = size.parse().ok().filter(|size| *size > 0).ok_or_else(wrong)?;
        let seed = seed.map(str::parse).transpose().map_err(|_| wrong())?;
        Ok(Self { size, seed })
    }
}

/// The mutations, with what they are tried by.
pub(super) struct Wire {
    common: Common,
    survey: Survey,
    classes: Classes,
    mutations: Vec<Mutation>,
}

impl Wire {
    pub(super) async fn prepare() -> Result<Self, Trouble> {
        let common = Common::default();
        common.derive().await.map_err(Trouble::unreachable)?;
        let survey = Survey::record(&common).await.map_err(Trouble::unreachable)?;
        let mutations = survey.mutations().map_err(Trouble::unreachable)?;
        let classes = Classes::load().map_err(Trouble::unreachable)?;
        Ok(Self { common, survey, classes, mutations })
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.mutations.iter().map(|mutation| mutation.id.as_str())
    }

    /// Tries those at these positions, or a sample of them.
    pub(super) async fn attempt(
        mut self,
        chosen: &[usize],
        sample: Option<Sample>,
        stop: Shared<impl Future<Output = ()> + Send>,
    ) -> Result<Exit, Trouble> {
        self.survey.look(&self.common).await.map_err(Trouble::unreachable)?;
        let chosen: Vec<&Mutation> =
            chosen.iter().filter_map(|at| self.mutations.get(*at)).collect();
        let (all, mut drawn) = (self.mutations.len(), String::new());
        let chosen = match sample {
            None => chosen,
            Some(Sample { size, seed }) => {
                let random = || getrandom::u32().map(u64::from);
                let seed = seed.map_or_else(random, Ok);
                let seed = seed.map_err(|error| Trouble::unreachable(error.to_string()))?;
                drawn = format!(", drawn by --sample {size}:{seed}");
                draw(chosen, size, seed)
            }
        };
        let many = chosen.len();
        output::print(&format!("keyproof selftest: {many} of {all} mutations{drawn}\n\n"))?;
        let mut trials = Vec::new();
        for class in [Class::Must, Class::Client, Class::Docs, Class::Free] {
            let alike = |mutation: &&Mutation| self.classes.of(&mutation.id) == Ok(class);
            let alike: Vec<&Mutation> = chosen.iter().copied().filter(alike).collect();
            // What has to fail is tried alone.
            let of_class = match class {
                Class::Must | Class::Client => alike.into_iter().map(|one| vec![one]).collect(),
                Class::Docs | Class::Free => batches(&alike),
            };
            trials.extend(of_class.into_iter().map(|batch| (class, batch)));
        }
        let mut running = stream::iter(&trials)
            .map(|(class, batch)| self.attempt_batch(*class, batch))
            .buffer_unordered(WIDTH);
        let mut tally = Tally::default();
        let mut done = 0;
        while let Some(tried) = running.next().await {
            if stop.peek().is_some() {
                output::print("stopped\n")?;
                return Ok(Exit::Incomplete);
            }
            for (mutation, class, fate) in tried.map_err(Trouble::unreachable)? {
                if let Some(complaint) = tally.count(mutation, class, &fate, &self.classes) {
                    output::print(&format!("{complaint}\n"))?;
                }
                done += 1;
                if done % STRIDE == 0 {
                    output::note(&format!("{done} of {many} mutations tried"));
                }
            }
        }
        for survivor in tally.survivors() {
            output::print(&format!("survived: {survivor}\n"))?;
        }
        let is_whole = many == all;
        if is_whole {
            for complaint in tally.judge_whole(&self.classes) {
                output::print(&format!("{complaint}\n"))?;
            }
            output::print(&format!("\n{}", tally.markdown()))?;
        }
        output::print(&format!("\n{}\n", tally.line()))?;
        Ok(if tally.is_proved() { Exit::Held } else { Exit::Failed })
    }
}

impl Wire {
    /// Tries mutations of one class. What is right is tried together with others first, and alone only if something is
    /// held against them; what has to warn likewise, to know whether anything fails.
    async fn attempt_batch<'m>(
        &self,
        class: Class,
        batch: &[&'m Mutation],
    ) -> Result<Vec<(&'m Mutation, Class, Fate)>, String> {
        let (survey, common) = (&self.survey, &self.common);
        let is_right = matches!(class, Class::Docs | Class::Free);
        let together = if is_right && batch.len() > 1 {
            Some(attempt_together(batch, survey, common).await?)
        } else {
            None
        };
        let is_harmless = matches!(together, Some(Fate::Warned(..) | Fate::Survived));
        let mut tried = Vec::new();
        for mutation in batch {
            let fate = match &together {
                Some(Fate::Survived) => Fate::Survived,
                _ => attempt(mutation, class, is_harmless, survey, common).await?,
            };
            tried.push((*mutation, class, fate));
        }
        Ok(tried)
    }
}

/// Those whose ids come first when each is hashed with the seed.
fn draw(mut mutations: Vec<&Mutation>, size: usize, seed: u64) -> Vec<&Mutation> {
    mutations.sort_by_cached_key(|mutation| -> [u8; 32] {
        Sha256::digest(format!("{seed} {}", mutation.id)).into()
    });
    mutations.truncate(size);
    mutations
}
