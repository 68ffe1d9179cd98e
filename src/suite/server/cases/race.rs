//! Several requests at once. What is judged is only what any order of them would give.

use serde_json::{Value, json};

use super::row::compares;
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{GetKeyHistory, GetVersion, RotateClientKeys};
use crate::harness::{Case, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::project::{FIRST, Project, SECOND, create_client_project, store};
use crate::suite::server::steps::secret_ids::{SecretIds, secret_ids};
use crate::suite::server::steps::site::{CLIENT_SITE, row_id};
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        compares("server/race/client-rotations", "race-client-rotations", client_rotations)
            .needs(needs::SECRET_IDS)
            .requests(8 + SecretIds::most(1)),
        compares("server/race/submit-against-rotation", "race-submit", submit_against_rotation)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS)
            .requests(10),
    ]
}

/// Whatever the order, a request is accepted or refused: it does not break the server.
fn is_answered(reply: &Reply) -> Judged {
    if reply.is_success() || reply.is_refusal() {
        Ok(())
    } else {
        Err(reply.mismatch(
            "a request that meets another is neither accepted nor refused",
            "2xx or 4xx",
            reply.outcome(),
        ))
    }
}

async fn client_rotations(context: &Context) -> Judged {
    let first = context.client_key(0).await?;
    let slug = create_client_project(context, &first, None).await?;
    let project = Project::new(slug, Custody::Client);
    store(context, &project, None, &first.seal(SECOND)?, Some(&first)).await?;
    let ids = secret_ids(context, &project, Some(&first)).await?;
    let keys = [context.client_key(1).await?, context.client_key(2).await?];
    let mut calls = Vec::new();
    for key in &keys {
        let mut body = json!(key.proof);
        let mut secrets = Vec::new();
        for (id, plaintext) in &ids {
            secrets.push(json!({"id": id, "content": key.seal(plaintext)?}));
        }
        body["secrets"] = json!(secrets);
        calls.push(Call::to(RotateClientKeys, &[&project.slug]).json(&body));
    }
    let (one, other) = futures::join!(context.send(&calls[0]), context.send(&calls[1]));
    let replies = [one?, other?];
    replies.iter().try_for_each(is_answered)?;
    if !replies.iter().any(Reply::is_success) {
        return Err(Stop::CouldNotRun(format!(
            "two right rotations at once were refused with {} and {}",
            replies[0].outcome(),
            replies[1].outcome()
        )));
    }
    let now = context.descriptor(&project.slug).await?;
    let active = keys.iter().zip(&replies).find(|(key, reply)| {
        reply.is_success() && now["key_check_salt"] == key.proof.key_check_salt
    });
    let Some((active, _)) = active else {
        return Err(replies[0].mismatch(
            "after two rotations at once the descriptor is that of none that was accepted",
            "the salt of a rotation that was accepted",
            format!("{} and {}", replies[0].outcome(), replies[1].outcome()),
        ));
    };
    let history = Call::to(GetKeyHistory, &[&project.slug]);
    let history = context.succeed(200, &history).await?;
    let entries = history.list("/data")?.iter();
    let count = entries.filter(|entry| entry["is_active"] == true).count();
    if count != 1 {
        return Err(history.mismatch(
            "after two rotations at once there is not exactly one active key",
            "1 active entry",
            format!("{count} active entries"),
        ));
    }
    let secrets = context.succeed(200, &project.secrets()).await?;
    let content = secrets.text("/data/attributes/levels/project/content")?;
    if active.opens_to(content, SECOND) {
        Ok(())
    } else {
        Err(secrets.mismatch(
            "after two rotations at once a current secret does not open under the active key",
            "the blob that was sent with the key of the descriptor",
            "another blob",
        ))
    }
}

async fn submit_against_rotation(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let row = site.old_version(context).await?;
    let key = site.key(context).await?;
    let sent = key.seal(FIRST)?;
    let submit = site.submit(&json!({
        "versions": [{"id": row_id(&row)?, "content": sent}],
        "key_proof": key.proof.key_check,
    }));
    let (_, rotation) = site.rotation(context).await?;
    let (submitted, rotated) = futures::join!(context.send(&submit), context.send(&rotation));
    let (submitted, rotated) = (submitted?, rotated?);
    is_answered(&submitted)?;
    if !rotated.is_success() {
        return Err(rotated.mismatch(
            "a right rotation is refused because of a submit beside it",
            "200",
            rotated.outcome(),
        ));
    }
    let id = row["id"].to_string();
    let version = context.succeed(200, &Call::to(GetVersion, &[&id])).await?;
    let holds: (&str, &Value) = if submitted.is_success() {
        ("the blob that was submitted", &json!(sent))
    } else {
        ("the blob from before", &row["content"])
    };
    if version.json["data"]["content"] == *holds.1 {
        Ok(())
    } else {
        Err(version.mismatch(
            "a submit beside a rotation is answered otherwise than it was done",
            format!("{}: the submit was answered {}", holds.0, submitted.outcome()),
            "another blob",
        ))
    }
}
