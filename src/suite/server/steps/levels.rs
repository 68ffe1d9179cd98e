//! A client-managed project that was written to at every level, and what the writes were answered.

use std::sync::Arc;

use serde_json::json;

use super::{AT_TARGET, Project, SECOND, Site, Step, TARGET, create_client_project};
use crate::contract::route::Endpoint::{CreateEnvironment, CreateTarget, StoreSecrets};
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::wire::{Call, Reply, with_members};

/// A client-managed project with a secret at every level.
pub(crate) const LEVELS: Step = Step::new("levels", 6, 0);

const ENVIRONMENT: &str = "production";
const AT_ENVIRONMENT: &str = "MODE=live\n";

/// The project and its writes: of the project itself, of its target, of its environment.
pub(crate) struct Levels {
    pub(crate) site: Site,
    pub(crate) written: Vec<Written>,
}

/// One write with the right proof.
pub(crate) struct Written {
    pub(crate) level: &'static str,
    /// Slug of the project, target or environment.
    pub(crate) source: String,
    pub(crate) call: Call,
    pub(crate) answer: Reply,
}

impl Written {
    pub(crate) fn content(&self) -> &str {
        self.call.body()["content"].as_str().unwrap_or_default()
    }
}

impl Context {
    pub(crate) async fn levels(&self) -> Result<Arc<Levels>, Stop> {
        self.once(LEVELS, make).await
    }
}

async fn make(context: Context) -> Result<Levels, Stop> {
    let context = &context;
    let (project, key) = create_client_project(context, None).await?;
    let slug = project.slug.as_str();
    let target = Call::to(CreateTarget, &[slug]).json(&json!({"name": TARGET}));
    context.prepare("creating a target", &target).await?;
    let environment = json!({"name": ENVIRONMENT});
    let environment = Call::to(CreateEnvironment, &[slug, TARGET]).json(&environment);
    context.prepare("creating an environment", &environment).await?;
    let at_target = json!({"target": TARGET});
    let at_environment = json!({"target": TARGET, "environment": ENVIRONMENT});
    let mut written = Vec::new();
    for (level, source, plaintext, place) in [
        ("project", slug, SECOND, json!({})),
        ("target", TARGET, AT_TARGET, at_target),
        ("environment", ENVIRONMENT, AT_ENVIRONMENT, at_environment),
    ] {
        let body = json!({
            "project": slug,
            "content": key.seal(plaintext)?,
            "key_proof": key.proof.key_check,
        });
        let call = Call::to(StoreSecrets, &[]).json(&with_members(place, body));
        let answer = context.send(&call).await?;
        written.push(Written { level, source: source.to_owned(), call, answer });
    }
    let (target, environment) = (Some(TARGET.to_owned()), Some(ENVIRONMENT.to_owned()));
    Ok(Levels { site: Site::new(Project { target, environment, ..project }), written })
}
