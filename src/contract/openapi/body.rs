//! Request bodies by name.

use serde_json::{Map, Value, json};

use crate::contract::request::{
    CreateApiKey, CreateEnvironment, CreateProject, CreateTarget, DeleteSecrets, DeleteVersion,
    ListPending, ListVersions, PatchApiKey, PurgeVersions, PutApiKey, RestoreVersion,
    RetrieveSecrets, RotateClientKeys, RotateEncryptionKey, Rules, StoreSecrets, SubmitReencrypted,
    UpdateEnvironment, UpdateProject, UpdateTarget, schema,
};

macro_rules! named {
    ($($body:ident),+ $(,)?) => {
        /// Each body by the name that the route table gives it.
        const BODIES: &[(&str, fn(Rules) -> Value)] = &[$((stringify!($body), schema::<$body>)),+];
    };
}

named![
    CreateApiKey,
    CreateEnvironment,
    CreateProject,
    CreateTarget,
    DeleteSecrets,
    DeleteVersion,
    ListPending,
    ListVersions,
    PatchApiKey,
    PurgeVersions,
    PutApiKey,
    RestoreVersion,
    RetrieveSecrets,
    RotateClientKeys,
    RotateEncryptionKey,
    StoreSecrets,
    SubmitReencrypted,
    UpdateEnvironment,
    UpdateProject,
    UpdateTarget,
];

/// Their schemas.
pub(super) fn definitions(rules: Rules) -> Map<String, Value> {
    let schemas = BODIES.iter();
    schemas
        .map(|(name, schema)| ((*name).to_owned(), schema(rules)))
        .collect()
}

/// The body of a request, as an operation describes it.
pub(super) fn describe(name: &str) -> Value {
    let schema = format!("#/components/schemas/{name}");
    json!({
        "required": is_required(name),
        "content": {"application/json": {"schema": {"$ref": schema}}},
    })
}

/// Whether a body has members that must be there.
fn is_required(name: &str) -> bool {
    let any = Rules {
        minimum_iterations: 1,
        strict: false,
    };
    let body = BODIES.iter().find(|(body, _)| *body == name);
    body.is_some_and(|(_, schema)| schema(any).get("required").is_some())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::route::ROUTES;

    #[test]
    fn every_body_of_the_table_is_described_and_no_other() {
        let described: BTreeSet<_> = BODIES.iter().map(|(name, _)| *name).collect();
        let named: BTreeSet<_> = ROUTES.iter().filter_map(|route| route.request).collect();
        assert_eq!(described, named);
    }
}
