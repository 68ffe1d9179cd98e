//! Versions of secrets: what is kept, put back, deleted and deleted for good.

use serde_json::json;

use super::row::{Id, ServerCase, case};
use crate::contract::route::Endpoint::{GetVersion, ListVersions, RestoreVersion};
use crate::harness::{Check, Judged, Stop};
use crate::suite::server::Context;
use crate::suite::server::key::opens_to;
use crate::suite::server::steps::{
    FIRST, LIFETIME, Lifetime, Reason, Restored, ids, says_the_same,
};
use crate::suite::server::wire::{number, with_members};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        judges("server/version/replaced-kept", "version-kept", replaced_kept),
        judges("server/version/no-backup", "version-no-backup", no_backup),
        judges("server/version/pages", "version-pages", pages),
        judges("server/restore/puts-back", "restore-puts-back", puts_back),
        judges("server/restore/append-only", "restore-append-only", append_only),
        of_lifetime("server/restore/answer", "restore-answer", restore_answer).late(),
        judges("server/delete/empties", "delete-empties", empties),
        judges("server/delete/keeps-backup", "delete-keeps-backup", keeps_backup),
        judges("server/delete/needs-confirmation", "delete-needs-confirmation", needs_confirmation),
        judges("server/delete/for-good", "delete-for-good", for_good),
        judges("server/version/deleted", "delete-for-good", deleted),
        judges("server/version/key", "version-key", key),
        of_lifetime("server/version/shape", "version-shape", shape).late(),
    ]
}

fn of_lifetime(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    case(id, requirement, check).on(LIFETIME).writes().requests(0)
}

type Judge = fn(&Lifetime) -> Judged;

/// A case that needs nothing but the answers of the shared step.
fn judges(id: Id, requirement: Id, judge: Judge) -> ServerCase {
    of_lifetime(id, requirement, (judged, judge))
}

async fn judged(context: &Context, judge: Judge) -> Judged {
    judge(&*context.lifetime().await?)
}

fn restored(lifetime: &Lifetime) -> Result<&Restored, Stop> {
    let none = || Stop::CouldNotRun("a replaced secret left no version".to_owned());
    lifetime.restored.as_ref().ok_or_else(none)
}

fn replaced_kept(lifetime: &Lifetime) -> Judged {
    lifetime.replaced.is_done(200)?;
    lifetime.replaced.ensure(
        lifetime.first.is_some(),
        "a write does not keep what it replaces",
        "a version that opens to the text from before",
        "no such version",
    )
}

fn no_backup(lifetime: &Lifetime) -> Judged {
    lifetime.unkept.is_done(200)?;
    lifetime.after_unkept.ensure(
        ids(&lifetime.after_unkept) == ids(&lifetime.replaced),
        "a write with no_backup keeps what it replaces",
        "the versions from before",
        "other versions",
    )
}

fn pages(lifetime: &Lifetime) -> Judged {
    let known = ids(&restored(lifetime)?.versions);
    if known.len() < 2 {
        return Err(Stop::CouldNotRun("there are no two versions to page".to_owned()));
    }
    for (page, reply) in (1..).zip(&lifetime.pages) {
        reply.is_done(200)?;
        let meta = |name: &str| reply.number(&format!("/meta/{name}"));
        let places = [meta("current_page")?, meta("per_page")?, meta("total")?, meta("last_page")?];
        let total = u64::try_from(known.len()).unwrap_or(u64::MAX);
        let wanted = [page, 1, total, total];
        reply.ensure(
            places == wanted,
            "the meta of a page is not that of the page that was asked for",
            format!("current_page, per_page, total and last_page {wanted:?}"),
            format!("{places:?}"),
        )?;
        let rows = reply.rows().len();
        let what = "a page does not hold per_page rows";
        reply.ensure(rows == 1, what, "1 row", format!("{rows} rows"))?;
    }
    let what = "the second page repeats the first";
    let [first, second] = &lifetime.pages;
    second.ensure(ids(first) != ids(second), what, "another row", "the same row")
}

fn puts_back(lifetime: &Lifetime) -> Judged {
    let restored = restored(lifetime)?;
    restored.answer.is_done(200)?;
    let content = restored.secrets.content("project")?;
    restored.secrets.ensure(
        opens_to(&lifetime.key, content, FIRST),
        "a restored version is not what the level holds",
        "the text of the version",
        "another text",
    )
}

