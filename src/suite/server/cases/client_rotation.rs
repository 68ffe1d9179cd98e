//! POST secrets/rotate-client-keys.

use serde_json::{Value, json};

use super::row::{
    Id, LOOKS_AT_SERVER, ServerCase, compares, no_token, on_rotation_site, probed, unknown_project,
};
use crate::contract::route::Endpoint::{GetVersion, ListPending, RotateClientKeys};
use crate::harness::{Judged, Stop};
use crate::suite::server::Context;
use crate::suite::server::steps::{
    AT_TARGET, Breaks, LIFETIME, Project, ROTATION_SITE, SECOND, SecretIds, Site, rotation_body,
    secret_ids, without_effect,
};
use crate::suite::server::wire::{Call, number};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        on_rotation_site("server/client-rotation/rotates", "client-rotation-rotates", rotates)
            .requests(6),
        on_rotation_site(
            "server/client-rotation/old-versions-stay",
            "client-rotation-leaves-history",
            old_versions_stay,
        )
        .requests(6),
        on_rotation_site(
            "server/client-rotation/replaced-become-versions",
            "client-rotation-keeps-replaced",
            replaced_become_versions,
        )
        .requests(9),
        incomplete("server/client-rotation/missing-secret", Breaks::MissingSecret),
        incomplete("server/client-rotation/unknown-secret", Breaks::UnknownSecret),
        incomplete("server/client-rotation/duplicate-secret", Breaks::DuplicateSecret),
        probed(
            "server/client-rotation/wrong-types",
            "client-rotation-types",
            (RotateClientKeys, Breaks::WrongTypes),
        ),
        compares(
            "server/client-rotation/server-managed",
            "client-rotation-server-custody",
            server_managed,
        )
        .on(LIFETIME)
        .requests(LOOKS_AT_SERVER + 6 + SecretIds::most(1)),
        no_token("server/client-rotation/no-token", RotateClientKeys),
        probed(
            "server/client-rotation/read-only-token",
            "client-rotation-scope",
            (RotateClientKeys, Breaks::ReadsOnly),
        ),
        unknown_project("server/client-rotation/unknown-project", RotateClientKeys),
        on_rotation_site("server/client-rotation/shape", "client-rotation-shape", shape)
            .requests(0)
            .late(),
    ]
}

fn incomplete(id: Id, breaks: Breaks) -> ServerCase {
    probed(id, "client-rotation-incomplete", (RotateClientKeys, breaks))
}

async fn rotates(context: &Context) -> Judged {
    let site = context.lock(ROTATION_SITE).await?;
    let next = site.next_key(context).await?;
    let before = site.project.descriptor(context).await?;
    let rotation = site.rotation(context).await?;
    let reply = context.succeed(200, &rotation).await?;
    let sent = rotation.body()["secrets"].as_array().map_or(&[][..], Vec::as_slice);
    reply.ensure(
        reply.json["data"]["count"] == json!(sent.len()),
        "data.count is not the number of secrets that were sent",
        sent.len().to_string(),
        reply.json["data"]["count"].to_string(),
    )?;
    let now = site.project.descriptor(context).await?;
    reply.ensure(
        now["version"] != before["version"] && now["key_check_salt"] == next.proof.key_check_salt,
        "after a client rotation the descriptor is not that of the new key",
        "a new version and the salt that was sent",
        "the version or the salt from before",
    )?;
    let secrets = context.succeed(200, &site.project.secrets()).await?;
    for (level, plaintext) in [("project", SECOND), ("target", AT_TARGET)] {
        let content = secrets.content(level)?;
        let is_sent = sent.iter().any(|secret| secret["content"] == content);
        secrets.ensure(
            is_sent && next.opens_to(content, plaintext),
            "after a client rotation a current secret is not the blob that was sent",
            "every current secret opens under the new key",
            format!("the secret of the {level} does not"),
        )?;
    }
    Ok(())
}

async fn old_versions_stay(context: &Context) -> Judged {
    let site = context.lock(ROTATION_SITE).await?;
    let rotation = site.rotation(context).await?;
    let pending = site.pending(context).await?;
    let Some(oldest) = pending.first() else {
        return Err(Stop::CouldNotRun("no historical version is pending".to_owned()));
    };
    context.prepare("rotating the client key", &rotation).await?;
    let reply = context.version(&oldest["id"].to_string()).await?;
    reply.ensure(
        reply.json["data"]["content"] == oldest["content"],
        "a client rotation changes a historical version",
        "the blob from before, still under the old key",
        "another blob",
    )?;
    let list = site.project.call(ListPending).json(&json!({"limit": 50}));
    let list = context.prepare("listing pending versions", &list).await?;
    let rows = list.list("/data")?;
    let is_same =
        |row: &Value| row["id"] == oldest["id"] && row["key_version"] == oldest["key_version"];
    if rows.iter().any(is_same) {
        return Ok(());
    }
    // A page may hold fewer rows than are pending: then the version itself shows whose it is.
    let remaining = list.number("/meta/remaining")?;
    let is_whole = remaining == 0 || usize::try_from(remaining) == Ok(rows.len());
    let under = &reply.json["data"]["key"]["version"];
    reply.ensure(
        !is_whole && number(under) == number(&oldest["key_version"]),
        "after a client rotation a version under an older key is not pending any more",
        "the version is pending under the key version that it had",
        "it is not listed so",
    )
}

async fn replaced_become_versions(context: &Context) -> Judged {
    let site = context.lock(ROTATION_SITE).await?;
    let secrets = context.look_up("reading the current secrets", &site.project.secrets()).await?;
    let replaced = secrets.content("project")?.to_owned();
    let rotation = site.rotation(context).await?;
    let reply = context.succeed(200, &rotation).await?;
    let pending = site.pending(context).await?;
    let is_pending = pending.iter().any(|row| row["content"] == replaced);
    // A page may hold fewer rows than are pending: then the newest versions show it.
    reply.ensure(
        is_pending || newest_versions(context, &site.project).await?.contains(&replaced),
        "a blob that a client rotation replaces is not kept as a version",
        "it is pending, or the content of a new version",
        "it is neither",
    )
}

/// Versions of the project level that are looked through for the blob that was replaced last.
const NEWEST: usize = 3;

/// What the newest versions of the project level hold.
async fn newest_versions(context: &Context, project: &Project) -> Result<Vec<String>, Stop> {
    let list = project.versions(json!({"per_page": 50}));
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

/// In a project of its own: what a server makes of it that rotates is of no use to others.
async fn server_managed(context: &Context) -> Judged {
    if context.shared.is_thrifty {
        // The end of a project that holds nothing any more: no secret is to be named.
        let project = &context.lifetime().await?.project;
        let body = rotation_body(&*context.client_key(0).await?, &[])?;
        let rotation = project.call(RotateClientKeys).json(&body);
        return without_effect(context, project, &rotation).await;
    }
    let site = Site::server(context, None).await?.lock(context).await?;
    let key = context.client_key(0).await?;
    // Where the server gives no ids, the empty set has to do.
    let ids = secret_ids(context, &site.project, None).await.unwrap_or_default();
    let rotation = site.project.call(RotateClientKeys).json(&rotation_body(&key, &ids)?);
    without_effect(context, &site.project, &rotation).await
}

async fn shape(context: &Context) -> Judged {
    let asked = async { context.site(ROTATION_SITE).await.map(drop) };
    context.judge_shapes(&[RotateClientKeys], asked).await
}
