//! The project of a pair of requests that are to overlap: its own; in a thrifty run one for all of them, one after another,
//! as long as their history is explained.

use parking_lot::Mutex;

use super::pair::{Pair, Setting};
use super::{SECOND, SecretIds, Step};
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::history::operation::{Answer, Key, Operation};
use crate::suite::server::key::KEYS_OF_PAIRS;
use crate::suite::server::overlap::Event;

/// The project that the pairs of a thrifty run share.
pub(crate) const PAIRS: Step = Step::new("pairs", 4 + SecretIds::most(1), 0);

/// The most keys that a project comes under by one pair, its first one among them.
const KEYS_OF_PAIR: usize = 3;

/// The setting that no pair has taken.
#[derive(Default)]
struct Free(Mutex<Option<Setting>>);

impl Setting {
    /// A new project. In a thrifty run, the one that the pair before has left, if all of its history is explained.
    pub(super) async fn of(context: &Context, pair: Pair) -> Result<Self, Stop> {
        // What it empties may have another id afterwards.
        if !context.shared.is_thrifty || pair == Pair::DeletionAndRotation {
            return Self::new(context, KEYS_OF_PAIR).await;
        }
        let make = |context| async move {
            let mut setting = Self::new(&context, KEYS_OF_PAIRS).await?;
            setting.write(&context, SECOND).await?;
            // Not every pair needs them.
            let _ = setting.find_ids(&context).await;
            setting.begin();
            Ok(Free(Mutex::new(Some(setting))))
        };
        let free = context.once(PAIRS, make).await?;
        let left = free.0.lock().take();
        match left {
            Some(setting) => Ok(setting),
            None => Self::new(&context.of_run(), KEYS_OF_PAIRS).await,
        }
    }

    /// Leaves the project to the next pair, with all that has to be explained so far.
    pub(crate) async fn leave(mut self, context: &Context, history: Vec<Event>) {
        let rotated = history.iter().rev().find_map(|event| {
            match (&event.request.operation, event.answer.as_ref()?) {
                (_, Answer::Descriptor { key }) => Some(*key),
                (Operation::RotateClient { to, .. }, Answer::Accepted) => Some(*to),
                _ => None,
            }
        });
        let place = |key: Key| self.keys.iter().position(|(_, known)| *known == key);
        let active = rotated.map_or(Some(self.active), place);
        // What had no answer may happen at any time.
        let ends = |event: &Event| {
            event.request.operation == Operation::DeleteProject || event.call().answer.is_none()
        };
        let has_keys = self.fresh + KEYS_OF_PAIR <= self.keys.len();
        if let (Some(active), true, false) = (active, has_keys, history.iter().any(ends)) {
            (self.active, self.prior) = (active, history);
            let none = async |_| Ok(Free::default());
            if let Ok(free) = context.once(PAIRS, none).await {
                *free.0.lock() = Some(self);
            }
        }
    }
}
