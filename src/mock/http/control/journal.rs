//! `/_mock/journal`: the last requests and their answers; without secrets, unless the call asks for them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Input, organization};
use crate::contract::violation::Violations;
use crate::mock::journal::view::{with_secrets, without_secrets};
use crate::mock::service::Answer;
use crate::mock::{Exchange, Pattern, Refusal, World};

/// Longest time that a call waits for requests. Seconds.
const LONGEST: u32 = 60;
/// How many exchanges a call lists by default.
const LAST: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    token: String,
    #[serde(default)]
    matching: Pattern,
    /// How many are listed, which are the newest.
    last: Option<usize>,
    /// How many there have to be before the call is answered.
    wait_for: Option<usize>,
    /// How long the call waits for them.
    seconds: Option<u32>,
    /// How many there must be exactly: otherwise the answer is 422.
    times: Option<usize>,
    /// Whether the journal is emptied afterwards.
    #[serde(default)]
    clear: bool,
    /// Whether headers and bodies are shown as they were, secrets included.
    #[serde(default)]
    whole: bool,
}

pub(super) async fn journal(Input(world, ask): Input<Ask>) -> Result<Answer, Refusal> {
    if let Some(unknown) = ask.matching.unknown() {
        return Err(Violations::of("matching.endpoint", unknown).into());
    }
    let cell = organization(&world, &ask.token)?;
    let seconds = ask.seconds.unwrap_or(5).min(LONGEST);
    let count = ask.wait_for.unwrap_or(0);
    let longest = Duration::from_secs(seconds.into());
    let mut found = cell.journal.wait(&ask.matching, count, longest).await;
    if found.len() < count {
        let message =
            format!("Within {seconds} s there were {} of {count}: {}.", found.len(), ask.matching);
        return Err(Violations::of("wait_for", message).into());
    }
    if let Some(times) = ask.times
        && found.len() != times
    {
        let message = format!("There were {}, not {times}: {}.", found.len(), ask.matching);
        return Err(Violations::of("times", message).into());
    }
    // Those without a known token may be another test's: they are listed, and neither waited for nor counted.
    found.extend(world.strays_of(&cell).into_iter().filter(|stray| ask.matching.matches(stray)));
    found.sort_by_key(|exchange| exchange.noted);
    let last = ask.last.unwrap_or(LAST);
    let rows = rows(&found[found.len().saturating_sub(last)..], ask.whole);
    if ask.clear {
        world.forget(&cell);
    }
    Ok(Answer::ok(&json!({"count": found.len(), "exchanges": rows})))
}

fn rows(exchanges: &[Arc<Exchange>], is_whole: bool) -> Vec<Value> {
    let show = if is_whole { with_secrets } else { without_secrets };
    exchanges.iter().map(|exchange| show(exchange)).collect()
}

/// Requests that name no organization.
pub(super) async fn strangers(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let rows = rows(&world.strangers.all(), query.as_deref() == Some("whole=true"));
    Answer::ok(&json!({"count": rows.len(), "exchanges": rows}))
}
