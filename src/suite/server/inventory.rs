//! What a run has created on the server and not yet deleted.

use std::fmt;

use parking_lot::Mutex;

/// The most projects and tokens that a run makes, whatever is selected.
pub(super) const MADE: u32 = 43;
/// The most of them that there are at a time: a case deletes in its end what it has made for itself.
pub const MOST: u32 = 18;
/// Lists that show whether all of it is gone: the projects of both organizations, and the tokens.
pub(super) const LISTS: u32 = 3;

/// The kinds of things that a run makes, and has to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A project with its secrets.
    Project,
    /// An API key.
    Token,
}

/// Something that a run has made, by the name that the run gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// Which kind of thing it is.
    pub kind: Kind,
    /// Its name, of which the name of the run is a part.
    pub name: String,
}

/// The same with what a DELETE of it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Whether it is in the other organization of the server.
    pub(super) elsewhere: bool,
    /// The last part of its path: none for a token of which only the name is known.
    pub(super) id: Option<String>,
}

/// Everything that exists on the server, or may.
#[derive(Default)]
pub(super) struct Inventory(Mutex<Things>);

#[derive(Default)]
struct Things {
    alive: Vec<Thing>,
    was_used: bool,
}

impl Inventory {
    /// Adds a thing. This comes before its request is sent: it may be made even if no answer comes.
    pub(super) fn remember(&self, thing: Thing) {
        let mut things = self.0.lock();
        things.was_used = true;
        let mut alive = things.alive.iter_mut();
        match alive.find(|known| known.key() == thing.key()) {
            Some(known) => known.id = thing.id.or_else(|| known.id.take()),
            None => things.alive.push(thing),
        }
    }

    /// It is gone, or was never made.
    pub(super) fn forget(&self, thing: &Thing) {
        let key = thing.key();
        self.0.lock().alive.retain(|known| known.key() != key);
    }

    pub(super) fn all(&self) -> Vec<Thing> {
        self.0.lock().alive.clone()
    }

    /// Whether there ever was anything.
    pub(super) fn was_used(&self) -> bool {
        self.0.lock().was_used
    }

    /// Requests of a window that are kept back, so that all of it can be deleted at any time.
    pub(super) fn kept_back(&self) -> u32 {
        match u32::try_from(self.0.lock().alive.len()).unwrap_or(u32::MAX) {
            0 => 0,
            count => count.saturating_add(LISTS).min(MOST + LISTS),
        }
    }
}

impl Thing {
    /// A project, whose slug is both its name and the last part of its path.
    pub(super) fn project(elsewhere: bool, slug: &str) -> Self {
        Self { kind: Kind::Project, name: slug.to_owned(), elsewhere, id: Some(slug.to_owned()) }
    }

    /// A token of the server's own organization.
    pub(super) fn token(name: &str, id: Option<String>) -> Self {
        Self { kind: Kind::Token, name: name.to_owned(), elsewhere: false, id }
    }

    /// What no other thing has.
    pub(super) fn key(&self) -> (Kind, bool, String) {
        (self.kind, self.elsewhere, self.name.clone())
    }

    pub(super) fn leftover(&self) -> Leftover {
        Leftover { kind: self.kind, name: self.name.clone() }
    }
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Project => f.write_str(&self.name),
            Kind::Token => write!(f, "token {}", self.name),
        }
    }
}
