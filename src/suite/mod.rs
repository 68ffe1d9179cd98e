//! What implementations are held to.

mod off_thread;
mod random;
pub mod sdk;
pub mod server;
