//! What all endpoints have in common: headers and error answers.

use super::probe::{Breaks, probe};
use super::{compares, reads, run};
use crate::contract::route::Endpoint::{GetEncryptionKey, RotateEncryptionKey};
use crate::harness::{Case, Judged, Spending, Stop};
use crate::suite::server::call::Call;
use crate::suite::server::needs;
use crate::suite::server::refusal::Reason;
use crate::suite::server::reply::Reply;
use crate::suite::server::scene::Scene;

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
            needs: &[needs::LIMITED_TOKENS],
            shares: &["server-site"],
            ..compares(
                "server/convention/missing-scope",
                "error-missing-scope",
                run!(
                    probe,
                    GetEncryptionKey,
                    Breaks::OnlyRotates,
                    Reason::Code(403, "insufficient_permissions")
                ),
            )
        },
        Case {
            shares: &["server-site"],
            ..compares(
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
                requests: 90,
                rotations: 1,
            },
            ..compares(
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

async fn descriptor(scene: &Scene) -> Result<Reply, Stop> {
    let site = scene.server_site().await?;
    let call = Call::to(GetEncryptionKey, &[&site.subject.slug]);
    scene.succeed(200, &call).await
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
    has(&descriptor(scene).await?, "x-api-version", "1")
}

async fn security_headers(scene: &Scene) -> Judged {
    let reply = descriptor(scene).await?;
    has(&reply, "x-content-type-options", "nosniff")?;
    has(&reply, "x-frame-options", "DENY")?;
    has(&reply, "x-xss-protection", "1; mode=block")?;
    match reply.header("strict-transport-security") {
        Some(_) => Ok(()),
        None => Err(reply.mismatch(
            "the header strict-transport-security is missing",
            "any value",
            "none",
        )),
    }
}

async fn rate_limit(scene: &Scene) -> Judged {
    let reply = descriptor(scene).await?;
    for name in [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    ] {
        let number = reply
            .header(name)
            .and_then(|value| value.parse::<u64>().ok());
        if number.is_none() {
            return Err(reply.mismatch(
                format!("the header {name} is not a number"),
                "a whole number",
                reply.header(name).unwrap_or("none"),
            ));
        }
    }
    Ok(())
}
