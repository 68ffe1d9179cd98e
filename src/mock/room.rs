//! Where an operation takes place: in which organization, in which project.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::cell::Cell;
use super::config::Config;
use super::draw::hex;
use super::misbehaviour::{policy, reach};
use super::model::key::ServerKey;
use super::model::organization::Organization;
use super::model::project::Project;
use super::refusal::Refusal;
use super::remedy;
use super::world::World;
use crate::contract::route::Endpoint;
use crate::crypto::{KEY_LENGTH, SALT_LENGTH};

/// An organization, and the slug of a project in it; empty if the request names none.
#[derive(Clone)]
pub(super) struct Room {
    pub(super) world: Arc<World>,
    pub(super) cell: Arc<Cell>,
    pub(super) project: String,
    /// The settings of the organization when the request arrived.
    pub(super) config: Arc<Config>,
}

impl Room {
    /// Goes to a project. `ulid` is that of the organization in the path, if there is one.
    pub(super) fn enter(&mut self, ulid: Option<&str>, slug: &str) {
        slug.clone_into(&mut self.project);
        let own = (Arc::clone(&self.cell), ulid);
        self.cell = reach::of_project(&self.world, &self.config, own, slug);
    }

    /// Goes to the organization that a version is looked for in.
    pub(super) fn enter_for_version(&mut self, endpoint: Option<Endpoint>, id: &str) {
        let own = Arc::clone(&self.cell);
        self.cell = reach::of_version(&self.world, (&self.config, endpoint), own, id);
    }

    /// Reads the project as it is now; 404 if there is none.
    pub(super) fn read<T>(
        &self,
        look: impl FnOnce(&Project) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.read_within(|_, project| look(project))
    }

    /// The same, with the organization around it.
    pub(super) fn read_within<T>(
        &self,
        look: impl FnOnce(&Organization, &Project) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let organization = self.cell.state.read();
        match organization.projects.get(&self.project) {
            Some(project) => look(&organization, project),
            None => {
                let slugs = organization.projects.keys();
                let how = remedy::name("a project", &self.project, slugs);
                Err(Refusal::not_found("Project").would_pass(how))
            }
        }
    }

    /// A random server key: 64 hexadecimal digits, with a salt of its own.
    pub(super) fn draw_key(&self) -> Arc<ServerKey> {
        let key = Zeroizing::new(hex(&self.cell.draw::<KEY_LENGTH>()));
        self.new_key(key)
    }

    /// A server key of that text, with a salt of its own.
    pub(super) fn new_key(&self, key: Zeroizing<String>) -> Arc<ServerKey> {
        let salt = self.cell.draw::<SALT_LENGTH>().to_vec();
        let key = ServerKey::new(key, salt, self.config.iterations);
        policy::key(&self.config, Arc::new(key), || {
            let organization = self.cell.state.read();
            let project = organization.projects.get(&self.project)?;
            project.active().server().cloned()
        })
    }

    /// Identifies a project of the room's organization.
    pub(super) fn occupant_of(&self, project: &Project) -> Occupant {
        Occupant { incarnation: self.cell.incarnation(), project: Some(project.number) }
    }

    /// Identifies the project that the room's slug names now, if any.
    pub(super) fn occupant(&self) -> Occupant {
        let organization = self.cell.state.read();
        Occupant {
            incarnation: self.cell.incarnation(),
            project: organization.projects.get(&self.project).map(|project| project.number),
        }
    }
}

/// Identifies a project from one reset of its organization to the next: a later project of the same slug is another one,
/// even if it looks alike.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Occupant {
    incarnation: u64,
    project: Option<u64>,
}
