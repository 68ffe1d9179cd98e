//! A client-managed project that was written to at every level, and what the writes were answered.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{CreateEnvironment, CreateTarget, StoreSecrets};
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::steps::project::{
    AT_TARGET, Project, SECOND, TARGET, create_client_project,
};
use crate::suite::server::steps::site::Site;
use crate::suite::server::steps::step::Step;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;

/// A client-managed project with a secret at every level.
pub(crate) const LEVELS: Step = Step::new("levels", 6, 0);

/// The environment of the target.
const ENVIRONMENT: &str = "production";
const AT_ENVIRONMENT: &str = "MODE=live\n";

/// The project and its writes: of the project itself, of its target, of its environment.
pub(crate) struct Levels {
    pub(crate) site: Site,
    pub(crate) written: [Written; 3],
}

/// One write with the right proof.
pub(crate) struct Written {
    /// What the level is called.
    pub(crate) level: &'static str,
    /// Slug of what holds it.
    pub(crate) source: String,
    pub(crate) content: String,
    /// The right body.
    pub(crate) body: Value,
    pub(crate) answer: Reply,
}

impl Context {
    pub(crate) async fn levels(&self) -> Result<Arc<Levels>, Stop> {
        self.once(LEVELS, |context| async move { Levels::make(&context).await }).await
    }
}

impl Levels {
    async fn make(context: &Context) -> Result<Self, Stop> {
        let key = context.client_key(0).await?;
        let slug = create_client_project(context, &key, None).await?;
        let target = Call::to(CreateTarget, &[&slug]).json(&json!({"name": TARGET}));
        context.prepare("creating a target", &target).await?;
        let environment =
            Call::to(CreateEnvironment, &[&slug, TARGET]).json(&json!({"name": ENVIRONMENT}));
        context.prepare("creating an environment", &environment).await?;
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
                answer: context.send(&call).await?,
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
            site: Site::new(Project {
                target: Some(TARGET.to_owned()),
                environment: Some(ENVIRONMENT.to_owned()),
                ..Project::new(slug, Custody::Client)
            }),
            written,
        })
    }
}
