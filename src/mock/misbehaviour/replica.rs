//! How rows change an operation as a whole: where it takes place, how often, and how it is answered.

use std::sync::Arc;

use super::operator::{Operator, Part};
use super::row::Row;
use super::rows::of_operation;
use crate::contract::error::Code;
use crate::contract::route::Endpoint;
use crate::mock::model::Organization;
use crate::mock::service::Answer;
use crate::mock::{Cell, Refusal, Room};

pub(in crate::mock) struct Replica {
    pub(in crate::mock) is_twice: bool,
    is_swallowed: bool,
    is_stale: bool,
    refused: Option<Code>,
    /// The organization before a write, where reads are stale.
    before: Option<Organization>,
}

impl Replica {
    /// None if the organization has no row about any operation.
    pub(in crate::mock) fn of(room: &Room, endpoint: Endpoint) -> Option<Self> {
        let rows =
            || room.config.rows.iter().filter(|row| matches!(row.part(), Part::Write | Part::Read));
        let built_in = || of_operation(&room.config, endpoint);
        rows().chain(built_in()).next()?;
        let writes = endpoint.route().writes;
        let own = || rows().filter(|row| row.is_of(endpoint)).chain(built_in());
        let has = |operator| own().any(|row| row.operator == operator);
        let has_stale = rows().any(|row| row.operator == Operator::Stale);
        Some(Self {
            is_twice: writes && has(Operator::Twice),
            is_swallowed: writes && has(Operator::Swallow),
            is_stale: !writes && has(Operator::Stale),
            refused: own().find_map(Row::refusal).filter(|_| writes),
            before: (writes && has_stale).then(|| room.cell.state.read().copied()),
        })
    }

    /// Where the operation takes place: in its own organization, or in a copy that is dropped afterwards.
    pub(in crate::mock) fn cell(&self, room: &Room) -> Arc<Cell> {
        if !self.is_swallowed && !self.is_stale {
            return Arc::clone(&room.cell);
        }
        let now = room.cell.state.read();
        let mut copy = now.copied();
        for (slug, project) in &mut copy.projects {
            project.held = now.projects.get(slug).is_some_and(|own| own.held || own.gated > 0);
        }
        drop(now);
        if self.is_stale {
            copy = room.cell.past.lock().of(room.cell.incarnation(), copy);
        }
        Arc::new(room.cell.replica(copy))
    }

    /// The answer of the operation, which took place in the project of that slug.
    pub(in crate::mock) fn end(
        self,
        room: &Room,
        slug: &str,
        result: Result<Answer, Refusal>,
    ) -> Result<Answer, Refusal> {
        let answer = result?;
        if let Some(before) = self.before.filter(|_| !self.is_swallowed) {
            let now = room.cell.state.read();
            let mut past = room.cell.past.lock();
            past.note(room.cell.incarnation(), (before, &now), slug);
        }
        let message = "This refusal was asked for at the mock's control API.";
        self.refused.map_or(Ok(answer), |code| Err(Refusal::new(code, message)))
    }
}
