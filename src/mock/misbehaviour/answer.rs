//! What answers become where that takes more than a row.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::conduct::Conduct;
use super::sent::submitted;
use super::table::table;
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::{self, ListVersions};
use crate::contract::route::ProjectIn;
use crate::mock::model::Project;
use crate::mock::service::{Answer, version};
use crate::mock::{Defect, Refusal, Room, Stage, Trace, Variant};

struct Success<'s> {
    room: &'s Room,
    /// The body of the request.
    request: &'s Value,
}

impl Success<'_> {
    fn look<T>(&self, look: impl FnOnce(&Project) -> T) -> Option<T> {
        self.room.read(|project| Ok(look(project))).ok()
    }
}

table! {
    REFUSALS: fn(&Success<'_>, &mut Value) -> Option<Refusal>;

    Defect::ProjectListFailsWhenLong [ListProjects] fail_when_long;
    Defect::DescriptorRefusesClientCustody [GetEncryptionKey | RetrieveSecrets] refuse_client_custody;
    Defect::DescriptorFails [GetEncryptionKey] |_, _| Some(Refusal::internal("The key store does not answer."));
    Defect::RotateFails [RotateEncryptionKey] |_, _| Some(Refusal::internal("The new key could not be shown."));
    Defect::StoreFailsAtTargets [StoreSecrets] fail_at_targets;
}

type Rewrite = fn(&Success<'_>, &mut Value);

table! {
    REWRITES: Rewrite;

    Defect::DescriptorSendsKeyCheck [GetEncryptionKey | RetrieveSecrets] send_key_check;
    Defect::HistoryOrderedAsText [GetKeyHistory] order_as_text;
    Defect::HistoryLeavesOldActive [GetKeyHistory] leave_active;
    Defect::HistoryExposesServerKey [GetKeyHistory] expose_keys;
    Defect::HistoryForgetsRotatedProof [GetKeyHistory] replace_rotated_salts;
    Variant::HistoryNullMembers [GetKeyHistory] null_members;
    Variant::VersionKeyNullMembers [GetVersion] null_members_of_key;
    Variant::DescriptorDecimals [GetEncryptionKey | RetrieveSecrets] write_decimals;
    Defect::RotateAnswersOldKey [RotateEncryptionKey] replaced_key;
    Defect::PendingPrunesServerHistory [ListPending] nothing_under_server_custody;
    Variant::ServerCustodyNothingPending [ListPending] nothing_under_server_custody;
    Variant::PendingRemainingBeyondPage [ListPending] beyond_page;
    Variant::PendingNewestFirst [ListPending] newest_first;
    Defect::PendingNamesActiveKey [ListPending] name_active_key;
    Defect::SubmitForgets [SubmitReencrypted] count_pending;
    Defect::SubmitLeavesPending [SubmitReencrypted] count_pending;
    Defect::SubmitRemainingStuck [SubmitReencrypted] count_all;
    Variant::SubmitMovedCounted [SubmitReencrypted] count_moved;
    Defect::StoreAnswersProject [StoreSecrets] name_project;
    Defect::VersionsRepeatFirstPage [ListVersions] number_page;
    Variant::VersionsOldestFirst [ListVersions] oldest_first;
    Variant::SecretIdsAsNumbers [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] number_secrets;
    Variant::ApiKeyTokenText [CreateApiKey] token_as_text;
    Variant::ApiKeyTokenText [RotateApiKey] unwrap_data;
}

table! {
    PAGES: ();

    Defect::ProjectsAnsweredAsPage [ListProjects] ();
}

/// Changes the body of a success, or refuses it.
pub(super) fn change(
    room: &Room,
    conduct: &Conduct,
    mut answer: Answer,
) -> Result<Answer, Refusal> {
    if conduct.has(PAGES) {
        answer.body = Some(b"<!doctype html><title>Projects</title>".to_vec());
        return Ok(answer);
    }
    if (conduct.has(REFUSALS) || conduct.has(REWRITES))
        && let Some(body) = &answer.body
        && let Ok(mut body) = serde_json::from_slice(body)
    {
        let success = Success { room, request: &conduct.body };
        conduct
            .find(REFUSALS)
            .find_map(|refuse| refuse(&success, &mut body))
            .map_or(Ok(()), Err)?;
        conduct.find(REWRITES).for_each(|rewrite| rewrite(&success, &mut body));
        answer.body = serde_json::to_vec(&body).ok();
    }
    Ok(answer)
}

/// The elements of `data`.
fn elements(body: &mut Value) -> impl DoubleEndedIterator<Item = &mut Value> {
    body.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten()
}

fn fail_when_long(_: &Success<'_>, body: &mut Value) -> Option<Refusal> {
    (elements(body).count() > 10).then(|| Refusal::internal("The list is too long."))
}

fn refuse_client_custody(success: &Success<'_>, body: &mut Value) -> Option<Refusal> {
    let is_client = success.look(Project::custody) == Some(Custody::Client);
    let message = "This project uses client-side encryption.";
    let refusal = || Refusal::new(Code::ClientManagedEncryption, message);
    (is_client && body.pointer("/data/attributes/content").is_some()).then(refusal)
}

fn send_key_check(success: &Success<'_>, body: &mut Value) {
    if let Some(Some(proof)) = success.look(|project| project.proof().cloned())
        && let Some(content) = body.pointer_mut("/data/attributes/content")
        && let Ok(mut inner) = serde_json::from_str::<Value>(content.as_str().unwrap_or_default())
    {
        inner["key"]["key_check"] = json!(proof.key_check);
        *content = json!(inner.to_string());
    }
}

fn order_as_text(_: &Success<'_>, body: &mut Value) {
    if let Some([_, rotated @ ..]) = body["data"].as_array_mut().map(Vec::as_mut_slice) {
        rotated.sort_by(|one, other| other["version"].as_str().cmp(&one["version"].as_str()));
    }
}

fn leave_active(_: &Success<'_>, body: &mut Value) {
    for key in elements(body).filter(|key| key["managed"] == "server") {
        key["is_active"] = json!(true);
    }
}

fn expose_keys(success: &Success<'_>, body: &mut Value) {
    success.look(|project| {
        for (entry, key) in elements(body).zip(project.history()) {
            if let Some(server) = key.server() {
                entry["key"] = json!(server.key.as_str());
            }
        }
    });
}

fn replace_rotated_salts(_: &Success<'_>, body: &mut Value) {
    let salt = body.pointer("/data/0/key_check_salt").cloned();
    for key in elements(body).skip(1) {
        match &salt {
            Some(salt) => key["key_check_salt"] = salt.clone(),
            None => remove(key, "key_check_salt"),
        }
    }
}

fn fail_at_targets(success: &Success<'_>, _: &mut Value) -> Option<Refusal> {
    let is_at_target = success.request.get("target").is_some();
    is_at_target.then(|| Refusal::internal("The cache of targets does not answer."))
}

fn null_members_of_key(_: &Success<'_>, body: &mut Value) {
    fill_with_nulls(body.pointer_mut("/data/key"));
}

/// Writes the whole numbers of the inner document as decimals: 1 as 1.0.
fn write_decimals(_: &Success<'_>, body: &mut Value) {
    if let Some(content) = body.pointer_mut("/data/attributes/content")
        && let Ok(mut inner) = serde_json::from_str::<Value>(content.as_str().unwrap_or_default())
    {
        for (_, value) in inner["key"].as_object_mut().into_iter().flatten() {
            if let Some(number) = value.as_f64() {
                *value = json!(number);
            }
        }
        *content = json!(inner.to_string());
    }
}

fn null_members(_: &Success<'_>, body: &mut Value) {
    fill_with_nulls(elements(body));
}

fn fill_with_nulls<'k>(keys: impl IntoIterator<Item = &'k mut Value>) {
    for key in keys.into_iter().filter_map(Value::as_object_mut) {
        for name in ["key_check", "key_check_salt", "key_check_iterations", "rotated_at"] {
            key.entry(name).or_insert(Value::Null);
        }
    }
}

fn replaced_key(success: &Success<'_>, body: &mut Value) {
    success.look(|project| {
        if let Some(replaced) = project.history().nth(1).and_then(|key| key.server()) {
            body["data"]["key"]["attributes"]["key"] = json!(replaced.key.as_str());
        }
    });
}

fn nothing_under_server_custody(success: &Success<'_>, body: &mut Value) {
    if success.look(Project::custody) == Some(Custody::Server) {
        *body = json!({"data": [], "meta": {"remaining": 0}});
    }
}

fn beyond_page(_: &Success<'_>, body: &mut Value) {
    let listed = elements(body).count() as u64;
    let remaining = body["meta"]["remaining"].as_u64().unwrap_or(0);
    body["meta"]["remaining"] = json!(remaining.saturating_sub(listed));
}

/// As many rows, but the newest.
fn newest_first(success: &Success<'_>, body: &mut Value) {
    let listed = elements(body).count();
    success.look(|project| {
        let mut pending: Vec<_> = project.pending().collect();
        pending.reverse();
        let pending = pending.into_iter().take(listed).map(|version| {
            let key = version.sealed.key().map(|key| key.to_string()).unwrap_or_default();
            json!({"id": version.id, "content": &*version.content, "key_version": key})
        });
        body["data"] = pending.collect();
    });
}

fn name_active_key(success: &Success<'_>, body: &mut Value) {
    if let Some(active) = success.look(|project| project.active().version.to_string()) {
        elements(body).for_each(|row| row["key_version"] = json!(active));
    }
}

/// Counts again what remains, since effects are applied after the operation has counted.
fn count_pending(success: &Success<'_>, body: &mut Value) {
    if let Some(count) = success.look(Project::pending_count) {
        body["data"]["remaining"] = json!(count);
    }
}

fn count_all(success: &Success<'_>, body: &mut Value) {
    if let Some(count) = success.look(Project::version_count) {
        body["data"]["remaining"] = json!(count);
    }
}

/// Counts every version that was named and exists.
fn count_moved(success: &Success<'_>, body: &mut Value) {
    let named = submitted(success.request);
    let is_known = |project: &Project, id| project.version(id).is_some();
    let known = success.look(|project| named.filter(|(id, _)| is_known(project, *id)).count());
    if let Some(count) = known {
        body["data"]["updated"] = json!(count);
    }
}

fn name_project(success: &Success<'_>, body: &mut Value) {
    body["data"]["source"] = json!(success.room.project);
}

/// The number of the requested page, whichever page is sent.
fn number_page(success: &Success<'_>, body: &mut Value) {
    if let Some(page) = success.request.get("page").and_then(Value::as_u64) {
        body["meta"]["current_page"] = json!(page);
    }
}

fn oldest_first(success: &Success<'_>, body: &mut Value) {
    let number = |pointer| body.pointer(pointer).and_then(Value::as_u64);
    let number = |pointer| usize::try_from(number(pointer).unwrap_or(1)).unwrap_or(1);
    let (page, per_page) = (number("/meta/current_page"), number("/meta/per_page"));
    let rules = success.room.config.rules();
    let Ok(read) = request::read::<ListVersions>(Some(success.request), rules) else {
        return;
    };
    let all =
        ListVersions { page: Some(1), per_page: Some(number("/meta/total").max(1)), ..read.body };
    let all = version::list(success.room, &all, &mut Trace::new(ProjectIn::Body));
    let all = all.ok().and_then(|answer| answer.body).unwrap_or_default();
    let mut all: Value = serde_json::from_slice(&all).unwrap_or_default();
    let rows = elements(&mut all).map(Value::take).rev();
    body["data"] = rows.skip((page - 1) * per_page).take(per_page).collect();
}

/// Only ids of digits: a fixture has others too.
fn number_secrets(_: &Success<'_>, body: &mut Value) {
    let levels = body.pointer_mut("/data/attributes/levels");
    let levels = levels.and_then(Value::as_object_mut).into_iter().flatten();
    for (_, level) in levels {
        let number = level.get("id").and_then(|id| id.as_str()?.parse::<u64>().ok());
        if let Some(number) = number {
            level["id"] = json!(number);
        }
    }
}

fn token_as_text(_: &Success<'_>, body: &mut Value) {
    body["token"] = body["token"]["token"].take();
}

fn unwrap_data(_: &Success<'_>, body: &mut Value) {
    *body = body["data"].take();
}

type Rewording = fn(&Refusal, &mut Value);

table! {
    REWORDINGS: Rewording;

    Defect::RefusalWithoutMessage [*] |refusal, body| if refusal.code().is_some() { remove(body, "message") };
    Defect::ValidationNamesNoMember [*] |refusal, body| if refusal.code().is_none() { body["errors"] = json!({"body": [body["message"]]}) };
}

table! {
    EMPTY: ();

    Defect::UnknownProjectAnswered [*] ();
}

/// The body of a refusal, as it is sent or as the journal shows it.
pub(in crate::mock) fn reword(
    conduct: Option<&Arc<Conduct>>,
    refusal: &Refusal,
    mut body: Value,
) -> Value {
    let rewordings = conduct.into_iter().flat_map(|conduct| conduct.find(REWORDINGS));
    rewordings.for_each(|change| change(refusal, &mut body));
    body
}

/// Answers a request that was refused because of an unknown project as if that existed and were empty.
pub(in crate::mock) fn instead(
    trace: &Trace,
    result: Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let is_unknown = result.is_err() && trace.last() == Some(Stage::Project);
    if is_unknown && trace.conduct().is_some_and(|conduct| conduct.has(EMPTY)) {
        let nothing = json!({"success": true, "data": [], "meta": {"remaining": 0}});
        return Ok(Answer::ok(&nothing));
    }
    result
}

fn remove(body: &mut Value, member: &str) {
    if let Some(members) = body.as_object_mut() {
        members.remove(member);
    }
}

/// An answer whose headers may change.
pub(in crate::mock) struct Head<'h> {
    pub(in crate::mock) headers: &'h mut HeaderMap,
    pub(in crate::mock) status: u16,
    pub(in crate::mock) body: &'h [u8],
    /// Unix seconds.
    pub(in crate::mock) now: i64,
}

