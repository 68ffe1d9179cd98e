//! The JSON Schemas of `suites/shapes/`, compiled in by name.

macro_rules! embed {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        [$((
            $name,
            include_str!(concat!("../../../../suites/shapes/", $folder, $name, ".json")),
        )),+]
    };
}

/// Open schemas of answers, by the name that the route table gives the shape of a success; `error` is
/// that of a refusal.
pub const SCHEMAS: [(&str, &str); 14] = embed![
    "":
    "error",
    "key-descriptor",
    "key-history",
    "pending",
    "project",
    "project-list",
    "restored",
    "rotated-client-keys",
    "rotated-key",
    "secrets",
    "stored",
    "submitted",
    "version",
    "version-list",
];

/// Closed schemas of request bodies, by the name that the route table gives the body, in kebab case.
pub const REQUEST_SCHEMAS: [(&str, &str); 20] = embed![
    "requests/":
    "create-api-key",
    "create-environment",
    "create-project",
    "create-target",
    "delete-secrets",
    "delete-version",
    "list-pending",
    "list-versions",
    "patch-api-key",
    "purge-versions",
    "put-api-key",
    "restore-version",
    "retrieve-secrets",
    "rotate-client-keys",
    "rotate-encryption-key",
    "store-secrets",
    "submit-reencrypted",
    "update-environment",
    "update-project",
    "update-target",
];
