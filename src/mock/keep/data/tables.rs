//! The tables of a data file.

use redb::TableDefinition;

/// The version of the rows. A file of a later one is refused.
pub(super) const FORMAT: u64 = 1;

/// Facts about the mock: text by name.
pub(super) const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");
/// Organizations by number, without their projects.
pub(super) const ORGANIZATIONS: TableDefinition<'_, u64, &[u8]> =
    TableDefinition::new("organizations");
/// By number, what a reset of an organization goes back to that was made while the mock ran.
pub(super) const ORIGINS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("origins");
/// Projects by organization and number, without their versions.
pub(super) const PROJECTS: TableDefinition<'_, (u64, u64), &[u8]> =
    TableDefinition::new("projects");
/// Versions by organization, project and row id.
pub(super) const VERSIONS: TableDefinition<'_, (u64, u64, u64), &[u8]> =
    TableDefinition::new("versions");
