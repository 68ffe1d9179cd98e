//! Projects that several cases share, one case at a time, and the right request to each endpoint.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    AT_TARGET, FIRST, Named, Project, SECOND, SecretIds, Step, TARGET, create_client_project,
    secret_ids, store, store_twice,
};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::key::{CLIENT_KEYS, ClientKey};
use crate::suite::server::needs;
use crate::suite::server::wire::{Access, Call, with_members};

/// What a client-managed site takes, where no level shows its secret's id.
const OF_CLIENT: u32 = 8 + SecretIds::most(2);

/// A server-managed project for reads and refusals.
pub(crate) const SERVER_SITE: Step = Step::new("server-site", 4, 0);
/// A client-managed project for reads, refusals, pending and submit.
pub(crate) const CLIENT_SITE: Step = Step::new("client-site", OF_CLIENT, 0);
/// A client-managed project for client rotation and its refusals: in a thrifty run the same.
pub(crate) const ROTATION_SITE: Step = Step::new("rotation-site", OF_CLIENT, 0);
/// A server-managed project of the other organization.
pub(crate) const OTHER_SERVER_SITE: Step = Step::new("other-server-site", 4, 0);
/// A client-managed project of the other organization.
pub(crate) const OTHER_CLIENT_SITE: Step = Step::new("other-client-site", OF_CLIENT, 0);

/// A shared project. A case locks it, so that nothing comes between what is read before and after.
pub(crate) struct Site {
    pub(crate) project: Project,
    turn: Arc<Mutex<()>>,
}

/// A site that one case has locked.
pub(crate) struct LockedSite {
    pub(crate) project: Project,
    /// Number of the client key that is active.
    active: usize,
    _turn: OwnedMutexGuard<()>,
}

impl Context {
    /// The shared site that this step makes.
    pub(crate) async fn site(&self, step: Step) -> Result<Arc<Site>, Stop> {
        let is_shared = step == ROTATION_SITE && self.shared.is_thrifty;
        let step = if is_shared { CLIENT_SITE } else { step };
        let is_other = [OTHER_SERVER_SITE, OTHER_CLIENT_SITE].contains(&step);
        let other = self.server().other_organization().filter(|_| is_other).cloned();
        if is_other && other.is_none() {
            return Err(Stop::NotObservable(needs::OTHER_ORGANIZATION));
        }
        let make = |context: Self| async move {
            match step {
                SERVER_SITE => Site::of(&context, Custody::Server).await,
                CLIENT_SITE => Site::of(&context, Custody::Client).await,
                OTHER_SERVER_SITE => Site::server(&context, other).await,
                _ => Site::client(&context, other).await,
            }
        };
        self.once(step, make).await
    }

    /// A client-managed project of the case's own; in a thrifty run the shared one.
    pub(crate) async fn lock_own(&self) -> Result<LockedSite, Stop> {
        if self.shared.is_thrifty {
            return self.lock(CLIENT_SITE).await;
        }
        Site::client(self, None).await?.lock(self).await
    }

    /// The shared site that this step makes, locked for one case.
    pub(crate) async fn lock(&self, step: Step) -> Result<LockedSite, Stop> {
        self.site(step).await?.lock(self).await
    }
}

impl Site {
    pub(crate) fn new(project: Project) -> Self {
        Self { project, turn: Arc::default() }
    }