type HeadChange = fn(&mut Head<'_>);

table! {
    HEADS: HeadChange;

    Defect::RetryAfterTooShort [*] |head| if head.status == 429 { change_number(head.headers, "retry-after", |seconds| seconds / 2) };
    Defect::RateLimitResetAsDelay [*] |head| change_number(head.headers, "x-ratelimit-reset", |reset| reset - head.now);
    Defect::ServerKeyInHeader [GetEncryptionKey] show_key;
}

/// Changes the headers of an answer.
pub(in crate::mock) fn change_head(conduct: Option<&Arc<Conduct>>, mut head: Head<'_>) {
    let changes = conduct.into_iter().flat_map(|conduct| conduct.find(HEADS));
    changes.for_each(|change| change(&mut head));
}

fn show_key(head: &mut Head<'_>) {
    let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let body = parsed(head.body);
    let content = body.pointer("/data/attributes/content").and_then(Value::as_str);
    let descriptor = parsed(content.unwrap_or_default().as_bytes());
    let key = descriptor.pointer("/key/key").and_then(Value::as_str);
    if let Some(Ok(key)) = key.map(HeaderValue::from_str) {
        head.headers.insert("x-key", key);
    }
}

fn change_number(headers: &mut HeaderMap, name: &str, change: impl Fn(i64) -> i64) {
    let value = headers.get_mut(name);
    let number = value.as_ref().and_then(|value| value.to_str().ok()?.parse().ok());
    if let (Some(value), Some(number)) = (value, number) {
        *value = HeaderValue::from(change(number));
    }
}
