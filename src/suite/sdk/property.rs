//! A claim about many generated inputs: made in parallel, shrunk to the smallest input that fails,
//! repeatable by the seed of the run and the id of the case.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::context::Context;
use crate::harness::{Judged, Stop};

/// Steps of shrinking that are tried at most where an input is cheap.
const STEPS: usize = 200;
/// Steps where each costs seconds. What fails there fails at low counts too, where it is shrunk far.
const DEAR_STEPS: usize = 4;
/// Where each request costs a process, one input of so many.
const ONE_SHOT_SHARE: usize = 8;

/// How much a property is tried.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    inputs: usize,
    steps: usize,
}

impl Effort {
    /// So many inputs that cost little.
    pub(super) const fn cheap(inputs: usize) -> Self {
        let steps = STEPS;
        Self { inputs, steps }
    }

    /// So many inputs of which each costs much.
    pub(super) const fn dear(inputs: usize) -> Self {
        let steps = DEAR_STEPS;
        Self { inputs, steps }
    }
}

/// Why a claim does not hold, or could not be tried.
pub(super) struct Counterexample<V> {
    pub(super) stop: Stop,
    /// The smallest input that shows it. None if it is no matter of the input.
    pub(super) input: Option<V>,
}

impl<V> From<Stop> for Counterexample<V> {
    fn from(stop: Stop) -> Self {
        Self { stop, input: None }
    }
}

/// Holds the claim to inputs of the strategy that `inputs` makes, fewer in one-shot mode.
pub(super) async fn holds<S, I, C>(context: &Context, effort: Effort, inputs: I, claim: C) -> Judged
where
    S: Strategy,
    I: FnOnce() -> S + Send + 'static,
    S::Value: Clone + Send + 'static,
    C: Fn(Context, S::Value) -> BoxFuture<'static, Judged> + Send + 'static,
{
    let refuted = refute(context, effort, inputs, claim).await;
    refuted.map_err(|counterexample| counterexample.stop)
}

/// As [`holds`], for who wants the input that shows the opposite.
pub(super) async fn refute<S, I, C>(
    context: &Context,
    effort: Effort,
    inputs: I,
    claim: C,
) -> Result<(), Counterexample<S::Value>>
where
    S: Strategy,
    I: FnOnce() -> S + Send + 'static,
    S::Value: Clone + Send + 'static,
    C: Fn(Context, S::Value) -> BoxFuture<'static, Judged> + Send + 'static,
{
    let context = context.clone();
    let share = if context.session().is_one_shot() { ONE_SHOT_SHARE } else { 1 };
    let effort = Effort { inputs: effort.inputs.div_ceil(share), ..effort };
    // Strategies can't cross threads, and what the oracle computes must not hold up others.
    let runtime = tokio::runtime::Handle::current();
    let judged = tokio::task::spawn_blocking(move || {
        runtime.block_on(try_all(&context, effort, &inputs(), &claim))
    });
    judged
        .await
        .unwrap_or_else(|_| Err(Stop::Harness("a property did not finish".to_owned()).into()))
}

async fn try_all<S, C>(
    context: &Context,
    effort: Effort,
    strategy: &S,
    claim: &C,
) -> Result<(), Counterexample<S::Value>>
where
    S: Strategy,
    S::Value: Clone,
    C: Fn(Context, S::Value) -> BoxFuture<'static, Judged>,
{
    let mut runner = TestRunner::new_with_rng(Config::default(), rng(context));
    let mut trees = Vec::with_capacity(effort.inputs);
    for _ in 0..effort.inputs {
        let tree = strategy.new_tree(&mut runner);
        trees.push(tree.map_err(|error| Stop::Harness(format!("no input: {error}")))?);
    }
    let inputs: Vec<S::Value> = trees.iter().map(ValueTree::current).collect();
    let stopped: Mutex<Option<(usize, Stop)>> = Mutex::new(None);
    let found = &stopped;
    // What is under way is awaited: a reply that nobody waits for would still be outstanding.
    stream::iter(inputs.into_iter().enumerate())
        .for_each_concurrent(context.session().width(), |(position, input)| async move {
            if found.lock().is_some() {
                return;
            }
            if let Err(stop) = claim(context.clone(), input).await {
                let mut found = found.lock();
                // The first by position, so that a run repeats itself.
                if found.as_ref().is_none_or(|(first, _)| position < *first) {
                    *found = Some((position, stop));
                }
            }
        })
        .await;
    let (position, mut stop) = match stopped.into_inner() {
        None => return Ok(()),
        Some((position, stop @ Stop::Mismatch(_))) => (position, stop),
        Some((_, stop)) => return Err(stop.into()),
    };
    let tree = &mut trees[position];
    let mut input = tree.current();
    let mut can_go_on = tree.simplify();
    for _ in 0..effort.steps {
        if !can_go_on {
            break;
        }
        let simpler = tree.current();
        can_go_on = match claim(context.clone(), simpler.clone()).await {
            Err(smaller @ Stop::Mismatch(_)) => {
                (stop, input) = (smaller, simpler);
                tree.simplify()
            }
            _ => tree.complicate(),
        };
    }
    let input = Some(input);
    Err(Counterexample { stop, input })
}

fn rng(context: &Context) -> TestRng {
    let mut seed = [0; 32];
    for (number, chunk) in seed.chunks_exact_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (context.shared.seed, context.case, number).hash(&mut hasher);
        chunk.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}
