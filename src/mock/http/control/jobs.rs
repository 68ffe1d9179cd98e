//! `/_mock/jobs`: the jobs that move versions onto a new server key.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Input, organization};
use crate::contract::violation::Violations;
use crate::mock::model::Project;
use crate::mock::service::{Answer, worker};
use crate::mock::{Cell, Refusal, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Jobs {
    token: String,
    /// Whether the organization's jobs wait or go on.
    paused: Option<bool>,
    /// `step` does one batch of the first job, `finish` all of them. Only while jobs are paused.
    #[serde(rename = "do")]
    order: Option<Order>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Order {
    Step,
    Finish,
}

pub(super) async fn jobs(Input(world, jobs): Input<Jobs>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &jobs.token)?;
    if let Some(paused) = jobs.paused {
        world.jobs.pause(&cell, paused);
    }
    let is_paused = cell.jobs_paused.load(std::sync::atomic::Ordering::Acquire);
    if let Some(order) = jobs.order {
        if !is_paused {
            let message = "The do field is for jobs that are paused: send paused true first.";
            return Err(Violations::of("do", message).into());
        }
        worker::advance(&world, &cell, order == Order::Finish).await;
    }
    Ok(Answer::ok(&as_json(&world, &cell)))
}

/// The jobs of an organization.
pub(super) fn as_json(world: &World, cell: &Arc<Cell>) -> Value {
    let is_paused = cell.jobs_paused.load(std::sync::atomic::Ordering::Acquire);
    let waiting: Vec<Value> = world
        .jobs
        .of(cell)
        .iter()
        .map(|job| {
            let organization = cell.state.read();
            let mut projects = organization.projects.values();
            let project = projects.find(|project| project.number == job.number);
            json!({
                "job": "re-encrypt",
                "project": project.map(|project| project.slug.clone()),
                "left": project.map(Project::pending_count),
            })
        })
        .collect();
    json!({"paused": is_paused, "waiting": waiting})
}
