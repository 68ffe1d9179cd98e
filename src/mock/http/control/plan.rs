//! `/_mock/plan`: what an organization's plan lets it do: whether it is active, how long versions stay
//! readable.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::body::{Reply, organization, read, respond};
use crate::mock::service::Answer;
use crate::mock::world::World;

/// The plan from now on. A member that is absent changes nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    token: String,
    active: Option<bool>,
    /// `null` retains versions without end.
    #[serde(default, deserialize_with = "given")]
    retention_days: Option<Option<u32>>,
}

/// Tells `null` from what is absent.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u32>>, D::Error> {
    Deserialize::deserialize(value).map(Some)
}

pub(super) async fn plan(State(world): State<Arc<World>>, body: Body) -> Response {
    respond(change(&world, body).await)
}

async fn change(world: &World, body: Body) -> Reply {
    let plan: Plan = read(body).await?;
    let cell = organization(world, &plan.token)?;
    let mut organization = cell.state.write();
    if let Some(active) = plan.active {
        organization.active = active;
    }
    if let Some(days) = plan.retention_days {
        organization.retention_days = days;
    }
    Ok(Answer::ok(&json!({
        "active": organization.active,
        "retention_days": organization.retention_days,
    })))
}
