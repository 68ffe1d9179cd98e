//! What a case may need beyond the plain API, and how an operator supplies it.

use crate::harness::Need;

/// The control API of the mock, or of something that speaks it.
pub const CONTROL: Need =
    Need { name: "control", supply: "set KEYPROOF_CONTROL_URL and KEYPROOF_CONTROL_TOKEN" };

/// A second organization.
pub const OTHER_ORGANIZATION: Need = Need {
    name: "other-organization",
    supply: "set KEYPROOF_OTHER_ORG and KEYPROOF_TOKEN_OTHER_ORGANIZATION",
};

/// Tokens that lack an ability, and one that has expired.
pub const LIMITED_TOKENS: Need = Need {
    name: "limited-tokens",
    supply: "let KEYPROOF_TOKEN make API keys (api-token:create and :delete), or set KEYPROOF_TOKEN_READ_ONLY, \
             _KEY_RETRIEVE, _KEY_ROTATE and _EXPIRED",
};

/// The ids of the current secrets, which a client rotation has to name.
pub const SECRET_IDS: Need = Need {
    name: "secret-ids",
    supply: "have POST secrets/versions/N/restore answer with `secret_id`, or GET secrets send an `id` with each level",
};

/// More rotations than the default plan spends.
pub const QUOTA: Need = Need {
    name: "quota",
    supply: "give --budget rotations=15,minutes=90 or more: it waits for the next hour",
};

/// Requests that are open at the same time.
pub const OVERLAP: Need = Need {
    name: "overlap",
    supply: "let the server answer two requests at once: one after the other shows no race",
};

/// The project's own history policy.
pub const PROJECT_SETTING: Need =
    Need { name: "project-setting", supply: "supply `control`: no public endpoint changes it" };

/// A client-managed project without verification.
pub const UNVERIFIED_PROJECT: Need =
    Need { name: "unverified-project", supply: "supply `control`: no public endpoint makes one" };

/// A way to kill the server and to start it again.
pub const RESTART: Need = Need {
    name: "restart",
    supply: "give --restart COMMAND, which `sh -c` runs: it kills the server without warning, and starts it again",
};

/// Permission to change anything.
pub const WRITES: Need = Need { name: "writes", supply: "leave out --read-only" };

/// All of them.
pub const ALL: [Need; 10] = [
    CONTROL,
    OTHER_ORGANIZATION,
    LIMITED_TOKENS,
    SECRET_IDS,
    QUOTA,
    OVERLAP,
    PROJECT_SETTING,
    UNVERIFIED_PROJECT,
    RESTART,
    WRITES,
];
