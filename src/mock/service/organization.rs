//! What a token may read of its organization and of itself. Both documented shapes are in one body: flat members, and
//! `attributes`.

use super::call::serve;
use super::{Answer, Room};
use crate::contract::response::{
    self, Member, MemberAttributes, OrganizationAttributes, Reference, Resource, ToMany, User,
    UserAttributes, UserRelationships, data,
};
use crate::mock::clock::rfc3339;
use crate::mock::model::{Organization, Token};

serve! {
    ListOrganizations(call, ()) Ok(list(call.room));
    GetOwnOrganization(call, ()) Ok(get(call.room));
    GetOrganization(call, ()) Ok(get(call.room));
    GetUser(call, ()) Ok(user(call.room, call.token));
}

/// GET organizations: the token's own.
fn list(room: &Room) -> Answer {
    let organization = room.cell.state.read();
    Answer::ok(&data([resource(&organization)]))
}

/// GET one organization, which is the token's own.
fn get(room: &Room) -> Answer {
    let organization = room.cell.state.read();
    Answer::ok(&data(resource(&organization)))
}

/// GET user: a made-up person for the token.
fn user(room: &Room, token: &Token) -> Answer {
    let organization = room.cell.state.read();
    let ulid = &organization.ulid;
    let kind = "organizations";
    Answer::ok(&User {
        data: Member {
            kind: "users",
            id: format!("user-{}", token.id),
            attributes: UserAttributes {
                name: token.name.clone(),
                email: format!("user-{}@example.test", token.id),
                created_at: rfc3339(token.created_at),
                updated_at: rfc3339(token.updated_at),
                is_verified: true,
            },
            relationships: UserRelationships {
                organizations: ToMany { data: vec![Reference { kind, id: ulid.clone() }] },
            },
        },
        included: vec![Resource {
            kind,
            id: ulid.clone(),
            attributes: MemberAttributes {
                ulid: ulid.clone(),
                name: organization.name.clone(),
                slug: organization.slug.clone(),
                role: "owner",
            },
        }],
    })
}

fn resource(organization: &Organization) -> response::Organization {
    let status = if organization.active { "active" } else { "suspended" };
    let created_at = rfc3339(organization.created_at);
    response::Organization {
        kind: "organizations",
        id: organization.ulid.clone(),
        name: organization.name.clone(),
        slug: organization.slug.clone(),
        status,
        attributes: OrganizationAttributes {
            ulid: organization.ulid.clone(),
            name: organization.name.clone(),
            slug: organization.slug.clone(),
            status,
            plan_name: "pro",
            created_at: created_at.clone(),
            updated_at: created_at,
        },
    }
}
