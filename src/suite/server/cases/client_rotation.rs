//! POST secrets/rotate-client-keys.

use serde_json::{Value, json};

use super::row::{LOOKS, LOOKS_AT_SERVER, compares, probed};
use crate::contract::route::Endpoint::{GetVersion, ListPending, ListVersions, RotateClientKeys};
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::probe::Breaks;
use crate::suite::server::steps::project::{AT_TARGET, Project, SECOND};
use crate::suite::server::steps::refusal::{Reason, Twin, accepted, unchanged, without_effect};
use crate::suite::server::steps::secret_ids::{SecretIds, secret_ids};
use crate::suite::server::steps::site::{ROTATION_SITE, Site};
use crate::suite::server::steps::snapshot::Snapshot;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::number;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        on_site("server/client-rotation/rotates", "client-rotation-rotates", rotates).requests(6),
        on_site(
            "server/client-rotation/old-versions-stay",
            "client-rotation-leaves-history",
            old_versions_stay,
        )
        .requests(6),
        on_site(
            "server/client-rotation/replaced-become-versions",
            "client-rotation-keeps-replaced",
            replaced_become_versions,
        )
        .requests(9),
        on_site(
            "server/client-rotation/missing-secret",
            "client-rotation-incomplete",
            (incomplete, Set::Missing),
        )
        .requests(LOOKS + 4),
        on_site(
            "server/client-rotation/unknown-secret",
            "client-rotation-incomplete",
            (incomplete, Set::Unknown),
        )
        .requests(LOOKS + 4),
        on_site(
            "server/client-rotation/duplicate-secret",
            "client-rotation-incomplete",
            (incomplete, Set::Duplicate),
        )
        .requests(LOOKS + 4),
        on_site("server/client-rotation/wrong-types", "client-rotation-types", wrong_types)
            .requests(LOOKS + 6),
        compares(
            "server/client-rotation/server-managed",
            "client-rotation-server-custody",
            server_managed,
        )
        .requests(LOOKS_AT_SERVER + 6 + SecretIds::most(1)),
        probed(
            "server/client-rotation/no-token",
            "token-required",
            (RotateClientKeys, Breaks::NoToken, Reason::Status(401)),
        ),
        probed(
            "server/client-rotation/read-only-token",
            "client-rotation-scope",
            (RotateClientKeys, Breaks::ReadsOnly, Reason::Code(403, "insufficient_permissions")),
        ),
        probed(
            "server/client-rotation/unknown-project",
            "unknown-project",
            (RotateClientKeys, Breaks::UnknownProject, Reason::Refused),
        ),
        on_site("server/client-rotation/shape", "client-rotation-shape", shape).requests(0).late(),
    ]
}

fn on_site(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    compares(id, requirement, check).on(ROTATION_SITE).needs(needs::SECRET_IDS)
}

async fn rotates(context: &Context) -> Judged {
    let site = context.rotation_site().await?;
    let site = site.lock(context).await?;
    let next = site.next_key(context).await?;
    let before = context.descriptor(&site.project.slug).await?;
    let (body, call) = site.rotation(context).await?;
    let reply = context.succeed(200, &call).await?;
    let sent = body["secrets"].as_array().map_or(&[][..], Vec::as_slice);
    if reply.json["data"]["count"] != json!(sent.len()) {
        return Err(reply.mismatch(
            "data.count is not the number of secrets that were sent",
            sent.len().to_string(),
            reply.json["data"]["count"].to_string(),
        ));
    }
    let now = context.descriptor(&site.project.slug).await?;
    if now["version"] == before["version"] || now["key_check_salt"] != next.proof.key_check_salt {
        return Err(reply.mismatch(
            "after a client rotation the descriptor is not that of the new key",
            "a new version and the salt that was sent",
            "the version or the salt from before",
        ));
    }
    let secrets = context.succeed(200, &site.project.secrets()).await?;
    for (level, plaintext) in [("project", SECOND), ("target", AT_TARGET)] {
        let content = secrets.text(&format!("/data/attributes/levels/{level}/content"))?;
        let is_sent = sent.iter().any(|secret| secret["content"] == content);
        if !is_sent || !next.opens_to(content, plaintext) {
            return Err(secrets.mismatch(
                "after a client rotation a current secret is not the blob that was sent",
                "every current secret opens under the new key",
                format!("the secret of the {level} does not"),
            ));
        }
    }
    Ok(())
}

async fn old_versions_stay(context: &Context) -> Judged {
    let site = context.rotation_site().await?;
    let site = site.lock(context).await?;
    let (_, rotation) = site.rotation(context).await?;
    let pending = site.pending(context).await?;
    let Some(oldest) = pending.first() else {
        return Err(Stop::CouldNotRun("no historical version is pending".to_owned()));
    };
    context.prepare("rotating the client key", &rotation).await?;
    let id = oldest["id"].to_string();
    let reply = context.succeed(200, &Call::to(GetVersion, &[&id])).await?;
    if reply.json["data"]["content"] != oldest["content"] {
        return Err(reply.mismatch(
            "a client rotation changes a historical version",
            "the blob from before, still under the old key",
            "another blob",
        ));
    }
    let listed =
        |row: &Value| row["id"] == oldest["id"] && row["key_version"] == oldest["key_version"];
    let list = Call::to(ListPending, &[&site.project.slug]).json(&json!({"limit": 50}));
    let list = context.prepare("listing pending versions", &list).await?;
    let rows = list.list("/data")?;
    if rows.iter().any(listed) {
        return Ok(());
    }
    // A page may hold fewer rows than are pending: then the version itself shows whose it is.
    let remaining = list.number("/meta/remaining")?;
    let is_whole = remaining == 0 || usize::try_from(remaining) == Ok(rows.len());
    let under = &reply.json["data"]["key"]["version"];
    if !is_whole && number(under) == number(&oldest["key_version"]) {
        return Ok(());
    }
    Err(reply.mismatch(
        "after a client rotation a version under an older key is not pending any more",
        "the version is pending under the key version that it had",
        "it is not listed so",
    ))
}

