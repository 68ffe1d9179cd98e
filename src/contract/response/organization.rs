//! What a token may read of its organization and of itself. A body has both documented shapes: flat members, and
//! `attributes`.

use serde::Serialize;

use super::document::Resource;

/// One organization.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Organization {
    /// `organizations`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its ULID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// `active` or `suspended`.
    pub status: &'static str,
    /// The same members again, and the others.
    pub attributes: OrganizationAttributes,
}

/// The attributes of an organization.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OrganizationAttributes {
    /// Its ULID, which stands in the paths.
    pub ulid: String,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// `active` or `suspended`.
    pub status: &'static str,
    /// The plan that it is on.
    pub plan_name: &'static str,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// Who the token speaks for.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct User {
    /// The person.
    pub data: Member,
    /// The organizations that the relationships refer to.
    pub included: Vec<Resource<MemberAttributes>>,
}

/// A person, and the organizations that it belongs to.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Member {
    /// `users`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its id, as text.
    pub id: String,
    /// The attributes of the person.
    pub attributes: UserAttributes,
    /// The organizations that the person belongs to.
    pub relationships: UserRelationships,
}

/// The attributes of a person.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UserAttributes {
    /// Its name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// Whether the e-mail address was verified.
    pub is_verified: bool,
}

/// The relationships of a person.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UserRelationships {
    /// The organizations of the person.
    pub organizations: ToMany,
}

/// References to several resources, as JSON:API writes them.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ToMany {
    /// The references.
    pub data: Vec<Reference>,
}

/// A reference to a resource: its type and its id.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Reference {
    /// The type of the resource.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// The attributes of an organization that a person belongs to.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MemberAttributes {
    /// Its ULID.
    pub ulid: String,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// The person's role in it.
    pub role: &'static str,
}
