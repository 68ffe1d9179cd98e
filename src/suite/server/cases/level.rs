//! Writes at every level: the project, a target, an environment.

use serde_json::json;

use super::row::{LOOKS_AT_LEVELS, case, compares};
use crate::contract::route::Endpoint::{GetEnvironmentSecrets, GetTargetSecrets, StoreSecrets};
use crate::crypto::encoding;
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::steps::levels::LEVELS;
use crate::suite::server::steps::project::TARGET;
use crate::suite::server::steps::refusal::{Reason, Twin, refusals};
use crate::suite::server::wire::call::Call;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        on_levels("server/store/every-level", "write-every-level", every_level),
        compares("server/store/every-level-wrong-proof", "write-wrong-proof", wrong_proof)
            .on(LEVELS)
            .requests(LOOKS_AT_LEVELS + 3),
        on_levels("server/store/answer", "write-answer", answer).requests(0),
        on_levels("server/convention/level-shapes", "neighbour-shapes", shapes).late(),
    ]
}

fn on_levels(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    case(id, requirement, check).on(LEVELS).writes()
}

/// Each blob comes back at its level, and at no other.
async fn every_level(context: &Context) -> Judged {
    let levels = context.levels().await?;
    for written in &levels.written {
        if written.answer.status != 200 {
            return Err(written.answer.mismatch(
                "a right request is refused",
                "200",
                written.answer.outcome(),
            ));
        }
    }
    let reply = context.succeed(200, &levels.site.project.secrets()).await?;
    for written in &levels.written {
        let content = reply.text(&format!("/data/attributes/levels/{}/content", written.level))?;
        if content != written.content {
            return Err(reply.mismatch(
                "a stored blob does not come back at the level that it was stored at",
                format!("the content of the {} byte for byte", written.level),
                "another content",
            ));
        }
    }
    Ok(())
}

async fn wrong_proof(context: &Context) -> Judged {
    let levels = context.levels().await?;
    let site = levels.site.lock(context).await?;
    let mut wrongs = Vec::new();
    for written in &levels.written {
        if !written.answer.is_success() {
            return Err(Stop::CouldNotRun(format!(
                "the same write with the right proof was refused too, with {}",
                written.answer.outcome()
            )));
        }
        let mut wrong = written.body.clone();
        wrong["key_proof"] = json!(encoding::encode([7; 32]));
        // The project's own level is another case's.
        if written.level != "project" {
            wrongs.push(site.store(&wrong));
        }
    }
    let reason = Reason::Code(422, "key_proof_mismatch");
    refusals(context, site.project, &wrongs, reason, Twin::Shared).await.map(|_| ())
}

async fn answer(context: &Context) -> Judged {
    let levels = context.levels().await?;
    for written in &levels.written {
        let answer = &written.answer;
        let data = &answer.json["data"];
        if !answer.is_success() {
            return Err(Stop::CouldNotRun(format!(
                "a right write was refused with {}",
                answer.outcome()
            )));
        }
        if data["level"] != written.level || data["source"] != *written.source {
            return Err(answer.mismatch(
                "a write does not answer with the level that it was stored at",
                format!("level {} and the slug of what holds it", written.level),
                "another level or source",
            ));
        }
        // Whether the bytes are those of the text or of the blob in it is documented nowhere.
        let decoded = encoding::decode(&written.content).map_or(0, |bytes| bytes.len());
        if ![json!(written.content.len()), json!(decoded)].contains(&data["bytes"]) {
            return Err(answer.mismatch(
                "a write does not answer with the length of what was stored",
                format!("{} bytes", written.content.len()),
                data["bytes"].to_string(),
            ));
        }
    }
    context.judge_shape(StoreSecrets)
}

/// The shapes of secrets below the project.
async fn shapes(context: &Context) -> Judged {
    let levels = context.levels().await?;
    let slug = levels.site.project.slug.as_str();
    for call in [Call::to(GetTargetSecrets, &[slug, TARGET]), levels.site.project.secrets()] {
        context.prepare("reading secrets", &call).await?;
    }
    for endpoint in [GetTargetSecrets, GetEnvironmentSecrets] {
        context.judge_shape(endpoint)?;
    }
    Ok(())
}
