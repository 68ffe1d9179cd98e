//! Mutations of the wire, made by machine: each member of each answer of the embedded mock, each status and header,
//! each effect of a write, is changed by each operator that fits it, and the suite is run against each such server.
//!
//! From the bottom to the top:
//!
//! - `recording`: the answers of a right mock. `site`: the places in them. `mutation`: what is done there, and its id.
//! - `survey`: which cases can see which mutation, by running each alone once.
//! - `fate`: what became of one. `class`: what has to become of it, by the rows of `suites/wire.toml`.
//! - `trial`: the cases are run against it. `batch`: which are tried together. `tally`: what they come to, as a table.

mod batch;
mod class;
mod fate;
mod mutation;
mod recording;
mod site;
mod survey;
mod tally;
mod trial;

pub use batch::batches;
pub use class::{Class, Classes};
pub use fate::Fate;
pub use mutation::Mutation;
pub use survey::{Survey, WIDTH};
pub use tally::{BEGIN, END, Tally, counted};
pub use trial::{attempt, attempt_together};
