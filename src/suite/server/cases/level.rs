//! Writes at every level: the project, a target, an environment.

use serde_json::json;

use super::row::{Id, LOOKS_AT_LEVELS, ServerCase, case, compares};
use crate::contract::route::Endpoint::{
    GetEnvironmentSecrets, GetProjectSecrets, GetTargetSecrets, StoreSecrets,
};
use crate::crypto::encoding;
use crate::harness::{Check, Judged};
use crate::suite::server::Context;
use crate::suite::server::steps::{LEVELS, Reason, TARGET, Twin, refusals};
use crate::suite::server::wire::{Call, Convention};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        on_levels("server/store/every-level", "write-every-level", every_level),
        compares("server/store/every-level-wrong-proof", "write-wrong-proof", wrong_proof)
            .on(LEVELS)
            .requests(LOOKS_AT_LEVELS + 3),
        on_levels("server/secrets/sealed", "secrets-sealed", sealed).late(),
        on_levels("server/store/answer", "write-answer", answer).requests(0).late(),
        on_levels("server/convention/level-shapes", "neighbour-shapes", shapes).late(),
    ]
}

fn on_levels(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    case(id, requirement, check).on(LEVELS).writes()
}

/// Each blob comes back at its level, and at no other.
async fn every_level(context: &Context) -> Judged {
    let levels = context.levels().await?;
    levels.written.iter().try_for_each(|written| written.answer.is_done(200))?;
    let project = &levels.site.project;
    let at_target = Call::to(GetTargetSecrets, &[&project.slug, TARGET]);
    for (call, depth) in [(at_target, 2), (project.secrets(), 3)] {
        let reply = context.look(&call).await?;
        reply.is_done(200)?;
        for written in levels.written.iter().take(depth) {
            reply.ensure(
                reply.content(written.level)? == written.content(),
                "a stored blob does not come back at the level that it was stored at",
                format!("the content of the {} byte for byte", written.level),
                "another content",
            )?;
        }
    }
    Ok(())
}

/// All answers of the run to reads of secrets. This case reads those of each level itself, for a run of it alone.
async fn sealed(context: &Context) -> Judged {
    let project = &context.levels().await?.site.project;
    let at_project = Call::to(GetProjectSecrets, &[&project.slug]);
    let at_target = Call::to(GetTargetSecrets, &[&project.slug, TARGET]);
    for call in [at_project, at_target, project.secrets()] {
        context.look_up("reading secrets", &call).await?;
    }
    context.judge_convention(Convention::Sealed)
}

async fn wrong_proof(context: &Context) -> Judged {
    let levels = context.levels().await?;
    let site = levels.site.lock(context).await?;
    let mut wrongs = Vec::new();
    for written in &levels.written {
        if !written.answer.is_success() {
            let what = "the same write with the right proof was refused too,";
            return Err(written.answer.could_not_run(what));
        }
        // The project's own level is another case's.
        if written.level != "project" {
            wrongs.push(written.call.clone().member("key_proof", encoding::encode([7; 32])));
        }
    }
    let reason = Reason::Code(422, "key_proof_mismatch");
    refusals(context, &site.project, &wrongs, reason, Twin::Shared).await.map(|_| ())
}

async fn answer(context: &Context) -> Judged {
    for written in &context.levels().await?.written {
        let (answer, content) = (&written.answer, written.content());
        let data = &answer.json["data"];
        if !answer.is_success() {
            return Err(answer.could_not_run("a right write was refused"));
        }
        answer.ensure(
            data["level"] == written.level && data["source"] == *written.source,
            "a write does not answer with the level that it was stored at",
            format!("level {} and the slug of what holds it", written.level),
            "another level or source",
        )?;
        // Whether the bytes are those of the text or of the blob in it is documented nowhere.
        let decoded = encoding::decode(content).map_or(0, |bytes| bytes.len());
        answer.ensure(
            [json!(content.len()), json!(decoded)].contains(&data["bytes"]),
            "a write does not answer with the length of what was stored",
            format!("{} bytes", content.len()),
            data["bytes"].to_string(),
        )?;
    }
    context.recorded()?.shapes.judge(Some(StoreSecrets))
}

/// The shapes of secrets below the project.
async fn shapes(context: &Context) -> Judged {
    let asked = async {
        let project = &context.levels().await?.site.project;
        for call in [Call::to(GetTargetSecrets, &[&project.slug, TARGET]), project.secrets()] {
            context.look_up("reading secrets", &call).await?;
        }
        Ok(())
    };
    context.judge_shapes(&[GetTargetSecrets, GetEnvironmentSecrets], asked).await
}
