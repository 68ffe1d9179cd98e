//! Computations of several threads: one to a processor while there are processors, then two.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::chain::Chain;
#[cfg(target_arch = "x86_64")]
use super::sha_ni;

/// Chains that one thread runs beside each other while others wait.
const LANES: usize = 2;

static PROCESSORS: LazyLock<usize> =
    LazyLock::new(|| available_parallelism().map_or(1, NonZero::get));
static QUEUE: Mutex<Queue> =
    Mutex::new(Queue { next: 0, waiting: VecDeque::new(), finished: BTreeMap::new(), busy: 0 });
static CHANGED: Condvar = Condvar::new();

struct Queue {
    /// The number of the next chain that comes.
    next: u64,
    waiting: VecDeque<(u64, Chain)>,
    finished: BTreeMap<u64, Chain>,
    /// Threads that compute.
    busy: usize,
}

/// Runs a chain to its end. The threads that call this compute for each other: no more of them than
/// there are processors, and two chains at a time when more chains wait than processors.
pub(super) fn run(chain: Chain) -> Chain {
    let mut queue = QUEUE.lock();
    let number = queue.next;
    queue.next += 1;
    queue.waiting.push_back((number, chain));
    loop {
        if let Some(chain) = queue.finished.remove(&number) {
            return chain;
        }
        let free = PROCESSORS.saturating_sub(queue.busy);
        if free == 0 || queue.waiting.is_empty() {
            CHANGED.wait(&mut queue);
            continue;
        }
        let lanes = if queue.waiting.len() > free { LANES } else { 1 };
        let mut taken: Vec<_> = queue.waiting.drain(..lanes).collect();
        queue.busy += 1;
        MutexGuard::unlocked(&mut queue, || {
            let mut chains: Vec<&mut Chain> = taken.iter_mut().map(|(_, chain)| chain).collect();
            advance(&mut chains);
        });
        queue.busy -= 1;
        for (number, chain) in taken {
            if chain.left == 0 {
                queue.finished.insert(number, chain);
            } else {
                queue.waiting.push_front((number, chain));
            }
        }
        CHANGED.notify_all();
    }
}

/// Advances all chains beside each other, until one of them is at its end.
pub(super) fn advance(chains: &mut [&mut Chain]) {
    let count = chains.iter().map(|chain| chain.left).min().unwrap_or(0);
    iterate(chains, count);
    for chain in chains {
        chain.left -= count;
    }
}

fn iterate(chains: &mut [&mut Chain], count: u32) {
    #[cfg(target_arch = "x86_64")]
    if sha_ni::is_available() {
        return sha_ni::advance(chains, count);
    }
    for chain in chains {
        chain.advance(count);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::Iterations;
    use super::*;

    /// More threads than processors, and chains of different lengths.
    #[test]
    fn each_thread_gets_its_own_chain_at_its_end() {
        let chain = |number: u32| {
            let iterations =
                Iterations::try_from(i64::from(1 + number % 3 * 5_000)).expect("more than none");
            Chain::new(&number.to_be_bytes(), b"salt", iterations)
        };
        thread::scope(|scope| {
            for number in 0..64 {
                scope.spawn(move || {
                    let mut alone = chain(number);
                    alone.advance(alone.left);
                    let run = run(chain(number));
                    assert_eq!(run.left, 0);
                    assert!(run.output() == alone.output(), "chain {number}");
                });
            }
        });
        let queue = QUEUE.lock();
        assert!(queue.waiting.is_empty() && queue.finished.is_empty() && queue.busy == 0);
    }
}
