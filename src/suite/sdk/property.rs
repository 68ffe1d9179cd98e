//! A claim about many generated inputs: made in parallel, shrunk to the smallest input that fails,
//! repeatable by the seed of the run and the id of the case.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::scene::Scene;
use crate::harness::{Judged, Stop};

/// Steps of shrinking that are tried at most.
const STEPS: usize = 200;
/// Where each request costs a process, one input of so many.
const ONE_SHOT_SHARE: usize = 8;

/// Holds the claim to `count` inputs of the strategy that `inputs` makes, fewer in one-shot mode.
pub(super) async fn holds<S, I, C>(scene: &Scene, count: usize, inputs: I, claim: C) -> Judged
where
    S: Strategy,
    I: FnOnce() -> S + Send + 'static,
    S::Value: Clone,
    C: Fn(Scene, S::Value) -> BoxFuture<'static, Judged> + Send + 'static,
{
    let scene = scene.clone();
    let count = match scene.session().is_one_shot() {
        true => count.div_ceil(ONE_SHOT_SHARE),
        false => count,
    };
    // Strategies can't cross threads, and what the oracle computes must not hold up others.
    let runtime = tokio::runtime::Handle::current();
    let judged = tokio::task::spawn_blocking(move || {
        runtime.block_on(try_all(&scene, count, &inputs(), &claim))
    });
    judged
        .await
        .unwrap_or_else(|_| Err(Stop::Harness("a property did not finish".to_owned())))
}

async fn try_all<S, C>(scene: &Scene, count: usize, strategy: &S, claim: &C) -> Judged
where
    S: Strategy,
    S::Value: Clone,
    C: Fn(Scene, S::Value) -> BoxFuture<'static, Judged>,
{
    let mut runner = TestRunner::new_with_rng(Config::default(), rng(scene));
    let mut trees = Vec::with_capacity(count);
    for _ in 0..count {
        let tree = strategy.new_tree(&mut runner);
        trees.push(tree.map_err(|error| Stop::Harness(format!("no input: {error}")))?);
    }
    let inputs: Vec<S::Value> = trees.iter().map(ValueTree::current).collect();
    let stopped: Mutex<Option<(usize, Stop)>> = Mutex::new(None);
    let found = &stopped;
    // What is under way is awaited: a reply that nobody waits for would still be outstanding.
    stream::iter(inputs.into_iter().enumerate())
        .for_each_concurrent(scene.session().width(), |(position, input)| async move {
            if found.lock().is_some() {
                return;
            }
            if let Err(stop) = claim(scene.clone(), input).await {
                let mut found = found.lock();
                // The first by position, so that a run repeats itself.
                if found.as_ref().is_none_or(|(first, _)| position < *first) {
                    *found = Some((position, stop));
                }
            }
        })
        .await;
    let (position, mut smallest) = match stopped.into_inner() {
        None => return Ok(()),
        Some((position, Stop::Mismatch(first))) => (position, first),
        Some((_, other)) => return Err(other),
    };
    let tree = &mut trees[position];
    let mut can_go_on = tree.simplify();
    for _ in 0..STEPS {
        if !can_go_on {
            break;
        }
        can_go_on = match claim(scene.clone(), tree.current()).await {
            Err(Stop::Mismatch(smaller)) => {
                smallest = smaller;
                tree.simplify()
            }
            _ => tree.complicate(),
        };
    }
    Err(Stop::Mismatch(smallest))
}

fn rng(scene: &Scene) -> TestRng {
    let mut seed = [0; 32];
    for (number, chunk) in seed.chunks_exact_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (scene.shared.seed, scene.case, number).hash(&mut hasher);
        chunk.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}
