//! What was deleted is gone: a project, a target, a token. Each answers before its deletion, so that the refusal after it
//! has no other reason.

use serde_json::json;

use super::row::{Id, ServerCase, case};
use crate::contract::route::Endpoint::{
    self, CreateTarget, DeleteProject, DeleteTarget, GetEncryptionKey, GetKeyHistory,
    GetProjectSecrets, GetTargetSecrets, ListPending, RotateClientKeys, StoreSecrets,
};
use crate::harness::{Check, Judged};
use crate::suite::server::steps::{
    OwnToken, Project, SECOND, SERVER_SITE, TARGET, create_client_project, rotation_body, store,
};
use crate::suite::server::wire::{Call, Reply};
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        deletes("server/project/deleted", "unknown-project", project).requests(10),
        deletes("server/target/deleted", "target-deleted", target).requests(6),
        deletes("server/token/deleted", "token-deleted", token)
            .on(SERVER_SITE)
            .needs(needs::LIMITED_TOKENS)
            .requests(5),
    ]
}

fn deletes(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    case(id, requirement, check).writes()
}

fn is_gone(reply: &Reply, what: &str) -> Judged {
    reply.ensure(reply.is_refusal(), what, "a refusal (4xx)", reply.outcome())
}

async fn project(context: &Context) -> Judged {
    let (project, key) = create_client_project(context, None).await?;
    let content = key.seal(SECOND)?;
    store(context, &project, None, &content, Some(&key)).await?;
    let delete = project.call(DeleteProject);
    context.prepare("deleting a project", &delete).await?;
    let body = json!({
        "project": project.slug,
        "content": content,
        "key_proof": key.proof.key_check,
    });
    let next = context.client_key(1).await?;
    let reads = [GetEncryptionKey, GetKeyHistory, GetProjectSecrets, ListPending];
    // The deletion before was answered as done: that this one is a repetition is no excuse for taking it.
    let calls = reads.map(|endpoint: Endpoint| project.call(endpoint)).into_iter().chain([
        Call::to(StoreSecrets, &[]).json(&body),
        project.call(RotateClientKeys).json(&rotation_body(&next, &[])?),
        delete,
    ]);
    for call in calls {
        is_gone(&context.send(&call).await?, "a project that was deleted is not refused")?;
    }
    Ok(())
}

async fn target(context: &Context) -> Judged {
    let (project, key) = create_client_project(context, None).await?;
    let create = project.call(CreateTarget).json(&json!({"name": TARGET}));
    context.prepare("creating a target", &create).await?;
    let content = key.seal(SECOND)?;
    store(context, &project, Some(TARGET), &content, Some(&key)).await?;
    let delete = Call::to(DeleteTarget, &[&project.slug, TARGET]);
    context.prepare("deleting a target", &delete).await?;
    let Project { slug, .. } = &project;
    let body = json!({
        "project": slug,
        "target": TARGET,
        "content": content,
        "key_proof": key.proof.key_check,
    });
    let read = Call::to(GetTargetSecrets, &[slug, TARGET]);
    for call in [read, Call::to(StoreSecrets, &[]).json(&body)] {
        is_gone(&context.send(&call).await?, "a target that was deleted is not refused")?;
    }
    Ok(())
}

async fn token(context: &Context) -> Judged {
    let site = context.site(SERVER_SITE).await?;
    let token = OwnToken::make(context, "key:retrieve").await?;
    let reads = [GetEncryptionKey, GetKeyHistory];
    let [read, other] = reads.map(|one| site.project.call(one).bearer(token.bearer.clone()));
    context.prepare("reading with a token that was just made", &read).await?;
    token.delete(context).await?;
    for call in [read, other] {
        let reply = context.send(&call).await?;
        let what = "a token that was deleted is not answered with 401";
        reply.ensure(reply.status == 401, what, "401", reply.outcome())?;
    }
    Ok(())
}
