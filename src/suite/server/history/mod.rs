//! Histories of calls on one project, judged by an order that explains every answer and the state at rest. No HTTP:
//! whoever sends the requests says what was answered, in names of its own.
//!
//! - [`search`]: the search for an order, of any model.
//! - [`operation`]: what is asked of a project, and what it answers.
//! - [`state`]: what is true of a project, and which answers show that.
//! - [`project`]: what may be true of a project after each answer.
//! - [`judge`]: what no order explains, and how hard that is held against a server.

pub mod judge;
pub mod operation;
pub mod project;
pub mod search;
pub mod state;
mod words;
