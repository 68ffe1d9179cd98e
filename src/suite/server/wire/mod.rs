//! Every request that the suite sends, and what it reads of the answer.

pub(super) mod body;
pub(super) mod budget;
pub(super) mod call;
pub(super) mod connection;
pub(super) mod door;
pub(super) mod outgoing;
pub(super) mod outline;
pub(super) mod pace;
pub(super) mod reply;
pub(super) mod schema;
pub(super) mod server;
pub(super) mod shape;
pub(super) mod terms;
pub(super) mod timer;
