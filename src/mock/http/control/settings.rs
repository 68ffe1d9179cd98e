//! What can be set of an organization while the mock runs. `/_mock/settings`: defects, variants, rows of misbehaviour and
//! whether there are limits. `/_mock/plan`: whether it is active, and how long versions stay readable. `/_mock/limits`:
//! what is left in the buckets.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::body::{Input, organization};
use crate::contract::limit::Bucket;
use crate::contract::nearest::hint;
use crate::contract::violation::Violations;
use crate::mock::cell::rule;
use crate::mock::misbehaviour::row::Row;
use crate::mock::misbehaviour::user_rows::{MOST, UserRows};
use crate::mock::rate_limit::RateLimiter;
use crate::mock::service::Answer;
use crate::mock::{self, Config, Defect, Refusal, Variant};
use crate::named::Named;

/// A list replaces the one before. A member that is absent changes nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    token: String,
    defects: Option<Vec<String>>,
    variants: Option<Vec<String>>,
    limits: Option<String>,
    misbehaviour: Option<Vec<Value>>,
}

pub(super) async fn settings(Input(world, settings): Input<Settings>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &settings.token)?;
    let defects = settings.defects.map(|names| named::<Defect>("defects", &names)).transpose()?;
    let variants =
        settings.variants.map(|names| named::<Variant>("variants", &names)).transpose()?;
    let limits = settings.limits.map(|name| one::<mock::Limits>("limits", &name)).transpose()?;
    let rows = settings.misbehaviour.map(rows).transpose()?;
    cell.configure(|config| {
        if let Some(defects) = defects {
            config.defects = defects.into_iter().collect();
        }
        if let Some(variants) = variants {
            config.variants = variants.into_iter().collect();
        }
        if let Some(limits) = limits {
            config.limits = limits;
        }
        if let Some(rows) = rows {
            config.rows = rows;
        }
    });
    Ok(Answer::ok(&as_json(&cell.config())))
}

pub(super) fn as_json(config: &Config) -> Value {
    let defects: Vec<_> = config.defects.iter().map(|defect| defect.name()).collect();
    let variants: Vec<_> = config.variants.iter().map(|variant| variant.name()).collect();
    json!({
        "defects": defects,
        "variants": variants,
        "limits": config.limits.name(),
        "misbehaviour": config.rows,
    })
}

fn rows(written: Vec<Value>) -> Result<UserRows, Refusal> {
    let mut violations = Violations::default();
    if written.len() > MOST {
        let message = format!("The misbehaviour field must have at most {MOST} rows.");
        violations.add("misbehaviour", message);
    }
    let mut rows = Vec::new();
    for (place, row) in written.into_iter().take(MOST).enumerate() {
        match Row::read(row) {
            Ok(row) => rows.push(row),
            Err(wrong) => {
                let member = wrong.member.map_or_else(String::new, |name| format!(".{name}"));
                let member = format!("misbehaviour.{place}{member}");
                let message = format!("The {member} field {}.", wrong.message);
                violations.add(member, message);
            }
        }
    }
    violations.into_result()?;
    UserRows::new(rows).map_err(|error| Violations::of("misbehaviour", error.to_string()).into())
}

fn named<T: Named>(member: &str, names: &[String]) -> Result<Vec<T>, Refusal> {
    names.iter().map(|name| one(member, name)).collect()
}

fn one<T: Named>(member: &str, name: &str) -> Result<T, Refusal> {
    T::named(name).ok_or_else(|| {
        let hint = hint(name, T::names());
        let message = format!("The {member} field has a name that is unknown{hint}.");
        Violations::of(member, message).into()
    })
}

/// A member that is absent changes nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    token: String,
    active: Option<bool>,
    /// `null` retains versions without end.
    #[serde(default, deserialize_with = "present")]
    retention_days: Option<Option<u32>>,
}

/// Tells `null` from what is absent.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u32>>, D::Error> {
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
    Ok(Answer::ok(&remaining(&limiter, &config, now)))
}

/// What is left in each bucket.
pub(super) fn remaining(limiter: &RateLimiter, config: &Config, now: Timestamp) -> Value {
    let quota = |bucket| {
        let quota = limiter.quota(bucket, rule(config, bucket), now);
        json!({"limit": quota.limit, "remaining": quota.remaining, "reset": quota.reset})
    };
    json!({"api": quota(Bucket::Api), "rotate": quota(Bucket::Rotate)})
}
