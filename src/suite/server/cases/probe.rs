//! Refusals that every endpoint has in common: no token, a token without the scope, an unknown
//! project.

use crate::contract::route::Endpoint;
use crate::harness::{Judged, Stop};
use crate::suite::server::call::{Address, Bearer, Call};
use crate::suite::server::refusal::{Reason, Twin, refused};
use crate::suite::server::scene::Scene;
use crate::suite::server::site::Site;

/// The one rule that a request breaks.
#[derive(Clone, Copy)]
pub(super) enum Breaks {
    /// No `Authorization`.
    NoToken,
    /// A token that has expired.
    Expired,
    /// A token with `key:retrieve` only.
    OnlyRetrieves,
    /// A token with `key:rotate` only.
    OnlyRotates,
    /// A token with the read-only preset.
    ReadsOnly,
    /// A project that is not there.
    UnknownProject,
}

/// Sends the endpoint's right request with one rule broken, and the right one after it.
pub(super) async fn probe(
    scene: &Scene,
    endpoint: Endpoint,
    breaks: Breaks,
    reason: Reason,
) -> Judged {
    let site = site_of(scene, endpoint).await?;
    let mut held = site.hold(scene).await?;
    let right = match endpoint {
        Endpoint::RotateClientKeys => held.rotation(scene).await?.1,
        Endpoint::SubmitReencrypted => {
            let body = held.submission(scene).await?;
            held.submit(&body)
        }
        Endpoint::StoreSecrets => {
            let body = held.write(scene).await?;
            held.store(&body)
        }
        _ => Call::to(endpoint, &[&held.subject.slug]),
    };
    let wrong = breaks.applied(scene, right.clone())?;
    let twin = match endpoint {
        Endpoint::RotateEncryptionKey => {
            scene.rotations().await?;
            Twin::Shared
        }
        _ => Twin::Call(right),
    };
    refused(scene, held.subject, &wrong, reason, twin).await
}

async fn site_of(scene: &Scene, endpoint: Endpoint) -> Result<std::sync::Arc<Site>, Stop> {
    match endpoint {
        Endpoint::RotateClientKeys => scene.rotation_site().await,
        Endpoint::ListPending | Endpoint::SubmitReencrypted | Endpoint::StoreSecrets => {
            scene.client_site().await
        }
        _ => scene.server_site().await,
    }
}

impl Breaks {
    fn applied(self, scene: &Scene, right: Call) -> Result<Call, Stop> {
        let tokens = scene.target().tokens();
        let token = match self {
            Self::NoToken => return Ok(right.bearer(Bearer::None)),
            Self::UnknownProject => return Ok(elsewhere(right)),
            Self::Expired => &tokens.expired,
            Self::OnlyRetrieves => &tokens.key_retrieve,
            Self::OnlyRotates => &tokens.key_rotate,
            Self::ReadsOnly => &tokens.read_only,
        };
        let bearer = scene.limited(token.as_ref())?;
        Ok(right.bearer(bearer))
    }
}

/// The same request for a project that nobody has.
fn elsewhere(mut call: Call) -> Call {
    if let Address::Endpoint {
        endpoint, segments, ..
    } = &mut call.to
    {
        if *endpoint == Endpoint::StoreSecrets {
            let body = call
                .body
                .as_deref()
                .and_then(|body| serde_json::from_str(body).ok());
            let mut body: serde_json::Value = body.unwrap_or_default();
            let slug = format!("{}-unknown", body["project"].as_str().unwrap_or_default());
            body["project"] = slug.into();
            return call.json(&body);
        }
        if let Some(project) = segments.first_mut() {
            project.push_str("-unknown");
        }
    }
    call
}
