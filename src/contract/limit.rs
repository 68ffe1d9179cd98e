//! Numbers that bound requests.

use std::time::Duration;

use crate::named::named;

/// Longest `content` of one secret or version. Bytes.
pub const CONTENT_BYTES: usize = 2 * 1024 * 1024;
/// Longest request body, where secrets travel in it. Bytes.
pub const BODY_BYTES: usize = 32 * 1024 * 1024;
/// Longest request body elsewhere. Bytes.
pub const SMALL_BODY_BYTES: usize = 1024 * 1024;
/// Most memory for the bodies of all requests together, their parsed form included. Bytes.
pub const MEMORY_BYTES: usize = 256 * 1024 * 1024;
/// Longest head of a request: its path and all its headers. Bytes.
pub const HEAD_BYTES: usize = 16 * 1024;
/// Longest time for a body to arrive.
pub const BODY_TIME: Duration = Duration::from_secs(30);
/// Longest time that a connection stays open without a request.
pub const IDLE_TIME: Duration = Duration::from_secs(75);
/// Rows of a `pending` answer when the request names no `limit`.
pub const PENDING_DEFAULT: usize = 50;
/// Most rows of a `pending` answer, and most versions of one submit.
pub const BATCH: usize = 100;
/// Most content of a `pending` answer: it has fewer rows than requested rather than more bytes. Bytes.
pub const PENDING_BYTES: usize = 16 * 1024 * 1024;
/// Longest name of a project, target, environment or API key. Characters.
pub const NAME_CHARACTERS: usize = 255;
/// Most secrets of one client rotation.
pub const SECRETS: usize = 100_000;
/// Rows of a version list's page when the request names no `per_page`.
pub const PAGE_DEFAULT: usize = 25;
/// Most rows of a version list's page.
pub const PAGE: usize = 100;
/// Most abilities of one API key.
pub const ABILITIES: usize = 100;

named! {
    /// A rate-limit bucket. Each organization has one of each
    /// (encryption-keys, "Rotate a server-managed key"; rate-limiting-and-pagination).
    pub enum Bucket {
        Api = "api": "Every endpoint but one",
        Rotate = "rotate": "`encryption-key/rotate`",
    }
}

impl Bucket {
    /// Most requests in one window.
    pub const fn limit(self) -> u32 {
        match self {
            Self::Api => 100,
            Self::Rotate => 10,
        }
    }

    /// Length of the window.
    pub const fn window(self) -> Duration {
        match self {
            Self::Api => Duration::from_secs(60),
            Self::Rotate => Duration::from_secs(60 * 60),
        }
    }
}
