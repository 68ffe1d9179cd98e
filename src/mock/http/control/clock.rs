//! `/_mock/clock`: the one clock that limits, dates, tokens and jobs go by.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Input;
use crate::contract::limit::Bucket;
use crate::contract::violation::Violations;
use crate::mock::cell::rule;
use crate::mock::clock::rfc3339;
use crate::mock::service::Answer;
use crate::mock::{Refusal, World};

pub(super) async fn read(State(world): State<Arc<World>>) -> Answer {
    reading(&world, Vec::new())
}

/// A change of the clock: exactly one of these members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// How far it is moved forward.
    seconds: Option<u32>,
    /// Whether it is moved forward to the next event.
    #[serde(default)]
    next: bool,
    /// The time that it is set to.
    set: Option<String>,
    /// Whether it stops or runs on.
    freeze: Option<bool>,
}

pub(super) async fn change(Input(world, change): Input<Change>) -> Result<Answer, Refusal> {
    let clock = &world.clock;
    let before = clock.now();
    match (change.seconds, change.next, change.set, change.freeze) {
        (Some(seconds), false, None, None) => clock.advance(Duration::from_secs(seconds.into())),
        (None, true, None, None) => {
            let coming = events(&world, before).into_iter().map(|(at, _)| at);
            if let Some(next) = coming.filter(|at| *at > before).min() {
                clock.set(next);
            }
        }
        (None, false, Some(time), None) => clock.set(at(&time)?),
        (None, false, None, Some(true)) => clock.freeze(),
        (None, false, None, Some(false)) => clock.run(),
        _ => {
            let message = "The body must have one of seconds, next, set and freeze.";
            return Err(Violations::of("body", message).into());
        }
    }
    let now = clock.now();
    let mut fired = events(&world, before);
    fired.retain(|(at, _)| *at > before && *at <= now);
    fired.sort_by_key(|(at, _)| *at);
    Ok(reading(&world, fired.into_iter().map(|(_, event)| event).collect()))
}

fn at(text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| {
        let message = "The set field must be a time in RFC 3339, such as 2026-06-11T00:00:00Z.";
        Violations::of("set", message).into()
    })
}

/// What happens by itself at a time: windows of limits that close, where they had opened by `before`, and tokens that
/// expire.
fn events(world: &World, before: Timestamp) -> Vec<(Timestamp, Value)> {
    let mut events = Vec::new();
    for cell in world.cells() {
        let config = cell.config();
        let organization = cell.state.read();
        let ulid = &organization.ulid;
        for token in organization.tokens.values() {
            events.extend(token.expires_at.map(|at| {
                let event = json!({
                    "at": rfc3339(at), "what": "a token expires", "organization": ulid,
                    "name": token.name,
                });
                (at, event)
            }));
        }
        let limiter = cell.limiter.lock();
        for (bucket, at) in limiter.closings(before, |bucket| rule(&config, bucket)) {
            let name = match bucket {
                Bucket::Api => "api",
                Bucket::Rotate => "rotate",
            };
            let event = json!({
                "at": rfc3339(at), "what": "a rate limit's window closes", "organization": ulid,
                "bucket": name,
            });
            events.push((at, event));
        }
    }
    events
}

/// What time it is, whether the clock runs by itself, and the events that a change has passed.
fn reading(world: &World, fired: Vec<Value>) -> Answer {
    let clock = &world.clock;
    Answer::ok(&json!({
        "now": rfc3339(clock.now()), "runs": !clock.is_driven(), "fired": fired,
    }))
}
