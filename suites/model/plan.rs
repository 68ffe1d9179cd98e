//! From an action to the request, the answer that it deserves, and the model behind it.

use keyproof::contract::custody::{Custody, HistoryPolicy};
use serde_json::{Value, json};

use super::action::{Action, Level, Proof, RotationFlaw, SubmitFlaw};
use super::seen::{Seen, Version, place};
use super::state::{Key, State};
use crate::mock::support::ClientKey;

/// A row that no mock gives out.
const UNKNOWN_ROW: u64 = 1 << 40;

/// What a request deserves.
#[derive(Debug, Clone)]
pub(crate) enum Deserved {
    Taken,
    /// With this status, and this code or a member of `errors` that begins so.
    Refused(u16, &'static str),
}

/// A request, what it deserves, and what is true after it is taken.
pub(crate) struct Plan {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) deserved: Deserved,
    pub(crate) after: State,
}

/// The project of a sequence, before a request.
pub(crate) struct Before<'a> {
    pub(crate) slug: &'a str,
    pub(crate) state: &'a State,
    pub(crate) seen: &'a Seen,
}

impl Before<'_> {
    pub(crate) fn plan(&self, action: &Action) -> Plan {
        match action {
            Action::Store { level, proof, under_first_key, no_backup } => {
                self.store(*level, *proof, *under_first_key, *no_backup)
            }
            Action::RotateServer(policy) => self.rotate_server(*policy),
            Action::RotateClient(flaw) => self.rotate_client(*flaw),
            Action::Pending { limit } => self.pending(*limit),
            Action::Submit { versions, of_pending, proof, flaw } => {
                self.submit(versions, *of_pending, *proof, *flaw)
            }
            Action::Restore { version, with_content, proof } => {
                self.restore(*version, *with_content, *proof)
            }
            Action::Delete { level, no_backup } => self.delete(*level, *no_backup),
            Action::DeleteVersion { version, force } => self.delete_version(*version, *force),
            Action::Purge(level) => self.purge(*level),
        }
    }

    fn request(&self, path: String, body: Value) -> Plan {
        Plan { method: "POST", path, body, deserved: Deserved::Taken, after: self.state.clone() }
    }

    fn is_client(&self) -> bool {
        self.state.custody == Custody::Client
    }

    /// The proof itself, and what a write with it deserves under client custody.
    fn prove(&self, body: &mut Value, proof: Proof) -> Deserved {
        let keys = &self.state.keys;
        let stale = keys.iter().rev().nth(1).and_then(Key::proof);
        let (given, deserved) = match (proof, stale) {
            (Proof::Missing, _) => (None, Deserved::Refused(422, "key_proof_required")),
            (Proof::Right, _) => (self.state.active_key().proof(), Deserved::Taken),
            (Proof::Stale, Some(stale)) => {
                (Some(stale), Deserved::Refused(422, "key_proof_mismatch"))
            }
            (Proof::Stale | Proof::Wrong, _) => (
                Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                Deserved::Refused(422, "key_proof_mismatch"),
            ),
        };
        if let Some(given) = given {
            body["key_proof"] = given.into();
        }
        deserved
    }

    fn store(&self, level: Level, proof: Proof, under_first_key: bool, no_backup: bool) -> Plan {
        let mut plan = self.request("secrets/store".to_owned(), place(self.slug, level));
        let text = plan.after.new_text();
        let key = if under_first_key && !self.is_client() {
            &self.state.keys[0]
        } else {
            self.state.active_key()
        };
        plan.body["content"] = key.seal(&text).into();
        plan.body["no_backup"] = no_backup.into();
        if self.is_client() {
            plan.deserved = self.prove(&mut plan.body, proof);
        }
        if no_backup {
            drop(plan.after.levels.insert(level, text))
        } else {
            plan.after.put(level, text)
        }
        plan
    }

    /// The key that comes of it is in the answer.
    fn rotate_server(&self, policy: Option<HistoryPolicy>) -> Plan {
        let body = json!({"history_policy": policy});
        let mut plan = self.request(format!("{}/encryption-key/rotate", self.slug), body);
        if self.is_client() {
            plan.deserved = Deserved::Refused(400, "client_managed_encryption");
        }
        plan.after.keep_all();
        plan
    }

    fn rotate_client(&self, flaw: RotationFlaw) -> Plan {
        let mut secrets: Vec<(String, String)> = Vec::new();
        let next = ClientKey::new(&self.state.new_passphrase());
        for (level, text) in &self.seen.levels {
            let id = self.seen.raw.secret(*level).unwrap_or_default();
            secrets.push((id.to_owned(), next.seal(text)));
        }
        let incomplete = Deserved::Refused(400, "incomplete_rotation");
        let mut deserved = Deserved::Taken;
        match (flaw, secrets.first().cloned()) {
            (RotationFlaw::LeavesOut, Some(_)) => {
                secrets.pop();
                deserved = incomplete;
            }
            (RotationFlaw::NamesTwice, Some(first)) => {
                secrets.push(first);
                deserved = incomplete;
            }
            (RotationFlaw::NamesUnknown, _) => {
                secrets.push(("01ARZ3NDEKTSV4RRFFQ69G5FZZ".to_owned(), next.seal("?")));
                deserved = incomplete;
            }
            (RotationFlaw::SameProof, _) => deserved = Deserved::Refused(422, "key_check"),
            _ => {}
        }
        let borrowed: Vec<_> =
            secrets.iter().map(|(id, content)| (id.as_str(), content.as_str())).collect();
        let body = match (flaw, self.state.active_key()) {
            (RotationFlaw::SameProof, Key::Client(active)) => active.rotation(&borrowed),
            _ => next.rotation(&borrowed),
        };
        let mut plan = self.request(format!("{}/secrets/rotate-client-keys", self.slug), body);
        plan.deserved = if self.is_client() {
            deserved
        } else {
            Deserved::Refused(400, "server_managed_encryption")
        };
        plan.after.keep_all();
        plan.after.keys.push(Key::Client(next));
        plan
    }

    fn pending(&self, limit: usize) -> Plan {
        let path = format!("{}/secrets/re-encrypt-history/pending", self.slug);
        let mut plan = self.request(path, json!({"limit": limit}));
        if !self.is_client() {
            plan.deserved = Deserved::Refused(400, "server_managed_encryption");
        }
        plan
    }

    fn submit(&self, picks: &[u8], of_pending: bool, proof: Proof, flaw: SubmitFlaw) -> Plan {
        let all: Vec<u64> = if of_pending {
            self.seen.pending.clone()
        } else {
            self.seen.versions.keys().copied().collect()
        };
        let mut ids: Vec<u64> = Vec::new();
        for pick in picks {
            if let Some(id) = cycled(&all, *pick).filter(|id| !ids.contains(id)) {
                ids.push(id);
            }
        }
        let named = ids.clone();
        match (flaw, ids.first()) {
            (SubmitFlaw::NamesTwice, Some(first)) => ids.push(*first),
            (SubmitFlaw::NamesUnknown, _) | (_, None) => ids.push(UNKNOWN_ROW),
            _ => {}
        }
        let is_right = ids == named;
        let key = self.state.active_key();
        let versions: Vec<_> = ids
            .iter()
            .map(|id| {
                let version = self.seen.versions.get(id);
                let text = version.map_or("?", |version| version.kept.text.as_str());
                json!({"id": id, "content": key.seal(text)})
            })
            .collect();
        let path = format!("{}/secrets/re-encrypt-history", self.slug);
        let mut plan = self.request(path, json!({"versions": versions}));
        plan.deserved = match self.prove(&mut plan.body, proof) {
            _ if !self.is_client() => Deserved::Refused(400, "server_managed_encryption"),
            Deserved::Refused(..) if proof == Proof::Stale && self.state.keys.len() > 1 => {
                Deserved::Refused(422, "key_version_conflict")
            }
            Deserved::Taken if !is_right => Deserved::Refused(422, "versions."),
            proved => proved,
        };
        for id in named.iter().filter(|id| self.seen.pending.contains(id)) {
            let version = &self.seen.versions[id];
            plan.after.bring(version.level, &version.kept);
        }
        plan
    }

    fn version(&self, pick: u8) -> Option<(u64, &Version)> {
        let ids: Vec<_> = self.seen.versions.keys().copied().collect();
        let id = cycled(&ids, pick)?;
        Some((id, &self.seen.versions[&id]))
    }

    fn restore(&self, pick: u8, with_content: bool, proof: Proof) -> Plan {
        let found = self.version(pick);
        let id = found.map_or(UNKNOWN_ROW, |(id, _)| id);
        let path = format!("secrets/versions/{id}/restore");
        let mut plan = self.request(path, json!({}));
        let Some((_, version)) = found else {
            plan.deserved = Deserved::Refused(404, "not_found");
            return plan;
        };
        let mut proved = Deserved::Taken;
        if with_content {
            let sealed = self.state.active_key().seal(&version.kept.text);
            plan.body["content"] = sealed.into();
        }
        if self.is_client() && (with_content || proof != Proof::Missing) {
            proved = self.prove(&mut plan.body, proof);
        }
        let is_old = version.kept.key != Some(self.state.active());
        plan.deserved = match proved {
            Deserved::Refused(..) => proved,
            Deserved::Taken if version.kept.key.is_none() => Deserved::Refused(422, "version"),
            Deserved::Taken if self.is_client() && is_old && !with_content => {
                Deserved::Refused(422, "content_required_for_old_key")
            }
            Deserved::Taken => Deserved::Taken,
        };
        plan.after.put(version.level, version.kept.text.clone());
        plan
    }

    fn delete(&self, level: Level, no_backup: bool) -> Plan {
        let mut plan = self.request("secrets/delete".to_owned(), place(self.slug, level));
        let removed = plan.after.levels.remove(&level);
        if no_backup {
            plan.body["no_backup"] = true.into();
            plan.body["confirmed"] = true.into();
            plan.after.kept.remove(&level);
            return plan;
        }
        let key = removed.is_some().then(|| self.state.active());
        plan.after.keep(level, removed.unwrap_or_default(), key);
        plan
    }

    fn delete_version(&self, pick: u8, force: bool) -> Plan {
        let found = self.version(pick);
        let id = found.map_or(UNKNOWN_ROW, |(id, _)| id);
        let mut plan = self.request(format!("secrets/versions/{id}"), json!({"force": force}));
        plan.method = "DELETE";
        let Some((_, version)) = found else {
            plan.deserved = Deserved::Refused(404, "not_found");
            return plan;
        };
        let level = version.level;
        let kept = self.state.kept.get(&level).map_or(&[][..], Vec::as_slice);
        let others = kept.iter().filter(|other| other.key.is_some()).count() > 1;
        let last = version.kept.key.is_some() && !others;
        if last && !force && !self.state.levels.contains_key(&level) {
            plan.deserved = Deserved::Refused(422, "version_protected");
        }
        plan.after.forget(level, &version.kept);
        plan
    }

    fn purge(&self, level: Option<Level>) -> Plan {
        let body = place(self.slug, level.unwrap_or(Level::Project));
        let mut plan = self.request("secrets/versions/purge".to_owned(), body);
        plan.body["confirmed"] = true.into();
        match level {
            Some(level) => drop(plan.after.kept.remove(&level)),
            None => {
                plan.body["scope"] = "project".into();
                plan.after.kept.clear();
            }
        }
        plan
    }
}

fn cycled(all: &[u64], pick: u8) -> Option<u64> {
    all.get(usize::from(pick).checked_rem(all.len())?).copied()
}
