//! Changes, as rows of a data file.

use std::collections::BTreeSet;

type Row = Vec<u8>;

/// What has changed since the last transaction.
pub(in crate::mock) struct Changes {
    /// Facts by name.
    pub(in crate::mock) meta: Vec<(&'static str, String)>,
    /// Every organization that exists: rows of others are deleted.
    pub(in crate::mock) present: BTreeSet<u64>,
    pub(in crate::mock) organizations: Vec<OfOrganization>,
}

/// What has changed of one organization.
pub(in crate::mock) struct OfOrganization {
    pub(in crate::mock) number: u64,
    pub(in crate::mock) head: Row,
    /// What a reset goes back to, if that was not written before.
    pub(in crate::mock) origin: Option<Row>,
    /// Every project that it has: rows of others are deleted.
    pub(in crate::mock) present: BTreeSet<u64>,
    pub(in crate::mock) projects: Vec<OfProject>,
}

/// What has changed of one project.
pub(in crate::mock) struct OfProject {
    pub(in crate::mock) number: u64,
    pub(in crate::mock) head: Row,
    /// Whether `versions` are all that it has: those in the file are replaced.
    pub(in crate::mock) is_whole: bool,
    /// By row id; none for a version that was deleted.
    pub(in crate::mock) versions: Vec<(u64, Option<Row>)>,
}
