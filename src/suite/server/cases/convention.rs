//! What all endpoints have in common: headers and error answers.

use serde_json::Value;
use tokio::sync::OnceCell;

use super::row::{Id, ServerCase, case, compares_server, probed_by};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{
    CreateProject, GetEncryptionKey, GetProject, GetProjectSecrets, GetTargetSecrets, GetVersion,
    ListProjects, ListVersions, RotateEncryptionKey,
};
use crate::harness::{Check, Judged, Stop};
use crate::suite::server::steps::{
    Breaks, CLIENT_SITE, LEVELS, Probe, ROTATIONS, SERVER_SITE, Snapshot, TARGET, probe,
};
use crate::suite::server::wire::{Call, Convention, has};
use crate::suite::server::{Context, needs};

const NO_SCOPE: Probe = (GetEncryptionKey, Breaks::Scope);
const NO_PROJECT: Probe = (GetEncryptionKey, Breaks::UnknownProject);

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        everywhere(
            "server/convention/api-version",
            "header-api-version",
            (of_all, Convention::ApiVersion),
        ),
        everywhere(
            "server/convention/security-headers",
            "header-security",
            (of_all, Convention::SecurityHeaders),
        ),
        everywhere(
            "server/convention/rate-limit-headers",
            "header-rate-limit",
            (of_all, Convention::RateLimitHeaders),
        ),
        everywhere("server/convention/secrets", "secrets-stay", secrets),
        everywhere("server/convention/refusal-shape", "error-envelope", refusal_shape),
        // Not among what a run that only reads may send.
        case("server/convention/validation-errors", "error-validation", validation_errors).writes(),
        case("server/convention/legacy-paths", "legacy-paths", legacy_paths).on(SERVER_SITE),
        case("server/convention/organization-case", "organization-case", organization_case)
            .on(SERVER_SITE),
        case("server/convention/details", "details-agree", details)
            .on(SERVER_SITE)
            .on(LEVELS)
            .writes()
            .requests(5),
        case("server/convention/shapes", "neighbour-shapes", neighbours).on(CLIENT_SITE).late(),
        probed_by(
            "server/convention/missing-scope",
            "error-missing-scope",
            NO_SCOPE,
            (refused, (NO_SCOPE, Convention::MissingScope)),
        )
        .late(),
        probed_by(
            "server/convention/not-found",
            "error-not-found",
            NO_PROJECT,
            (refused, (NO_PROJECT, Convention::NotFound)),
        )
        .late(),
        compares_server(
            "server/convention/missing-scope-on-a-write",
            "error-missing-scope",
            (probe, (RotateEncryptionKey, Breaks::ReadsOnly)),
        )
        .on(SERVER_SITE)
        .on(ROTATIONS)
        .needs(needs::LIMITED_TOKENS)
        .needs(needs::QUOTA)
        .rotations(1),
    ]
}

/// A case about all answers of the run.
fn everywhere(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    case(id, requirement, check).on(SERVER_SITE).late()
}

/// A success and a refusal, for a run of the case alone.
async fn answers(context: &Context) -> Judged {
    let asked = context.memo::<OnceCell<Judged>>();
    let ask = || async {
        let site = context.site(SERVER_SITE).await?;
        let refused = Call::to(GetEncryptionKey, &[&format!("{}-unknown", site.project.slug)]);
        context.send(&refused).await?;
        context.look(&site.project.call(GetEncryptionKey)).await?.is_done(200)
    };
    asked.get_or_init(ask).await.clone()
}

/// What all answers of the run have in common.
async fn of_all(context: &Context, convention: Convention) -> Judged {
    answers(context).await?;
    context.judge_convention(convention)
}

/// The refusals of this endpoint, and then those of all that the run has probed.
async fn refused(context: &Context, (of, convention): (Probe, Convention)) -> Judged {
    probe(context, of).await?;
    context.judge_convention(convention)
}

async fn secrets(context: &Context) -> Judged {
    answers(context).await?;
    context.recorded()?.witness.judge_secrets()
}

/// The shapes of what is not a key endpoint, but that clients need to get anywhere.
async fn neighbours(context: &Context) -> Judged {
    let asked = async {
        let project = &context.site(CLIENT_SITE).await?.project;
        for call in [project.call(GetProject), project.call(GetProjectSecrets)] {
            context.look_up("reading a project", &call).await?;
        }
        let list = context.prepare("listing projects", &Call::to(ListProjects, &[])).await?;
        let what = "the list of projects is empty though one was just read";
        list.ensure(!list.list("/data")?.is_empty(), what, "the projects", "no row")
    };
    let endpoints = [CreateProject, ListProjects, GetProject, GetProjectSecrets];
    context.judge_shapes(&endpoints, asked).await
}

/// Which slug each level is said to be of, and that a list says of a version what the version says itself.
async fn details(context: &Context) -> Judged {
    let levels = context.levels().await?;
    let project = &levels.site.project;
    let at_project = Call::to(GetProjectSecrets, &[&project.slug]);
    let at_target = Call::to(GetTargetSecrets, &[&project.slug, TARGET]);
    for call in [at_project, at_target, project.secrets()] {
        let reply = context.look_up("reading secrets", &call).await?;
        let told = &reply.json["data"]["attributes"]["levels"];
        for written in &levels.written {
            let source = &told[written.level]["source"];
            reply.ensure(
                source.is_null() || *source == *written.source,
                "a level has another source than the slug of what holds it",
                format!("the slug of the {}", written.level),
                source.to_string(),
            )?;
        }
    }
    let site = context.lock(SERVER_SITE).await?;
    let list = site.project.versions(serde_json::json!({"per_page": Snapshot::LISTED}));
    let list = context.look_up("listing versions", &list).await?;
    let row = list.rows().iter().find_map(|row| Some((row["id"].as_str()?, &row["attributes"])));
    let none = || Stop::CouldNotRun("a replaced secret left no version".to_owned());
    let (id, listed) = row.ok_or_else(none)?;
    let version = site.project.own(Call::to(GetVersion, &[id]));
    let version = context.look_up("reading a version", &version).await?;
    let (said, key) = (&version.json["data"]["attributes"], &version.json["data"]["key"]);
    for name in ["action", "size_bytes", "is_client_encrypted", "encryption_key_version"] {
        let known = match name {
            "is_client_encrypted" => &Value::from(site.project.custody == Custody::Client),
            "encryption_key_version" => &key["version"],
            _ => &Value::Null,
        };
        let told = [&listed[name], &said[name], known];
        let told: Vec<_> = told.into_iter().filter(|value| !value.is_null()).collect();
        version.ensure(
            told.windows(2).all(|two| two[0] == two[1]),
            "the list says something else of a version than the version itself",
            format!("one {name}"),
            "another one",
        )?;
    }
    Ok(())
}

/// The shape of every refusal was checked when it was received.
async fn refusal_shape(context: &Context) -> Judged {
    answers(context).await?;
    context.recorded()?.shapes.judge(None)
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
    let short = context.look(&call).await?;
    short.is_done(200)?;
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
