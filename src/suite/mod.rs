//! The cases, and what they need to run.

mod canary;
pub mod client;
mod off_thread;
mod random;
pub mod sdk;
pub mod server;
