//! The order of checks, as named stages.

use crate::contract::route::ProjectIn;
use crate::named::named;

named! {
    /// One check that a request has to pass, by its name in reports: `rate-limit`.
    pub enum Stage with
        /// The topic of `decisions.md` that the stage rests on.
        decision
    {
        Route = "route": "The host is allowed, the head is bounded, the path and the method are known (400, 403, 431, 404, 405)",
            "methods, paths";
        Preflight = "preflight": "OPTIONS is answered without a token (204)", "order of checks";
        ApiVersion = "api-version": "`X-API-Version` is a version that the mock speaks (400)", "X-API-Version";
        Token = "token": "The bearer is a token that has not expired (401)", "401";
        RateLimit = "rate-limit": "The organization's bucket has room (429)", "rate limits";
        Organization = "organization": "The path names the token's own organization (404)",
            "404 unknown project; other organization";
        Status = "status": "The organization is active (403)", "non-active organization";
        Scope = "scope": "The token has the ability (403); checked again after the body, where that decides which one is needed",
            "403";
        Project = "project": "The project, and what the path names inside it, exist (404); so does a version or an API key",
            "404 unknown project; other organization";
        Custody = "custody": "The key is in the custody that the endpoint works for (400)",
            "encryption-key/rotate on client custody; rotate-client-keys on server custody";
        Retention = "retention": "The version that the path names is within the plan's retention (403)",
            "docs, secret-versions (contract.md §5.6)";
        Format = "format": "The body is bounded, there is memory for it, its type is JSON, and it is JSON (413, 503, 415, 400)",
            "malformed JSON; wrong media type";
        Body = "body": "The members of the body are right (422)", "proof fields; content; ids in requests";
        Held = "held": "No rotation of the project is held (409)", "409 (C-25)";
        Proof = "proof": "The proof is that of the active key (422)",
            "wrong key_proof on a write; missing key_proof (C-33)";
        State = "state": "What the body asks for fits what is stored (422, 400)",
            "rotate-client-keys completeness (§5.4); submit: ids";
    }
}

macro_rules! stages {
    ($($Stage:ident)+) => { [$(Stage::$Stage),+] };
}

impl Stage {
    /// The order for a request whose path names the project, or that names none.
    pub const ORDER: [Self; 16] = stages![
        Route Preflight ApiVersion Token RateLimit Organization Status Scope
        Project Custody Retention Format Body Held Proof State
    ];

    /// The order for a request whose body names the project: it has to be read first.
    pub const ORDER_WITH_PROJECT_IN_BODY: [Self; 16] = stages![
        Route Preflight ApiVersion Token RateLimit Organization Status Scope
        Format Body Project Custody Retention Held Proof State
    ];

    /// The order for a route.
    pub const fn order(project: ProjectIn) -> &'static [Self; 16] {
        match project {
            ProjectIn::Nowhere | ProjectIn::Path => &Self::ORDER,
            ProjectIn::Body => &Self::ORDER_WITH_PROJECT_IN_BODY,
        }
    }
}
