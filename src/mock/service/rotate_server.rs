//! Rotation of a server-managed key.

use std::sync::Arc;

use super::call::serve;
use super::sealing::{Sheet, reseal};
use super::{Answer, Room, Setback, Transaction, guard, perform};
use crate::contract::custody::HistoryPolicy;
use crate::contract::request::RotateEncryptionKey;
use crate::contract::response::{Rotated, RotatedKey, RotatedKeyAttributes, RotatedKeyData};
use crate::contract::route::Endpoint;
use crate::crypto::encoding;
use crate::mock::clock::rfc3339;
use crate::mock::jobs::Job;
use crate::mock::model::key::{Material, ServerKey};
use crate::mock::model::level::Level;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::{Project, Secret};
use crate::mock::model::sealed::Sealed;
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::Stage;
use crate::mock::steer::gate::Point;
use crate::mock::trace::Trace;

serve! {
    RotateEncryptionKey(call, body) run(call.room, body, call.trace).await;
}

/// POST encryption-key/rotate.
async fn run(room: &Room, body: RotateEncryptionKey, trace: &mut Trace) -> Result<Answer, Refusal> {
    let transaction = Rotate { key: room.draw_key(), policy: body.history_policy };
    let done = perform(room, &transaction, trace).await?;
    let warning = (done.opaque > 0).then(|| {
        format!(
            "{} opaque blob(s) open under no key of this project and were carried over unchanged",
            done.opaque
        )
    });
    Ok(Answer::ok(&Rotated {
        message: "Encryption key rotated successfully.",
        data: RotatedKeyData { key: done.key },
    })
    .with_warning(warning))
}

struct Rotate {
    key: Arc<ServerKey>,
    policy: Option<HistoryPolicy>,
}

struct Plan {
    /// The key that the plan replaces.
    replaces: u64,
    /// Every current secret as it was read, with its blob under the new key, if it opens under any.
    secrets: Vec<(Level, Reading, Option<Arc<str>>)>,
}

/// Which blob was read: the secret's id and revision.
#[derive(PartialEq, Eq)]
struct Reading(String, u64);

impl Reading {
    fn of(secret: &Secret) -> Self {
        Self(secret.id.clone(), secret.revision)
    }
}

struct Done {
    key: RotatedKey,
    opaque: usize,
}

impl Transaction for Rotate {
    const GATE: Point = Point::Rotate;
    type Plan = Plan;
    type Done = Done;

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<Plan, Refusal> {
        trace.pass(Stage::Held, room.read(guard::not_held))?;
        let (replaces, read) = room.read(|project| {
            let secrets: Vec<_> = project
                .secrets
                .iter()
                .map(|(level, secret)| {
                    let sheet = match secret.sealed {
                        Sealed::Under(version) => {
                            project.key(version).and_then(|key| key.server()).map(|key| Sheet {
                                key: Arc::clone(key),
                                content: Arc::clone(&secret.content),
                            })
                        }
                        _ => None,
                    };
                    (level.clone(), Reading::of(secret), sheet)
                })
                .collect();
            Ok((project.active().version, secrets))
        })?;
        let mut places = Vec::with_capacity(read.len());
        let mut sheets = Vec::new();
        for (level, reading, sheet) in read {
            places.push((level, reading, sheet.is_some()));
            sheets.extend(sheet);
        }
        let mut resealed = reseal(room, sheets, &self.key).await?.into_iter();
        let secrets = places
            .into_iter()
            .map(|(level, reading, has_blob)| {
                let blob = has_blob.then(|| resealed.next()).flatten();
                (level, reading, blob)
            })
            .collect();
        Ok(Plan { replaces, secrets })
    }

    fn commit(
        &self,
        room: &Room,
        plan: Plan,
        project: &mut Project,
        counters: &mut Counters,
        trace: &mut Trace,
    ) -> Result<Done, Setback> {
        let custody = guard::custody(Endpoint::RotateEncryptionKey, project.custody());
        trace.recheck(Stage::Custody, custody)?;
        trace.pass(Stage::Held, guard::not_held(project))?;
        if !plan.fits(project) {
            return Err(Setback::Stale);
        }
        let now = room.world.clock.now();
        let id = counters.row();
        project.rotate(id, Material::Server(Arc::clone(&self.key)), now);
        let version = project.active().version;
        let mut opaque = 0;
        for (level, _, blob) in plan.secrets {
            let Some(secret) = project.secrets.get_mut(&level) else {
                continue;
            };
            let Some(blob) = blob else {
                opaque += usize::from(secret.sealed == Sealed::Opaque);
                continue;
            };
            let replaced = Version {
                id: counters.row(),
                level,
                action: "rotate",
                content: std::mem::replace(&mut secret.content, blob),
                sealed: std::mem::replace(&mut secret.sealed, Sealed::Under(version)),
                created_at: now,
            };
            secret.revision += 1;
            project.keep_version(replaced);
        }
        let policy = self.policy.unwrap_or(project.history_policy);
        let moves = policy == HistoryPolicy::ReEncrypt;
        // Without anything to move, the goal is reached as it is.
        if moves && project.pending_count() > 0 {
            project.moving = true;
            room.world.jobs.queue(Job {
                cell: Arc::clone(&room.cell),
                incarnation: room.cell.incarnation(),
                number: project.number,
            });
        }
        let derives = self.key.derives();
        Ok(Done {
            key: RotatedKey {
                kind: "encryption-keys",
                id: id.to_string(),
                attributes: RotatedKeyAttributes {
                    id,
                    managed: "server",
                    key: self.key.key.to_string(),
                    key_check_salt: derives.then(|| encoding::encode(&self.key.salt)),
                    key_check_iterations: derives.then(|| self.key.iterations.get()),
                    version: version.to_string(),
                    is_active: true,
                    created_at: rfc3339(now),
                },
            },
            opaque,
        })
    }
}

impl Plan {
    fn fits(&self, project: &Project) -> bool {
        project.active().version == self.replaces
            && project.secrets.len() == self.secrets.len()
            && self.secrets.iter().all(|(level, reading, _)| {
                let secret = project.secrets.get(level);
                secret.is_some_and(|secret| Reading::of(secret) == *reading)
            })
    }
}
