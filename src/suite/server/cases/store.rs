//! Writes: POST secrets/store, as far as keys and proofs go.

use serde_json::{Value, json};

use super::row::{LOOKS, compares, probed};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::StoreSecrets;
use crate::harness::{Case, Check, Judged};
use crate::suite::server::context::Context;
use crate::suite::server::key::opens_to;
use crate::suite::server::needs;
use crate::suite::server::steps::probe::Breaks;
use crate::suite::server::steps::project::{Project, SECOND, THIRD, create_client_project};
use crate::suite::server::steps::refusal::{Reason, Twin, refused};
use crate::suite::server::steps::site::{CLIENT_SITE, SERVER_SITE};
use crate::suite::server::wire::call::Call;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        on_site("server/store/with-proof", "write-with-proof", with_proof).requests(3),
        on_site("server/store/wrong-proof", "write-wrong-proof", wrong_proof).requests(LOOKS + 3),
        on_site("server/store/missing-proof", "write-needs-proof", missing_proof)
            .requests(LOOKS + 3),
        on_site("server/store/rotated-proof", "write-rotated-proof", rotated_proof)
            .requests(LOOKS + 3),
        compares("server/store/unverified", "write-unverified", unverified)
            .needs(needs::UNVERIFIED_PROJECT),
        compares("server/store/server-managed", "write-server-custody", server_managed)
            .on(SERVER_SITE)
            .requests(4),
        probed(
            "server/store/no-token",
            "token-required",
            (StoreSecrets, Breaks::NoToken, Reason::Status(401)),
        ),
        probed("server/store/scope", "write-scope", (StoreSecrets, Breaks::Scope, Reason::Refused)),
        probed(
            "server/store/unknown-project",
            "unknown-project",
            (StoreSecrets, Breaks::UnknownProject, Reason::Refused),
        ),
    ]
}

fn on_site(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    compares(id, requirement, check).on(CLIENT_SITE)
}

async fn with_proof(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let site = site.lock(context).await?;
    let body = site.write(context).await?;
    context.succeed(200, &site.store(&body)).await?;
    let reply = context.succeed(200, &site.project.secrets()).await?;
    if reply.text("/data/attributes/levels/project/content")? == body["content"] {
        return Ok(());
    }
    Err(reply.mismatch(
        "a stored blob does not come back as it was",
        "the content byte for byte",
        "another content",
    ))
}

async fn wrong_proof(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let site = site.lock(context).await?;
    let right = site.write(context).await?;
    let mut wrong = right.clone();
    wrong["key_proof"] = json!(crate::crypto::encoding::encode([7; 32]));
    let reason = Reason::Code(422, "key_proof_mismatch");
    let twin = Twin::Call(site.store(&right));
    refused(context, site.project, &site.store(&wrong), reason, twin).await
}

async fn missing_proof(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let site = site.lock(context).await?;
    let right = site.write(context).await?;
    let mut wrong = right.clone();
    if let Value::Object(members) = &mut wrong {
        members.remove("key_proof");
    }
    let twin = Twin::Call(site.store(&right));
    refused(context, site.project, &site.store(&wrong), Reason::Refused, twin).await
}

async fn rotated_proof(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let site = site.lock(context).await?;
    let right = site.write(context).await?;
    let mut wrong = right.clone();
    wrong["key_proof"] = json!(site.key_before(context).await?.proof.key_check);
    let twin = Twin::Call(site.store(&right));
    refused(context, site.project, &site.store(&wrong), Reason::Status(422), twin).await
}

async fn unverified(context: &Context) -> Judged {
    let key = context.client_key(0).await?;
    let project = Project::new(create_client_project(context, &key, None).await?, Custody::Client);
    let body = json!({
        "project": project.slug,
        "content": key.seal(SECOND)?,
        "key_proof": key.proof.key_check,
    });
    let call = Call::to(StoreSecrets, &[]).json(&body);
    context.succeed(200, &call).await?;
    let setting = json!({"verified": false});
    context.control("project", needs::UNVERIFIED_PROJECT, &project.slug, setting).await?;
    // The same request was accepted a moment ago: that is the twin.
    let reason = Reason::Code(422, "key_proof_required");
    refused(context, &project, &call, reason, Twin::Shared).await
}

async fn server_managed(context: &Context) -> Judged {
    let site = context.server_site().await?;
    let site = site.lock(context).await?;
    let key = context.server_key(&site.project.slug).await?;
    let content = crate::suite::server::key::seal(&key, THIRD)?;
    let body = json!({"project": site.project.slug, "content": content, "no_backup": true});
    context.succeed(200, &site.store(&body)).await?;
    let reply = context.succeed(200, &site.project.secrets()).await?;
    let stored = reply.text("/data/attributes/levels/project/content")?;
    if opens_to(&key, stored, THIRD) {
        return Ok(());
    }
    Err(reply.mismatch(
        "what is stored under server custody does not open under the key of the descriptor",
        "the text that was stored",
        "a blob that does not open",
    ))
}
