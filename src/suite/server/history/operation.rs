//! What is asked of a project and what it answers, without what does not matter to their order: keys, texts and rows
//! are numbers that whoever makes the calls gives to what it sees.

use std::collections::{BTreeMap, BTreeSet};

use super::search;

/// A call on a project.
pub type Call = search::Call<Request, Answer>;

/// A key of the project: one for each of its versions, also where two have the same material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

impl Key {
    /// What a proof that is of no key is of.
    pub const NONE: Self = Self(u32::MAX);
    /// A key that a rotation whose answer was lost has made, and that no other answer tells of.
    pub const UNSEEN: Self = Self(u32::MAX - 1);
}

/// What a blob holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub u32);

/// The id of a current secret. A level that was emptied and written again may have another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(pub u32);

/// The id of a version's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// A level of the project that the calls are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The project itself.
    Project,
    /// A target of it.
    Target,
    /// An environment of that target.
    Environment,
}

impl Level {
    /// From the top down.
    pub const ALL: [Self; 3] = [Self::Project, Self::Target, Self::Environment];

    /// What GET secrets calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Target => "target",
            Self::Environment => "environment",
        }
    }
}

/// A text under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob {
    /// What it holds.
    pub text: Text,
    /// What it opens under.
    pub key: Key,
}

/// What a blob in an answer was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// It was not sent, or is empty, or nobody tried to open it.
    Unread,
    /// It opens.
    Opens(Blob),
    /// It opens under none of the keys that are known, or to a text that nobody wrote.
    Sealed,
}

/// What a level holds, in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Current {
    /// Its id, where the answer has it.
    pub secret: Option<Secret>,
    /// Its blob.
    pub content: Content,
}

/// A version, in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kept {
    /// The key that the answer names.
    pub named: Option<Key>,
    /// Its blob.
    pub content: Content,
}

/// Whose token comes with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// One that lasts.
    Lasting,
    /// The one that [`Operation::RevokeToken`] revokes.
    Revocable,
}

/// An operation, and the token that it is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whose token it is.
    pub token: Token,
    /// What is asked.
    pub operation: Operation,
}

impl From<Operation> for Request {
    fn from(operation: Operation) -> Self {
        Self { token: Token::Lasting, operation }
    }
}

/// What can be asked of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Gives a level another blob.
    Store {
        /// The level.
        level: Level,
        /// What is sent.
        blob: Blob,
        /// The key whose proof is sent.
        proof: Option<Key>,
    },
    /// Puts a version back.
    Restore {
        /// The version.
        version: Version,
        /// The blob, where one is sent.
        content: Option<Blob>,
        /// The key whose proof is sent.
        proof: Option<Key>,
    },
    /// Empties a level.
    Delete {
        /// The level.
        level: Level,
    },
    /// Makes another key of the client the active one.
    RotateClient {
        /// The key.
        to: Key,
        /// The current secrets that it names, and what each is to hold under the new key.
        secrets: BTreeMap<Secret, (Level, Text)>,
    },
    /// Moves versions onto the active key.
    Submit {
        /// The key that they are sealed under, and whose proof is sent.
        key: Key,
        /// The versions, their levels, and what each is to hold.
        versions: BTreeMap<Version, (Level, Text)>,
    },
    /// Has the server make another key.
    RotateServer {
        /// Whether it may move versions onto the new key: also where the request leaves it to the project's setting.
        re_encrypt: bool,
    },
    /// Deletes the project.
    DeleteProject,
    /// Revokes the revocable token.
    RevokeToken,
    /// Reads the active key.
    Descriptor,
    /// Reads all keys.
    History,
    /// Reads the levels down to this one.
    Secrets {
        /// The deepest.
        deepest: Level,
    },
    /// Reads all versions of a level.
    Versions {
        /// The level.
        level: Level,
    },
    /// Reads versions that are under older keys.
    Pending {
        /// The most rows that are asked for.
        limit: usize,
    },
}

impl Operation {
    /// Whether it only looks.
    pub const fn reads(&self) -> bool {
        matches!(
            self,
            Self::Descriptor
                | Self::History
                | Self::Secrets { .. }
                | Self::Versions { .. }
                | Self::Pending { .. }
        )
    }

    /// Whether it makes another key.
    pub const fn rotates(&self) -> bool {
        matches!(self, Self::RotateClient { .. } | Self::RotateServer { .. })
    }
}

/// What a project answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A write, a deletion, a client rotation or a revocation was accepted.
    Accepted,
    /// A server rotation was accepted.
    Rotated {
        /// The key that it made.
        key: Key,
    },
    /// A submit was accepted.
    Submitted {
        /// How many versions it says it moved.
        updated: u64,
        /// Whether it says that none remains.
        is_done: bool,
    },
    /// The active key.
    Descriptor {
        /// Which it is.
        key: Key,
    },
    /// All keys.
    History {
        /// The active one.
        active: Key,
        /// The others.
        former: BTreeSet<Key>,
    },
    /// What the levels hold.
    Secrets(BTreeMap<Level, Current>),
    /// The versions of a level.
    Versions(BTreeMap<Version, Kept>),
    /// Versions under older keys.
    Pending {
        /// Those of the page.
        rows: BTreeMap<Version, Kept>,
        /// Whether it says that none remains.
        is_done: bool,
    },
    /// It was refused.
    Refused {
        /// The status.
        status: u16,
    },
}
