//! Rotation of a server-managed key.

use std::sync::Arc;

use super::call::serve;
use super::sealing::{Sheet, reseal};
use super::{Answer, Room, Setback, Transaction, Turn, guard, perform};
use crate::contract::custody::HistoryPolicy;
use crate::contract::request::RotateEncryptionKey;
use crate::contract::response::{Rotated, RotatedKey, RotatedKeyAttributes, RotatedKeyData};
use crate::contract::route::Endpoint;
use crate::crypto::encoding;
use crate::mock::clock::rfc3339;
use crate::mock::jobs::Job;
use crate::mock::model::{Level, Material, Project, Sealed, Secret, ServerKey};
use crate::mock::{Point, Refusal, Trace};

serve! {
    RotateEncryptionKey(call, body) run(call.room, body, call.trace).await;
}

async fn run(room: &Room, body: RotateEncryptionKey, trace: &mut Trace) -> Result<Answer, Refusal> {
    let transaction = Rotate { key: room.draw_key(), policy: body.history_policy };
    let (key, opaque) = perform(room, Point::Rotate, &transaction, trace).await?;
    let warning = (opaque > 0).then(|| {
        format!("{opaque} opaque blob(s) open under no key of this project and were carried over unchanged")
    });
    let message = "Encryption key rotated successfully.";
    let rotated = Rotated { message, data: RotatedKeyData { key } };
    Ok(Answer::ok(&rotated).with_warning(warning))
}

struct Rotate {
    key: Arc<ServerKey>,
    policy: Option<HistoryPolicy>,
}

struct Plan {
    /// The key that the plan replaces.
    replaces: u64,
    /// Every current secret as it was read, with its blob under the new key, if it opened.
    secrets: Vec<(Level, BlobId, Option<Arc<str>>)>,
}

/// Tells which blob was read, by the secret's id and revision.
#[derive(PartialEq, Eq)]
struct BlobId(String, u64);

impl BlobId {
    fn of(secret: &Secret) -> Self {
        Self(secret.id.clone(), secret.revision)
    }
}

impl Transaction for Rotate {
    type Plan = Plan;
    /// The new key, and how many blobs open under none.
    type Done = (RotatedKey, usize);

    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        guard::may_use_key(Endpoint::RotateEncryptionKey, project, trace)
    }

    async fn prepare(&self, room: &Room, _: &mut Trace) -> Result<Plan, Refusal> {
        let (replaces, secrets, sheets) = room.read(|project| {
            let (mut secrets, mut sheets) = (Vec::new(), Vec::new());
            for (level, secret) in &project.secrets {
                let key = project.server_key_of(secret.sealed).cloned();
                secrets.push((level.clone(), BlobId::of(secret), key.is_some()));
                sheets.extend(key.map(|key| Sheet { key, content: Arc::clone(&secret.content) }));
            }
            Ok((project.active().version, secrets, sheets))
        })?;
        let mut resealed = reseal(room, sheets, &self.key).await?.into_iter();
        let secrets = secrets.into_iter().map(|(level, blob_id, opens)| {
            let blob = if opens { resealed.next() } else { None };
            (level, blob_id, blob)
        });
        Ok(Plan { replaces, secrets: secrets.collect() })
    }

    fn commit(&self, plan: Plan, turn: &mut Turn<'_>) -> Result<Self::Done, Setback> {
        if !plan.fits(turn.project) {
            return Err(Setback::Stale);
        }
        let (room, now) = (turn.room, turn.now);
        let id = turn.counters.row();
        turn.project.rotate(id, Material::Server(Arc::clone(&self.key)), now);
        let version = turn.project.active().version;
        let mut opaque = 0;
        for (level, _, blob) in plan.secrets {
            let Some(secret) = turn.project.secrets.get_mut(&level) else {
                continue;
            };
            match blob {
                Some(blob) => {
                    let replaced = secret.replace(blob, Sealed::Under(version));
                    turn.keep(level, "rotate", replaced);
                }
                None => opaque += usize::from(secret.sealed == Sealed::Opaque),
            }
        }
        let policy = self.policy.unwrap_or(turn.project.history_policy);
        // A job with nothing to move would have reached its goal.
        if policy == HistoryPolicy::ReEncrypt && turn.project.pending_count() > 0 {
            turn.project.moving = true;
            room.world.jobs.queue(Job {
                cell: Arc::clone(&room.cell),
                incarnation: room.cell.incarnation(),
                number: turn.project.number,
            });
        }
        let derives = self.key.derives();
        let key = RotatedKey {
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
        };
        Ok((key, opaque))
    }
}

impl Plan {
    fn fits(&self, project: &Project) -> bool {
        project.active().version == self.replaces
            && project.secrets.len() == self.secrets.len()
            && self.secrets.iter().all(|(level, blob_id, _)| {
                let secret = project.secrets.get(level);
                secret.is_some_and(|secret| BlobId::of(secret) == *blob_id)
            })
    }
}
