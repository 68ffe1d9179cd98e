//! Several requests at once. What is judged is only what any order of them would give.

use serde_json::json;

use super::row::{ServerCase, compares, on_client_site};
use crate::contract::route::Endpoint::{GetKeyHistory, RotateClientKeys};
use crate::harness::{Judged, Stop};
use crate::suite::server::steps::{
    CLIENT_SITE, FIRST, SECOND, SecretIds, create_client_project, rotation_body, row_id,
    secret_ids, store,
};
use crate::suite::server::wire::Reply;
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        compares("server/race/client-rotations", "race-client-rotations", client_rotations)
            .needs(needs::SECRET_IDS)
            .requests(8 + SecretIds::most(1)),
        on_client_site(
            "server/race/submit-against-rotation",
            "race-submit",
            submit_against_rotation,
        )
        .requests(10),
    ]
}

/// Whatever the order, a request is accepted or refused: it does not break the server.
fn is_answered(reply: &Reply) -> Judged {
    let what = "a request that meets another is neither accepted nor refused";
    reply.ensure(reply.is_success() || reply.is_refusal(), what, "2xx or 4xx", reply.outcome())
}

async fn client_rotations(context: &Context) -> Judged {
    let (project, first) = create_client_project(context, None).await?;
    store(context, &project, None, &first.seal(SECOND)?, Some(&first)).await?;
    let ids = secret_ids(context, &project, Some(&first)).await?;
    let keys = [context.client_key(1).await?, context.client_key(2).await?];
    let rotation = project.call(RotateClientKeys);
    let calls = [
        rotation.clone().json(&rotation_body(&keys[0], &ids)?),
        rotation.json(&rotation_body(&keys[1], &ids)?),
    ];
    let (one, other) = futures::join!(context.send(&calls[0]), context.send(&calls[1]));
    let replies = [one?, other?];
    replies.iter().try_for_each(is_answered)?;
    let outcomes = format!("{} and {}", replies[0].outcome(), replies[1].outcome());
    if !replies.iter().any(Reply::is_success) {
        return Err(Stop::CouldNotRun(format!(
            "two right rotations at once were refused with {outcomes}"
        )));
    }
    let now = project.descriptor(context).await?;
    let active = keys.iter().zip(&replies).find(|(key, reply)| {
        reply.is_success() && now["key_check_salt"] == key.proof.key_check_salt
    });
    let Some((active, _)) = active else {
        return Err(replies[0].mismatch(
            "after two rotations at once the descriptor is that of none that was accepted",
            "the salt of a rotation that was accepted",
            outcomes,
        ));
    };
    let history = project.call(GetKeyHistory);
    let history = context.succeed(200, &history).await?;
    let entries = history.list("/data")?.iter();
    let count = entries.filter(|entry| entry["is_active"] == true).count();
    let what = "after two rotations at once there is not exactly one active key";
    history.ensure(count == 1, what, "1 active entry", format!("{count} active entries"))?;
    let secrets = context.succeed(200, &project.secrets()).await?;
    let content = secrets.content("project")?;
    secrets.ensure(
        active.opens_to(content, SECOND),
        "after two rotations at once a current secret does not open under the active key",
        "the blob that was sent with the key of the descriptor",
        "another blob",
    )
}

async fn submit_against_rotation(context: &Context) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    let row = site.old_version(context).await?;
    let key = site.key(context).await?;
    let sent = json!(key.seal(FIRST)?);
    let submit = site.submit(&key, vec![json!({"id": row_id(&row)?, "content": sent})]);
    let rotation = site.rotation(context).await?;
    let (submitted, rotated) = futures::join!(context.send(&submit), context.send(&rotation));
    let (submitted, rotated) = (submitted?, rotated?);
    is_answered(&submitted)?;
    let what = "a right rotation is refused because of a submit beside it";
    rotated.ensure(rotated.is_success(), what, "200", rotated.outcome())?;
    let version = context.version(&row["id"].to_string()).await?;
    let (which, content) = if submitted.is_success() {
        ("the blob that was submitted", &sent)
    } else {
        ("the blob from before", &row["content"])
    };
    version.ensure(
        version.json["data"]["content"] == *content,
        "a submit beside a rotation is answered otherwise than it was done",
        format!("{which}: the submit was answered {}", submitted.outcome()),
        "another blob",
    )
}
