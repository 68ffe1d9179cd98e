//! What no order explains, and how hard that is held against a server.

use std::collections::BTreeSet;

use super::operation::{Answer, Call, Content, Key, Operation};
use super::project::{Project, Rules};
use super::search::{Found, overlap, search};
use super::state::State;
use super::words;

/// How a history was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// An order explains every answer.
    Explained,
    /// None does, and one would if readers beside a write might be shown an older state, or if what only documentation
    /// promises did not hold: no failure.
    Questionable(Unexplained),
    /// None does.
    Unexplained(Unexplained),
    /// There are too many orders to try them all. This says nothing of the server.
    Undecided,
}

/// What the best order explains, and what it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// The order that explains most answers, as positions of calls.
    pub order: Vec<usize>,
    /// The calls of which one would have to be next.
    pub stuck: Vec<usize>,
    /// Both in words: names of keys and texts are those of the calls.
    pub sentence: String,
}

/// Judges what was asked of a project and what it answered. The state at rest is what the last calls read.
pub fn judge(project: &Project, calls: &[Call]) -> Judgement {
    let told = Told::of(project, calls);
    let unexplained = match told.search(project, Rules::default()) {
        Found::Order(_) => return Judgement::Explained,
        Found::Undecided => return Judgement::Undecided,
        Found::NoOrder(stuck) => {
            let place = |of_told: &usize| told.places[*of_told];
            Unexplained {
                order: stuck.order.iter().map(place).collect(),
                stuck: stuck.next.iter().map(place).collect(),
                sentence: words::unexplained(&stuck, &told.calls),
            }
        }
    };
    let settled = told.without_readers_beside_writes();
    for restore_is_idle in [false, true] {
        for delete_is_idle in [false, true] {
            let rules = Rules { restore_is_idle, delete_is_idle, ..Rules::default() };
            match settled.search(project, rules) {
                Found::Order(_) => return Judgement::Questionable(unexplained),
                Found::Undecided => return Judgement::Undecided,
                Found::NoOrder(_) => {}
            }
        }
    }
    Judgement::Unexplained(unexplained)
}

/// The calls whose answers have to be explained.
struct Told {
    calls: Vec<Call>,
    /// Where each stands in the history.
    places: Vec<usize>,
    unclaimed: Vec<Key>,
}

impl Told {
    fn of(project: &Project, calls: &[Call]) -> Self {
        let mut told = Self { calls: Vec::new(), places: Vec::new(), unclaimed: Vec::new() };
        for (place, call) in calls.iter().enumerate() {
            let mut call = call.clone();
            if let Some((_, Answer::Refused { status })) = call.answer {
                let others = calls.iter().enumerate().filter(|(other, _)| *other != place);
                let is_beside_write = others
                    .map(|(_, other)| other)
                    .any(|other| !other.operation.operation.reads() && overlap(&call, other));
                let rotates = call.operation.operation.rotates();
                match status {
                    // Neither did anything, and whoever is in the way of another, or too fast, may be told so.
                    429 => continue,
                    409 if is_beside_write || rotates => continue,
                    // Nobody knows what it did.
                    500.. => call.answer = None,
                    _ => {}
                }
            }
            told.calls.push(call);
            told.places.push(place);
        }
        told.unclaimed = unclaimed(project, calls);
        told
    }

    fn search(&self, project: &Project, rules: Rules) -> Found<State> {
        let rules = Rules { unclaimed: self.unclaimed.clone(), ..rules };
        let project = Project { rules, ..project.clone() };
        search(&project, project.start(), &self.calls)
    }

    /// A cache or a replica may be behind for a while. That what it shows in the end is right has to be seen in calls
    /// that no write overlaps.
    fn without_readers_beside_writes(&self) -> Self {
        let is_write = |call: &&Call| !call.operation.operation.reads() && call.answer.is_some();
        let is_settled = |call: &Call| {
            let mut writes = self.calls.iter().filter(is_write);
            !call.operation.operation.reads() || !writes.any(|write| overlap(call, write))
        };
        let settled = self.calls.iter().zip(&self.places).filter(|(call, _)| is_settled(call));
        let (calls, places) = settled.map(|(call, place)| (call.clone(), *place)).unzip();
        Self { calls, places, unclaimed: self.unclaimed.clone() }
    }
}

/// The keys that answers show, and that neither were there before nor are of a rotation that was answered: whoever made
/// them got no answer.
fn unclaimed(project: &Project, calls: &[Call]) -> Vec<Key> {
    let mut shown = BTreeSet::new();
    let mut claimed: BTreeSet<Key> = project.start.keys.iter().copied().collect();
    for call in calls {
        if let Operation::RotateClient { to, .. } = call.operation.operation {
            claimed.insert(to);
        }
        match call.answer.as_ref().map(|(_, answer)| answer) {
            Some(Answer::Rotated { key }) => drop(claimed.insert(*key)),
            Some(Answer::Descriptor { key }) => drop(shown.insert(*key)),
            Some(Answer::History { active, former }) => {
                shown.insert(*active);
                shown.extend(former);
            }
            Some(Answer::Secrets(levels)) => {
                shown.extend(levels.values().filter_map(|level| opened(level.content)));
            }
            Some(Answer::Versions(rows) | Answer::Pending { rows, .. }) => {
                shown.extend(rows.values().filter_map(|kept| kept.named));
                shown.extend(rows.values().filter_map(|kept| opened(kept.content)));
            }
            _ => {}
        }
    }
    shown.difference(&claimed).copied().collect()
}

fn opened(content: Content) -> Option<Key> {
    match content {
        Content::Opens(blob) => Some(blob.key),
        Content::Unread | Content::Sealed => None,
    }
}
