//! What all endpoints have in common: headers and error answers.

use super::row::{ServerCase, case, compares_server, probed};
use crate::contract::route::Endpoint::{
    CreateProject, GetEncryptionKey, GetProject, GetProjectSecrets, ListProjects, ListVersions,
    RotateEncryptionKey,
};
use crate::harness::{Judged, Stop};
use crate::suite::server::steps::{Breaks, CLIENT_SITE, ROTATIONS, Reason, SERVER_SITE, probe};
use crate::suite::server::wire::{Call, Reply};
use crate::suite::server::{Context, needs};

const NO_PERMISSION: Reason = Reason::Code(403, "insufficient_permissions");

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        case("server/convention/api-version", "header-api-version", api_version).on(SERVER_SITE),
        case("server/convention/security-headers", "header-security", security_headers)
            .on(SERVER_SITE),
        case("server/convention/rate-limit-headers", "header-rate-limit", rate_limit)
            .on(SERVER_SITE),
        case("server/convention/refusal-shape", "error-envelope", refusal_shape)
            .on(SERVER_SITE)
            .late(),
        // Not among what a run that only reads may send.
        case("server/convention/validation-errors", "error-validation", validation_errors).writes(),
        case("server/convention/legacy-paths", "legacy-paths", legacy_paths).on(SERVER_SITE),
        case("server/convention/organization-case", "organization-case", organization_case)
            .on(SERVER_SITE),
        case("server/convention/shapes", "neighbour-shapes", neighbours).on(CLIENT_SITE).late(),
        probed(
            "server/convention/missing-scope",
            "error-missing-scope",
            (GetEncryptionKey, Breaks::Scope, NO_PERMISSION),
        ),
        probed(
            "server/convention/not-found",
            "error-not-found",
            (GetEncryptionKey, Breaks::UnknownProject, Reason::Status(404)),
        ),
        compares_server(
            "server/convention/missing-scope-on-a-write",
            "error-missing-scope",
            (probe, (RotateEncryptionKey, Breaks::ReadsOnly, NO_PERMISSION)),
        )
        .on(SERVER_SITE)
        .on(ROTATIONS)
        .needs(needs::LIMITED_TOKENS)
        .needs(needs::QUOTA)
        .rotations(1),
    ]
}

/// A success and a refusal.
async fn answers(context: &Context) -> Result<[Reply; 2], Stop> {
    let site = context.site(SERVER_SITE).await?;
    let call = site.project.call(GetEncryptionKey);
    let refused = Call::to(GetEncryptionKey, &[&format!("{}-unknown", site.project.slug)]);
    Ok([context.succeed(200, &call).await?, context.send(&refused).await?])
}

/// One header has this value.
fn has(reply: &Reply, name: &str, wanted: &str) -> Judged {
    let value = reply.header(name);
    let what = format!("the header {name} is not as documented");
    reply.ensure(value == Some(wanted), &what, wanted, value.unwrap_or("none"))
}

async fn api_version(context: &Context) -> Judged {
    answers(context).await?.iter().try_for_each(|reply| has(reply, "x-api-version", "1"))
}

async fn security_headers(context: &Context) -> Judged {
    for reply in answers(context).await? {
        has(&reply, "x-content-type-options", "nosniff")?;
        has(&reply, "x-frame-options", "DENY")?;
        has(&reply, "x-xss-protection", "1; mode=block")?;
        let has_transport = reply.header("strict-transport-security").is_some();
        let what = "the header strict-transport-security is missing";
        reply.ensure(has_transport, what, "any value", "none")?;
    }
    Ok(())
}

async fn rate_limit(context: &Context) -> Judged {
    for reply in answers(context).await? {
        let of = |name: &str| reply.header(&format!("x-ratelimit-{name}"))?.parse::<i64>().ok();
        let numbers = (of("limit"), of("remaining"), of("reset"));
        let (Some(limit), Some(remaining), Some(reset)) = numbers else {
            return Err(reply.mismatch(
                "the X-RateLimit headers are not all there as numbers",
                "X-RateLimit-Limit, -Remaining and -Reset",
                format!("{numbers:?}"),
            ));
        };
        let is_past = reply.date().is_some_and(|date| reset < date);
        reply.ensure(
            remaining <= limit && !is_past,
            "the X-RateLimit headers contradict each other or the clock",
            "no more remaining than the limit, and a reset that is not past",
            format!("limit {limit}, remaining {remaining}, reset {reset}"),
        )?;
    }
    Ok(())
}

/// The shapes of what is not a key endpoint, but that clients need to get anywhere.
async fn neighbours(context: &Context) -> Judged {
    let project = &context.site(CLIENT_SITE).await?.project;
    let list = Call::to(ListProjects, &[]);
    for call in [project.call(GetProject), project.call(GetProjectSecrets), list] {
        context.prepare("reading a project", &call).await?;
    }
    let endpoints = [CreateProject, ListProjects, GetProject, GetProjectSecrets];
    endpoints.into_iter().try_for_each(|endpoint| context.judge_shape(endpoint))
}

/// The shape of every refusal was checked when it was received. This case sends one itself, for a run of it alone.
async fn refusal_shape(context: &Context) -> Judged {
    answers(context).await?;
    context.shared.door.shapes.judge(None)
}

/// With a request that only reads, so that a server that takes it has nothing to undo.
async fn validation_errors(context: &Context) -> Judged {
    let call = Call::to(ListVersions, &[]).json(&serde_json::json!({})).breaking("project");
    let reply = context.send(&call).await?;
    let texts = reply.json["errors"]["project"].as_array();
    let is_named = texts.is_some_and(|texts| !texts.is_empty());
    reply.ensure(
        reply.status == 422 && reply.json["message"].is_string() && is_named,
        "a body that lacks a member is not refused with the member's name",
        "422 with a message and errors.project",
        reply.outcome(),
    )
}

/// The long form answers as the short one does, and announces its end.
async fn legacy_paths(context: &Context) -> Judged {
    let site = context.site(SERVER_SITE).await?;
    let call = site.project.call(GetProject);
    let short = context.succeed(200, &call).await?;
    let long = context.succeed(200, &call.legacy()).await?;
    has(&long, "deprecation", "true")?;
    let has_sunset = long.header("sunset").is_some();
    long.ensure(has_sunset, "the header sunset is missing", "a date", "none")?;
    short.ensure(
        short.header("deprecation").is_none() && short.header("sunset").is_none(),
        "the recommended path says that it is deprecated",
        "no Deprecation and no Sunset",
        "one of them",
    )?;
    let is_same = short.json["data"] == long.json["data"];
    let what = "the long path answers otherwise than the short one";
    long.ensure(is_same, what, "the same data", "other data")
}

async fn organization_case(context: &Context) -> Judged {
    let site = context.site(SERVER_SITE).await?;
    let organization = context.server().organization();
    let call = site.project.call(GetProject);
    for spelling in [organization.to_ascii_lowercase(), organization.to_ascii_uppercase()] {
        context.succeed(200, &call.clone().organization(&spelling)).await?;
    }
    Ok(())
}
