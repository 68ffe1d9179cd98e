//! A secret from its first write to its last: what a server-managed project answered on the way. Each
//! answer is judged by a case of its own, so that one that is wrong does not hide the others.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{FIRST, Project, Step, THIRD, store_twice};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{DeleteSecrets, GetVersion, RestoreVersion, StoreSecrets};
use crate::crypto::DataKey;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::key::{opens_to, seal};
use crate::suite::server::wire::{Call, Reply, with_members};

/// A secret from its first write to its last.
pub(crate) const LIFETIME: Step = Step::new("lifetime", 30, 0);

/// Versions that are looked through for one: what else a server lists is its own affair.
const MOST_VERSIONS: usize = 3;

/// The answers, in the order of their requests.
pub(crate) struct Lifetime {
    pub(crate) project: Project,
    pub(crate) key: DataKey,
    /// What the descriptor says of it.
    pub(crate) descriptor: Value,
    /// The versions after the first text was replaced by the second.
    pub(crate) replaced: Reply,
    /// The one that holds the first text, and the answer that it was read in.
    pub(crate) first: Option<String>,
    pub(crate) first_read: Option<Reply>,
    /// The write of the third text that is to leave no version, and the versions after it.
    pub(crate) unkept: Reply,
    pub(crate) after_unkept: Reply,
    /// The first text put back, if there was a version to put back.
    pub(crate) restored: Option<Restored>,
    /// The first page and the second, of one row each.
    pub(crate) pages: [Reply; 2],
    /// The deletion, the secrets after it, and the new version that holds what was deleted.
    pub(crate) deleted: Reply,
    pub(crate) emptied: Reply,
    pub(crate) backup: Option<String>,
    /// The deletion without a backup that was not confirmed, and the versions after it.
    pub(crate) unconfirmed: Reply,
    pub(crate) after_unconfirmed: Reply,
    /// The same confirmed.
    pub(crate) confirmed: Reply,
    pub(crate) after_confirmed: Reply,
    /// The version of the first text, read and restored after it was deleted for good, if it ever was there.
    pub(crate) purged: Option<[Reply; 2]>,
}

pub(crate) struct Restored {
    /// The version that was put back.
    pub(crate) version: String,
    pub(crate) answer: Reply,
    pub(crate) secrets: Reply,
    pub(crate) versions: Reply,
    /// The new version that holds the third text.
    pub(crate) third: Option<String>,
}

impl Context {
    pub(crate) async fn lifetime(&self) -> Result<Arc<Lifetime>, Stop> {
        self.once(LIFETIME, make).await
    }
}

async fn make(context: Context) -> Result<Lifetime, Stop> {
    let context = &context;
    let slug = context.create_project(None, json!({})).await?;
    let project = Project::new(slug, Custody::Server);
    let descriptor = project.descriptor(context).await?;
    let key = context.shared.keys.server(&descriptor).await?;
    store_twice(context, &project, &key).await?;
    let with = |more: Value| with_members(json!({"project": project.slug}), more);
    let versions = async || context.send(&project.versions(json!({}))).await;
    let page = async |page: u32| {
        context.send(&project.versions(json!({"page": page, "per_page": 1}))).await
    };
    let delete = |more: Value| Call::to(DeleteSecrets, &[]).json(&with(more));

    let replaced = versions().await?;
    let read = holding(context, &replaced, &BTreeSet::new(), &key, FIRST).await?;
    let (first, first_read) = read.unzip();
    let third = json!({"content": seal(&key, THIRD)?, "no_backup": true});
    let unkept = context.send(&Call::to(StoreSecrets, &[]).json(&with(third))).await?;
    let after_unkept = versions().await?;
    let restored = match &first {
        None => None,
        Some(first) => {
            let answer = context.send(&project.own(Call::to(RestoreVersion, &[first]))).await?;
            let secrets = context.send(&project.secrets()).await?;
            let versions = versions().await?;
            let known = ids(&after_unkept);
            let third = holding(context, &versions, &known, &key, THIRD).await?;
            let third = third.map(|(id, _)| id);
            Some(Restored { version: first.clone(), answer, secrets, third, versions })
        }
    };
    let pages = [page(1).await?, page(2).await?];
    let last = match &restored {
        Some(restored) if restored.answer.is_success() => FIRST,
        _ => THIRD,
    };
    let known = ids(restored.as_ref().map_or(&after_unkept, |one| &one.versions));
    let deleted = context.send(&delete(json!({}))).await?;
    let emptied = context.send(&project.secrets()).await?;
    let backup = holding(context, &versions().await?, &known, &key, last).await?;
    let backup = backup.map(|(id, _)| id);
    let for_good = delete(json!({"no_backup": true}));
    let unconfirmed = context.send(&for_good.clone().breaking("confirmed")).await?;
    let after_unconfirmed = versions().await?;
    let confirmed = context.send(&for_good.member("confirmed", true)).await?;
    let after_confirmed = versions().await?;
    let purged = match &first {
        None => None,
        Some(first) => {
            let read = context.send(&Call::to(GetVersion, &[first])).await?;
            let restore = context.send(&project.own(Call::to(RestoreVersion, &[first]))).await?;
            Some([read, restore])
        }
    };
    Ok(Lifetime {
        project,
        key,
        descriptor,
        replaced,
        first,
        first_read,
        unkept,
        after_unkept,
        restored,
        pages,
        deleted,
        emptied,
        backup,
        unconfirmed,
        after_unconfirmed,
        confirmed,
        after_confirmed,
        purged,
    })
}

pub(crate) fn ids(list: &Reply) -> BTreeSet<String> {
    list.rows().iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}

/// The version that holds a text, among those that are not known yet, and the answer that it was read in.
async fn holding(
    context: &Context,
    list: &Reply,
    known: &BTreeSet<String>,
    key: &DataKey,
    plaintext: &str,
) -> Result<Option<(String, Reply)>, Stop> {
    let rows = ids(list);
    for id in rows.difference(known).take(MOST_VERSIONS) {
        let version = context.send(&Call::to(GetVersion, &[id])).await?;
        let content = version.json["data"]["content"].as_str();
        if content.is_some_and(|content| opens_to(key, content, plaintext)) {
            return Ok(Some((id.clone(), version)));
        }
    }
    Ok(None)
}
