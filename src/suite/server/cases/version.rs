//! Versions of secrets: what is kept, put back, deleted and deleted for good.

use super::row::case;
use crate::contract::route::Endpoint::{GetVersion, ListVersions, RestoreVersion};
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::key::opens_to;
use crate::suite::server::steps::lifetime::{LIFETIME, Lifetime, Restored, ids};
use crate::suite::server::steps::project::FIRST;
use crate::suite::server::steps::refusal::Reason;
use crate::suite::server::wire::reply::Reply;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        of_lifetime("server/version/replaced-kept", "version-kept", replaced_kept),
        of_lifetime("server/version/no-backup", "version-no-backup", no_backup),
        of_lifetime("server/version/pages", "version-pages", pages),
        of_lifetime("server/restore/puts-back", "restore-puts-back", puts_back),
        of_lifetime("server/restore/append-only", "restore-append-only", append_only),
        of_lifetime("server/restore/answer", "restore-answer", restore_answer),
        of_lifetime("server/delete/empties", "delete-empties", empties),
        of_lifetime("server/delete/keeps-backup", "delete-keeps-backup", keeps_backup),
        of_lifetime(
            "server/delete/needs-confirmation",
            "delete-needs-confirmation",
            needs_confirmation,
        ),
        of_lifetime("server/delete/for-good", "delete-for-good", for_good),
        of_lifetime("server/version/shape", "version-shape", shape).late(),
    ]
}

fn of_lifetime(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    case(id, requirement, check).on(LIFETIME).writes().requests(0)
}

/// A step of the secret's life that has to have been answered so for what comes after it to count.
fn answered(reply: &Reply, status: u16) -> Judged {
    if reply.status == status {
        Ok(())
    } else {
        Err(reply.mismatch("a right request is refused", status.to_string(), reply.outcome()))
    }
}

fn restored(lifetime: &Lifetime) -> Result<&Restored, Stop> {
    lifetime
        .restored
        .as_ref()
        .ok_or_else(|| Stop::CouldNotRun("a replaced secret left no version".to_owned()))
}

async fn replaced_kept(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    answered(&lifetime.replaced, 200)?;
    match &lifetime.first {
        Some(_) => Ok(()),
        None => Err(lifetime.replaced.mismatch(
            "a write does not keep what it replaces",
            "a version that opens to the text from before",
            "no such version",
        )),
    }
}

async fn no_backup(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    answered(&lifetime.unkept, 200)?;
    if ids(&lifetime.after_unkept) == ids(&lifetime.replaced) {
        Ok(())
    } else {
        Err(lifetime.after_unkept.mismatch(
            "a write with no_backup keeps what it replaces",
            "the versions from before",
            "other versions",
        ))
    }
}

async fn pages(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    let known = ids(&restored(&lifetime)?.versions);
    if known.len() < 2 {
        return Err(Stop::CouldNotRun("there are no two versions to page".to_owned()));
    }
    let mut seen = Vec::new();
    for (page, reply) in (1..).zip(&lifetime.pages) {
        answered(reply, 200)?;
        let meta = |name: &str| reply.number(&format!("/meta/{name}"));
        let places = [meta("current_page")?, meta("per_page")?, meta("total")?, meta("last_page")?];
        let total = u64::try_from(known.len()).unwrap_or(u64::MAX);
        let wanted = [page, 1, total, total];
        if places != wanted {
            return Err(reply.mismatch(
                "the meta of a page is not that of the page that was asked for",
                format!("current_page, per_page, total and last_page {wanted:?}"),
                format!("{places:?}"),
            ));
        }
        if ids(reply).len() != 1 {
            return Err(reply.mismatch(
                "a page does not hold per_page rows",
                "1 row",
                format!("{} rows", ids(reply).len()),
            ));
        }
        seen.extend(ids(reply));
    }
    if seen[0] != seen[1] {
        Ok(())
    } else {
        Err(lifetime.pages[1].mismatch(
            "the second page repeats the first",
            "another row",
            "the same row",
        ))
    }
}

async fn puts_back(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    let restored = restored(&lifetime)?;
    answered(&restored.answer, 200)?;
    let content = restored.secrets.text("/data/attributes/levels/project/content")?;
    if opens_to(&lifetime.key, content, FIRST) {
        Ok(())
    } else {
        Err(restored.secrets.mismatch(
            "a restored version is not what the level holds",
            "the text of the version",
            "another text",
        ))
    }
}

async fn append_only(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    let restored = restored(&lifetime)?;
    answered(&restored.answer, 200)?;
    if !ids(&restored.versions).is_superset(&ids(&lifetime.after_unkept)) {
        return Err(restored.versions.mismatch(
            "a restore takes a version away",
            "every version from before",
            "one of them is gone",
        ));
    }
    match &restored.third {
        Some(_) => Ok(()),
        None => Err(restored.versions.mismatch(
            "a restore does not keep what it replaces",
            "a new version that opens to the text from before",
            "no such version",
        )),
    }
}

async fn restore_answer(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    let restored = restored(&lifetime)?;
    answered(&restored.answer, 200)?;
    if restored.answer.json["data"]["restored_from"] != *restored.version {
        return Err(restored.answer.mismatch(
            "a restore does not answer with the version that it was asked for",
            "restored_from as text",
            "another value",
        ));
    }
    context.judge_shape(RestoreVersion)
}

async fn empties(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    answered(&lifetime.deleted.answer, 204)?;
    let secrets = &lifetime.deleted.secrets;
    answered(secrets, 200)?;
    let level = &secrets.json["data"]["attributes"]["levels"]["project"]["content"];
    if level.as_str().is_none_or(str::is_empty) {
        Ok(())
    } else {
        Err(secrets.mismatch(
            "a deleted secret is still there",
            "a level without content",
            "content",
        ))
    }
}

async fn keeps_backup(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    answered(&lifetime.deleted.answer, 204)?;
    match &lifetime.deleted.backup {
        Some(_) => Ok(()),
        None => Err(lifetime.deleted.answer.mismatch(
            "a deletion does not keep what it deletes",
            "a new version that opens to the text from before",
            "no such version",
        )),
    }
}

/// The confirmed deletion that comes next is the twin.
async fn needs_confirmation(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    let unconfirmed = &lifetime.unconfirmed;
    if unconfirmed.is_success() || ids(&lifetime.after_unconfirmed).is_empty() {
        return Err(unconfirmed.mismatch(
            "a deletion for good needs no confirmation",
            "422, and every version from before",
            unconfirmed.outcome(),
        ));
    }
    if !lifetime.confirmed.is_success() {
        return Err(Stop::CouldNotRun(format!(
            "the same request with its one mistake put right was refused too, with {}",
            lifetime.confirmed.outcome()
        )));
    }
    Reason::Status(422).judge(unconfirmed)
}

async fn for_good(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    answered(&lifetime.confirmed, 204)?;
    answered(&lifetime.after_confirmed, 200)?;
    if ids(&lifetime.after_confirmed).is_empty() {
        Ok(())
    } else {
        Err(lifetime.after_confirmed.mismatch(
            "a deletion for good leaves versions behind",
            "no version of the level",
            "some",
        ))
    }
}

async fn shape(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    answered(&lifetime.replaced, 200)?;
    for endpoint in [ListVersions, GetVersion] {
        context.judge_shape(endpoint)?;
    }
    Ok(())
}
