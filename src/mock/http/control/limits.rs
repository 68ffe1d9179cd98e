//! `/_mock/limits`: what is left in the buckets of an organization.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::body::{Reply, organization, read, respond};
use crate::contract::limit::Bucket;
use crate::mock::cell::rule;
use crate::mock::service::Answer;
use crate::mock::world::World;

/// How many requests are to be left in each bucket. What is absent stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    token: String,
    api: Option<u32>,
    rotate: Option<u32>,
}

pub(super) async fn limits(State(world): State<Arc<World>>, body: Body) -> Response {
    respond(set(&world, body).await)
}

async fn set(world: &World, body: Body) -> Reply {
    let limits: Limits = read(body).await?;
    let cell = organization(world, &limits.token)?;
    let (config, now) = (cell.config(), world.clock.now());
    // What is counted is kept with the organization.
    let _changing = cell.state.write();
    let mut limiter = cell.limiter.lock();
    let mut answer = json!({});
    for (name, bucket, remaining) in
        [("api", Bucket::Api, limits.api), ("rotate", Bucket::Rotate, limits.rotate)]
    {
        let rule = rule(&config, bucket);
        if let Some(remaining) = remaining {
            limiter.set(bucket, rule, remaining, now);
        }
        let quota = limiter.quota(bucket, rule, now);
        answer[name] = json!({
            "limit": quota.limit, "remaining": quota.remaining, "reset": quota.reset,
        });
    }
    Ok(Answer::ok(&answer))
}
