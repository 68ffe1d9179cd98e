//! Changes of a body before its members are read, and refusals of bodies that are right.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::conduct::Conduct;
use super::table::table;
use crate::contract::custody::HistoryPolicy;
use crate::contract::limit;
use crate::contract::violation::Violations;
use crate::mock::{Defect, Refusal, Variant};

type Change = fn(&mut Option<Value>);

table! {
    CHANGES: Change;

    Defect::RotateAcceptsAnyPolicy [RotateEncryptionKey] known_policies_only;
    Defect::RotateIgnoresSetting [RotateEncryptionKey] |body| assume_policy(body, "keep");
    Defect::RotateNeverReencrypts [RotateEncryptionKey] |body| replace_policy(body, "keep");
    Defect::RotateKeepMovesHistory [RotateEncryptionKey] |body| replace_policy(body, "re_encrypt");
    Defect::ClientRotationCastsTypes [RotateClientKeys] |body| cast(body.as_mut(), "key_check_iterations");
    Variant::IdsOfEitherType [RotateClientKeys] ids_as_text;
    Variant::IdsOfEitherType [SubmitReencrypted] ids_as_numbers;
    Defect::PendingIgnoresLimit [ListPending] |body| replace_limit(body, 1, limit::BATCH);
    Variant::PendingLimitClamped [ListPending] clamp_limit;
    Variant::PendingSmallPages [ListPending] |body| replace_limit(body, 2, 2);
    Defect::StoreIgnoresNoBackup [StoreSecrets] |body| deny(body, "no_backup");
    Defect::DeleteNeedsNoConfirmation [DeleteSecrets] |body| set(body, "confirmed", json!(true));
    Defect::VersionsRepeatFirstPage [ListVersions] first_page;
    Variant::ForceInQueryOnly [DeleteVersion] |body| deny(body, "force");
}

/// Gets the body and the names of its unknown members.
type Refuse = fn(&Value, &[String]) -> Option<Refusal>;

table! {
    REFUSALS: Refuse;

    Defect::ClientRotationRefusesPolicy [RotateClientKeys] policy_prohibited;
    Defect::PendingRefusesHundred [ListPending] limit_over_default;
    Variant::UnknownMembersRefused [*] |_, unknown| Some(Refusal::UnknownMember(unknown.first()?.clone()));
}

/// The body to be read, and the conduct with the one that was sent.
pub(in crate::mock) fn change(
    conduct: Option<Arc<Conduct>>,
    mut body: Option<Value>,
) -> (Option<Value>, Option<Arc<Conduct>>) {
    let conduct = conduct.map(|conduct| {
        let mut with_body = Conduct::clone(&conduct);
        with_body.body = body.clone().unwrap_or_default();
        for change in conduct.find(CHANGES) {
            change(&mut body);
        }
        Arc::new(with_body)
    });
    (body, conduct)
}

/// Refuses a body whose members are right, if something that is switched on does.
pub(in crate::mock) fn accept(
    conduct: Option<&Arc<Conduct>>,
    unknown: &[String],
) -> Result<(), Refusal> {
    let refusal = conduct.and_then(|conduct| {
        conduct.find(REFUSALS).find_map(|refuse| refuse(&conduct.body, unknown))
    });
    refusal.map_or(Ok(()), Err)
}

fn members(body: &mut Option<Value>) -> Option<&mut Map<String, Value>> {
    body.as_mut().and_then(Value::as_object_mut)
}

fn set(body: &mut Option<Value>, member: &str, value: Value) {
    if let Some(members) = members(body) {
        members.insert(member.to_owned(), value);
    }
}

/// False in place of true. What is neither stays wrong.
fn deny(body: &mut Option<Value>, member: &str) {
    let given = members(body).and_then(|members| members.get_mut(member));
    if let Some(given @ Value::Bool(_)) = given {
        *given = json!(false);
    }
}

/// The items of a member that is a list. A body that is no object has none.
fn list<'b>(body: &'b mut Option<Value>, member: &str) -> impl Iterator<Item = &'b mut Value> {
    members(body).and_then(|members| members.get_mut(member)?.as_array_mut()).into_iter().flatten()
}

