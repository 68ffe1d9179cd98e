//! Draws the sequences of a seed, and shrinks one that fails.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use keyproof::contract::custody::Custody;
use keyproof::mock::Defect;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::action::{Sequence, sequences};
use super::walk::Ground;
use crate::mock::support::run;
use crate::support::SEED_VARIABLE;

/// Requests of one sequence, at most.
const LONGEST: usize = 32;
/// Where a defect has to show: it is shrunk for as long as it takes.
const LONGEST_WITH_DEFECT: usize = 12;
/// Sequences that are tried.
const SEQUENCES: u32 = 200;

/// A claim about all sequences of a custody.
pub(crate) struct Property {
    name: &'static str,
    seed: u64,
    custody: Custody,
    defect: Option<Defect>,
}

/// The shortest sequence that was found to break an invariant.
pub(crate) struct Found {
    pub(crate) sequence: Sequence,
    pub(crate) invariant: &'static str,
    pub(crate) message: String,
}

impl Property {
    pub(crate) fn new(name: &'static str, seed: u64, custody: Custody) -> Self {
        Self { name, seed, custody, defect: None }
    }

    pub(crate) fn with(mut self, defect: Defect) -> Self {
        self.defect = Some(defect);
        self
    }

    /// Whether every sequence keeps all that must hold.
    pub(crate) fn holds(&self) -> Result<(), String> {
        match self.refute() {
            None => Ok(()),
            Some(found) => Err(found.message),
        }
    }

    /// The shortest sequence that does not, if one of those that are tried does not.
    pub(crate) fn refute(&self) -> Option<Found> {
        let ground = block_on(Ground::new(self.seed, self.defect));
        let config = Config { cases: SEQUENCES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, self.rng());
        let longest = match self.defect {
            None => LONGEST,
            Some(_) => LONGEST_WITH_DEFECT,
        };
        let tried = runner.run(&sequences(self.custody, longest), |sequence| {
            block_on(ground.walk(&sequence))
                .map_err(|breach| TestCaseError::fail(breach.to_string()))
        });
        match tried {
            Ok(()) => None,
            Err(TestError::Abort(reason)) => panic!("the sequences gave out: {reason}"),
            Err(TestError::Fail(reason, sequence)) => {
                Some(block_on(self.shortest(&ground, sequence, reason.message())))
            }
        }
    }

    /// Leaves out each request that it takes no more, now that the others are as simple as can be.
    async fn shortest(&self, ground: &Ground, sequence: Sequence, reason: &str) -> Found {
        let mut shortest = sequence;
        let mut broken = ground.walk(&shortest).await.err();
        let mut place = 0;
        while place < shortest.actions.len() {
            let mut shorter = shortest.clone();
            shorter.actions.remove(place);
            match ground.walk(&shorter).await {
                Ok(()) => place += 1,
                Err(breach) => {
                    (shortest, broken) = (shorter, Some(breach));
                    place = 0;
                }
            }
        }
        let (name, seed) = (self.name, self.seed);
        let breach = match &broken {
            Some(breach) => breach.to_string(),
            None => format!("{reason} (once, and not when it was tried again)"),
        };
        Found {
            message: format!(
                "{breach}\nafter {shortest}\nagain: {SEED_VARIABLE}={seed} cargo test --test all \
                 -- --exact model::{name}"
            ),
            invariant: broken.map_or("", |breach| breach.invariant),
            sequence: shortest,
        }
    }

    /// By the seed and the name, so that no two trials draw alike.
    fn rng(&self) -> TestRng {
        let mut seed = [0; 32];
        for (number, chunk) in seed.chunks_exact_mut(8).enumerate() {
            let mut hasher = DefaultHasher::new();
            (self.seed, self.name, number).hash(&mut hasher);
            chunk.copy_from_slice(&hasher.finish().to_le_bytes());
        }
        TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut done = None;
    run(async { done = Some(work.await) });
    done.expect("it ran to its end")
}
