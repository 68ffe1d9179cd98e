//! What can be asked of a project, and how it is drawn. Earlier words are simpler: that is where a
//! failing sequence shrinks to.

use keyproof::contract::custody::{Custody, HistoryPolicy};
use proptest::collection::vec;
use proptest::prelude::*;

/// A level of the project that the requests are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Project,
    Target,
    Environment,
}

impl Level {
    pub(crate) const ALL: [Self; 3] = [Self::Project, Self::Target, Self::Environment];

    /// Its name in GET secrets.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Target => "target",
            Self::Environment => "environment",
        }
    }
}

/// Which proof comes with a request. There is no stale one before the first rotation: then it is
/// wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Right,
    Missing,
    Wrong,
    Stale,
}

/// What is wrong with a client rotation. Without secrets none can be left out or named twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RotationFlaw {
    None,
    LeavesOut,
    NamesTwice,
    NamesUnknown,
    SameProof,
}

/// What is wrong with a submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubmitFlaw {
    None,
    NamesTwice,
    NamesUnknown,
}

/// One request. A `version` counts the versions that there are, from the oldest, and begins again
/// behind the newest.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Store {
        level: Level,
        /// Under client custody.
        proof: Proof,
        /// Under server custody: whether the blob is sealed under the first key, not the active one.
        under_first_key: bool,
        no_backup: bool,
    },
    RotateServer(Option<HistoryPolicy>),
    RotateClient(RotationFlaw),
    Pending {
        limit: usize,
    },
    Submit {
        versions: Vec<u8>,
        /// Whether they count those that are pending only.
        of_pending: bool,
        proof: Proof,
        flaw: SubmitFlaw,
    },
    Restore {
        version: u8,
        with_content: bool,
        proof: Proof,
    },
    Delete {
        level: Level,
        no_backup: bool,
    },
    DeleteVersion {
        version: u8,
        force: bool,
    },
    Purge(Option<Level>),
}

/// A project of a custody, and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    pub(crate) custody: Custody,
    pub(crate) actions: Vec<Action>,
}

impl std::fmt::Display for Sequence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a project under {} custody", self.custody.name())?;
        for (place, action) in self.actions.iter().enumerate() {
            write!(f, "\n  {}. {action:?}", place + 1)?;
        }
        Ok(())
    }
}

/// Sequences of up to so many requests.
pub(crate) fn sequences(custody: Custody, longest: usize) -> impl Strategy<Value = Sequence> {
    vec(action(custody), 1..=longest).prop_map(move |actions| Sequence { custody, actions })
}

/// Half of what is asked of a client-managed project is about moving its history; the endpoints of the
/// other custody are asked now and then, and refuse.
fn action(custody: Custody) -> impl Strategy<Value = Action> {
    let [server, client]: [u32; 2] = match custody {
        Custody::Server => [6, 1],
        Custody::Client => [1, 6],
    };
    prop_oneof![
        10 => store(),
        server => policy().prop_map(Action::RotateServer),
        client => rotation_flaw().prop_map(Action::RotateClient),
        client => submit(),
        client.div_ceil(2) => prop_oneof![Just(1), Just(2), Just(100)]
            .prop_map(|limit| Action::Pending { limit }),
        5 => (any::<u8>(), any::<bool>(), proof()).prop_map(|(version, with_content, proof)| {
            Action::Restore { version, with_content, proof }
        }),
        3 => (level(), rarely()).prop_map(|(level, no_backup)| Action::Delete { level, no_backup }),
        1 => (any::<u8>(), any::<bool>())
            .prop_map(|(version, force)| Action::DeleteVersion { version, force }),
        1 => prop_oneof![level().prop_map(Some), Just(None)].prop_map(Action::Purge),
    ]
}

fn store() -> impl Strategy<Value = Action> {
    (level(), proof(), rarely(), rarely()).prop_map(|(level, proof, under_first_key, no_backup)| {
        Action::Store { level, proof, under_first_key, no_backup }
    })
}

fn submit() -> impl Strategy<Value = Action> {
    let flaw = prop_oneof![
        6 => Just(SubmitFlaw::None),
        1 => Just(SubmitFlaw::NamesTwice),
        1 => Just(SubmitFlaw::NamesUnknown),
    ];
    let of_pending = prop_oneof![3 => Just(true), 1 => Just(false)];
    (vec(any::<u8>(), 1..=4), of_pending, proof(), flaw).prop_map(
        |(versions, of_pending, proof, flaw)| Action::Submit { versions, of_pending, proof, flaw },
    )
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Project), Just(Level::Target), Just(Level::Environment)]
}

fn proof() -> impl Strategy<Value = Proof> {
    prop_oneof![
        9 => Just(Proof::Right),
        1 => Just(Proof::Missing),
        1 => Just(Proof::Wrong),
        1 => Just(Proof::Stale),
    ]
}

fn policy() -> impl Strategy<Value = Option<HistoryPolicy>> {
    prop_oneof![Just(None), Just(Some(HistoryPolicy::Keep)), Just(Some(HistoryPolicy::ReEncrypt)),]
}

fn rotation_flaw() -> impl Strategy<Value = RotationFlaw> {
    prop_oneof![
        6 => Just(RotationFlaw::None),
        1 => Just(RotationFlaw::LeavesOut),
        1 => Just(RotationFlaw::NamesTwice),
        1 => Just(RotationFlaw::NamesUnknown),
        1 => Just(RotationFlaw::SameProof),
    ]
}

fn rarely() -> impl Strategy<Value = bool> {
    prop_oneof![7 => Just(false), 1 => Just(true)]
}
