//! What the body of an answer becomes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::conduct::Conduct;
use super::decision::Of;
use super::effect::submitted;
use super::table::table;
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::{self, ListVersions};
use crate::contract::route::ProjectIn;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::project::Sealed;
use crate::mock::refusal::Refusal;
use crate::mock::room::Room;
use crate::mock::service::{Answer, version};
use crate::mock::stage::Stage;
use crate::mock::trace::Trace;

/// What the body of a refusal becomes.
struct Reworded {
    of: Of,
    change: fn(&mut Value),
}

const fn reworded(of: Of, change: fn(&mut Value)) -> Reworded {
    Reworded { of, change }
}

table! {
    REWORDED: Reworded;

    Variant::UnauthenticatedWithoutCode [*] reworded(Of::Code(Code::Unauthenticated), |body| remove(body, "error"));
    Variant::NotFoundWithoutCode [*] reworded(Of::Code(Code::NotFound), |body| remove(body, "error"));
    Variant::ClientCustodyWithoutCode [*] reworded(Of::Code(Code::ClientManagedEncryption), |body| remove(body, "error"));
    Variant::ConflictWithoutCode [*] reworded(Of::Code(Code::RotationInProgress), |body| remove(body, "error"));
    Variant::RateLimitedWithoutCode [*] reworded(Of::Code(Code::RateLimited), |body| remove(body, "error"));
    Defect::RefusalWithoutMessage [*] reworded(Of::Coded, |body| remove(body, "message"));
    Defect::ValidationNamesNoMember [*] reworded(Of::Invalid, |body| body["errors"] = json!({"body": [body["message"]]}));
}

table! {
    /// What is answered as if there were nothing in the project.
    EMPTY: ();

    Defect::UnknownProjectAnswered [*] ();
}

/// A place in the body of a success, and what becomes of it.
struct At {
    pointer: &'static str,
    change: Change,
}

enum Change {
    Delete,
    To(fn(&Value) -> Value),
}

const fn at(pointer: &'static str, change: fn(&Value) -> Value) -> At {
    let change = Change::To(change);
    At { pointer, change }
}

const fn without(pointer: &'static str) -> At {
    let change = Change::Delete;
    At { pointer, change }
}

table! {
    PLACES: At;

    Defect::DescriptorVersionAsText [GetEncryptionKey | RetrieveSecrets] at("/data/attributes/content/@json/key/version", to_text);
    Defect::DescriptorOmitsKey [GetEncryptionKey | RetrieveSecrets] without("/data/attributes/content/@json/key/key");
    Defect::HistoryVersionAsNumber [GetKeyHistory] at("/data/*/version", to_number);
    Variant::HistoryWithoutProofs [GetKeyHistory] without("/data/*/key_check");
    Variant::HistoryWithoutProofs [GetKeyHistory] without("/data/*/key_check_salt");
    Variant::HistoryWithoutProofs [GetKeyHistory] without("/data/*/key_check_iterations");
    Defect::RotateVersionAsNumber [RotateEncryptionKey] at("/data/key/attributes/version", to_number);
    Defect::ClientRotationMiscounts [RotateClientKeys] at("/data/count", one_more);
    Defect::ClientRotationOmitsSuccess [RotateClientKeys] without("/success");
    Defect::PendingEndsEarly [ListPending] at("/meta/remaining", |_| json!(0));
    Defect::PendingVersionAsNumber [ListPending] at("/data/*/key_version", to_number);
    Defect::SubmitCountsAsText [SubmitReencrypted] at("/data/updated", to_text);
    Defect::SubmitMiscounts [SubmitReencrypted] at("/data/updated", one_more);
    Defect::SubmitEndsEarly [SubmitReencrypted] at("/data/remaining", |_| json!(0));
    Defect::StoreAnswersProject [StoreSecrets] at("/data/level", |_| json!("project"));
    Defect::SecretsFormatHierarchical [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] at("/data/attributes/format", |_| json!("hierarchical"));
    Variant::SecretIdsAbsent [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] without("/data/attributes/levels/*/id");
    Variant::SecretIdsAsNumbers [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] at("/data/attributes/levels/*/id", to_number);
    Defect::VersionIdAsNumber [GetVersion] at("/data/id", to_number);
    Defect::RestoreAnswersNumber [RestoreVersion] at("/data/restored_from", to_number);
}

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
    Defect::SubmitRemainingStuck [SubmitReencrypted] count_all;
    Variant::SubmitMovedCounted [SubmitReencrypted] count_moved;
    Defect::StoreAnswersProject [StoreSecrets] name_project;
    Defect::VersionsRepeatFirstPage [ListVersions] number_page;
    Variant::VersionsOldestFirst [ListVersions] oldest_first;
    Variant::ApiKeyTokenText [CreateApiKey] token_as_text;
    Variant::ApiKeyTokenText [RotateApiKey] unwrap_data;
}

