//! `/_mock/plan`: an organization's plan: whether it is active, and how long versions stay readable.

use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::body::{Input, organization};
use crate::mock::Refusal;
use crate::mock::service::Answer;

/// A member that is absent changes nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
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

pub(super) async fn plan(Input(world, plan): Input<Plan>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &plan.token)?;
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
