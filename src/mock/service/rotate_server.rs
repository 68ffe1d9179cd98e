//! Rotation of a server-managed key.

use std::sync::Arc;

use serde_json::json;
use zeroize::Zeroizing;

use super::sealing::{Sheet, reseal};
use super::{Answer, Operation, Room, Setback, guard, perform};
use crate::contract::custody::HistoryPolicy;
use crate::contract::request::RotateEncryptionKey;
use crate::contract::response::{Rotated, RotatedKey, RotatedKeyAttributes, RotatedKeyData};
use crate::contract::route::Endpoint;
use crate::crypto::{KEY_LENGTH, SALT_LENGTH, encoding};
use crate::mock::clock::rfc3339;
use crate::mock::draw::hex;
use crate::mock::jobs::Job;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::key::{Material, ServerKey};
use crate::mock::model::level::Level;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::{Project, Sealed, Secret};
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};
use crate::mock::steer::gate::Point;

/// POST encryption-key/rotate.
pub(in crate::mock) async fn run(
    room: &Room,
    body: RotateEncryptionKey,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let key = if room.has(Defect::RotateKeepsKey) {
        room.read(|project| Ok(project.active().server().cloned()))?
    } else {
        None
    };
    let operation = Rotate {
        key: key.map_or_else(|| next_key(room), Ok)?,
        policy: body.history_policy,
    };
    let done = perform(room, &operation, trace).await?;
    let warning = (done.opaque > 0).then(|| {
        format!(
            "{} opaque blob(s) open under no key of this project and were carried over unchanged",
            done.opaque
        )
    });
    let rotated = Rotated {
        message: "Encryption key rotated successfully.",
        data: RotatedKeyData { key: done.key },
    };
    let answer = if room.has(Defect::RotateVersionAsNumber) {
        let mut rotated = json!(rotated);
        rotated["data"]["key"]["attributes"]["version"] = json!(done.version);
        Answer::ok(&rotated)
    } else {
        Answer::ok(&rotated)
    };
    Ok(answer.with_warning(warning))
}

/// The key that a rotation makes active.
fn next_key(room: &Room) -> Result<Arc<ServerKey>, Refusal> {
    if !room.varies(Variant::RotationKeepsSalt) {
        return Ok(draw_key(room));
    }
    room.read(|project| {
        let drawn = draw_key(room);
        let salt = project.active().server().map(|active| active.salt.clone());
        let salt = salt.unwrap_or_else(|| drawn.salt.clone());
        Ok(ServerKey::new(drawn.key.clone(), salt, drawn.iterations).into())
    })
}

/// A fresh key: 64 hexadecimal digits, with a salt of its own.
pub(super) fn draw_key(room: &Room) -> Arc<ServerKey> {
    let key = Zeroizing::new(hex(&room.cell.draw::<KEY_LENGTH>()));
    new_key(room, key)
}

/// A key of that text, with a salt of its own.
pub(super) fn new_key(room: &Room, key: Zeroizing<String>) -> Arc<ServerKey> {
    let iterations = room.config.iterations;
    if room.has(Defect::DescriptorOmitsDerivation) {
        return Arc::new(ServerKey::underived(key, iterations));
    }
    let salt = room.cell.draw::<SALT_LENGTH>().to_vec();
    Arc::new(ServerKey::new(key, salt, iterations))
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
    version: u64,
    opaque: usize,
}

impl Operation for Rotate {
    const GATE: Point = Point::Rotate;
    type Plan = Plan;
    type Done = Done;

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<Plan, Refusal> {
        trace.check(Stage::Held, room.read(guard::not_held))?;
        let (replaces, read) = room.read(|project| {
            let secrets: Vec<_> = project
                .secrets
                .iter()
                .map(|(level, secret)| {
                    let sheet = match secret.sealed {
                        Sealed::Under(version) if !leaves_current(room, project) => project
                            .key(version)
                            .and_then(|key| key.server())
                            .map(|key| Sheet {
                                key: Arc::clone(key),
                                content: Arc::clone(&secret.content),
                            }),
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
        let custody = guard::custody(room, Endpoint::RotateEncryptionKey, project.custody());
        trace.recheck(Stage::Custody, custody)?;
        trace.check(Stage::Held, guard::not_held(project))?;
        if !plan.fits(project) {
            return Err(Setback::Stale);
        }
        let now = room.world.clock.now();
        let id = counters.row();
        let replaced = project.active().server().cloned();
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
            if !room.varies(Variant::RotationKeepsNoVersions) {
                project.keep_version(replaced);
            }
        }
        let setting = if room.has(Defect::RotateIgnoresSetting) {
            HistoryPolicy::Keep
        } else {
            project.history_policy
        };
        let policy = self.policy.unwrap_or(setting);
        let moves = match policy {
            HistoryPolicy::ReEncrypt => !room.has(Defect::RotateNeverReencrypts),
            HistoryPolicy::Keep => room.has(Defect::RotateKeepMovesHistory),
        };
        // Without anything to move, the goal is reached as it is.
        if moves && project.pending_count() > 0 {
            project.moving = true;
            room.world.jobs.queue(Job {
                world: Arc::downgrade(&room.world),
                cell: Arc::clone(&room.cell),
                incarnation: room.cell.incarnation(),
                number: project.number,
            });
        }
        let shown = replaced.filter(|_| room.has(Defect::RotateAnswersOldKey));
        let shown = shown.as_ref().unwrap_or(&self.key);
        let derives = self.key.derives();
        Ok(Done {
            version,
            key: RotatedKey {
                kind: "encryption-keys",
                id: id.to_string(),
                attributes: RotatedKeyAttributes {
                    id,
                    managed: "server",
                    key: shown.key.to_string(),
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

/// Whether a defect keeps the current secrets from being sealed again.
fn leaves_current(room: &Room, project: &Project) -> bool {
    room.has(Defect::RotateLeavesCurrentSecrets) || project.active().server().is_none()
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
