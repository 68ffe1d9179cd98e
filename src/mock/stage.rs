//! The order of checks, as named stages.

use crate::contract::route::ProjectIn;

/// One check that a request has to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The host is one that may be meant, the head is bounded, the path and the method are known (400, 403, 431,
    /// 404, 405).
    Route,
    /// OPTIONS is answered without a token (204).
    Preflight,
    /// `X-API-Version` is one that is spoken (400).
    ApiVersion,
    /// The bearer is a token that has not expired (401).
    Token,
    /// The organization's bucket has room (429).
    RateLimit,
    /// The path names the token's own organization (404).
    Organization,
    /// The organization is active (403).
    Status,
    /// The token has the ability (403). Asked again after the body, where that says what is needed.
    Scope,
    /// The project, and what the path names inside it, exist (404); so does a version or an API key.
    Project,
    /// The key is in the custody that the endpoint works for (400).
    Custody,
    /// The version that the path names is within the plan's retention (403).
    Retention,
    /// The body is bounded, there is room for it, it says that it is JSON, and is (413, 503, 415, 400).
    Format,
    /// The members of the body are right (422).
    Body,
    /// No rotation of the project is held (409).
    Held,
    /// The proof is that of the active key (422).
    Proof,
    /// What the body asks for fits what is stored (422, 400).
    State,
}

impl Stage {
    /// The order for a request whose path names the project, or that names none.
    pub const ORDER: [Self; 16] = [
        Self::Route,
        Self::Preflight,
        Self::ApiVersion,
        Self::Token,
        Self::RateLimit,
        Self::Organization,
        Self::Status,
        Self::Scope,
        Self::Project,
        Self::Custody,
        Self::Retention,
        Self::Format,
        Self::Body,
        Self::Held,
        Self::Proof,
        Self::State,
    ];

    /// The order for a request whose body names the project: it has to be read first.
    pub const ORDER_WITH_PROJECT_IN_BODY: [Self; 16] = [
        Self::Route,
        Self::Preflight,
        Self::ApiVersion,
        Self::Token,
        Self::RateLimit,
        Self::Organization,
        Self::Status,
        Self::Scope,
        Self::Format,
        Self::Body,
        Self::Project,
        Self::Custody,
        Self::Retention,
        Self::Held,
        Self::Proof,
        Self::State,
    ];

    /// The order for a route.
    pub const fn order(project: ProjectIn) -> &'static [Self; 16] {
        match project {
            ProjectIn::Nowhere | ProjectIn::Path => &Self::ORDER,
            ProjectIn::Body => &Self::ORDER_WITH_PROJECT_IN_BODY,
        }
    }

    /// What reports call it: `rate-limit`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Preflight => "preflight",
            Self::ApiVersion => "api-version",
            Self::Token => "token",
            Self::RateLimit => "rate-limit",
            Self::Organization => "organization",
            Self::Status => "status",
            Self::Scope => "scope",
            Self::Project => "project",
            Self::Custody => "custody",
            Self::Retention => "retention",
            Self::Format => "format",
            Self::Body => "body",
            Self::Held => "held",
            Self::Proof => "proof",
            Self::State => "state",
        }
    }

    /// The topic of `decisions.md` that the stage rests on.
    pub const fn decision(self) -> &'static str {
        match self {
            Self::Route => "methods, paths",
            Self::Preflight => "order of checks",
            Self::ApiVersion => "X-API-Version",
            Self::Token => "401",
            Self::RateLimit => "rate limits",
            Self::Organization => "404 unknown project; other organization",
            Self::Status => "non-active organization",
            Self::Scope => "403",
            Self::Project => "404 unknown project; other organization",
            Self::Custody => {
                "encryption-key/rotate on client custody; rotate-client-keys on server custody"
            }
            Self::Retention => "docs, secret-versions (contract.md §5.6)",
            Self::Format => "malformed JSON; wrong media type",
            Self::Body => "proof fields; content; ids in requests",
            Self::Held => "409 (C-25)",
            Self::Proof => "wrong key_proof on a write; missing key_proof (C-33)",
            Self::State => "rotate-client-keys completeness (§5.4); submit: ids",
        }
    }
}
