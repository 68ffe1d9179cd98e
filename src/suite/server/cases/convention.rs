//! What all endpoints have in common: headers and error answers.

use super::probe::{Breaks, probe};
use super::{SERVER_COMPARISON, compares_server, probed, reads, run};
use crate::contract::route::Endpoint::{
    CreateProject, GetEncryptionKey, GetEnvironmentSecrets, GetProject, GetProjectSecrets,
    GetTargetSecrets, RotateEncryptionKey,
};
use crate::harness::{Case, Judged, Phase, Spending, Stop};
use crate::suite::server::call::Call;
use crate::suite::server::needs;
use crate::suite::server::refusal::Reason;
use crate::suite::server::reply::Reply;
use crate::suite::server::scene::Scene;
use crate::suite::server::site::TARGET;

pub(super) fn cases() -> Vec<Case<Scene>> {
    vec![
        Case {
            shares: &["server-site"],
            ..reads(
                "server/convention/api-version",
                "header-api-version",
                run!(api_version),
            )
        },
        Case {
            shares: &["server-site"],
            ..reads(
                "server/convention/security-headers",
                "header-security",
                run!(security_headers),
            )
        },
        Case {
            shares: &["server-site"],
            ..reads(
                "server/convention/rate-limit-headers",
                "header-rate-limit",
                run!(rate_limit),
            )
        },
        Case {
            shares: &["client-site"],
            phase: Phase::Late,
            ..reads(
                "server/convention/shapes",
                "neighbour-shapes",
                run!(neighbours),
            )
        },
        Case {
            needs: &[needs::LIMITED_TOKENS],
            shares: &["server-site", "descriptor-probe"],
            ..probed(
                "server/convention/missing-scope",
                "error-missing-scope",
                run!(
                    probe,
                    GetEncryptionKey,
                    Breaks::Scope,
                    Reason::Code(403, "insufficient_permissions")
                ),
            )
        },
        Case {
            shares: &["server-site", "descriptor-probe"],
            ..probed(
                "server/convention/not-found",
                "error-not-found",
                run!(
                    probe,
                    GetEncryptionKey,
                    Breaks::UnknownProject,
                    Reason::Status(404)
                ),
            )
        },
        Case {
            needs: &[needs::LIMITED_TOKENS, needs::QUOTA],
            shares: &["server-site", "rotations"],
            spends: Spending {
                rotations: 1,
                ..SERVER_COMPARISON
            },
            ..compares_server(
                "server/convention/missing-scope-on-a-write",
                "error-missing-scope",
                run!(
                    probe,
                    RotateEncryptionKey,
                    Breaks::ReadsOnly,
                    Reason::Code(403, "insufficient_permissions")
                ),
            )
        },
    ]
}

/// A success and a refusal.
async fn answers(scene: &Scene) -> Result<[Reply; 2], Stop> {
    let site = scene.server_site().await?;
    let call = Call::to(GetEncryptionKey, &[&site.subject.slug]);
    let refused = Call::to(
        GetEncryptionKey,
        &[&format!("{}-unknown", site.subject.slug)],
    );
    Ok([
        scene.succeed(200, &call).await?,
        scene.send(&refused).await?,
    ])
}

/// One header has this value.
fn has(reply: &Reply, name: &str, wanted: &str) -> Judged {
    match reply.header(name) {
        Some(value) if value == wanted => Ok(()),
        other => Err(reply.mismatch(
            format!("the header {name} is not as documented"),
            wanted,
            other.unwrap_or("none"),
        )),
    }
}

async fn api_version(scene: &Scene) -> Judged {
    for reply in answers(scene).await? {
        has(&reply, "x-api-version", "1")?;
    }
    Ok(())
}

async fn security_headers(scene: &Scene) -> Judged {
    for reply in answers(scene).await? {
        has(&reply, "x-content-type-options", "nosniff")?;
        has(&reply, "x-frame-options", "DENY")?;
        has(&reply, "x-xss-protection", "1; mode=block")?;
        if reply.header("strict-transport-security").is_none() {
            return Err(reply.mismatch(
                "the header strict-transport-security is missing",
                "any value",
                "none",
            ));
        }
    }
    Ok(())
}

async fn rate_limit(scene: &Scene) -> Judged {
    for reply in answers(scene).await? {
        let number = |name| {
            reply
                .header(name)
                .and_then(|value| value.parse::<i64>().ok())
        };
        let numbers = (
            number("x-ratelimit-limit"),
            number("x-ratelimit-remaining"),
            number("x-ratelimit-reset"),
        );
        let (Some(limit), Some(remaining), Some(reset)) = numbers else {
            return Err(reply.mismatch(
                "the X-RateLimit headers are not all there as numbers",
                "X-RateLimit-Limit, -Remaining and -Reset",
                format!("{numbers:?}"),
            ));
        };
        let is_past = reply.date().is_some_and(|date| reset < date);
        if remaining > limit || is_past {
            return Err(reply.mismatch(
                "the X-RateLimit headers contradict each other or the clock",
                "no more remaining than the limit, and a reset that is not past",
                format!("limit {limit}, remaining {remaining}, reset {reset}"),
            ));
        }
    }
    Ok(())
}

/// The shapes of what is not a key endpoint, but that clients need to get anywhere.
async fn neighbours(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let slug = site.subject.slug.as_str();
    for call in [
        Call::to(GetProject, &[slug]),
        Call::to(GetProjectSecrets, &[slug]),
        Call::to(GetTargetSecrets, &[slug, TARGET]),
    ] {
        scene.prepare("reading a project", &call).await?;
    }
    for endpoint in [
        CreateProject,
        GetProject,
        GetProjectSecrets,
        GetTargetSecrets,
        GetEnvironmentSecrets,
    ] {
        scene.shared.door.shapes.judge(endpoint)?;
    }
    Ok(())
}