/// Replaces digits by the number that they write.
fn cast(body: Option<&mut Value>, member: &str) {
    let given = body.and_then(|body| body.get_mut(member));
    if let Some(given) = given
        && let Some(number) = given.as_str().and_then(|text| text.parse::<u64>().ok())
    {
        *given = json!(number);
    }
}

fn ids_as_numbers(body: &mut Option<Value>) {
    list(body, "versions").for_each(|version| cast(Some(version), "id"));
}

fn ids_as_text(body: &mut Option<Value>) {
    for secret in list(body, "secrets") {
        if let Some(number) = secret["id"].as_u64() {
            secret["id"] = json!(number.to_string());
        }
    }
}

fn known_policies_only(body: &mut Option<Value>) {
    if let Some(members) = members(body)
        && let Some(given) = members.get("history_policy")
        && HistoryPolicy::named(given.as_str().unwrap_or_default()).is_none()
    {
        members.remove("history_policy");
    }
}

/// Adds a policy where none is given.
fn assume_policy(body: &mut Option<Value>, policy: &str) {
    let body = body.get_or_insert_with(|| json!({}));
    if let Some(members) = body.as_object_mut() {
        let given = members.entry("history_policy").or_insert(Value::Null);
        if given.is_null() {
            *given = json!(policy);
        }
    }
}

/// Replaces any policy. A word that is none stays wrong.
fn replace_policy(body: &mut Option<Value>, policy: &str) {
    assume_policy(body, policy);
    if let Some(given) = members(body).and_then(|members| members.get_mut("history_policy"))
        && HistoryPolicy::named(given.as_str().unwrap_or_default()).is_some()
    {
        *given = json!(policy);
    }
}

fn clamp_limit(body: &mut Option<Value>) {
    cast(body.as_mut(), "limit");
    if let Some(given) = members(body).and_then(|members| members.get_mut("limit"))
        && let Some(limit) = given.as_u64()
    {
        *given = json!(limit.clamp(1, limit::BATCH as u64));
    }
}

/// Replaces a limit that is right and at least `from`, or that is absent.
fn replace_limit(body: &mut Option<Value>, from: usize, limit: usize) {
    let body = body.get_or_insert_with(|| json!({}));
    if let Some(members) = body.as_object_mut() {
        let given = members.entry("limit").or_insert(Value::Null);
        let right = from as u64..=limit::BATCH as u64;
        if given.is_null() || given.as_u64().is_some_and(|given| right.contains(&given)) {
            *given = json!(limit);
        }
    }
}

fn first_page(body: &mut Option<Value>) {
    let given = members(body).and_then(|members| members.get_mut("page"));
    if let Some(given) = given
        && given.as_u64().is_some_and(|page| page > 0)
    {
        *given = json!(1);
    }
}

fn policy_prohibited(body: &Value, _: &[String]) -> Option<Refusal> {
    let message = "The history_policy field is prohibited.";
    let is_given = body.get("history_policy").is_some_and(|given| !given.is_null());
    is_given.then(|| Violations::of("history_policy", message).into())
}

fn limit_over_default(body: &Value, _: &[String]) -> Option<Refusal> {
    let limit = body.get("limit").and_then(Value::as_u64)?;
    let message = "The limit field must not be over 50.";
    (limit > limit::PENDING_DEFAULT as u64).then(|| Violations::of("limit", message).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::route::Endpoint;
    use crate::mock::config::Config;

    #[test]
    fn a_body_that_is_no_object_is_left_as_it_is() {
        let names = CHANGES.iter().map(|entry| entry.name);
        let mut config = Config::default();
        names.for_each(|name| name.switch_on(&mut config));
        let config = Arc::new(config);
        for endpoint in [
            Endpoint::RotateEncryptionKey,
            Endpoint::SubmitReencrypted,
            Endpoint::RotateClientKeys,
            Endpoint::DeleteSecrets,
            Endpoint::ListPending,
            Endpoint::StoreSecrets,
            Endpoint::ListVersions,
        ] {
            for body in [json!(null), json!([]), json!([{"id": "1"}]), json!("text"), json!(7)] {
                let conduct = Conduct::of(&config, Some(endpoint));
                let (changed, _) = change(conduct, Some(body.clone()));
                assert_eq!(changed, Some(body), "{endpoint:?}");
            }
        }
    }
}
