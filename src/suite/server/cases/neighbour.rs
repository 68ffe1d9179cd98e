//! What belongs to another project of the same organization: a version, a secret, a target. A request of one project that
//! names it leaves it as it is, whatever the answer.

use serde_json::json;

use super::row::{Id, ServerCase, case};
use crate::contract::route::Endpoint::{GetEnvironmentSecrets, GetTargetSecrets, StoreSecrets};
use crate::harness::{Check, Judged, Stop};
use crate::suite::server::key::seal;
use crate::suite::server::steps::{
    CLIENT_SITE, FIRST, LEVELS, ROTATION_SITE, SERVER_SITE, SecretIds, THIRD, row_id, secret_ids,
};
use crate::suite::server::wire::Call;
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        names("server/submit/other-project", version)
            .on(CLIENT_SITE)
            .on(LEVELS)
            .needs(needs::SECRET_IDS)
            .requests(12 + SecretIds::most(2)),
        names("server/client-rotation/other-project", secret)
            .on(ROTATION_SITE)
            .on(LEVELS)
            .needs(needs::SECRET_IDS)
            .requests(7 + SecretIds::most(2) + SecretIds::most(3)),
        names("server/store/other-project", target).on(LEVELS).on(SERVER_SITE).requests(8),
    ]
}

fn names(id: Id, check: impl Check<Context>) -> ServerCase {
    case(id, "projects-apart", check).writes()
}

/// A submit of one project, with its own proof, that names a pending version of another.
async fn version(context: &Context) -> Judged {
    let mut theirs = context.lock(CLIENT_SITE).await?;
    let ours = context.levels().await?.site.lock(context).await?;
    let row = theirs.old_version(context).await?;
    let id = row["id"].to_string();
    let before = context.version(&id).await?;
    let key = ours.key(context).await?;
    let named = json!({"id": row_id(&row)?, "content": key.seal(FIRST)?});
    let reply = context.send(&ours.submit(&key, vec![named])).await?;
    let after = context.version(&id).await?;
    reply.ensure(
        after.json["data"] == before.json["data"],
        "a submit has changed a version of another project",
        "the version as it was, under its own key",
        format!("{}, and another version", reply.outcome()),
    )
}

/// A client rotation of one project that names a secret of another beside its own.
async fn secret(context: &Context) -> Judged {
    let ours = context.lock(ROTATION_SITE).await?;
    let theirs = context.levels().await?.site.lock(context).await?;
    let key = theirs.key(context).await?;
    let ids = secret_ids(context, &theirs.project, Some(&key)).await?;
    let Some((id, _)) = ids.first() else {
        return Err(Stop::CouldNotRun("the other project holds no secret".to_owned()));
    };
    let right = ours.rotation(context).await?;
    let mut secrets = right.body()["secrets"].as_array().cloned().unwrap_or_default();
    secrets.push(json!({"id": id, "content": ours.next_key(context).await?.seal(THIRD)?}));
    let levels = async || {
        let reply = context.prepare("reading secrets", &theirs.project.secrets()).await?;
        Ok::<_, Stop>(reply.json["data"]["attributes"]["levels"].clone())
    };
    let before = levels().await?;
    let reply = context.send(&right.member("secrets", secrets)).await?;
    reply.ensure(
        levels().await? == before,
        "a client rotation has changed a secret of another project",
        "the secrets of the other project as they were",
        format!("{}, and another blob", reply.outcome()),
    )
}

/// Writes and reads of a project at a target and an environment that only another one has.
async fn target(context: &Context) -> Judged {
    let theirs = context.levels().await?.site.lock(context).await?;
    let (Some(target), Some(environment)) = (&theirs.project.target, &theirs.project.environment)
    else {
        return Err(Stop::Harness("the project of all levels has not got them".to_owned()));
    };
    let ours = context.lock(SERVER_SITE).await?;
    let key = ours.project.server_key(context).await?;
    let slug = ours.project.slug.as_str();
    let at_target = json!({"project": slug, "target": target, "content": seal(&key, THIRD)?});
    let store = Call::to(StoreSecrets, &[]).json(&at_target);
    let calls = [
        store.clone(),
        store.member("environment", environment.as_str()),
        Call::to(GetTargetSecrets, &[slug, target]),
        Call::to(GetEnvironmentSecrets, &[slug, target, environment]),
    ];
    let before = context.prepare("reading secrets", &theirs.project.secrets()).await?;
    let blobs = ["project", "target", "environment"].map(|level| before.content(level));
    let mut replies = Vec::new();
    for call in calls {
        let reply = context.send(&call).await?;
        let text = reply.json.to_string();
        reply.ensure(
            !blobs.iter().flatten().any(|blob| text.contains(*blob)),
            "an answer shows a secret of another project",
            "nothing of the project that has a target of that name",
            "its blob",
        )?;
        replies.push(reply);
    }
    let after = context.prepare("reading secrets", &theirs.project.secrets()).await?;
    let attributes = "/data/attributes/levels";
    replies[0].ensure(
        after.json.pointer(attributes) == before.json.pointer(attributes),
        "a write has changed a secret of another project",
        "the secrets of the other project as they were",
        format!("{}, and another blob", replies[0].outcome()),
    )
}
