//! Writes whose clients hang up: in one project, a client rotation, and then a write, a restore and a submit side by side.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    AT_TARGET, FIRST, Fate, LockedSite, SECOND, SecretIds, Site, Snapshot, Step, TARGET,
    Unanswered, at_rest, hang_up, row_id,
};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{RestoreVersion, StoreSecrets};
use crate::harness::{Exchange, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::wire::{Call, id_text};

/// Requests of three looks at what is stored.
const LOOKS: u32 = 3 * Snapshot::most(Custody::Client, 2);

/// A client-managed project, one client rotation and three other writes, all unanswered.
pub(crate) const HANG_UPS: Step = Step::new("hang-ups", 8 + SecretIds::most(2) + 3 + LOOKS + 4, 0);

/// Versions in a submit, so that half of it can be seen.
const BATCH: usize = 2;

/// What was sent, and what came of it. Nothing can be restored or submitted where no version is pending.
pub(crate) struct HangUps {
    pub(crate) site: Site,
    pub(crate) rotation: Unanswered,
    pub(crate) store: Unanswered,
    pub(crate) restore: Option<Unanswered>,
    pub(crate) submit: Option<Unanswered>,
}

impl Context {
    pub(crate) async fn hang_ups(&self) -> Result<Arc<HangUps>, Stop> {
        self.once(HANG_UPS, make).await
    }
}

async fn make(context: Context) -> Result<HangUps, Stop> {
    let context = &context;
    let site = Site::client(context, None).await?;
    let locked = site.lock(context).await?;
    let before = Snapshot::before(context, &site.project).await?;
    let call = locked.rotation(context).await?;
    let exchange = hang_up(context, &site.project, &call).await?;
    let unanswered =
        |after: &Snapshot| unanswered((call.clone(), exchange.clone()), (&before, after));
    let is_whole = |after: &Snapshot| unanswered(after).of_client_rotation().is_ok();
    let between = at_rest(context, &site.project, is_whole).await?;
    let rotation = unanswered(&between);
    drop(locked);
    // Which key is active now is for the server to say.
    let locked = site.lock(context).await?;
    let store = sent(context, &locked, store(context, &locked).await?).await?;
    let (one, batch) = chosen(&between);
    let restore = match one {
        Some(row) => Some(sent(context, &locked, restore(context, &locked, row).await?).await?),
        None => None,
    };
    let submit = match submit(context, &locked, &batch).await? {
        Some(call) => Some(sent(context, &locked, call).await?),
        None => None,
    };
    let all = |after: &Snapshot| {
        let of = |sent: &(Call, Exchange)| self::unanswered(sent.clone(), (&between, after));
        (of(&store), restore.as_ref().map(of), submit.as_ref().map(of))
    };
    let is_whole = |after: &Snapshot| {
        let (store, restore, submit) = all(after);
        let of_level = |one: Option<Unanswered>| one.map(|one| one.of_level("project"));
        let fates =
            [Some(store.of_level("target")), of_level(restore), submit.map(|one| one.of_submit())];
        fates.into_iter().flatten().all(|fate: Result<Fate, _>| fate.is_ok())
    };
    let after = at_rest(context, &site.project, is_whole).await?;
    let (store, restore, submit) = all(&after);
    drop(locked);
    Ok(HangUps { site, rotation, store, restore, submit })
}

fn unanswered(
    (call, exchange): (Call, Exchange),
    (before, after): (&Snapshot, &Snapshot),
) -> Unanswered {
    Unanswered { call, exchanges: vec![exchange], before: before.clone(), after: after.clone() }
}

async fn sent(context: &Context, site: &LockedSite, call: Call) -> Result<(Call, Exchange), Stop> {
    let exchange = hang_up(context, &site.project, &call).await?;
    Ok((call, exchange))
}

/// A write to the target, which keeps what it replaces.
async fn store(context: &Context, site: &LockedSite) -> Result<Call, Stop> {
    let key = site.key(context).await?;
    Ok(Call::to(StoreSecrets, &[]).json(&json!({
        "project": site.project.slug,
        "target": TARGET,
        "content": key.seal(AT_TARGET)?,
        "key_proof": key.proof.key_check,
    })))
}

/// Of the pending rows one of the project level, to restore it, and others to submit.
fn chosen(stored: &Snapshot) -> (Option<&Value>, Vec<&Value>) {
    let of_project = stored.version_ids("project");
    let is_of_project =
        |row: &&Value| id_text(&row["id"]).is_some_and(|id| of_project.contains(&id));
    let rows = stored.pending_rows();
    let one = rows.iter().rev().find(is_of_project);
    let others: Vec<_> = rows.iter().filter(|row| Some(*row) != one).take(BATCH).collect();
    let batch = if others.is_empty() { one.into_iter().collect() } else { others };
    (one, batch)
}

async fn restore(context: &Context, site: &LockedSite, row: &Value) -> Result<Call, Stop> {
    let key = site.key(context).await?;
    let body = json!({"content": key.seal(SECOND)?, "key_proof": key.proof.key_check});
    let call = Call::to(RestoreVersion, &[&row["id"].to_string()]).json(&body);
    Ok(site.project.own(call))
}

async fn submit(
    context: &Context,
    site: &LockedSite,
    rows: &[&Value],
) -> Result<Option<Call>, Stop> {
    let key = site.key(context).await?;
    let mut versions = Vec::new();
    for row in rows {
        versions.push(json!({"id": row_id(row)?, "content": key.seal(FIRST)?}));
    }
    Ok((!versions.is_empty()).then(|| site.submit(&key, versions)))
}