async fn replaced_become_versions(context: &Context) -> Judged {
    let site = context.rotation_site().await?;
    let site = site.lock(context).await?;
    let secrets = context.succeed(200, &site.project.secrets()).await?;
    let replaced = secrets.text("/data/attributes/levels/project/content")?.to_owned();
    let (_, call) = site.rotation(context).await?;
    let reply = context.succeed(200, &call).await?;
    let pending = site.pending(context).await?;
    let is_pending = pending.iter().any(|row| row["content"] == replaced);
    // A page may hold fewer rows than are pending: then the newest versions show it.
    if is_pending || newest_versions(context, site.project).await?.contains(&replaced) {
        return Ok(());
    }
    Err(reply.mismatch(
        "a blob that a client rotation replaces is not kept as a version",
        "it is pending, or the content of a new version",
        "it is neither",
    ))
}

/// Versions of the project level that are looked through for the blob that was replaced last.
const NEWEST: usize = 3;

/// What the newest versions of the project level hold.
async fn newest_versions(context: &Context, project: &Project) -> Result<Vec<String>, Stop> {
    let list = json!({"project": project.slug, "per_page": 50});
    let list = Call::to(ListVersions, &[]).json(&list);
    let list = context.prepare("listing versions", &list).await?;
    let mut contents = Vec::new();
    for row in list.newest_first().into_iter().take(NEWEST) {
        let id = row["id"].as_str().unwrap_or_default();
        let version = Call::to(GetVersion, &[id]);
        let version = context.prepare("reading a version", &version).await?;
        contents.push(version.text("/data/content")?.to_owned());
    }
    Ok(contents)
}

/// What is wrong with the set of secrets.
#[derive(Clone, Copy)]
enum Set {
    Missing,
    Unknown,
    Duplicate,
}

async fn incomplete(context: &Context, set: Set) -> Judged {
    let site = context.rotation_site().await?;
    let site = site.lock(context).await?;
    let (right, twin) = site.rotation(context).await?;
    let mut wrong = right;
    if let Some(secrets) = wrong["secrets"].as_array_mut() {
        if secrets.is_empty() {
            return Err(Stop::CouldNotRun(
                "the project holds no secret that a rotation could leave out".to_owned(),
            ));
        }
        match set {
            Set::Missing => {
                secrets.pop();
            }
            Set::Unknown => {
                let mut unknown = secrets[0].clone();
                unknown["id"] = json!("01ARZ3NDEKTSV4RRFFQ69G5FZZ");
                secrets.push(unknown);
            }
            Set::Duplicate => secrets.push(secrets[0].clone()),
        }
    }
    without_effect(context, site.project, &site.rotation_with(&wrong)).await?;
    accepted(context, Twin::Call(twin)).await
}

async fn wrong_types(context: &Context) -> Judged {
    let site = context.rotation_site().await?;
    let site = site.lock(context).await?;
    let (right, twin) = site.rotation(context).await?;
    let before = Snapshot::before(context, site.project).await?;
    let mut replies = Vec::new();
    for (member, wrong) in [
        ("key_check", json!(17)),
        ("key_check_salt", Value::Null),
        ("key_check_iterations", json!("600000")),
    ] {
        let mut body = right.clone();
        body[member] = wrong;
        let call = site.rotation_with(&body).breaking(member);
        replies.push(context.send(&call).await?);
    }
    let after = Snapshot::after(context, site.project).await?;
    // All reasons first: what one that is accepted changes is not the doing of the others.
    for reply in &replies {
        Reason::Refused.judge(reply)?;
    }
    for reply in &replies {
        unchanged(&before, &after, reply)?;
    }
    accepted(context, Twin::Call(twin)).await
}

/// In a project of its own: what a server makes of it that rotates is of no use to others.
async fn server_managed(context: &Context) -> Judged {
    let site = Site::server(context, None).await?;
    let site = site.lock(context).await?;
    let key = context.client_key(0).await?;
    let mut secrets = Vec::new();
    // Where the server gives no ids, the empty set has to do.
    let ids = secret_ids(context, site.project, None).await;
    for (id, plaintext) in ids.unwrap_or_default() {
        secrets.push(json!({"id": id, "content": key.seal(plaintext)?}));
    }
    let mut body = json!(key.proof);
    body["secrets"] = json!(secrets);
    without_effect(context, site.project, &site.rotation_with(&body)).await
}

async fn shape(context: &Context) -> Judged {
    context.rotation_site().await?;
    context.judge_shape(RotateClientKeys)
}
