//! Restoring what is under an older key: a write like any other under client custody, and the server's
//! work under its own.

use serde_json::json;

use super::row::{LOOKS, compares};
use crate::contract::route::Endpoint::{GetProjectSecrets, RestoreVersion, StoreSecrets};
use crate::crypto::encoding;
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::key::{opens_to, seal};
use crate::suite::server::needs;
use crate::suite::server::steps::project::{FIRST, SECOND};
use crate::suite::server::steps::refusal::{Reason, Twin, refused};
use crate::suite::server::steps::rotations::ROTATIONS;
use crate::suite::server::steps::site::{CLIENT_SITE, LockedSite};
use crate::suite::server::wire::call::Call;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        on_site("server/restore/wrong-proof", "write-wrong-proof", (broken, Restore::WrongProof)),
        on_site("server/restore/missing-proof", "write-needs-proof", (broken, Restore::NoProof)),
        on_site(
            "server/restore/missing-content",
            "restore-needs-content",
            (broken, Restore::NoContent),
        ),
        on_site("server/restore/client-managed", "restore-with-content", with_content).requests(8),
        compares("server/restore/after-rotation", "restore-after-rotation", after_rotation)
            .on(ROTATIONS)
            .requests(4)
            .late(),
    ]
}

fn on_site(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    compares(id, requirement, check).on(CLIENT_SITE).needs(needs::SECRET_IDS).requests(LOOKS + 8)
}

/// What a restore lacks.
#[derive(Clone, Copy)]
enum Restore {
    WrongProof,
    NoProof,
    NoContent,
}

/// The right restore of a version under an older key, and what it stores.
async fn right(
    context: &Context,
    site: &mut LockedSite<'_>,
) -> Result<(String, serde_json::Value), Stop> {
    let row = site.old_version(context).await?;
    let key = site.key(context).await?;
    let body = json!({"content": key.seal(SECOND)?, "key_proof": key.proof.key_check});
    Ok((row["id"].to_string(), body))
}

fn restore(site: &LockedSite<'_>, id: &str) -> Call {
    site.project.own(Call::to(RestoreVersion, &[id]))
}

async fn broken(context: &Context, how: Restore) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let (id, right) = right(context, &mut site).await?;
    let call = restore(&site, &id);
    let (wrong, reason) = match how {
        Restore::WrongProof => {
            let mut body = right.clone();
            body["key_proof"] = json!(encoding::encode([7; 32]));
            (call.json(&body), Reason::Code(422, "key_proof_mismatch"))
        }
        Restore::NoProof => {
            let body = json!({"content": right["content"]});
            (call.json(&body).breaking("key_proof"), Reason::Refused)
        }
        Restore::NoContent => (call, Reason::Code(422, "content_required_for_old_key")),
    };
    let twin = Twin::Call(restore(&site, &id).json(&right));
    refused(context, site.project, &wrong, reason, twin).await
}

async fn with_content(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let (id, body) = right(context, &mut site).await?;
    context.succeed(200, &restore(&site, &id).json(&body)).await?;
    let reply = context.succeed(200, &site.project.secrets()).await?;
    // Only the server knows which level the version is of.
    let levels = reply.json["data"]["attributes"]["levels"].as_object();
    let holds = |level: &serde_json::Value| level["content"] == body["content"];
    if levels.is_some_and(|levels| levels.values().any(holds)) {
        return Ok(());
    }
    Err(reply.mismatch(
        "a blob that was sent with a restore does not come back as it was",
        "the content byte for byte",
        "another content",
    ))
}

/// A version that `keep` left under the old key, put back; then what was there before it.
async fn after_rotation(context: &Context) -> Judged {
    let rotations = context.rotations().await?;
    let keep = &rotations.keep;
    let call = Call::to(RestoreVersion, &[&keep.version]);
    context.succeed(200, &call).await?;
    let key = context.server_key(&keep.slug).await?;
    let secrets = Call::to(GetProjectSecrets, &[&keep.slug]);
    let reply = context.succeed(200, &secrets).await?;
    let content = reply.text("/data/attributes/levels/project/content")?;
    let opens = opens_to(&key, content, FIRST);
    let body = json!({"project": keep.slug, "content": seal(&key, SECOND)?, "no_backup": true});
    let again = Call::to(StoreSecrets, &[]).json(&body);
    context.prepare("storing a secret", &again).await?;
    if opens {
        Ok(())
    } else {
        Err(reply.mismatch(
            "a version under an older key, restored, does not open under the new one",
            "the text of the version, under the key of the descriptor",
            "a blob that does not open to it",
        ))
    }
}
