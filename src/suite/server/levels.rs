//! A client-managed project that was written to at every level, and what the writes were answered.

use serde_json::{Value, json};

use super::call::Call;
use super::reply::Reply;
use super::scene::Scene;
use super::site::{AT_TARGET, SECOND, Site, TARGET, create_client_project};
use super::snapshot::Subject;
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{CreateEnvironment, CreateTarget, StoreSecrets};
use crate::harness::Stop;

/// The environment of the target.
const ENVIRONMENT: &str = "production";
const AT_ENVIRONMENT: &str = "MODE=live\n";

/// The project and its writes: of the project itself, of its target, of its environment.
pub(super) struct Levels {
    pub(super) site: Site,
    pub(super) written: [Written; 3],
}

/// One write with the right proof.
pub(super) struct Written {
    /// What the level is called.
    pub(super) level: &'static str,
    /// Slug of what holds it.
    pub(super) source: String,
    pub(super) content: String,
    /// The right body.
    pub(super) body: Value,
    pub(super) answer: Reply,
}

impl Levels {
    pub(super) async fn make(scene: &Scene) -> Result<Self, Stop> {
        let key = scene.client_key(0).await?;
        let slug = create_client_project(scene, &key, None).await?;
        let target = Call::to(CreateTarget, &[&slug]).json(&json!({"name": TARGET}));
        scene.prepare("creating a target", &target).await?;
        let environment =
            Call::to(CreateEnvironment, &[&slug, TARGET]).json(&json!({"name": ENVIRONMENT}));
        scene
            .prepare("creating an environment", &environment)
            .await?;
        let write = async |level, source: &str, plaintext, mut body: Value| {
            let content = key.seal(plaintext)?;
            body["project"] = json!(slug);
            body["content"] = json!(content);
            body["key_proof"] = json!(key.proof.key_check);
            let call = Call::to(StoreSecrets, &[]).json(&body);
            Ok::<_, Stop>(Written {
                level,
                source: source.to_owned(),
                content,
                answer: scene.send(&call).await?,
                body,
            })
        };
        let at_target = json!({"target": TARGET});
        let at_environment = json!({"target": TARGET, "environment": ENVIRONMENT});
        let written = [
            write("project", &slug, SECOND, json!({})).await?,
            write("target", TARGET, AT_TARGET, at_target).await?,
            write("environment", ENVIRONMENT, AT_ENVIRONMENT, at_environment).await?,
        ];
        Ok(Self {
            site: Site::new(Subject {
                target: Some(TARGET.to_owned()),
                environment: Some(ENVIRONMENT.to_owned()),
                ..Subject::new(slug, Custody::Client)
            }),
            written,
        })
    }
}
