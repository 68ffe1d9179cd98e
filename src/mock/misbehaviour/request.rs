//! Changes of a body before its members are read, and refusals of bodies that are right.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::conduct::Conduct;
use super::proof::take_for_right;
use super::table::table;
use crate::contract::custody::HistoryPolicy;
use crate::contract::limit;
use crate::contract::violation::Violations;
use crate::mock::{Defect, Refusal, Room, Variant};

type Change = fn(&mut Option<Value>);

table! {
    CHANGES: Change;

    Defect::RotateAcceptsAnyPolicy [RotateEncryptionKey] known_policies_only;
    Defect::RotateIgnoresSetting [RotateEncryptionKey] |body| replace_or_add(body, "history_policy", |given| given.is_null().then(|| json!("keep")));
    Defect::RotateNeverReencrypts [RotateEncryptionKey] |body| replace_policy(body, "keep");
    Defect::RotateKeepMovesHistory [RotateEncryptionKey] |body| replace_policy(body, "re_encrypt");
    Defect::ClientRotationCastsTypes [RotateClientKeys] |body| replace(body, "key_check_iterations", |given| digits(given).map(Value::from));
    Variant::IdsOfEitherType [RotateClientKeys] ids_as_text;
    Variant::IdsOfEitherType [SubmitReencrypted] ids_as_numbers;
    Defect::PendingIgnoresLimit [ListPending] |body| replace_limit(body, 1, limit::BATCH);
    Variant::PendingLimitClamped [ListPending] clamp_limit;
    Variant::PendingSmallPages [ListPending] |body| replace_limit(body, 2, 2);
    Defect::StoreIgnoresNoBackup [StoreSecrets] |body| deny(body, "no_backup");
    Defect::DeleteNeedsNoConfirmation [DeleteSecrets] |body| replace(body, "confirmed", |_| Some(json!(true)));
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
    room: &Room,
) -> (Option<Value>, Option<Arc<Conduct>>) {
    let conduct = conduct.map(|conduct| {
        let mut with_body = Conduct::clone(&conduct);
        with_body.body = body.clone().unwrap_or_default();
        change_members(&conduct, &mut body);
        take_for_right(&conduct, room, body.as_mut());
        Arc::new(with_body)
    });
    (body, conduct)
}

fn change_members(conduct: &Conduct, body: &mut Option<Value>) {
    conduct.find(CHANGES).for_each(|change| change(body));
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

/// Replaces a member of an object by what `other` makes of it, which gets null for one that is absent.
fn replace(body: &mut Option<Value>, member: &str, other: impl FnOnce(&Value) -> Option<Value>) {
    if let Some(members) = members(body)
        && let Some(value) = other(members.get(member).unwrap_or(&Value::Null))
    {
        members.insert(member.to_owned(), value);
    }
}

/// The same, also where there is no body.
fn replace_or_add(
    body: &mut Option<Value>,
    member: &str,
    other: impl FnOnce(&Value) -> Option<Value>,
) {
    body.get_or_insert_with(|| json!({}));
    replace(body, member, other);
}

/// The number that a text of digits is.
fn digits(given: &Value) -> Option<u64> {
    given.as_str()?.parse().ok()
}

/// False in place of true. What is neither stays wrong.
fn deny(body: &mut Option<Value>, member: &str) {
    replace(body, member, |given| given.is_boolean().then(|| json!(false)));
}

/// The items of a member that is a list. A body that is no object has none.
fn list<'b>(body: &'b mut Option<Value>, member: &str) -> impl Iterator<Item = &'b mut Value> {
    let items = members(body).and_then(|members| members.get_mut(member)?.as_array_mut());
    items.into_iter().flatten()
}

fn ids_as_numbers(body: &mut Option<Value>) {
    for version in list(body, "versions") {
        if let Some(number) = digits(&version["id"]) {
            version["id"] = json!(number);
        }
    }
}

fn ids_as_text(body: &mut Option<Value>) {
    for secret in list(body, "secrets") {
        if let Some(number) = secret["id"].as_u64() {
            secret["id"] = json!(number.to_string());
        }
    }
}

fn is_policy(given: &Value) -> bool {
    HistoryPolicy::named(given.as_str().unwrap_or_default()).is_some()
}

fn known_policies_only(body: &mut Option<Value>) {
    if let Some(members) = members(body)
        && members.get("history_policy").is_some_and(|given| !is_policy(given))
    {
        members.remove("history_policy");
    }
}

/// Replaces any policy, and an absent one. A word that is none stays wrong.
fn replace_policy(body: &mut Option<Value>, policy: &str) {
    replace_or_add(body, "history_policy", |given| {
        (given.is_null() || is_policy(given)).then(|| json!(policy))
    });
}

fn clamp_limit(body: &mut Option<Value>) {
    replace(body, "limit", |given| {
        let limit = given.as_u64().or_else(|| digits(given))?;
        Some(json!(limit.clamp(1, limit::BATCH as u64)))
    });
}

/// Replaces a limit that is right and at least `from`, or that is absent.
fn replace_limit(body: &mut Option<Value>, from: usize, limit: usize) {
    let right = from as u64..=limit::BATCH as u64;
    let is_right = |given: &Value| given.as_u64().is_some_and(|given| right.contains(&given));
    replace_or_add(body, "limit", |given| {
        (given.is_null() || is_right(given)).then(|| json!(limit))
    });
}

fn first_page(body: &mut Option<Value>) {
    replace(body, "page", |given| given.as_u64().filter(|page| *page > 0).map(|_| json!(1)));
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
                let mut changed = Some(body.clone());
                change_members(&conduct.expect("something is switched on"), &mut changed);
                assert_eq!(changed, Some(body), "{endpoint:?}");
            }
        }
    }
}
