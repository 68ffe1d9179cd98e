//! Requests that are open at the same time, and whether some order of them explains what they were answered and what
//! is there at rest.
//!
//! - [`meeting`]: sends requests so that they overlap, and sees whether they did.
//! - [`scene`]: what is known of the project, in which answers become calls of a history.
//! - [`rest`]: the state at rest, and the judgement.
//! - [`timeline`]: a history as a failure shows it.

mod meeting;
mod rest;
mod scene;
mod timeline;

pub(super) use meeting::{Moment, have_met, meet};
pub(super) use rest::{Differences, settle};
pub(super) use scene::{Act, Done, Event, Scene};
