//! What a token may read of its organization and of itself. Both documented shapes stand in one body:
//! flat members, and `attributes`.

use serde_json::{Value, json};

use super::{Answer, Room};
use crate::mock::clock::rfc3339;
use crate::mock::organization::Organization;
use crate::mock::token::Token;

/// GET organizations: the token's own.
pub(in crate::mock) fn list(room: &Room) -> Answer {
    let organization = room.cell.state.read();
    Answer::ok(&json!({"data": [resource(&organization)]}))
}

/// GET one organization, which is the token's own.
pub(in crate::mock) fn get(room: &Room) -> Answer {
    let organization = room.cell.state.read();
    Answer::ok(&json!({"data": resource(&organization)}))
}

/// GET user: a person who stands for the token.
pub(in crate::mock) fn user(room: &Room, token: &Token) -> Answer {
    let organization = room.cell.state.read();
    let ulid = &organization.ulid;
    Answer::ok(&json!({
        "data": {
            "type": "users",
            "id": format!("user-{}", token.id),
            "attributes": {
                "name": token.name,
                "email": format!("user-{}@example.test", token.id),
                "created_at": rfc3339(token.created_at),
                "updated_at": rfc3339(token.updated_at),
                "is_verified": true,
            },
            "relationships": {
                "organizations": {"data": [{"type": "organizations", "id": ulid}]},
            },
        },
        "included": [{
            "type": "organizations",
            "id": ulid,
            "attributes": {
                "ulid": ulid,
                "name": organization.name,
                "slug": organization.slug,
                "role": "owner",
            },
        }],
    }))
}

fn resource(organization: &Organization) -> Value {
    let status = if organization.active {
        "active"
    } else {
        "suspended"
    };
    let created_at = rfc3339(organization.created_at);
    json!({
        "type": "organizations",
        "id": organization.ulid,
        "name": organization.name,
        "slug": organization.slug,
        "status": status,
        "attributes": {
            "ulid": organization.ulid,
            "name": organization.name,
            "slug": organization.slug,
            "status": status,
            "plan_name": "pro",
            "created_at": created_at,
            "updated_at": created_at,
        },
    })
}
