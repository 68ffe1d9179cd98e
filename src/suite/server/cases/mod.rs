//! The cases, one file an endpoint or a topic.

mod client_rotation;
mod continuity;
mod convention;
mod descriptor;
mod history;
mod isolation;
mod level;
mod limit;
mod pending;
mod proof;
mod race;
mod restore;
mod rotate;
mod row;
mod sanity;
mod store;
mod submit;
mod version;

use row::ServerCase;

/// Every case, in the order of reports.
pub fn all() -> Vec<ServerCase> {
    [
        sanity::cases(),
        descriptor::cases(),
        history::cases(),
        rotate::cases(),
        client_rotation::cases(),
        pending::cases(),
        submit::cases(),
        store::cases(),
        level::cases(),
        version::cases(),
        restore::cases(),
        continuity::cases(),
        race::cases(),
        isolation::cases(),
        limit::cases(),
        convention::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
