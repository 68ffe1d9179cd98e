//! What changed, as rows.

use std::collections::BTreeSet;

type Row = Vec<u8>;

/// What changed since the last transaction.
pub(in crate::mock) struct Changes {
    /// Facts by name.
    pub(in crate::mock) meta: Vec<(&'static str, String)>,
    /// Every organization that there is: rows of others go.
    pub(in crate::mock) present: BTreeSet<u64>,
    pub(in crate::mock) organizations: Vec<OfOrganization>,
}

/// What changed of one organization.
pub(in crate::mock) struct OfOrganization {
    pub(in crate::mock) number: u64,
    pub(in crate::mock) head: Row,
    /// What it was made as, the first time.
    pub(in crate::mock) origin: Option<Row>,
    /// Every project that it has: rows of others go.
    pub(in crate::mock) present: BTreeSet<u64>,
    pub(in crate::mock) projects: Vec<OfProject>,
}

/// What changed of one project.
pub(in crate::mock) struct OfProject {
    pub(in crate::mock) number: u64,
    pub(in crate::mock) head: Row,
    /// Whether its versions are all of them, in the place of those that are there.
    pub(in crate::mock) is_whole: bool,
    /// By row; none for one that is gone.
    pub(in crate::mock) versions: Vec<(u64, Option<Row>)>,
}
