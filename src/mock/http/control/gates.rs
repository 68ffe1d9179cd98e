//! `/_mock/gates`: points at which requests wait.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Input, Whose, organization};
use crate::contract::violation::Violations;
use crate::mock::service::Answer;
use crate::mock::steer::gate::{Gate, LONGEST, Progress};
use crate::mock::{Cell, Point, Refusal, World};
use crate::named::Named as _;

/// Longest time that a request waits at a gate, or that a call waits for a request. Seconds.
const MOST: u32 = 600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arm {
    token: String,
    gate: String,
    project: Option<String>,
    /// How long a request waits before it goes on by itself.
    seconds: Option<u32>,
}

pub(super) async fn arm(Input(world, arm): Input<Arm>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &arm.token)?;
    let point = Point::named(&arm.gate).ok_or_else(|| {
        let names: Vec<_> = Point::names().collect();
        let message = format!("The gate field must be one of {}.", names.join(", "));
        Refusal::from(Violations::of("gate", message))
    })?;
    let seconds = arm.seconds.map(|seconds| Duration::from_secs(seconds.min(MOST).into()));
    let longest = seconds.unwrap_or(LONGEST);
    let gate = world.gates.arm(point, cell.number, arm.project, longest);
    Ok(Answer::created(&as_json(&gate)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    token: String,
    id: u64,
    /// Refuses the request instead of letting it go on.
    #[serde(default)]
    abort: bool,
    /// How long a call waits for a request.
    seconds: Option<u32>,
    /// Waits until the request has left again, also because its client hung up.
    #[serde(default)]
    left: bool,
}

fn find(world: &World, named: &Named) -> Result<Arc<Gate>, Refusal> {
    let cell = organization(world, &named.token)?;
    let found = world.gates.of(cell.number).into_iter().find(|gate| gate.id == named.id);
    found.ok_or_else(|| Refusal::not_found("Gate"))
}

pub(super) async fn release(Input(world, named): Input<Named>) -> Result<Answer, Refusal> {
    let gate = find(&world, &named)?;
    world.gates.release(&gate, named.abort);
    Ok(Answer::empty())
}

pub(super) async fn wait(Input(world, named): Input<Named>) -> Result<Answer, Refusal> {
    let gate = find(&world, &named)?;
    let seconds = named.seconds.unwrap_or(5).min(MOST);
    let longest = Duration::from_secs(seconds.into());
    let (is_so, what) = if named.left {
        (gate.left(longest).await, "left")
    } else {
        (gate.reached(longest).await, "come to")
    };
    if is_so {
        return Ok(Answer::ok(&as_json(&gate)));
    }
    let message = format!("Within {seconds} s no request has {what} {}.", gate.point.name());
    Err(Violations::of("seconds", message).into())
}

pub(super) async fn list(Input(world, whose): Input<Whose>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &whose.token)?;
    Ok(Answer::ok(&json!({"gates": all(&world, &cell)})))
}

/// The gates of an organization.
pub(super) fn all(world: &World, cell: &Cell) -> Vec<Value> {
    world.gates.of(cell.number).iter().map(|gate| as_json(gate)).collect()
}

fn as_json(gate: &Gate) -> Value {
    json!({
        "id": gate.id,
        "gate": gate.point.name(),
        "project": gate.project,
        "waiting": gate.progress() == Progress::Waiting,
    })
}