    /// Locks the site. Which client key is active is read from the server: a case before this one
    /// may have found a server that rotates when it must not.
    pub(crate) async fn lock(&self, context: &Context) -> Result<LockedSite, Stop> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let active = match self.project.custody {
            Custody::Client if context.server().read_only_project().is_none() => {
                active_key(context, &self.project).await?
            }
            _ => 0,
        };
        Ok(LockedSite { project: self.project.clone(), active, _turn: turn })
    }

    /// A project of that custody: one of the run's own, or the one that the run may only look at.
    async fn of(context: &Context, custody: Custody) -> Result<Self, Stop> {
        let Some(slug) = context.server().read_only_project() else {
            return match custody {
                Custody::Server => Self::server(context, None).await,
                Custody::Client => Self::client(context, None).await,
            };
        };
        let project = Project::new(slug.to_owned(), custody);
        let managed = project.descriptor(context).await?["managed"].clone();
        if managed == custody.name() {
            Ok(Self::new(project))
        } else {
            Err(Stop::NotObservable(needs::WRITES))
        }
    }

    /// A server-managed project with a blob and the version that it replaced.
    pub(crate) async fn server(context: &Context, other: Option<Access>) -> Result<Self, Stop> {
        let slug = context.create_project(other.clone(), json!({})).await?;
        let project = Project { other, ..Project::new(slug, Custody::Server) };
        let descriptor = project.descriptor(context).await?;
        match context.shared.keys.server(&descriptor).await {
            // Without its key nothing can be stored, and the rest can still be observed.
            Err(Stop::CouldNotRun(_)) => {}
            data_key => store_twice(context, &project, &data_key?).await?,
        }
        Ok(Self::new(project))
    }

    /// A client-managed project with blobs at two levels under its second key, and versions under
    /// its first.
    pub(crate) async fn client(context: &Context, other: Option<Access>) -> Result<Self, Stop> {
        let (project, first) = create_client_project(context, other).await?;
        let project = Project { target: Some(TARGET.to_owned()), ..project };
        let target = project.call(Endpoint::CreateTarget).json(&json!({"name": TARGET}));
        context.prepare("creating a target", &target).await?;
        // What the rotation replaces becomes a version anyway.
        let before = (!context.shared.is_thrifty).then_some((None, FIRST));
        let held = [(None, SECOND), (Some(TARGET), AT_TARGET)];
        for (target, plaintext) in before.into_iter().chain(held) {
            let content = first.seal(plaintext)?;
            store(context, &project, target, &content, Some(&first)).await?;
        }
        let next = context.client_key(1).await?;
        let call = match secret_ids(context, &project, Some(&first)).await {
            // Without the ids nothing becomes pending, and the rest can still be observed.
            Err(Stop::NotObservable(_)) => return Ok(Self::new(project)),
            ids => project.call(Endpoint::RotateClientKeys).json(&rotation_body(&next, &ids?)?),
        };
        let site = Self::new(project);
        let reply = context.send(&call).await?;
        let ids = context.memo::<SecretIds>();
        // So it is with ids that a rotation does not take.
        if reply.is_success() || ids.doubt(&site.project.slug, &reply) {
            return Ok(site);
        }
        Err(reply.could_not_run("rotating the client key was refused"))
    }
}

/// The number of the client key that a project is under. A thrifty run reads it again only after a change.
async fn active_key(context: &Context, project: &Project) -> Result<usize, Stop> {
    let descriptor = project.descriptor(context).await?;
    for number in 0..CLIENT_KEYS {
        let key = context.client_key(number).await?;
        if descriptor["key_check_salt"] == key.proof.key_check_salt {
            return Ok(number);
        }
    }
    Err(Stop::CouldNotRun("the shared project is under no key of this run any more".to_owned()))
}

/// The id of a pending row as a submit sends it. The shape case judges its type.
pub(crate) fn row_id(row: &Value) -> Result<u64, Stop> {
    row["id"].as_u64().ok_or_else(|| {
        Stop::CouldNotRun("a pending version has an id that is no whole number".to_owned())
    })
}

/// The body of a client rotation to `key` that names these secrets.
pub(crate) fn rotation_body(key: &ClientKey, ids: &[Named]) -> Result<Value, Stop> {
    let mut secrets = Vec::new();
    for (id, plaintext) in ids {
        secrets.push(json!({"id": id, "content": key.seal(plaintext)?}));
    }
    Ok(with_members(json!({"secrets": secrets}), json!(key.proof)))
}

impl LockedSite {
    /// The client key that is active.
    pub(crate) async fn key(&self, context: &Context) -> Result<Arc<ClientKey>, Stop> {
        context.client_key(self.active).await
    }

    /// The client key that was active so many rotations ago: they are taken in turn.
    pub(crate) async fn key_of_age(
        &self,
        context: &Context,
        age: usize,
    ) -> Result<Arc<ClientKey>, Stop> {
        context.client_key(self.active + CLIENT_KEYS - age % CLIENT_KEYS).await
    }

    /// The client key that a rotation would make active.
    pub(crate) async fn next_key(&self, context: &Context) -> Result<Arc<ClientKey>, Stop> {
        context.client_key(self.active + 1).await
    }

