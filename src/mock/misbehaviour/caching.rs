//! Answers and tokens that are kept and used again: what each write forgets, and what a request keeps that had read
//! before the write.

use std::sync::Arc;

use super::cache::Place;
use super::conduct::Conduct;
use super::table::table;
use crate::contract::route::Endpoint;
use crate::mock::model::Token;
use crate::mock::service::Answer;
use crate::mock::{Defect, Room};

table! {
    ANSWERS: ();

    Defect::DescriptorCachedLate [GetEncryptionKey] ();
    Defect::HistoryCachedLate [GetKeyHistory] ();
    Defect::HistoryCachedBriefly [GetKeyHistory] ();
    Defect::SecretsCachedLate [GetProjectSecrets] ();
    Defect::VersionsCachedLate [ListVersions] ();
}

table! {
    /// What is kept is used once.
    BRIEF: ();

    Defect::HistoryCachedBriefly [GetKeyHistory] ();
}

table! {
    TOKENS: ();

    Defect::TokenCachedLate [*] ();
}

fn place(room: &Room) -> Option<Place> {
    let number = room.read(|project| Ok(project.number)).ok()?;
    Some((room.cell.incarnation(), number))
}

/// Answers a read with what is kept, or keeps its answer.
pub(in crate::mock) fn through(
    room: &Room,
    endpoint: Endpoint,
    conduct: Option<&Arc<Conduct>>,
    answer: &mut Answer,
) {
    if let Some(conduct) = conduct.filter(|conduct| conduct.has(ANSWERS))
        && let Some(place) = place(room)
        && let Some(body) = &mut answer.body
    {
        let mut cache = room.cell.cache.lock();
        let kept = cache.0.entry(place).or_default();
        let asked = (endpoint, conduct.body.to_string());
        match kept.remove(&asked) {
            Some(known) if conduct.has(BRIEF) => *body = known,
            Some(known) => {
                body.clone_from(&known);
                kept.insert(asked, known);
            }
            None => drop(kept.insert(asked, body.clone())),
        }
    }
}

/// Empties the cache of the project that a request has written to.
pub(in crate::mock) fn empty(room: &Room) {
    if let Some(place) = place(room) {
        room.cell.cache.lock().0.remove(&place);
    }
}

/// Makes a token valid again that was revoked while a request with it was being answered.
pub(in crate::mock) fn keep_token(
    room: &Room,
    conduct: Option<&Arc<Conduct>>,
    bearer: Option<&str>,
    token: &Token,
) {
    if conduct.is_some_and(|conduct| conduct.has(TOKENS))
        && room.cell.state.read().bearer(token.id).is_none()
        && let Some(bearer) = bearer
    {
        room.cell.state.write().tokens.insert(bearer.to_owned(), token.clone());
    }
}
