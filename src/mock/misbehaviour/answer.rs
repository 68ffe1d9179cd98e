//! What the body of a success becomes where that takes more than a row.

use serde_json::{Value, json};

use super::conduct::Conduct;
use super::effect::submitted;
use super::refused::remove;
use super::table::table;
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::{self, ListVersions};
use crate::contract::route::ProjectIn;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::refusal::Refusal;
use crate::mock::room::Room;
use crate::mock::service::{Answer, version};
use crate::mock::trace::Trace;

/// A success, and what it can be compared with.
struct Success<'s> {
    room: &'s Room,
    /// The body of the request.
    request: &'s Value,
}

type Rewrite = fn(&Success<'_>, &mut Value) -> Result<(), Refusal>;

table! {
    REWRITES: Rewrite;

    Defect::ProjectListFailsWhenLong [ListProjects] fail_when_long;
    Defect::DescriptorRefusesClientCustody [GetEncryptionKey | RetrieveSecrets] refuse_client_custody;
    Defect::DescriptorSendsKeyCheck [GetEncryptionKey | RetrieveSecrets] send_key_check;
    Defect::HistoryOrderedAsText [GetKeyHistory] order_as_text;
    Defect::HistoryLeavesOldActive [GetKeyHistory] leave_active;
    Defect::HistoryExposesServerKey [GetKeyHistory] expose_keys;
    Defect::HistoryForgetsRotatedProof [GetKeyHistory] replace_rotated_salts;
    Variant::HistoryNullMembers [GetKeyHistory] null_members;
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
    /// What is answered as a page.
    PAGES: ();

    Defect::ProjectsAnsweredAsPage [ListProjects] ();
}

/// Changes what a success says. It may become a refusal.
pub(super) fn change(
    room: &Room,
    conduct: &Conduct,
    mut answer: Answer,
) -> Result<Answer, Refusal> {
    if conduct.has(PAGES) {
        answer.body = Some(b"<!doctype html><title>Projects</title>".to_vec());
        return Ok(answer);
    }
    let mut rewrites = conduct.find(REWRITES).peekable();
    if rewrites.peek().is_some()
        && let Some(body) = &answer.body
        && let Ok(mut body) = serde_json::from_slice(body)
    {
        let success = Success { room, request: &conduct.body };
        rewrites.try_for_each(|rewrite| rewrite(&success, &mut body))?;
        answer.body = serde_json::to_vec(&body).ok();
    }
    Ok(answer)
}

/// The elements of `data`.
fn elements(body: &mut Value) -> impl DoubleEndedIterator<Item = &mut Value> {
    let elements = body.get_mut("data").and_then(Value::as_array_mut);
    elements.into_iter().flatten()
}

fn fail_when_long(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    if elements(body).count() > 10 {
        return Err(Refusal::internal("The list is too long."));
    }
    Ok(())
}

fn refuse_client_custody(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let custody = success.room.read(|project| Ok(project.custody()))?;
    if custody == Custody::Client && body.pointer("/data/attributes/content").is_some() {
        let message = "This project uses client-side encryption.";
        return Err(Refusal::new(Code::ClientManagedEncryption, message));
    }
    Ok(())
}

fn send_key_check(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let proof = success.room.read(|project| Ok(project.proof().cloned()))?;
    if let Some(proof) = proof
        && let Some(content) = body.pointer_mut("/data/attributes/content")
        && let Ok(mut inner) = serde_json::from_str::<Value>(content.as_str().unwrap_or_default())
    {
        inner["key"]["key_check"] = json!(proof.key_check);
        *content = json!(inner.to_string());
    }
    Ok(())
}

fn order_as_text(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    if let Some([_, rotated @ ..]) = body["data"].as_array_mut().map(Vec::as_mut_slice) {
        rotated.sort_by(|one, other| other["version"].as_str().cmp(&one["version"].as_str()));
    }
    Ok(())
}

fn leave_active(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    for key in elements(body).filter(|key| key["managed"] == "server") {
        key["is_active"] = json!(true);
    }
    Ok(())
}

fn expose_keys(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    success.room.read(|project| {
        for (entry, key) in elements(body).zip(project.history()) {
            if let Some(server) = key.server() {
                entry["key"] = json!(server.key.as_str());
            }
        }
        Ok(())
    })
}

fn replace_rotated_salts(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let salt = body.pointer("/data/0/key_check_salt").cloned();
    for key in elements(body).skip(1) {
        match &salt {
            Some(salt) => key["key_check_salt"] = salt.clone(),
            None => remove(key, "key_check_salt"),
        }
    }
    Ok(())
}

fn null_members(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    for key in elements(body).filter_map(Value::as_object_mut) {
        for name in ["key_check", "key_check_salt", "key_check_iterations", "rotated_at"] {
            key.entry(name).or_insert(Value::Null);
        }
    }
    Ok(())
}

fn replaced_key(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    success.room.read(|project| {
        let replaced = project.history().nth(1).and_then(|key| key.server());
        if let Some(replaced) = replaced {
            body["data"]["key"]["attributes"]["key"] = json!(replaced.key.as_str());
        }
        Ok(())
    })
}

fn nothing_under_server_custody(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    if success.room.read(|project| Ok(project.custody()))? == Custody::Server {
        *body = json!({"data": [], "meta": {"remaining": 0}});
    }
    Ok(())
}

fn beyond_page(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let shown = elements(body).count() as u64;
    let remaining = body["meta"]["remaining"].as_u64().unwrap_or(0);
    body["meta"]["remaining"] = json!(remaining.saturating_sub(shown));
    Ok(())
}

/// As many rows, but the newest.
fn newest_first(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let shown = elements(body).count();
    success.room.read(|project| {
        let mut pending: Vec<_> = project.pending().collect();
        pending.reverse();
        let pending = pending.into_iter().take(shown).map(|version| {
            let key = version.sealed.key().map(|key| key.to_string()).unwrap_or_default();
            json!({"id": version.id, "content": &*version.content, "key_version": key})
        });
        body["data"] = pending.collect();
        Ok(())
    })
}

fn name_active_key(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let active = success.room.read(|project| Ok(project.active().version))?;
    elements(body).for_each(|row| row["key_version"] = json!(active.to_string()));
    Ok(())
}

/// What remains once the effects are applied.
fn count_pending(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let count = success.room.read(|project| Ok(project.pending_count()))?;
    body["data"]["remaining"] = json!(count);
    Ok(())
}

fn count_all(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let count = success.room.read(|project| Ok(project.version_count()))?;
    body["data"]["remaining"] = json!(count);
    Ok(())
}

/// Every version of the project that was named.
fn count_moved(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let named = submitted(success.request);
    let known = success
        .room
        .read(|project| Ok(named.filter(|(id, _)| project.version(*id).is_some()).count()))?;
    body["data"]["updated"] = json!(known);
    Ok(())
}

fn name_project(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    body["data"]["source"] = json!(success.room.project);
    Ok(())
}

/// As it was asked for, whichever it is.
fn number_page(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    if let Some(page) = success.request.get("page").and_then(Value::as_u64) {
        body["meta"]["current_page"] = json!(page);
    }
    Ok(())
}

fn oldest_first(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let number = |pointer| body.pointer(pointer).and_then(Value::as_u64);
    let number = |pointer| usize::try_from(number(pointer).unwrap_or(1)).unwrap_or(1);
    let (page, per_page) = (number("/meta/current_page"), number("/meta/per_page"));
    let rules = success.room.config.rules();
    let Ok(asked) = request::read::<ListVersions>(Some(success.request), rules) else {
        return Ok(());
    };
    let all =
        ListVersions { page: Some(1), per_page: Some(number("/meta/total").max(1)), ..asked.body };
    let trace = &mut Trace::new(ProjectIn::Body);
    let all = version::list(success.room, &all, trace)?.body.unwrap_or_default();
    let mut all: Value = serde_json::from_slice(&all).unwrap_or_default();
    let rows = elements(&mut all).map(Value::take).rev();
    body["data"] = rows.skip((page - 1) * per_page).take(per_page).collect();
    Ok(())
}

/// Those that are digits: a fixture has others too.
fn number_secrets(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let levels = body.pointer_mut("/data/attributes/levels");
    let levels = levels.and_then(Value::as_object_mut).into_iter().flatten();
    for (_, level) in levels {
        let number = level.get("id").and_then(|id| id.as_str()?.parse::<u64>().ok());
        if let Some(number) = number {
            level["id"] = json!(number);
        }
    }
    Ok(())
}

fn token_as_text(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    body["token"] = body["token"]["token"].take();
    Ok(())
}

fn unwrap_data(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    *body = body["data"].take();
    Ok(())
}
