//! What may be true of a project, and which answers fit it. Where the contract leaves a choice, each of its outcomes is
//! a state of its own, so that no server is accused of having made one.

use std::collections::BTreeMap;

use super::operation::{Answer, Blob, Key, Level, Operation, Request, Secret, Token, Version};
use super::search::Model;
use super::state::{Names, State};
use crate::contract::custody::Custody;

/// A project as it was before the first call.
#[derive(Debug, Clone)]
pub struct Project {
    pub(super) custody: Custody,
    pub(super) start: State,
    pub(super) rules: Rules,
}

/// What is not the same for all histories of a project.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// The keys that a rotation whose answer was lost may have made.
    pub(super) unclaimed: Vec<Key>,
    /// A restore puts nothing back. That it does is documented, and no more.
    pub(super) restore_is_idle: bool,
    /// A deletion empties nothing. That it does is documented, and no more.
    pub(super) delete_is_idle: bool,
}

impl Project {
    /// A project with all of its keys, the active one last; what each level holds, with its id where that is known; and
    /// the versions that are known.
    pub fn new(
        custody: Custody,
        keys: Vec<Key>,
        levels: BTreeMap<Level, (Option<Secret>, Blob)>,
        versions: BTreeMap<Version, (Level, Blob)>,
    ) -> Self {
        let start = State::new(keys, levels, versions);
        Self { custody, start, rules: Rules::default() }
    }

    /// The same where levels held this before, which may be in versions that no answer has shown yet.
    #[must_use]
    pub fn with_former(mut self, former: Vec<(Level, Blob)>) -> Self {
        self.start.former.extend(former);
        self
    }

    /// What is true of it before the first call.
    pub const fn start(&self) -> &State {
        &self.start
    }
}

impl Model for Project {
    type State = State;
    type Operation = Request;
    type Answer = Answer;

    fn step(&self, state: &State, request: &Request, answer: Option<&Answer>) -> Vec<State> {
        let is_barred =
            !state.exists || (state.token_is_revoked && request.token == Token::Revocable);
        match answer {
            Some(Answer::Refused { .. }) => {
                let may_refuse = is_barred || self.may_refuse(state, &request.operation);
                if may_refuse { vec![state.clone()] } else { Vec::new() }
            }
            _ if is_barred => Vec::new(),
            _ => self.done(state, &request.operation, answer),
        }
    }
}

impl Project {
    /// Whether a request may be refused although the project exists and the token is good.
    fn may_refuse(&self, state: &State, operation: &Operation) -> bool {
        match operation {
            Operation::Store { blob, proof, .. } => match self.custody {
                Custody::Client => *proof != Some(state.active()),
                Custody::Server => blob.key != state.active(),
            },
            Operation::Restore { version, content, proof } => {
                let is_old = |(_, blob): &(Level, Blob)| blob.key != state.active();
                let lacks_content = content.is_none() && self.custody == Custody::Client;
                state.versions.get(version).is_none_or(|row| lacks_content && is_old(row))
                    || (content.is_some() && !self.is_proved(state, *proof))
            }
            Operation::Delete { level } => !state.levels.contains_key(level),
            Operation::RotateClient { to, secrets } => {
                self.custody == Custody::Server
                    || state.keys.contains(to)
                    || state.names(secrets) != Names::Exactly
            }
            Operation::Submit { key, versions } => {
                self.custody == Custody::Server
                    || *key != state.active()
                    || versions.keys().any(|version| state.is_moved(*version))
            }
            Operation::RotateServer { .. } => self.custody == Custody::Client,
            Operation::Pending { .. } => self.custody == Custody::Server,
            Operation::DeleteProject
            | Operation::RevokeToken
            | Operation::Descriptor
            | Operation::History
            | Operation::Secrets { .. }
            | Operation::Versions { .. } => false,
        }
    }

    /// Whether a write with this proof is one of whoever has the active key.
    fn is_proved(&self, state: &State, proof: Option<Key>) -> bool {
        self.custody == Custody::Server || proof == Some(state.active())
    }

