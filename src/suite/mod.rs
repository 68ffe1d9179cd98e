//! What implementations are held to.

pub mod server;
