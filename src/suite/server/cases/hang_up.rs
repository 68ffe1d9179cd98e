//! A client that hangs up after it has sent a write: the write happens whole, or not at all, and whatever follows goes on
//! from there.

use serde_json::json;

use super::row::{Id, ServerCase, compares, compares_server};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::RotateEncryptionKey;
use crate::harness::{Check, Judged, Stop};
use crate::suite::server::key::{opens_to, seal};
use crate::suite::server::steps::{
    Fate, HANG_UPS, LockedSite, ROTATIONS, SECOND, Site, Snapshot, THIRD, Unanswered, at_rest,
    hang_up, ids, store,
};
use crate::suite::server::wire::Reply;
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        unanswered("server/hang-up/client-rotation", client_rotation).requests(2),
        unanswered("server/hang-up/store", write_to_target).requests(4),
        unanswered("server/hang-up/restore", restore).requests(4),
        unanswered("server/hang-up/submit", submit).requests(4),
        compares_server("server/hang-up/server-rotation", REQUIREMENT, server_rotation)
            .on(ROTATIONS)
            .needs(needs::QUOTA)
            .requests(9 + 2 * Snapshot::most(Custody::Server, 1))
            .rotations(1),
    ]
}

const REQUIREMENT: Id = "unanswered-write";

fn unanswered(id: Id, check: impl Check<Context>) -> ServerCase {
    compares(id, REQUIREMENT, check).on(HANG_UPS).needs(needs::SECRET_IDS)
}

async fn client_rotation(context: &Context) -> Judged {
    let hang_ups = context.hang_ups().await?;
    let one = &hang_ups.rotation;
    one.of_client_rotation().map_err(|torn| one.torn("client rotation", torn))?;
    // Under whichever key is active now.
    let write = hang_ups.site.lock(context).await?.write(context).await?;
    context.succeed(200, &write).await.map(|_| ())
}

async fn write_to_target(context: &Context) -> Judged {
    let hang_ups = context.hang_ups().await?;
    let site = hang_ups.site.lock(context).await?;
    level(context, &site, &hang_ups.store, ("write", "target")).await
}

async fn restore(context: &Context) -> Judged {
    let hang_ups = context.hang_ups().await?;
    let site = hang_ups.site.lock(context).await?;
    let one = hang_ups.restore.as_ref().ok_or_else(nothing_pending)?;
    level(context, &site, one, ("restore", "project")).await
}

fn nothing_pending() -> Stop {
    Stop::CouldNotRun("no version is pending after a rotation".to_owned())
}

/// Does the same again, with an answer: what it adds to the versions of the level, the unanswered one has added if it
/// happened.
async fn level(
    context: &Context,
    site: &LockedSite,
    one: &Unanswered,
    (write, level): (&str, &str),
) -> Judged {
    let fate = one.of_level(level).map_err(|torn| one.torn(write, torn))?;
    let mut list = json!({"per_page": Snapshot::LISTED});
    if level == "target" {
        list["target"] = json!(site.project.target);
    }
    let list = site.project.versions(list);
    let before = context.succeed(200, &list).await?;
    match write {
        // That a restore is accepted is documented, and no more.
        "restore" => context.prepare("restoring a version", &one.call).await?,
        _ => context.succeed(200, &one.call).await?,
    };
    let after = context.succeed(200, &list).await?;
    let added = ids(&after).difference(&ids(&before)).count();
    let once = one.after.version_ids(level).difference(&one.before.version_ids(level)).count();
    // A page that is full may not show what was added.
    let is_whole = after.rows().len() < Snapshot::LISTED;
    if fate == Fate::Done && is_whole && once != added {
        return Err(one.torn(
            write,
            format!("the level holds the sent blob, and {once} versions were kept, where an answered one keeps {added}"),
        ));
    }
    Ok(())
}

async fn submit(context: &Context) -> Judged {
    let hang_ups = context.hang_ups().await?;
    let one = hang_ups.submit.as_ref().ok_or_else(nothing_pending)?;
    let fate = one.of_submit().map_err(|torn| one.torn("submit", torn))?;
    let _site = hang_ups.site.lock(context).await?;
    let sent = one.call.body()["versions"].as_array().map_or(&[][..], Vec::as_slice);
    if fate == Fate::Nothing {
        return context.succeed(200, &one.call).await.map(|_| ());
    }
    for version in sent {
        let now = context.version(&version["id"].to_string()).await?;
        if now.json["data"]["content"] != version["content"] {
            let torn = "a version that is not pending any more does not hold the sent blob";
            return Err(one.torn("submit", torn.to_owned()));
        }
    }
    Ok(())
}

/// In a project of its own. Where it did not happen, nothing has changed; where it did, the descriptor tells the new key.
async fn server_rotation(context: &Context) -> Judged {
    context.rotations().await?;
    let project = Site::server(context, None).await?.lock(context).await?.project.clone();
    let old = project.server_key(context).await?;
    let before = Snapshot::before(context, &project).await?;
    let call = project.call(RotateEncryptionKey).json(&json!({"history_policy": "keep"}));
    let exchange = hang_up(context, &project, &call).await?;
    let is_settled = |after: &Snapshot| {
        before.difference(after).is_none() || before.content("project") != after.content("project")
    };
    let after = at_rest(context, &project, is_settled).await?;
    let key = context.shared.keys.server(after.descriptor()).await?;
    let one = Unanswered { call, exchanges: vec![exchange], before, after };
    let is_new = one.before.descriptor() != one.after.descriptor();
    let content = one.after.content("project").as_str().unwrap_or_default();
    let torn = match (is_new, one.before.difference(&one.after)) {
        (false, Some(changed)) => {
            Some(format!("the key is that from before, and a change of: {changed}"))
        }
        (true, _) if opens_to(&old, content, SECOND) => Some(
            "the descriptor is that of a new key, and the current secret is under the old one"
                .to_owned(),
        ),
        (true, _) if !opens_to(&key, content, SECOND) => Some(
            "the descriptor is that of a new key, and the current secret opens under neither"
                .to_owned(),
        ),
        (true, _) => one.after.disagreement().map(str::to_owned),
        (false, None) => None,
    };
    if let Some(torn) = torn {
        return Err(one.torn("server rotation", torn));
    }
    store(context, &project, None, &seal(&key, THIRD)?, None).await?;
    let secrets: Reply = context.succeed(200, &project.secrets()).await?;
    secrets.ensure(
        opens_to(&key, secrets.content("project")?, THIRD),
        "what is written after an unanswered rotation does not open under the key of the descriptor",
        "the text that was stored",
        "a blob that does not open",
    )
}
