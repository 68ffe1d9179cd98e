//! Storing a blob at a level.

use std::sync::Arc;

use super::call::serve;
use super::sealing::off_thread;
use super::{Answer, Room, Setback, Transaction, guard, mistake, perform};
use crate::contract::custody::Custody;
use crate::contract::request::StoreSecrets;
use crate::contract::response::{Stored, StoredData};
use crate::contract::violation::Violations;
use crate::crypto::{self, DataKey};
use crate::mock::model::key::ServerKey;
use crate::mock::model::level::Level;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::Project;
use crate::mock::model::sealed::Sealed;
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::Stage;
use crate::mock::steer::gate::Point;
use crate::mock::trace::Trace;

serve! {
    StoreSecrets(call, body) run(call.room, body, call.trace).await;
}

/// POST secrets/store.
async fn run(room: &Room, body: StoreSecrets, trace: &mut Trace) -> Result<Answer, Refusal> {
    let level = Level::of(body.level);
    let transaction = Store {
        level,
        content: Arc::from(body.content),
        key_proof: body.key_proof,
        no_backup: body.no_backup,
        new_id: room.cell.ulid(&room.world.clock),
    };
    let warning = perform(room, &transaction, trace).await?;
    Ok(Answer::ok(&Stored {
        data: StoredData {
            kind: "secrets",
            level: transaction.level.name(),
            source: transaction.level.source(&room.project).to_owned(),
            bytes: transaction.content.len(),
        },
        message: "Secrets stored successfully.",
    })
    .with_warning(warning))
}

struct Store {
    level: Level,
    content: Arc<str>,
    key_proof: Option<String>,
    no_backup: bool,
    /// The id of the secret, if the level has none yet.
    new_id: String,
}

struct Plan {
    /// The key that was active when the plan was made.
    active: u64,
    content: Arc<str>,
    sealed: Sealed,
    warning: Option<String>,
}

impl Transaction for Store {
    const GATE: Point = Point::Store;
    type Plan = Plan;
    type Done = Option<String>;

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<Plan, Refusal> {
        let keys = room.read(|project| {
            self.check(project, trace)?;
            let active = project.active().version;
            Ok(match project.custody() {
                Custody::Client => Err(active),
                Custody::Server => Ok(project
                    .history()
                    .filter_map(|key| Some((key.version, Arc::clone(key.server()?))))
                    .collect::<Vec<_>>()),
            })
        })?;
        match keys {
            Err(active) => Ok(Plan {
                active,
                content: Arc::clone(&self.content),
                sealed: Sealed::Under(active),
                warning: None,
            }),
            Ok(keys) => {
                let mut plan = self.label(room, &keys).await?;
                if plan.sealed == Sealed::Opaque {
                    let why = self.why_opaque(&keys).await?;
                    if room.config.strict {
                        let message =
                            format!("The content field opens under no key of this project{why}.");
                        let refused = Violations::of("content", message);
                        trace.check::<()>(Stage::State, Err(refused.into()))?;
                    }
                    plan.warning = Some(format!(
                        "the content opens under no key of this project and was stored as it is{why}"
                    ));
                }
                Ok(plan)
            }
        }
    }

    fn commit(
        &self,
        room: &Room,
        plan: Plan,
        project: &mut Project,
        counters: &mut Counters,
        trace: &mut Trace,
    ) -> Result<Option<String>, Setback> {
        self.check(project, trace)?;
        if project.active().version != plan.active {
            return Err(Setback::Stale);
        }
        let now = room.world.clock.now();
        project.updated_at = now;
        let replaced = project.put(&self.level, &self.new_id, plan.content, plan.sealed);
        if let Some((content, sealed)) = replaced
            && !self.no_backup
        {
            project.keep_version(Version {
                id: counters.row(),
                level: self.level.clone(),
                action: "update",
                content,
                sealed,
                created_at: now,
            });
        }
        Ok(plan.warning)
    }
}

impl Store {
    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        trace.check(Stage::Project, guard::level_exists(project, &self.level))?;
        let proof = guard::proof_of_active_key(project, self.key_proof.as_deref());
        trace.pass(Stage::Proof, proof)
    }

    /// Finds the key that the blob is under, the active one first, and brings it onto the active.
    async fn label(&self, room: &Room, keys: &[(u64, Arc<ServerKey>)]) -> Result<Plan, Refusal> {
        let active = keys.first().map_or(0, |(version, _)| *version);
        let mut newest: Option<DataKey> = None;
        if crypto::encoding::decode(&self.content)
            .is_ok_and(|bytes| bytes.len() >= crypto::MINIMUM_LENGTH)
        {
            for (version, key) in keys {
                let key = key.data_key().await;
                let onto = newest.get_or_insert_with(|| key.clone()).clone();
                let content = Arc::clone(&self.content);
                let iv = (*version != active).then(|| room.cell.draw());
                let opened = off_thread(move || {
                    let plaintext = crypto::open(&key, &content).ok()?;
                    match iv {
                        None => Some(content),
                        Some(iv) => {
                            crypto::seal_with_iv(&onto, &iv, &plaintext).ok().map(Arc::from)
                        }
                    }
                })
                .await?;
                if let Some(content) = opened {
                    return Ok(Plan {
                        active,
                        content,
                        sealed: Sealed::Under(active),
                        warning: None,
                    });
                }
            }
        }
        Ok(Plan {
            active,
            content: Arc::clone(&self.content),
            sealed: Sealed::Opaque,
            warning: None,
        })
    }

    /// Why the content opens under no key, behind a colon; empty if the reason is not known.
    async fn why_opaque(&self, keys: &[(u64, Arc<ServerKey>)]) -> Result<String, Refusal> {
        let Some((_, active)) = keys.first() else {
            return Ok(String::new());
        };
        let (active, content) = (Arc::clone(active), Arc::clone(&self.content));
        let why = off_thread(move || mistake::in_words(&active, &content)).await?;
        Ok(why.map_or_else(String::new, |why| format!(": {why}")))
    }
}
