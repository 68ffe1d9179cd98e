//! A claim about many generated calls: tried in parallel, shrunk to the smallest call that fails,
//! repeatable by the seed of the run and the id of the case.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;
use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::sync::oneshot;

use super::context::Context;
use super::input::{Calls, Example};
use crate::adapter::Request;
use crate::harness::{Judged, Stop};
use crate::vectors::Call;

/// Where each request costs a process, one call of so many is tried.
const ONE_SHOT_SHARE: usize = 8;

/// Steps of shrinking, at most, and the characters that they may send: a text of many shrinks too slowly to be worth it.
const STEPS: usize = 200;
const CHARACTERS: usize = 1 << 18;

/// Why a claim does not hold, or could not be tried.
pub(super) struct Counterexample {
    pub(super) stop: Stop,
    /// The smallest call that shows it. None if it is no matter of the call.
    pub(super) call: Option<Call>,
}

impl From<Stop> for Counterexample {
    fn from(stop: Stop) -> Self {
        Self { stop, call: None }
    }
}

/// How far a call that fails is shrunk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shrinking {
    /// Not at all if the mistake has a name: the vectors have small examples of those.
    Unnamed,
    /// As far as it goes.
    Always,
}

/// Tries the claim with so many calls of a strategy, fewer in one-shot mode.
pub(super) async fn refute(
    context: &Context,
    (tries, shrinking): (usize, Shrinking),
    calls: Calls,
    claim: impl Fn(Context, Example) -> BoxFuture<'static, Judged> + Send + 'static,
) -> Result<(), Counterexample> {
    let context = context.clone();
    let share = if context.session().is_one_shot() { ONE_SHOT_SHARE } else { 1 };
    let tries = tries.div_ceil(share);
    // Strategies can't cross threads, and what the oracle computes must not hold up others.
    let runtime = tokio::runtime::Handle::current();
    // A run that is stopped drops this future, and with it the sender: what goes on there would outlive the runtime.
    let (here, dropped) = oneshot::channel::<()>();
    let judged = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            let calls = calls();
            tokio::select! {
                tried = try_all(&context, (tries, shrinking), &calls, &claim) => tried,
                _ = dropped => Err(Stop::Harness("a property was given up".to_owned()).into()),
            }
        })
    });
    let judged = judged.await;
    drop(here);
    judged.unwrap_or_else(|_| Err(Stop::Harness("a property did not finish".to_owned()).into()))
}

async fn try_all(
    context: &Context,
    (tries, shrinking): (usize, Shrinking),
    strategy: &BoxedStrategy<Example>,
    claim: &impl Fn(Context, Example) -> BoxFuture<'static, Judged>,
) -> Result<(), Counterexample> {
    let mut runner = TestRunner::new_with_rng(Config::default(), rng(context));
    let mut trees = Vec::with_capacity(tries);
    for _ in 0..tries {
        let tree = strategy.new_tree(&mut runner);
        trees.push(tree.map_err(|error| Stop::Harness(format!("no input: {error}")))?);
    }
    let inputs: Vec<Example> = trees.iter().map(ValueTree::current).collect();
    let stopped: Mutex<Option<(usize, Stop)>> = Mutex::new(None);
    let first_stop = &stopped;
    // What is under way is awaited: a reply that nobody waits for would still be outstanding.
    stream::iter(inputs.into_iter().enumerate())
        .for_each_concurrent(context.session().width(), |(position, input)| async move {
            if first_stop.lock().is_some() {
                return;
            }
            if let Err(stop) = claim(context.quietly(), input).await {
                let mut first_stop = first_stop.lock();
                // The first by position, so that a run repeats itself.
                if first_stop.as_ref().is_none_or(|(first, _)| position < *first) {
                    *first_stop = Some((position, stop));
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
    let mut smallest = tree.current();
    match claim(context.clone(), smallest.clone()).await {
        Err(named @ Stop::Mismatch(_))
            if shrinking == Shrinking::Unnamed && first_line(&named) != first_line(&stop) =>
        {
            return Err(Counterexample { stop: named, call: Some(smallest.call) });
        }
        Err(same @ Stop::Mismatch(_)) => stop = same,
        _ => return Err(Counterexample { stop, call: Some(smallest.call) }),
    }
    let mut can_go_on = tree.simplify();
    let length = Request::of(&smallest.call).params.to_string().len();
    let mut steps = 0..STEPS.min(CHARACTERS / length.max(1));
    while can_go_on && steps.next().is_some() {
        let simpler = tree.current();
        can_go_on = match claim(context.quietly(), simpler.clone()).await {
            Err(smaller @ Stop::Mismatch(_)) => {
                (stop, smallest) = (smaller, simpler);
                tree.simplify()
            }
            _ => tree.complicate(),
        };
    }
    if let Err(named @ Stop::Mismatch(_)) = claim(context.clone(), smallest.clone()).await {
        stop = named;
    }
    Err(Counterexample { stop, call: Some(smallest.call) })
}

fn first_line(stop: &Stop) -> &str {
    match stop {
        Stop::Mismatch(mismatch) => &mismatch.what,
        _ => "",
    }
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
