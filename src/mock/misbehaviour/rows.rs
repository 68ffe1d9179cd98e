//! The rows of an organization, and what they make of an answer.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::operator::{Operator, Part};
use super::pointer::Place;
use super::row::{Answered, Row};
use crate::contract::limit;

/// Most rows of one organization.
pub(in crate::mock) const MOST: usize = 64;
/// By how many bytes the rows of an organization can make an answer longer.
const BUDGET: usize = limit::BODY_BYTES;

/// What rows make of the body of an answer. One that is not JSON stays as it is.
pub(in crate::mock) fn change_bytes(rows: &[Row], answered: &Answered, body: Vec<u8>) -> Vec<u8> {
    let applies = |row: &Row| row.part() == Part::Body && row.is_about(answered);
    if !rows.iter().any(applies) {
        return body;
    }
    let Ok(mut value) = serde_json::from_slice(&body) else {
        return body;
    };
    if change_body(rows, answered, &mut value) { value.to_string().into_bytes() } else { body }
}

/// What rows make of the body of an answer. Whether they lead anywhere in it.
pub(in crate::mock) fn change_body(rows: &[Row], answered: &Answered, body: &mut Value) -> bool {
    let applies = |row: &&Row| row.part() == Part::Body && row.is_about(answered);
    let mut budget = BUDGET;
    rows.iter().filter(applies).fold(false, |found, row| {
        let mut change = |place: Place<'_>| row.operator.change(place, &mut budget);
        row.at.visit(body, &mut change) || found
    })
}

/// Whether text may stand in another member of the body than in the one whose name says what it is.
pub(in crate::mock) fn move_text(rows: &[Row], answered: &Answered) -> bool {
    let mut rows = rows.iter().filter(|row| row.is_about(answered));
    rows.any(|row| row.operator.moves_text())
}

/// What rows make of the status and the headers of an answer.
pub(in crate::mock) fn change_head(
    rows: &[Row],
    answered: &Answered,
    status: &mut StatusCode,
    headers: &mut HeaderMap,
) {
    let applies = |row: &&Row| row.part() == Part::Head && row.is_about(answered);
    for row in rows.iter().filter(applies) {
        match &row.operator {
            Operator::Status(number) => {
                *status = StatusCode::from_u16(*number).unwrap_or(*status);
            }
            Operator::SetHeader { name, value } => {
                let name = name.parse::<HeaderName>();
                if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                    headers.insert(name, value);
                }
            }
            Operator::RemoveHeader(name) => {
                headers.remove(name.as_str());
            }
            _ => {}
        }
    }
}
