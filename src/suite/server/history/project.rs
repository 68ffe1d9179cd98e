//! What may be true of a project, and which answers fit it. Where the contract leaves a choice, each of its outcomes is
//! a state of its own, so that no server is accused of having made one.

use std::collections::{BTreeMap, BTreeSet};

use super::operation::{
    Answer, Blob, Content, Current, Kept, Key, Level, Operation, Request, Secret, Text, Token,
    Version,
};
use super::search::Model;
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

/// What is true of a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) exists: bool,
    pub(super) token_is_revoked: bool,
    /// In the order in which they became active. The last one is.
    pub(super) keys: Vec<Key>,
    pub(super) levels: BTreeMap<Level, Held>,
    /// The versions that some answer showed.
    pub(super) versions: BTreeMap<Version, (Level, Blob)>,
    /// All that a level held, and that may have become a version.
    former: BTreeSet<(Level, Blob)>,
    /// Whether the server may be moving versions onto its newest key.
    is_moving: bool,
}

/// What a level holds. Its id is not known before an answer shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Held {
    secret: Option<Secret>,
    pub(super) blob: Blob,
}

impl Project {
    /// A project with all of its keys, the active one last; what each level holds, with its id where that is known; and
    /// all of its versions.
    pub fn new(
        custody: Custody,
        keys: Vec<Key>,
        levels: BTreeMap<Level, (Option<Secret>, Blob)>,
        versions: BTreeMap<Version, (Level, Blob)>,
    ) -> Self {
        let held = |(level, (secret, blob))| (level, Held { secret, blob });
        let levels: BTreeMap<Level, Held> = levels.into_iter().map(held).collect();
        let former = levels.iter().map(|(level, held)| (*level, held.blob)).collect();
        let start = State {
            exists: true,
            token_is_revoked: false,
            keys,
            levels,
            versions,
            former,
            is_moving: false,
        };
        Self { custody, start, rules: Rules::default() }
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
                    || versions.keys().any(|version| !state.versions.contains_key(version))
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
                let mut after = state.clone();
                if !self.rules.delete_is_idle {
                    after.levels.remove(level);
                }
                vec![after]
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
                let mut outcomes = state.submitted(versions);
                outcomes.retain(|outcome| outcome.remains(*is_done));
                outcomes
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

/// Whether a client rotation names the current secrets, as far as their ids are known.
#[derive(PartialEq, Eq)]
enum Names {
    Exactly,
    Perhaps,
    Others,
}

impl State {
    pub(super) fn active(&self) -> Key {
        self.keys.last().copied().unwrap_or(Key::NONE)
    }

    /// The same with another blob at a level.
    fn holding(&self, level: Level, blob: Blob) -> Self {
        let mut after = self.clone();
        after.hold(level, blob);
        after
    }

    fn hold(&mut self, level: Level, blob: Blob) {
        let secret = self.levels.get(&level).and_then(|held| held.secret);
        self.levels.insert(level, Held { secret, blob });
        self.former.insert((level, blob));
    }

    fn names(&self, secrets: &BTreeMap<Secret, (Level, Text)>) -> Names {
        let mut names = Names::Exactly;
        for (secret, (level, _)) in secrets {
            match self.levels.get(level).map(|held| held.secret) {
                Some(Some(known)) if known == *secret => {}
                Some(None) => names = Names::Perhaps,
                Some(Some(_)) | None => return Names::Others,
            }
        }
        if secrets.len() == self.levels.len() { names } else { Names::Others }
    }

    fn rotated_to(&self, to: Key, secrets: &BTreeMap<Secret, (Level, Text)>) -> Self {
        let mut after = self.clone();
        after.keys.push(to);
        for (level, text) in secrets.values() {
            after.hold(*level, Blob { text: *text, key: to });
        }
        after
    }

    /// A server rotation moves every current secret that is under the key that it replaces. One that was stored under
    /// an older key, and stayed there, it may or may not.
    fn moved_to(&self, key: Key, re_encrypt: bool) -> Vec<Self> {
        let mut after = self.clone();
        after.keys.push(key);
        after.is_moving |= re_encrypt;
        let mut outcomes = vec![after];
        for (level, held) in &self.levels {
            let moved = Blob { key, ..held.blob };
            let moves = outcomes.iter().map(|outcome| outcome.holding(*level, moved));
            let mut moved: Vec<Self> = moves.collect();
            if held.blob.key != self.active() {
                moved.append(&mut outcomes);
            }
            outcomes = moved;
        }
        outcomes
    }

    /// Whether a submit of these versions can say that it moved so many: all that are under older keys, and it may
    /// count the others.
    fn counts(&self, versions: &BTreeMap<Version, (Level, Text)>, updated: u64) -> bool {
        let is_old = |version: &&Version| {
            self.versions.get(version).is_some_and(|(_, blob)| blob.key != self.active())
        };
        let moved = versions.keys().filter(is_old).count() as u64;
        (moved..=versions.len() as u64).contains(&updated)
    }

    /// All versions that are under older keys are moved. One that is under the active key already, and one that no
    /// answer showed, may be written or passed over.
    fn submitted(&self, versions: &BTreeMap<Version, (Level, Text)>) -> Vec<Self> {
        let key = self.active();
        let mut outcomes = vec![self.clone()];
        for (version, (level, text)) in versions {
            let known = self.versions.get(version);
            let level = known.map_or(*level, |(level, _)| *level);
            let written = (level, Blob { text: *text, key });
            let mut writes = outcomes.clone();
            for outcome in &mut writes {
                outcome.versions.insert(*version, written);
            }
            if known.is_none_or(|known| known.1.key == key && *known != written) {
                writes.append(&mut outcomes);
            }
            outcomes = writes;
        }
        outcomes
    }

    /// Whether a project can say that nothing, or that something, remains under older keys.
    fn remains(&self, is_done: bool) -> bool {
        if is_done {
            return self.pending().next().is_none();
        }
        let is_old = |blob: &Blob| blob.key != self.active();
        self.versions.values().any(|(_, blob)| is_old(blob))
            || self.former.iter().any(|(_, blob)| is_old(blob))
    }

    /// The known versions that have to be listed as pending. Whether those of a level that is empty are is the
    /// server's choice.
    fn pending(&self) -> impl Iterator<Item = Version> {
        let rows = self.versions.iter().filter(|(_, (level, blob))| {
            blob.key != self.active() && self.levels.contains_key(level)
        });
        rows.map(|(version, _)| *version)
    }

    /// The state behind an answer that shows something, if it can show that: what was not known before is now.
    fn shows(&self, operation: &Operation, answer: &Answer) -> Option<Self> {
        let mut after = self.clone();
        let fits = match (operation, answer) {
            (Operation::Descriptor, Answer::Descriptor { key }) => *key == self.active(),
            (Operation::History, Answer::History { active, former }) => {
                let (now, before) = self.keys.split_last()?;
                active == now && *former == before.iter().copied().collect()
            }
            (Operation::Secrets { deepest }, Answer::Secrets(levels)) => Level::ALL
                .iter()
                .filter(|level| *level <= deepest)
                .all(|level| match (after.levels.get_mut(level), levels.get(level)) {
                    (None, None) => true,
                    (Some(held), Some(shown)) => held.shows(shown),
                    _ => false,
                }),
            (Operation::Versions { level }, Answer::Versions(rows)) => {
                let known = self.versions.iter().filter(|(_, (of, _))| of == level);
                let is_whole = known.map(|(version, _)| version).all(|one| rows.contains_key(one));
                is_whole && rows.iter().all(|(row, kept)| after.keeps(*row, kept, Some(*level)))
            }
            (Operation::Pending { limit }, Answer::Pending { rows, is_done }) => {
                let is_whole = *is_done || rows.len() < *limit;
                let lists = |row: Version| rows.contains_key(&row);
                rows.len() <= *limit
                    && (*is_done || !rows.is_empty())
                    && (!is_whole || self.pending().all(lists))
                    && rows.iter().all(|(row, kept)| {
                        after.keeps(*row, kept, None)
                            && after
                                .versions
                                .get(row)
                                .is_none_or(|(_, blob)| blob.key != self.active())
                    })
            }
            _ => false,
        };
        fits.then_some(after)
    }

    /// Whether a row of an answer can be a version of this project. One that no answer showed before is known from here
    /// on.
    fn keeps(&mut self, row: Version, kept: &Kept, of: Option<Level>) -> bool {
        let shown = match kept.content {
            Content::Opens(blob) => blob,
            Content::Sealed => return self.keys.contains(&Key::UNSEEN),
            Content::Unread => {
                let known = self.versions.get(&row).map(|(_, blob)| *blob);
                return match (known, kept.named) {
                    (Some(known), Some(named)) => self.may_be_under(known.key, named),
                    _ => true,
                };
            }
        };
        if kept.named.is_some_and(|named| named != shown.key) {
            return false;
        }
        let is_it = |level: Level, blob: Blob| {
            of.is_none_or(|of| of == level)
                && blob.text == shown.text
                && self.may_be_under(blob.key, shown.key)
        };
        let level = match self.versions.get(&row) {
            Some((level, blob)) => is_it(*level, *blob).then_some(*level),
            None => {
                let mut former = self.former.iter();
                former.find(|(level, blob)| is_it(*level, *blob)).map(|(level, _)| *level)
            }
        };
        let Some(level) = level else { return false };
        self.versions.insert(row, (level, shown));
        true
    }

    /// Whether a version that was under one key may be under another by now: a server that moves its history does so
    /// at a time of its own, and only onto newer keys.
    fn may_be_under(&self, was: Key, is: Key) -> bool {
        let place = |key: Key| self.keys.iter().position(|one| *one == key);
        was == is || (self.is_moving && place(was) < place(is))
    }
}

impl Held {
    /// Whether a level that holds this can be shown so. Its id is known from here on.
    fn shows(&mut self, shown: &Current) -> bool {
        self.secret = shown.secret.or(self.secret);
        match shown.content {
            Content::Unread => true,
            Content::Opens(blob) => blob == self.blob,
            Content::Sealed => self.blob.key == Key::UNSEEN,
        }
    }
}
