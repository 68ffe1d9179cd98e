//! Why a run ended.

use serde::{Deserialize, Serialize};

/// Why a run ended when it did, the gravest reason last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every case had its turn.
    Complete,
    /// The stop future was ready.
    Stopped,
    /// Too many cases in a row had no answer, or the last ones had none.
    Unreachable,
}