    /// A request to an endpoint that breaks no rule.
    pub(crate) async fn request(&mut self, context: &Context, to: Endpoint) -> Result<Call, Stop> {
        match to {
            Endpoint::RotateClientKeys => self.rotation(context).await,
            Endpoint::SubmitReencrypted => self.submission(context).await,
            Endpoint::StoreSecrets => self.write(context).await,
            Endpoint::RestoreVersion => self.restore(context).await,
            _ => Ok(self.project.call(to)),
        }
    }

    /// A right client rotation.
    pub(crate) async fn rotation(&self, context: &Context) -> Result<Call, Stop> {
        let (key, next) = (self.key(context).await?, self.next_key(context).await?);
        let ids = secret_ids(context, &self.project, Some(&key)).await?;
        Ok(self.project.call(Endpoint::RotateClientKeys).json(&rotation_body(&next, &ids)?))
    }

    pub(crate) async fn rotate(&mut self, context: &Context) -> Result<(), Stop> {
        let call = self.rotation(context).await?;
        context.prepare("rotating the client key", &call).await?;
        self.has_rotated();
        Ok(())
    }

    /// Makes sure that a version is pending, also on a server whose rotations leave none.
    pub(crate) async fn make_pending(&mut self, context: &Context) -> Result<(), Stop> {
        let key = self.key(context).await?;
        let content = key.seal(SECOND)?;
        store(context, &self.project, None, &content, Some(&key)).await?;
        self.rotate(context).await
    }

    /// Whether so many versions are pending that a thrifty run leaves it at those.
    pub(crate) async fn has_pending(&self, context: &Context, count: usize) -> Result<bool, Stop> {
        Ok(context.shared.is_thrifty && self.pending(context).await?.len() >= count)
    }

    /// Notes that a rotation to the next key was accepted.
    pub(crate) fn has_rotated(&mut self) {
        self.active = (self.active + 1) % CLIENT_KEYS;
    }

    /// The first pending row; rotates first if none is pending.
    pub(crate) async fn old_version(&mut self, context: &Context) -> Result<Value, Stop> {
        let mut pending = self.pending(context).await?;
        if pending.is_empty() {
            self.make_pending(context).await?;
            pending = self.pending(context).await?;
        }
        let none = || Stop::CouldNotRun("no version is pending after a rotation".to_owned());
        pending.into_iter().next().ok_or_else(none)
    }

    /// A right submit of one pending version; rotates first if none is pending.
    pub(crate) async fn submission(&mut self, context: &Context) -> Result<Call, Stop> {
        let row = self.old_version(context).await?;
        let key = self.key(context).await?;
        let version = json!({"id": row_id(&row)?, "content": key.seal(FIRST)?});
        Ok(self.submit(&key, vec![version]))
    }

    pub(crate) fn submit(&self, key: &ClientKey, versions: Vec<Value>) -> Call {
        let body = json!({"versions": versions, "key_proof": key.proof.key_check});
        self.project.call(Endpoint::SubmitReencrypted).json(&body)
    }

    pub(crate) async fn pending(&self, context: &Context) -> Result<Vec<Value>, Stop> {
        let call = self.project.call(Endpoint::ListPending).json(&json!({"limit": 50}));
        let reply = context.look_up("listing pending versions", &call).await?;
        Ok(reply.rows().to_vec())
    }

    /// A right write; it leaves no version behind.
    pub(crate) async fn write(&self, context: &Context) -> Result<Call, Stop> {
        let key = self.key(context).await?;
        let call = Call::to(Endpoint::StoreSecrets, &[]).json(&json!({
            "project": self.project.slug,
            "content": key.seal(SECOND)?,
            "key_proof": key.proof.key_check,
            "no_backup": true,
        }));
        Ok(self.project.own(call))
    }

    /// A right restore of a version under an older key.
    pub(crate) async fn restore(&mut self, context: &Context) -> Result<Call, Stop> {
        let row = self.old_version(context).await?;
        let key = self.key(context).await?;
        let body = json!({"content": key.seal(SECOND)?, "key_proof": key.proof.key_check});
        let call = Call::to(Endpoint::RestoreVersion, &[&row["id"].to_string()]).json(&body);
        Ok(self.project.own(call))
    }
}