table! {
    /// What is answered as a page.
    PAGES: ();

    Defect::ProjectsAnsweredAsPage [ListProjects] ();
}

/// The body of a refusal, as it is sent or as the journal shows it.
pub(in crate::mock) fn reword(
    conduct: Option<&Arc<Conduct>>,
    refusal: &Refusal,
    mut body: Value,
) -> Value {
    if let Some(conduct) = conduct {
        let reworded = conduct.find(REWORDED);
        for Reworded { change, .. } in reworded.filter(|one| one.of.is(refusal)) {
            change(&mut body);
        }
    }
    body
}

/// An answer in the place of a refusal.
pub(in crate::mock) fn instead(
    trace: &Trace,
    result: Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let is_unknown = result.is_err() && trace.last() == Some(Stage::Project);
    let mut conduct = trace.conduct().into_iter();
    if is_unknown && conduct.any(|conduct| conduct.find(EMPTY).next().is_some()) {
        let nothing = json!({"success": true, "data": [], "meta": {"remaining": 0}});
        return Ok(Answer::ok(&nothing));
    }
    result
}

/// Changes what a success says. It may become a refusal.
pub(super) fn change(
    room: &Room,
    conduct: &Conduct,
    mut answer: Answer,
) -> Result<Answer, Refusal> {
    if conduct.find(PAGES).next().is_some() {
        answer.body = Some(b"<!doctype html><title>Projects</title>".to_vec());
        return Ok(answer);
    }
    let mut rewrites = conduct.find(REWRITES).peekable();
    let mut places = conduct.find(PLACES).peekable();
    if rewrites.peek().is_none() && places.peek().is_none() {
        return Ok(answer);
    }
    let body = answer.body.as_deref();
    let Some(mut body) = body.and_then(|body| serde_json::from_slice(body).ok()) else {
        return Ok(answer);
    };
    let success = Success {
        room,
        request: &conduct.body,
    };
    rewrites.try_for_each(|rewrite| rewrite(&success, &mut body))?;
    for place in places {
        match place.change {
            Change::To(change) => each(&mut body, place.pointer, &|value| *value = change(value)),
            Change::Delete => {
                let (parent, member) = place.pointer.rsplit_once('/').unwrap_or_default();
                each(&mut body, parent, &|value| remove(value, member));
            }
        }
    }
    answer.body = serde_json::to_vec(&body).ok();
    Ok(answer)
}

