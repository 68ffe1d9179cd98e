//! `/_mock/limits`: what is left in the buckets of an organization.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Input, organization};
use crate::contract::limit::Bucket;
use crate::mock::cell::rule;
use crate::mock::rate_limit::RateLimiter;
use crate::mock::service::Answer;
use crate::mock::{Config, Refusal};

/// How many requests each bucket is to have left. One that is absent stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    token: String,
    api: Option<u32>,
    rotate: Option<u32>,
}

pub(super) async fn limits(Input(world, limits): Input<Limits>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &limits.token)?;
    let (config, now) = (cell.config(), world.clock.now());
    // What is counted is saved with the organization, which this lock marks as changed.
    let _changing = cell.state.write();
    let mut limiter = cell.limiter.lock();
    for (bucket, remaining) in [(Bucket::Api, limits.api), (Bucket::Rotate, limits.rotate)] {
        if let Some(remaining) = remaining {
            limiter.set(bucket, rule(&config, bucket), remaining, now);
        }
    }
    Ok(Answer::ok(&as_json(&limiter, &config, now)))
}

/// What is left in each bucket.
pub(super) fn as_json(limiter: &RateLimiter, config: &Config, now: Timestamp) -> Value {
    let quota = |bucket| {
        let quota = limiter.quota(bucket, rule(config, bucket), now);
        json!({"limit": quota.limit, "remaining": quota.remaining, "reset": quota.reset})
    };
    json!({"api": quota(Bucket::Api), "rotate": quota(Bucket::Rotate)})
}
