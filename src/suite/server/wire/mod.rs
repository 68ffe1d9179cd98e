//! Every request that the suite sends, and what it reads of the answer.

mod body;
mod budget;
mod call;
mod connection;
mod door;
mod outgoing;
mod outline;
mod pace;
mod reply;
mod schema;
mod server;
mod shape;
mod terms;
mod timer;

pub(super) use body::Bodies;
pub(super) use budget::Purse;
pub use budget::{Allowance, Budget};
pub(super) use call::{Address, Bearer, Call, with_members};
pub use connection::Connection;
pub(super) use connection::REFUSED;
pub use door::Repeats;
pub(super) use door::{Door, Purpose};
pub(super) use outgoing::Outgoing;
pub use outline::Outline;
pub(super) use outline::Recorder;
pub(super) use pace::Pace;
pub(super) use reply::{Reply, id_text, kind, number};
use schema::compiled;
pub use schema::{REQUEST_SCHEMAS, SCHEMAS};
pub use server::{Access, Limits, Server, Tokens};
pub(super) use shape::Shapes;
pub use terms::Terms;
pub use timer::{Monotonic, Timer};
