//! Storing a blob at a level.

use std::sync::Arc;

use super::call::serve;
use super::sealing::off_thread;
use super::{Answer, Room, Setback, Transaction, Turn, guard, perform};
use crate::contract::custody::Custody;
use crate::contract::request::StoreSecrets;
use crate::contract::response::{Stored, StoredData};
use crate::contract::violation::Violations;
use crate::crypto::wrong::Sealing;
use crate::crypto::{self, DataKey, MINIMUM_LENGTH, encoding, pad_key};
use crate::mock::model::{Level, Project, Sealed, ServerKey};
use crate::mock::{Point, Refusal, Stage, Trace};

serve! {
    StoreSecrets(call, body) run(call.room, body, call.trace).await;
}

async fn run(room: &Room, body: StoreSecrets, trace: &mut Trace) -> Result<Answer, Refusal> {
    let transaction = Store {
        level: Level::of(body.level),
        content: Arc::from(body.content),
        key_proof: body.key_proof,
        no_backup: body.no_backup,
        new_id: room.cell.ulid(&room.world.clock),
    };
    let warning = perform(room, Point::Store, &transaction, trace).await?;
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
    type Plan = Plan;
    /// A warning.
    type Done = Option<String>;

    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        trace.check(Stage::Project, guard::level_exists(project, &self.level))?;
        let proof = guard::proof_of_active_key(project, self.key_proof.as_deref());
        trace.pass(Stage::Proof, proof)
    }

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<Plan, Refusal> {
        let (active, custody, keys) = room.read(|project| {
            let keys = project.history().filter_map(|key| key.server().cloned());
            Ok((project.active().version, project.custody(), keys.collect::<Vec<_>>()))
        })?;
        let content = match custody {
            Custody::Client => Some(Arc::clone(&self.content)),
            Custody::Server => self.under_first(room, &keys).await?,
        };
        if let Some(content) = content {
            return Ok(Plan { active, content, sealed: Sealed::Under(active), warning: None });
        }
        let why = self.why_opaque(&keys).await?;
        if room.config.strict {
            let message = format!("The content field opens under no key of this project{why}.");
            trace.check::<()>(Stage::State, Err(Violations::of("content", message).into()))?;
        }
        let warning =
            format!("the content opens under no key of this project and was stored as it is{why}");
        let content = Arc::clone(&self.content);
        Ok(Plan { active, content, sealed: Sealed::Opaque, warning: Some(warning) })
    }

    fn commit(&self, plan: Plan, turn: &mut Turn<'_>) -> Result<Option<String>, Setback> {
        if turn.project.active().version != plan.active {
            return Err(Setback::Stale);
        }
        turn.project.updated_at = turn.now;
        let replaced = turn.project.put(&self.level, &self.new_id, plan.content, plan.sealed);
        if let Some(replaced) = replaced
            && !self.no_backup
        {
            turn.keep(self.level.clone(), "update", replaced);
        }
        Ok(plan.warning)
    }
}

impl Store {
    /// The content under the first of the keys, which is the active one; none if it opens under none of them.
    async fn under_first(
        &self,
        room: &Room,
        keys: &[Arc<ServerKey>],
    ) -> Result<Option<Arc<str>>, Refusal> {
        if !is_blob(&self.content) {
            return Ok(None);
        }
        let mut active: Option<DataKey> = None;
        for key in keys {
            let key = key.data_key().await;
            let iv = active.is_some().then(|| room.cell.draw());
            let onto = active.get_or_insert_with(|| key.clone()).clone();
            let content = Arc::clone(&self.content);
            let opened = off_thread(move || {
                let plaintext = crypto::open(&key, &content).ok()?;
                match iv {
                    None => Some(content),
                    Some(iv) => crypto::seal_with_iv(&onto, &iv, &plaintext).ok().map(Arc::from),
                }
            });
            if let Some(content) = opened.await? {
                return Ok(Some(content));
            }
        }
        Ok(None)
    }

    /// A colon and why the content opens under no key; empty if the reason is not known.
    async fn why_opaque(&self, keys: &[Arc<ServerKey>]) -> Result<String, Refusal> {
        let Some(active) = keys.first().cloned() else {
            return Ok(String::new());
        };
        let content = Arc::clone(&self.content);
        let why = off_thread(move || mistake(&active, &content)).await?;
        Ok(why.map_or_else(String::new, |why| format!(": {why}")))
    }
}

/// What a client did wrong whose content no key of the project opens, as far as it can be found without a derivation.
fn mistake(key: &ServerKey, content: &str) -> Option<String> {
    let padded = DataKey::from(&pad_key(key.key.as_bytes()));
    if crypto::open(&padded, content).is_ok() {
        let words = "it is sealed under padKey(key), which only the proof is made from: seal under \
                     PBKDF2 of the key itself, with key_check_salt and key_check_iterations";
        return Some(words.to_owned());
    }
    // Without a tag every content opens.
    let telling = |sealing: &Sealing| *sealing != Sealing::CtrWithoutTag;
    let mut known = Sealing::ALL.iter().copied().filter(telling);
    let data_key = key.derived_data_key();
    let sealing =
        data_key.and_then(|key| known.find(|sealing| sealing.open(key, content).is_some()));
    if let Some(sealing) = sealing {
        return Some(sealing.words().replace('\u{2016}', "|"));
    }
    (!is_blob(content)).then(|| "it is no base64 of IV, ciphertext and tag".to_owned())
}

fn is_blob(content: &str) -> bool {
    encoding::decode(content).is_ok_and(|bytes| bytes.len() >= MINIMUM_LENGTH)
}
