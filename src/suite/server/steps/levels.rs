//! A client-managed project that was written to at every level, and what the writes were answered.

use serde_json::{Value, json};

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{CreateEnvironment, CreateTarget, StoreSecrets};
use crate::harness::Stop;
use crate::suite::server::scene::Scene;
use crate::suite::server::steps::site::{AT_TARGET, SECOND, Site, TARGET, create_client_project};
use crate::suite::server::steps::snapshot::Subject;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;

/// The environment of the target.
const ENVIRONMENT: &str = "production";
const AT_ENVIRONMENT: &str = "MODE=live\n";

/// The project and its writes: of the project itself, of its target, of its environment.
pub(in crate::suite::server) struct Levels {
    pub(in crate::suite::server) site: Site,
    pub(in crate::suite::server) written: [Written; 3],
}

/// One write with the right proof.
pub(in crate::suite::server) struct Written {
    /// What the level is called.
    pub(in crate::suite::server) level: &'static str,
    /// Slug of what holds it.
    pub(in crate::suite::server) source: String,
    pub(in crate::suite::server) content: String,
    /// The right body.
    pub(in crate::suite::server) body: Value,
    pub(in crate::suite::server) answer: Reply,
}

impl Levels {
    pub(in crate::suite::server) async fn make(scene: &Scene) -> Result<Self, Stop> {
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
