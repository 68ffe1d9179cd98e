//! `/_mock/faults`: what goes wrong on the wire.

use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Input, Whose, organization};
use crate::contract::violation::Violations;
use crate::mock::service::Answer;
use crate::mock::steer::fault::{Effect, Mishap};
use crate::mock::{Cell, Pattern, Refusal, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arm {
    /// A token of the organization whose requests are meant; those of all, without it.
    token: Option<String>,
    #[serde(default)]
    matching: Pattern,
    effect: Effect,
    /// The first of the matching requests that it strikes, counted from 1, which is also the default.
    nth: Option<u64>,
    /// How many requests it strikes: a number, which is 1 by default, or `always`.
    times: Option<Times>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Times {
    Number(u64),
    Word(String),
}

pub(super) async fn arm(Input(world, arm): Input<Arm>) -> Result<Answer, Refusal> {
    let refuse =
        |member: &str, message: String| Err(Refusal::from(Violations::of(member, message)));
    if let Some(unknown) = arm.matching.unknown() {
        return refuse("matching.endpoint", unknown);
    }
    if arm.matching.status.is_some() {
        let message = "The matching.status field is not known before the answer: leave it out.";
        return refuse("matching.status", message.to_owned());
    }
    if let Effect::Status { status, .. } = arm.effect
        && !(400..=599).contains(&status)
    {
        let message = "The effect.status field must be from 400 to 599.";
        return refuse("effect.status", message.to_owned());
    }
    let times = match arm.times {
        None => Some(1),
        Some(Times::Number(times)) if times > 0 => Some(times),
        Some(Times::Word(word)) if word == "always" => None,
        Some(_) => {
            let message = "The times field must be a number from 1 on, or always.";
            return refuse("times", message.to_owned());
        }
    };
    let organization = arm.token.map(|token| organization(&world, &token)).transpose()?;
    let mishap = Mishap {
        pattern: arm.matching,
        nth: arm.nth.unwrap_or(1).max(1),
        times,
        effect: arm.effect,
    };
    let id = world.mishaps.arm(organization.map(|cell| cell.number), mishap);
    Ok(Answer::created(&json!({"id": id})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disarm {
    id: u64,
}

pub(super) async fn disarm(Input(world, Disarm { id }): Input<Disarm>) -> Result<Answer, Refusal> {
    if world.mishaps.disarm(id) { Ok(Answer::empty()) } else { Err(Refusal::not_found("Fault")) }
}

pub(super) async fn list(Input(world, whose): Input<Whose>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &whose.token)?;
    Ok(Answer::ok(&json!({"faults": as_json(&world, &cell)})))
}

/// The faults that can strike requests of an organization.
pub(super) fn as_json(world: &World, cell: &Cell) -> Vec<Value> {
    let armed = world.mishaps.of(cell.number);
    armed
        .iter()
        .map(|one| {
            json!({
                "id": one.id,
                "effect": one.mishap.effect.name(),
                "matching": one.mishap.pattern.to_string(),
                "nth": one.mishap.nth,
                "times": one.mishap.times,
                "happened": one.happened(),
                "everybody": one.organization.is_none(),
            })
        })
        .collect()
}