/// Changes each value that a pointer leads to. `*` is each element or member, `@json` the JSON in a text.
fn each(value: &mut Value, pointer: &str, change: &dyn Fn(&mut Value)) {
    let Some(rest) = pointer.strip_prefix('/') else {
        return change(value);
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (step, rest) = rest.split_at(end);
    match (step, value) {
        ("*", Value::Array(elements)) => {
            elements
                .iter_mut()
                .for_each(|element| each(element, rest, change));
        }
        ("*", Value::Object(members)) => {
            members
                .values_mut()
                .for_each(|member| each(member, rest, change));
        }
        ("@json", value @ Value::String(_)) => {
            let text = value.as_str().unwrap_or_default();
            if let Ok(mut inner) = serde_json::from_str(text) {
                each(&mut inner, rest, change);
                *value = json!(inner.to_string());
            }
        }
        (name, Value::Object(members)) => {
            if let Some(member) = members.get_mut(name) {
                each(member, rest, change);
            }
        }
        _ => {}
    }
}

fn to_text(value: &Value) -> Value {
    json!(value.to_string())
}

/// Of text that is no number, the text.
fn to_number(value: &Value) -> Value {
    let number = value.as_str().and_then(|text| text.parse::<u64>().ok());
    number.map_or_else(|| value.clone(), |number| json!(number))
}

fn one_more(value: &Value) -> Value {
    json!(value.as_u64().unwrap_or(0) + 1)
}

/// The elements of `data`.
fn rows(body: &mut Value) -> impl DoubleEndedIterator<Item = &mut Value> {
    let rows = body.get_mut("data").and_then(Value::as_array_mut);
    rows.into_iter().flatten()
}

const DESCRIPTOR: &str = "/data/attributes/content/@json/key";

fn fail_when_long(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    if rows(body).count() > 10 {
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
    if let Some(proof) = proof {
        each(body, DESCRIPTOR, &|key| {
            key["key_check"] = json!(proof.key_check)
        });
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
    for key in rows(body).filter(|key| key["managed"] == "server") {
        key["is_active"] = json!(true);
    }
    Ok(())
}

fn expose_keys(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    success.room.read(|project| {
        for (entry, key) in rows(body).zip(project.history()) {
            if let Some(server) = key.server() {
                entry["key"] = json!(server.key.as_str());
            }
        }
        Ok(())
    })
}

fn replace_rotated_salts(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let salt = body.pointer("/data/0/key_check_salt").cloned();
    for key in rows(body).skip(1) {
        match &salt {
            Some(salt) => key["key_check_salt"] = salt.clone(),
            None => remove(key, "key_check_salt"),
        }
    }
    Ok(())
}

fn null_members(_: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    for key in rows(body).filter_map(Value::as_object_mut) {
        for name in [
            "key_check",
            "key_check_salt",
            "key_check_iterations",
            "rotated_at",
        ] {
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
    let shown = rows(body).count() as u64;
    let remaining = body["meta"]["remaining"].as_u64().unwrap_or(0);
    body["meta"]["remaining"] = json!(remaining.saturating_sub(shown));
    Ok(())
}

/// As many rows, but the newest.
fn newest_first(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let shown = rows(body).count();
    success.room.read(|project| {
        let mut pending: Vec<_> = project.pending().collect();
        pending.reverse();
        let pending = pending.into_iter().take(shown).map(|version| {
            let key = match version.sealed {
                Sealed::Under(key) => key.to_string(),
                Sealed::Opaque => String::new(),
            };
            json!({"id": version.id, "content": &*version.content, "key_version": key})
        });
        body["data"] = pending.collect();
        Ok(())
    })
}

fn name_active_key(success: &Success<'_>, body: &mut Value) -> Result<(), Refusal> {
    let active = success.room.read(|project| Ok(project.active().version))?;
    rows(body).for_each(|row| row["key_version"] = json!(active.to_string()));
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
    let known = success.room.read(|project| {
        Ok(named
            .filter(|(id, _)| project.version(*id).is_some())
            .count())
    })?;
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
    let all = ListVersions {
        page: Some(1),
        per_page: Some(number("/meta/total")),
        ..asked.body
    };
    let trace = &mut Trace::new(ProjectIn::Body, None);
    let all = version::list(success.room, &all, trace)?
        .body
        .unwrap_or_default();
    let mut all: Value = serde_json::from_slice(&all).unwrap_or_default();
    let rows = rows(&mut all).map(Value::take).rev();
    body["data"] = rows.skip((page - 1) * per_page).take(per_page).collect();
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

fn remove(body: &mut Value, member: &str) {
    if let Some(members) = body.as_object_mut() {
        members.remove(member);
    }
}
