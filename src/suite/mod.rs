//! What implementations are held to.

pub mod sdk;
pub mod server;
