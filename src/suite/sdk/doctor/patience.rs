//! How long is waited for what.

use std::time::Duration;

use crate::adapter::{FAREWELL, HELLO};

/// A limit for each thing that is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// After so long the listener learns that there is no reply yet.
    pub notice: Duration,
    /// For the greeting.
    pub hello: Duration,
    /// For a reply that costs little.
    pub reply: Duration,
    /// For a derivation of 600,000 iterations.
    pub derivation: Duration,
    /// For the process to end after its input.
    pub farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            notice: Duration::from_secs(2),
            hello: HELLO,
            reply: Duration::from_secs(10),
            derivation: Duration::from_secs(120),
            farewell: FAREWELL,
        }
    }
}
