//! The writes of a sequence.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::Client;
use super::reading;
use super::script::Line;
use super::step::{Look, Names, Proof, Step, Turn};
use super::walk::{ALL, ENVIRONMENT, Halt, TARGET, Walk};
use crate::contract::route::Endpoint;
use crate::suite::server::history::operation::{
    Answer, Blob, Call, Key, Level, Operation, Request, Version,
};
use crate::suite::server::wire::{self, Reply, id_text, with_members};

/// What requests name that no server gave out.
const UNKNOWN_SECRET: &str = "01ARZ3NDEKTSV4RRFFQ69G5FZZ";
const UNKNOWN_VERSION: u64 = 1 << 40;

impl Walk<'_> {
    pub(super) async fn take(&mut self, turn: Turn) -> Result<(), Halt> {
        self.hangs_up = turn.hangs_up;
        self.script.note(turn.to_string());
        let taken = self.step(turn.step).await;
        if turn.hangs_up && taken.is_ok() && matches!(turn.step, Step::Rotate { .. }) {
            // Which key is active now has to be seen.
            return self.look(Look::Descriptor).await;
        }
        taken
    }

    async fn step(&mut self, step: Step) -> Result<(), Halt> {
        match step {
            Step::Store { level, proof } => self.store(level, proof).await,
            Step::Restore { level, place, proof } => self.restore(level, place, proof).await,
            Step::Delete { level } => {
                let body = self.at(level, json!({}));
                let call = wire::Call::to(Endpoint::DeleteSecrets, &[]).json(&body);
                if !self.make(level).await? {
                    return Ok(());
                }
                // What is written there next may have another.
                self.secrets.remove(&level);
                self.write(Operation::Delete { level }, &call, |_, _| Some(Answer::Accepted)).await
            }
            Step::Rotate { names, re_encrypt } if self.is_client() => {
                self.rotate_client(names, re_encrypt).await
            }
            Step::Rotate { re_encrypt, .. } => self.rotate_server(re_encrypt).await,
            Step::Submit { versions, with_unknown, proof } => {
                self.submit(usize::from(versions), with_unknown, proof).await
            }
            Step::Look(look) => self.look(look).await,
            Step::DeleteProject => {
                let call = wire::Call::to(Endpoint::DeleteProject, &[&self.slug]);
                self.write(Operation::DeleteProject, &call, |_, _| Some(Answer::Accepted)).await
            }
        }
    }

    async fn store(&mut self, level: Level, proof: Proof) -> Result<(), Halt> {
        if !self.make(level).await? {
            return Ok(());
        }
        let blob = Blob { text: self.client.new_text(), key: self.client.active };
        let mut body = self.at(level, json!({"content": self.client.seal(blob)?}));
        let proof = self.prove(&mut body, proof);
        let call = self.proved(wire::Call::to(Endpoint::StoreSecrets, &[]).json(&body), proof);
        let line = Line::Seals(blob.text);
        let operation = Operation::Store { level, blob, proof };
        self.write_as(operation, &call, line, |_, _| Some(Answer::Accepted)).await
    }

    /// One of the versions of a level. Under client custody it is sealed anew, under server custody the server does that.
    async fn restore(&mut self, level: Level, place: u8, proof: Proof) -> Result<(), Halt> {
        self.look(Look::Versions(level)).await?;
        let rows = self.client.rows.iter().filter(|(_, (of, _))| *of == Some(level));
        let rows: Vec<Version> = rows.map(|(row, _)| *row).collect();
        let Some(row) = usize::from(place).checked_rem(rows.len()).map(|place| rows[place]) else {
            return Ok(());
        };
        let id = row.0.to_string();
        let mut call = wire::Call::to(Endpoint::RestoreVersion, &[&id]);
        let (mut content, mut proved) = (None, None);
        if self.is_client() {
            let blob = Blob { text: self.client.new_text(), key: self.client.active };
            let mut body = json!({"content": self.client.seal(blob)?});
            proved = self.prove(&mut body, proof);
            call = self.proved(call.json(&body), proved);
            content = Some(blob);
        }
        let operation = Operation::Restore { version: row, content, proof: proved };
        let mut secret = None;
        let restored = self.write(operation, &call, |_, reply| {
            secret = id_text(&reply.json["data"]["secret_id"]);
            Some(Answer::Accepted)
        });
        restored.await?;
        if secret.is_some() {
            self.secrets.insert(level, secret);
        }
        Ok(())
    }

    /// Finds out the ids of secrets that reading them does not show: what puts a version back does.
    async fn find_ids(&mut self) -> Result<(), Halt> {
        self.look(Look::Secrets).await?;
        let hangs_up = std::mem::take(&mut self.hangs_up);
        for level in Level::ALL {
            if self.secrets.get(&level) == Some(&None) {
                self.store(level, Proof::Right).await?;
                self.restore(level, 0, Proof::Right).await?;
            }
        }
        self.hangs_up = hangs_up;
        Ok(())
    }

    async fn rotate_client(&mut self, names: Names, re_encrypt: bool) -> Result<(), Halt> {
        self.find_ids().await?;
        let to = self.client.draw_key();
        let known = self.secrets.iter().filter_map(|(level, id)| Some((*level, id.clone()?)));
        let mut ids: Vec<(Level, String)> = known.collect();
        match names {
            Names::AllButOne => drop(ids.pop()),
            Names::AndAnUnknown => ids.push((Level::Project, UNKNOWN_SECRET.to_owned())),
            Names::All => {}
        }
        let mut named = BTreeMap::new();
        let mut bodies = Vec::new();
        for (level, id) in ids {
            let text = self.client.new_text();
            bodies.push(json!({"id": id, "content": self.client.seal(Blob { text, key: to })?}));
            named.insert(self.client.secret(&id), (level, text));
        }
        let mut body = with_members(json!({"secrets": bodies}), json!(self.client.proof(to)));
        if re_encrypt {
            body["history_policy"] = json!("re_encrypt");
        }
        let call = wire::Call::to(Endpoint::RotateClientKeys, &[&self.slug]).json(&body);
        let operation = Operation::RotateClient { to, secrets: named };
        self.write(operation, &call, |client, _| {
            client.activate(to);
            Some(Answer::Accepted)
        })
        .await
    }

    /// As long as there are rotations left to spend.
    async fn rotate_server(&mut self, re_encrypt: bool) -> Result<(), Halt> {
        let context = self.context;
        if context.spent().rotations >= context.shared.door.ledger.budget.rotations {
            return Ok(());
        }
        let policy = if re_encrypt { "re_encrypt" } else { "keep" };
        let call = wire::Call::to(Endpoint::RotateEncryptionKey, &[&self.slug]);
        let call = call.json(&json!({"history_policy": policy}));
        self.write(Operation::RotateServer { re_encrypt }, &call, |client, reply| {
            let key = client.key_named(&reply.json["data"]["key"]["attributes"]["version"])?;
            client.activate(key);
            Some(Answer::Rotated { key })
        })
        .await?;
        self.look(Look::Descriptor).await
    }

    async fn submit(&mut self, count: usize, with_unknown: bool, proof: Proof) -> Result<(), Halt> {
        self.look(Look::Pending(ALL)).await?;
        let rows: Vec<Version> = self.listed().into_iter().take(count).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let key = self.client.active;
        let mut versions = BTreeMap::new();
        let mut bodies = Vec::new();
        let unknown = with_unknown.then_some(Version(UNKNOWN_VERSION));
        for row in rows.into_iter().chain(unknown) {
            let text = self.client.new_text();
            let level = self.client.rows.get(&row).and_then(|(level, _)| *level);
            bodies.push(json!({"id": row.0, "content": self.client.seal(Blob { text, key })?}));
            versions.insert(row, (level.unwrap_or(Level::Project), text));
        }
        let mut body = json!({"versions": bodies});
        let proof = self.prove(&mut body, proof);
        let call = wire::Call::to(Endpoint::SubmitReencrypted, &[&self.slug]).json(&body);
        let call = self.proved(call, proof);
        let operation = Operation::Submit { key: proof.unwrap_or(Key::NONE), versions };
        self.write(operation, &call, |_, reply| reading::submitted(reply)).await
    }

    /// The body that names a level.
    pub(super) fn at(&self, level: Level, more: Value) -> Value {
        let mut body = json!({"project": self.slug});
        if level >= Level::Target {
            body["target"] = json!(TARGET);
        }
        if level == Level::Environment {
            body["environment"] = json!(ENVIRONMENT);
        }
        with_members(body, more)
    }

    /// Adds the proof to a write under client custody, and says of which key it is.
    fn prove(&mut self, body: &mut Value, proof: Proof) -> Option<Key> {
        if !self.is_client() {
            return None;
        }
        let key = match proof {
            Proof::Missing => return None,
            Proof::Right => self.client.active,
            Proof::Stale => self.client.before.unwrap_or(Key::NONE),
            Proof::Wrong => Key::NONE,
        };
        let known = self.client.proof(key).map(|proof| proof.key_check.clone());
        body["key_proof"] = json!(known.unwrap_or_else(|| self.client.wrong_proof()));
        Some(key)
    }

    /// A write of a client that leaves the proof out does so on purpose.
    fn proved(&self, call: wire::Call, proof: Option<Key>) -> wire::Call {
        let writes = [Endpoint::SubmitReencrypted, Endpoint::RestoreVersion];
        let must = call.endpoint().is_some_and(|endpoint| writes.contains(&endpoint));
        if must && proof.is_none() { call.breaking("key_proof") } else { call }
    }

    async fn write(
        &mut self,
        operation: Operation,
        call: &wire::Call,
        read: impl FnOnce(&mut Client, &Reply) -> Option<Answer>,
    ) -> Result<(), Halt> {
        self.write_as(operation, call, Line::Plain, read).await
    }

    async fn write_as(
        &mut self,
        operation: Operation,
        call: &wire::Call,
        line: Line,
        read: impl FnOnce(&mut Client, &Reply) -> Option<Answer>,
    ) -> Result<(), Halt> {
        self.allow(call);
        let request = Request::from(operation);
        self.script.note(request.to_string());
        let sent = self.began.elapsed();
        if self.hangs_up {
            self.hang_up(call).await?;
            self.calls.push(Call::lost(request, sent));
            return self.judge();
        }
        let reply = self.send(call, line).await?;
        let answered = self.began.elapsed();
        let answer = if reply.is_success() {
            read(&mut self.client, &reply)
        } else {
            Some(Answer::Refused { status: reply.status })
        };
        self.calls.push(match answer {
            Some(answer) => Call::answered(request, sent, answered, answer),
            None => Call::lost(request, sent),
        });
        self.judge()
    }
}
