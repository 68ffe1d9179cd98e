//! A search for an order of calls that explains every answer (Wing and Gong, "Testing and verifying concurrent
//! objects"), with the memory that Lowe added ("Testing for linearizability"): a set of calls that are done and the
//! state behind them is tried once, in whichever order it was reached.
//!
//! A call takes effect at one moment between the time at which it was sent and the time at which it was answered. One
//! whose answer never came may take effect at any moment after it was sent, or never.

use std::collections::HashSet;
use std::hash::Hash;
use std::time::Duration;

/// What a thing under test may do, one call after the other.
pub trait Model {
    /// What is true of the thing.
    type State: Clone + Eq + Hash;
    /// What it is asked.
    type Operation;
    /// What it answers.
    type Answer;

    /// The states that the thing may be in after an operation that was answered so; none if it cannot be answered so.
    /// Without an answer, all states that the operation may lead to.
    fn step(
        &self,
        state: &Self::State,
        operation: &Self::Operation,
        answer: Option<&Self::Answer>,
    ) -> Vec<Self::State>;
}

/// An operation with the time at which it was sent, its answer, and the time of that. Any clock does, if it is the
/// same for all calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<O, A> {
    /// What was asked.
    pub operation: O,
    /// When it was sent.
    pub sent: Duration,
    /// When it was answered, and what.
    pub answer: Option<(Duration, A)>,
}

impl<O, A> Call<O, A> {
    /// A call that was answered.
    pub const fn answered(operation: O, sent: Duration, answered: Duration, answer: A) -> Self {
        Self { operation, sent, answer: Some((answered, answer)) }
    }

    /// A call whose answer never came.
    pub const fn lost(operation: O, sent: Duration) -> Self {
        Self { operation, sent, answer: None }
    }

    /// The end of its interval, which one without an answer has not.
    pub(super) fn end(&self) -> Option<Duration> {
        self.answer.as_ref().map(|(at, _)| *at)
    }
}

/// Whether two calls were open at the same time.
pub fn overlap<O, A>(one: &Call<O, A>, other: &Call<O, A>) -> bool {
    let begins_before_end =
        |one: &Call<O, A>, other: &Call<O, A>| other.end().is_none_or(|end| one.sent <= end);
    begins_before_end(one, other) && begins_before_end(other, one)
}

/// What a search comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<S> {
    /// An order that explains every answer, as positions of calls. Calls without an answer may be absent.
    Order(Vec<usize>),
    /// There is none.
    NoOrder(Stuck<S>),
    /// There are too many orders to try them all.
    Undecided,
}

/// How far the best order goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck<S> {
    /// The order that explains most answers, as positions of calls.
    pub order: Vec<usize>,
    /// The state behind it.
    pub state: S,
    /// The calls of which one would have to be next, and whose answers that state does not explain.
    pub next: Vec<usize>,
}

/// The most calls of one history: a bit each.
const MOST_CALLS: usize = u128::BITS as usize;
/// The most pairs of calls that are done and a state behind them. Histories that cases make have some thousands.
const MOST_POSITIONS: usize = 50_000;

/// Looks for an order of the calls that explains every answer, from a state on.
pub fn search<M: Model>(
    model: &M,
    start: &M::State,
    calls: &[Call<M::Operation, M::Answer>],
) -> Found<M::State> {
    if calls.len() > MOST_CALLS {
        return Found::Undecided;
    }
    let best = Stuck { order: Vec::new(), state: start.clone(), next: Vec::new() };
    let mut search =
        Search { model, calls, tried: HashSet::new(), order: Vec::new(), explained: 0, best };
    match search.extend(0, start) {
        Ok(true) => Found::Order(search.order),
        Ok(false) => {
            let done = search.best.order.iter().fold(0, |done, call| done | 1 << call);
            search.best.next = search.candidates(done);
            search.best.next.retain(|call| calls[*call].answer.is_some());
            Found::NoOrder(search.best)
        }
        Err(TooMany) => Found::Undecided,
    }
}

struct Search<'h, M: Model> {
    model: &'h M,
    calls: &'h [Call<M::Operation, M::Answer>],
    /// The calls that were done, as bits, and the state behind them.
    tried: HashSet<(u128, M::State)>,
    order: Vec<usize>,
    /// How many answers the best order explains.
    explained: usize,
    best: Stuck<M::State>,
}

struct TooMany;

impl<M: Model> Search<'_, M> {
    /// Whether the order so far, with these calls done and this state behind it, can be made one of all answers.
    fn extend(&mut self, done: u128, state: &M::State) -> Result<bool, TooMany> {
        self.compare_with_best(state);
        if self.open(done).next().is_none() {
            return Ok(true);
        }
        for next in self.candidates(done) {
            let call = &self.calls[next];
            let answer = call.answer.as_ref().map(|(_, answer)| answer);
            for after in self.model.step(state, &call.operation, answer) {
                let done = done | 1 << next;
                if self.tried.len() == MOST_POSITIONS {
                    return Err(TooMany);
                }
                if !self.tried.insert((done, after.clone())) {
                    continue;
                }
                self.order.push(next);
                if self.extend(done, &after)? {
                    return Ok(true);
                }
                self.order.pop();
            }
        }
        Ok(false)
    }

    /// The ends of the answered calls that are not done yet.
    fn open(&self, done: u128) -> impl Iterator<Item = Duration> {
        let calls = self.calls.iter().enumerate();
        calls.filter(move |(call, _)| done & (1 << call) == 0).filter_map(|(_, call)| call.end())
    }

    /// The calls that may be next: those that were sent before any other that is not done was answered. The ones
    /// whose answers are known come first: they need not be guessed.
    fn candidates(&self, done: u128) -> Vec<usize> {
        let Some(first_end) = self.open(done).min() else { return Vec::new() };
        let is_next = |call: &usize| done & (1 << call) == 0 && self.calls[*call].sent <= first_end;
        let mut next: Vec<usize> = (0..self.calls.len()).filter(is_next).collect();
        next.sort_by_key(|call| (self.calls[*call].answer.is_none(), self.calls[*call].sent));
        next
    }

    fn compare_with_best(&mut self, state: &M::State) {
        let is_answered = |call: &&usize| self.calls[**call].answer.is_some();
        let explained = self.order.iter().filter(is_answered).count();
        if explained > self.explained {
            self.explained = explained;
            self.best.order.clone_from(&self.order);
            self.best.state = state.clone();
        }
    }
}
