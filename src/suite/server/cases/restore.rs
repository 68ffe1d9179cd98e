//! Restoring what is under an older key: a write like any other under client custody, and the server's
//! work under its own.

use serde_json::{Value, json};

use super::row::{ServerCase, compares, on_client_site, probed};
use crate::contract::route::Endpoint::{RestoreVersion, StoreSecrets};
use crate::harness::Judged;
use crate::suite::server::Context;
use crate::suite::server::key::{opens_to, seal};
use crate::suite::server::steps::Breaks::{MissingProof, NoContent, WrongProof};
use crate::suite::server::steps::{CLIENT_SITE, FIRST, ROTATIONS, SECOND};
use crate::suite::server::wire::Call;

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        probed("server/restore/wrong-proof", "write-wrong-proof", (RestoreVersion, WrongProof)),
        probed("server/restore/missing-proof", "write-needs-proof", (RestoreVersion, MissingProof)),
        probed(
            "server/restore/missing-content",
            "restore-needs-content",
            (RestoreVersion, NoContent),
        ),
        on_client_site("server/restore/client-managed", "restore-with-content", with_content)
            .requests(8),
        compares("server/restore/after-rotation", "restore-after-rotation", after_rotation)
            .on(ROTATIONS)
            .requests(4)
            .late(),
    ]
}

async fn with_content(context: &Context) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    let restore = site.restore(context).await?;
    context.succeed(200, &restore).await?;
    let reply = context.succeed(200, &site.project.secrets()).await?;
    // Only the server knows which level the version is of.
    let levels = reply.json["data"]["attributes"]["levels"].as_object();
    let holds = |level: &Value| level["content"] == restore.body()["content"];
    reply.ensure(
        levels.is_some_and(|levels| levels.values().any(holds)),
        "a blob that was sent with a restore does not come back as it was",
        "the content byte for byte",
        "another content",
    )
}

/// A version that `keep` left under the old key, put back; then what was there before it.
async fn after_rotation(context: &Context) -> Judged {
    let keep = &context.rotations().await?.keep;
    context.succeed(200, &Call::to(RestoreVersion, &[&keep.version])).await?;
    let key = keep.project.server_key(context).await?;
    let reply = context.succeed(200, &keep.project.secrets()).await?;
    let content = reply.content("project")?;
    let body =
        json!({"project": keep.project.slug, "content": seal(&key, SECOND)?, "no_backup": true});
    let again = Call::to(StoreSecrets, &[]).json(&body);
    context.prepare("storing a secret", &again).await?;
    reply.ensure(
        opens_to(&key, content, FIRST),
        "a version under an older key, restored, does not open under the new one",
        "the text of the version, under the key of the descriptor",
        "a blob that does not open to it",
    )
}
