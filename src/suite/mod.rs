//! What implementations are held to.

mod canary;
pub mod client;
mod off_thread;
mod random;
pub mod sdk;
pub mod server;
