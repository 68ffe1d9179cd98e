//! The cases, one file an endpoint or a topic.

mod client_rotation;
mod continuity;
mod convention;
mod deletion;
mod descriptor;
mod hang_up;
mod history;
mod isolation;
mod level;
mod limit;
mod neighbour;
mod pending;
mod race;
mod restart;
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
        deletion::cases(),
        neighbour::cases(),
        race::cases(),
        hang_up::cases(),
        isolation::cases(),
        limit::cases(),
        convention::cases(),
        // What it leaves of a server that keeps nothing is of no use to others.
        restart::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
