//! Writes: POST secrets/store, as far as keys and proofs go.

use serde_json::json;

use super::row::{ServerCase, case, compares, no_token, probed, scope, unknown_project};
use crate::contract::route::Endpoint::StoreSecrets;
use crate::harness::Judged;
use crate::suite::server::key::{opens_to, seal};
use crate::suite::server::steps::Breaks::{MissingProof, StaleProof, WrongProof};
use crate::suite::server::steps::{
    CLIENT_SITE, Reason, SECOND, SERVER_SITE, THIRD, Twin, create_client_project, refused,
};
use crate::suite::server::wire::Call;
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        compares("server/store/with-proof", "write-with-proof", with_proof)
            .on(CLIENT_SITE)
            .requests(3),
        probed("server/store/wrong-proof", "write-wrong-proof", (StoreSecrets, WrongProof)),
        probed("server/store/missing-proof", "write-needs-proof", (StoreSecrets, MissingProof)),
        probed("server/store/rotated-proof", "write-rotated-proof", (StoreSecrets, StaleProof)),
        compares("server/store/unverified", "write-unverified", unverified)
            .needs(needs::UNVERIFIED_PROJECT),
        compares("server/store/server-managed", "write-server-custody", server_managed)
            .on(SERVER_SITE)
            .requests(4),
        case("server/store/accepted", "write-with-proof", accepted)
            .on(CLIENT_SITE)
            .requests(0)
            .late(),
        no_token("server/store/no-token", StoreSecrets),
        scope("server/store/scope", "write-scope", StoreSecrets),
        unknown_project("server/store/unknown-project", StoreSecrets),
    ]
}

async fn with_proof(context: &Context) -> Judged {
    let site = context.lock(CLIENT_SITE).await?;
    let write = site.write(context).await?;
    context.succeed(200, &write).await?;
    let reply = context.succeed(200, &site.project.secrets()).await?;
    reply.ensure(
        reply.content("project")? == write.body()["content"],
        "a stored blob does not come back as it was",
        "the content byte for byte",
        "another content",
    )
}

/// Whatever the case that sent it: there it only could not run.
async fn accepted(context: &Context) -> Judged {
    let asked = context.site(CLIENT_SITE).await.map(drop);
    context.recorded()?.shapes.judge_refusals(StoreSecrets)?;
    asked
}

async fn unverified(context: &Context) -> Judged {
    let (project, key) = create_client_project(context, None).await?;
    let call = Call::to(StoreSecrets, &[]).json(&json!({
        "project": project.slug,
        "content": key.seal(SECOND)?,
        "key_proof": key.proof.key_check,
    }));
    context.succeed(200, &call).await?;
    let setting = json!({"verified": false});
    context.control("project", needs::UNVERIFIED_PROJECT, &project.slug, setting).await?;
    // The same request was accepted a moment ago: that is the twin.
    let reason = Reason::Code(422, "key_proof_required");
    refused(context, &project, &call, reason, Twin::Shared).await
}

async fn server_managed(context: &Context) -> Judged {
    let site = context.lock(SERVER_SITE).await?;
    let key = site.project.server_key(context).await?;
    let slug = &site.project.slug;
    let body = json!({"project": slug, "content": seal(&key, THIRD)?, "no_backup": true});
    context.succeed(200, &Call::to(StoreSecrets, &[]).json(&body)).await?;
    let reply = context.succeed(200, &site.project.secrets()).await?;
    reply.ensure(
        opens_to(&key, reply.content("project")?, THIRD),
        "what is stored under server custody does not open under the key of the descriptor",
        "the text that was stored",
        "a blob that does not open",
    )
}