    /// The states behind an operation that was accepted, or may have been.
    fn done(&self, state: &State, operation: &Operation, answer: Option<&Answer>) -> Vec<State> {
        match (operation, answer) {
            (Operation::Store { level, blob, proof }, None | Some(Answer::Accepted)) => {
                if self.is_proved(state, *proof) {
                    self.stored(state, *level, *blob)
                } else {
                    Vec::new()
                }
            }
            (Operation::Restore { version, content, proof }, None | Some(Answer::Accepted)) => {
                self.restored(state, *version, *content, *proof)
            }
            (Operation::Delete { level }, None | Some(Answer::Accepted)) => {
                if self.rules.delete_is_idle {
                    return vec![state.clone()];
                }
                vec![state.emptied(*level)]
            }
            // What is answered to a request that is for the other custody is free, as long as nothing changes.
            (
                Operation::RotateClient { .. }
                | Operation::Submit { .. }
                | Operation::Pending { .. },
                _,
            ) if self.custody == Custody::Server => vec![state.clone()],
            (Operation::RotateClient { to, secrets }, None | Some(Answer::Accepted)) => {
                if state.names(secrets) == Names::Others {
                    Vec::new()
                } else {
                    vec![state.rotated_to(*to, secrets)]
                }
            }
            (Operation::Submit { key, .. }, _) if *key != state.active() => Vec::new(),
            (Operation::Submit { versions, .. }, None) => state.submitted(versions),
            (Operation::Submit { versions, .. }, Some(Answer::Submitted { updated, is_done })) => {
                if !state.counts(versions, *updated) {
                    return Vec::new();
                }
                let outcomes = state.submitted(versions).into_iter();
                outcomes.filter_map(|outcome| outcome.remaining(*is_done)).collect()
            }
            (Operation::RotateServer { re_encrypt }, None | Some(Answer::Rotated { .. })) => {
                if self.custody == Custody::Client {
                    return Vec::new();
                }
                let made = match answer {
                    Some(Answer::Rotated { key }) => vec![*key],
                    _ => self.rules.unclaimed.iter().copied().chain([Key::UNSEEN]).collect(),
                };
                let is_new = |key: &Key| *key == Key::UNSEEN || !state.keys.contains(key);
                let made = made.into_iter().filter(is_new);
                made.flat_map(|key| state.moved_to(key, *re_encrypt)).collect()
            }
            (Operation::DeleteProject, None | Some(Answer::Accepted)) => {
                vec![State { exists: false, ..state.clone() }]
            }
            (Operation::RevokeToken, None | Some(Answer::Accepted)) => {
                vec![State { token_is_revoked: true, ..state.clone() }]
            }
            (operation, None) if operation.reads() => vec![state.clone()],
            (_, Some(answer)) => state.shows(operation, answer).into_iter().collect(),
            (_, None) => Vec::new(),
        }
    }

    /// A server that cannot tell that a blob is under an older key of its own keeps it as it is; one that can may move
    /// it onto the active key.
    fn stored(&self, state: &State, level: Level, blob: Blob) -> Vec<State> {
        let mut after = vec![state.holding(level, blob)];
        if self.custody == Custody::Server && blob.key != state.active() {
            after.push(state.holding(level, Blob { key: state.active(), ..blob }));
        }
        after
    }

    fn restored(
        &self,
        state: &State,
        version: Version,
        content: Option<Blob>,
        proof: Option<Key>,
    ) -> Vec<State> {
        if content.is_some() && !self.is_proved(state, proof) {
            return Vec::new();
        }
        if self.rules.restore_is_idle {
            return vec![state.clone()];
        }
        let known = state.versions.get(&version);
        let rows: Vec<&(Level, Blob)> = match known {
            Some(row) => vec![row],
            None => state.former.iter().collect(),
        };
        let put_back = rows.into_iter().map(|(level, kept)| {
            // The server moves what is under an older key of its own. A client's it cannot move: that it asks for the
            // content instead is documented, and no more.
            let blob = match self.custody {
                Custody::Server => Blob { key: state.active(), ..*kept },
                Custody::Client => content.unwrap_or(*kept),
            };
            state.holding(*level, blob)
        });
        put_back.collect()
    }
}