fn append_only(lifetime: &Lifetime) -> Judged {
    let restored = restored(lifetime)?;
    restored.answer.is_done(200)?;
    restored.versions.ensure(
        ids(&restored.versions).is_superset(&ids(&lifetime.after_unkept)),
        "a restore takes a version away",
        "every version from before",
        "one of them is gone",
    )?;
    restored.versions.ensure(
        restored.third.is_some(),
        "a restore does not keep what it replaces",
        "a new version that opens to the text from before",
        "no such version",
    )
}

async fn restore_answer(context: &Context) -> Judged {
    let lifetime = context.lifetime().await?;
    let restored = restored(&lifetime)?;
    restored.answer.is_done(200)?;
    restored.answer.ensure(
        restored.answer.json["data"]["restored_from"] == *restored.version,
        "a restore does not answer with the version that it was asked for",
        "restored_from as text",
        "another value",
    )?;
    context.recorded()?.shapes.judge(Some(RestoreVersion))
}

fn empties(lifetime: &Lifetime) -> Judged {
    lifetime.deleted.is_done(204)?;
    lifetime.emptied.is_done(200)?;
    let level = &lifetime.emptied.json["data"]["attributes"]["levels"]["project"]["content"];
    let is_empty = level.as_str().is_none_or(str::is_empty);
    let what = "a deleted secret is still there";
    lifetime.emptied.ensure(is_empty, what, "a level without content", "content")
}

fn keeps_backup(lifetime: &Lifetime) -> Judged {
    lifetime.deleted.is_done(204)?;
    lifetime.deleted.ensure(
        lifetime.backup.is_some(),
        "a deletion does not keep what it deletes",
        "a new version that opens to the text from before",
        "no such version",
    )
}

/// The confirmed deletion that comes next is the twin.
fn needs_confirmation(lifetime: &Lifetime) -> Judged {
    let unconfirmed = &lifetime.unconfirmed;
    unconfirmed.ensure(
        !unconfirmed.is_success() && !ids(&lifetime.after_unconfirmed).is_empty(),
        "a deletion for good needs no confirmation",
        "422, and every version from before",
        unconfirmed.outcome(),
    )?;
    if !lifetime.confirmed.is_success() {
        let what = "the same request with its one mistake put right was refused too,";
        return Err(lifetime.confirmed.could_not_run(what));
    }
    Reason::Status(422).judge(unconfirmed)
}

fn for_good(lifetime: &Lifetime) -> Judged {
    lifetime.confirmed.is_done(204)?;
    lifetime.after_confirmed.is_done(200)?;
    let is_empty = ids(&lifetime.after_confirmed).is_empty();
    let what = "a deletion for good leaves versions behind";
    lifetime.after_confirmed.ensure(is_empty, what, "no version of the level", "some")
}

fn deleted(lifetime: &Lifetime) -> Judged {
    lifetime.confirmed.is_done(204)?;
    let none = || Stop::CouldNotRun("a replaced secret left no version".to_owned());
    let replies = lifetime.purged.as_ref().ok_or_else(none)?;
    for (reply, what) in replies.iter().zip([
        "a version that was deleted for good can still be read",
        "a version that was deleted for good can still be restored",
    ]) {
        reply.ensure(reply.is_refusal(), what, "a refusal (4xx)", reply.outcome())?;
    }
    Ok(())
}

/// The key was never rotated: it is that of the descriptor, if the version says one at all.
fn key(lifetime: &Lifetime) -> Judged {
    let none = || Stop::CouldNotRun("a replaced secret left no version".to_owned());
    let version = lifetime.first_read.as_ref().ok_or_else(none)?;
    let said = &version.json["data"]["key"];
    let known = with_members(lifetime.descriptor.clone(), json!({"is_active": true}));
    let what = "a version says something else of its key than the descriptor";
    version.ensure(
        said.is_null() || number(&said["version"]) == number(&known["version"]),
        what,
        "the version of the key in the descriptor",
        said["version"].to_string(),
    )?;
    says_the_same(version, what, said, &known)
}

async fn shape(context: &Context) -> Judged {
    let asked = async { context.lifetime().await?.replaced.is_done(200) };
    context.judge_shapes(&[ListVersions, GetVersion], asked).await
}
