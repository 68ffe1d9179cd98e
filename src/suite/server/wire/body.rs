//! Validates what the suite itself sends by closed JSON Schemas: a slip of the suite must not pass for a
//! server's refusal.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::json;

use super::{Call, REQUEST_SCHEMAS, compiled};
use crate::harness::Stop;

/// The schemas, by the name that the route table gives a body.
pub(crate) struct Bodies(BTreeMap<&'static str, Validator>);

impl Bodies {
    pub(crate) fn load() -> Result<Self, String> {
        let compiled = |(name, text): &(&'static str, &str)| {
            Ok((*name, compiled(&format!("schema {name}"), text)?))
        };
        let validators: Result<_, String> = REQUEST_SCHEMAS.iter().map(compiled).collect();
        Ok(Self(validators?))
    }

    /// A request keeps to its schema, but for the one member that it is meant to break. Else the harness is
    /// wrong.
    pub(crate) fn check(&self, call: &Call) -> Result<(), Stop> {
        let Some(endpoint) = call.endpoint() else {
            return Ok(());
        };
        let route = endpoint.route();
        let broken = match (route.request, &call.body) {
            (None, None) => BTreeSet::new(),
            (None, Some(_)) => BTreeSet::from(["the body".to_owned()]),
            (Some(request), body) => {
                let name = request.name;
                let validator = self.0.get(name);
                let validator = validator
                    .ok_or_else(|| Stop::Harness(format!("the body {name} has no schema")))?;
                // No body is an empty object.
                let body = body.clone().unwrap_or_else(|| json!({}));
                validator.iter_errors(&body).flat_map(|error| members(&error)).collect()
            }
        };
        let meant: BTreeSet<String> = call.breaks.map(str::to_owned).into_iter().collect();
        if broken == meant {
            return Ok(());
        }
        let list = |members: BTreeSet<String>| {
            if members.is_empty() {
                "nothing".to_owned()
            } else {
                Vec::from_iter(members).join(", ")
            }
        };
        Err(Stop::Harness(format!(
            "a request of the suite is not what it says: {} {} breaks {} of its schema and is meant to break {}",
            route.method.name(),
            route.path,
            list(broken),
            list(meant),
        )))
    }
}

/// The members of the body that an error is about.
fn members(error: &ValidationError<'_>) -> Vec<String> {
    let path = error.instance_path().to_string();
    if let Some(member) = path.split('/').nth(1) {
        return vec![member.to_owned()];
    }
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            vec![property.as_str().unwrap_or("the body").to_owned()]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected.clone(),
        _ => vec!["the body".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::contract::route::Endpoint::{
        self, CreateProject, DeleteSecrets, GetProject, RotateEncryptionKey, StoreSecrets,
        SubmitReencrypted,
    };

    /// What is wrong with a request of the suite, if anything is.
    fn wrong(endpoint: Endpoint, body: &Value, breaks: Option<&'static str>) -> Option<String> {
        let mut call = Call::to(endpoint, &["p"]).json(body);
        call.breaks = breaks;
        let checked = match Bodies::load() {
            Ok(bodies) => bodies.check(&call),
            Err(error) => panic!("{error}"),
        };
        match checked {
            Ok(()) => None,
            Err(Stop::Harness(what)) => Some(what),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_right_request_passes_and_a_slip_in_it_is_named() {
        let right = json!({"project": "p", "content": "blob"});
        assert_eq!(wrong(StoreSecrets, &right, None), None);
        for (slip, named) in [
            (json!({"project": "p", "contents": "blob"}), "content, contents"),
            (json!({"project": "p", "content": 1}), "content"),
            (json!({"project": "P", "content": "blob"}), "project"),
            (json!({"project": "p", "content": "blob", "key_proof": "short"}), "key_proof"),
            (json!({"project": "p", "content": "blob", "environment": "e"}), "target"),
        ] {
            assert_eq!(
                wrong(StoreSecrets, &slip, None),
                Some(format!(
                    "a request of the suite is not what it says: POST \
                     /api/v1/{{organization}}/secrets/store breaks {named} of its schema and is meant to break \
                     nothing"
                ))
            );
        }
    }

    #[test]
    fn a_request_that_is_meant_to_break_a_member_breaks_that_one_and_no_other() {
        let without_proof = json!({"versions": [{"id": 1, "content": "blob"}]});
        assert_eq!(wrong(SubmitReencrypted, &without_proof, Some("key_proof")), None);
        assert!(wrong(SubmitReencrypted, &without_proof, Some("versions")).is_some());
        let and_a_slip = json!({"versions": [{"id": "1", "content": "blob"}]});
        assert!(wrong(SubmitReencrypted, &and_a_slip, Some("key_proof")).is_some());
        let right = json!({"history_policy": "keep"});
        assert!(wrong(RotateEncryptionKey, &right, Some("history_policy")).is_some());
    }

    #[test]
    fn what_one_member_asks_of_another_is_named_by_the_other() {
        let unproved = json!({
            "name": "p",
            "storage_mode": "client",
            "key_check": format!("{}=", "A".repeat(43)),
            "key_check_iterations": 600_000,
        });
        assert_eq!(wrong(CreateProject, &unproved, Some("key_check_salt")), None);
        let unconfirmed = json!({"project": "p", "no_backup": true});
        assert_eq!(wrong(DeleteSecrets, &unconfirmed, Some("confirmed")), None);
        let no_body = wrong(GetProject, &json!({}), None);
        assert!(no_body.is_some_and(|what| what.contains("breaks the body")));
    }
}
