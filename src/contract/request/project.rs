//! Bodies that create and change projects, targets and environments.

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::body::Body;
use super::reader::Reader;
use crate::contract::custody::Custody;
use crate::contract::identifier::wrong_slug;
use crate::crypto::SALT_LENGTH;
use crate::named::named;

/// A client's proof of its key: at project creation and at each rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofFields {
    /// Base64 of the 32-byte proof.
    pub key_check: String,
    /// Base64 of the 16-byte salt.
    pub key_check_salt: String,
    /// Iterations of PBKDF2.
    pub key_check_iterations: u32,
}

impl ProofFields {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let key_check = reader.proof("key_check");
        let key_check_salt = reader.bytes("key_check_salt", SALT_LENGTH);
        let iterations = reader.count("key_check_iterations", reader.rules.minimum_iterations);
        Some(Self {
            key_check: key_check?,
            key_check_salt: key_check_salt?,
            key_check_iterations: iterations?,
        })
    }
}

named! {
    /// What the secrets of a project can be, as the published command line offers it.
    #[derive(Default)]
    pub enum SecretFormat {
        #[default]
        Env = "env": "Assignments, as in a `.env` file",
        Json = "json": "A JSON document",
        Yaml = "yaml": "A YAML document",
        Text = "text": "Text of any kind",
    }
}

/// A new project.
#[derive(Debug, Clone)]
pub struct CreateProject {
    /// Its name; the slug follows from it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What its secrets are.
    pub secret_format: SecretFormat,
    /// Who keeps the key.
    pub keeper: Keeper,
}

/// Who keeps the key of a new project, and what comes with that.
#[derive(Clone)]
pub enum Keeper {
    /// The server: this key, or one that it draws.
    Server(Option<Zeroizing<String>>),
    /// The client, who sends only the proof.
    Client(ProofFields),
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(key) => write!(f, "Server(key given: {})", key.is_some()),
            Self::Client(proof) => f.debug_tuple("Client").field(proof).finish(),
        }
    }
}

impl Body for CreateProject {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let name = reader.name("name");
        let description = reader.optional_text("description");
        let secret_format = reader.one_of("secret_format").unwrap_or_default();
        // Shown by the web application only.
        let _ = reader.optional_text("key_hint");
        let key = reader.optional_text("encryption_key").map(Zeroizing::new);
        if key.as_ref().is_some_and(|key| key.is_empty()) {
            reader.refuse("encryption_key", "must not be empty");
        }
        let is_client = reader.one_of("storage_mode") == Some(Custody::Client);
        if is_client && key.is_some() {
            reader.refuse("encryption_key", "must not be sent for a client-managed key");
        }
        let proof = reader.when(is_client, ProofFields::read);
        let keeper = match proof {
            Some(proof) => proof.map(Keeper::Client),
            None => Some(Keeper::Server(key)),
        };
        Some(Self { name: name?, description, secret_format, keeper: keeper? })
    }
}

/// A new target.
#[derive(Debug, Clone)]
pub struct CreateTarget {
    /// Its name; the slug follows from it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
}

impl Body for CreateTarget {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let name = reader.name("name");
        let description = reader.optional_text("description");
        Some(Self { name: name?, description })
    }
}

/// A new environment.
#[derive(Debug, Clone)]
pub struct CreateEnvironment {
    /// Its name; the slug follows from it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// `production`, `staging`, `development`, `local` or a custom word.
    pub status: Option<String>,
}

impl Body for CreateEnvironment {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let name = reader.name("name");
        let description = reader.optional_text("description");
        let status = status(reader);
        Some(Self { name: name?, description, status })
    }
}

/// The status of an environment: as it is named, or `production` by `is_production`.
fn status(reader: &mut Reader<'_>) -> Option<String> {
    let status = reader.optional_text("status");
    let is_production = reader.flag("is_production");
    status.or_else(|| is_production.then(|| "production".to_owned()))
}

/// Changes of a project, target or environment. What is absent stays as it is.
#[derive(Debug, Clone)]
pub struct Changes {
    /// Another name. The slug stays.
    pub name: Option<String>,
    /// Another slug.
    pub slug: Option<String>,
    /// Another description; null for none.
    pub description: Option<Option<String>>,
}

impl Changes {
    fn read(reader: &mut Reader<'_>) -> Self {
        let name = reader.optional_name("name");
        let slug = reader.optional_text("slug");
        if let Some(slug) = &slug
            && let Some(wrong) = wrong_slug(slug)
        {
            reader.refuse("slug", wrong);
        }
        Self { name, slug, description: reader.text_or_null("description") }
    }
}

/// Changes of a project.
#[derive(Debug, Clone)]
pub struct UpdateProject {
    /// Changes of what projects, targets and environments have in common.
    pub changes: Changes,
    /// Other metadata, in place of what it has; null for none.
    pub metadata: Option<Option<Map<String, Value>>>,
}

impl Body for UpdateProject {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { changes: Changes::read(reader), metadata: reader.object_or_null("metadata") })
    }
}

/// Changes of a target.
#[derive(Debug, Clone)]
pub struct UpdateTarget(pub Changes);

impl Body for UpdateTarget {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self(Changes::read(reader)))
    }
}

/// Changes of an environment.
#[derive(Debug, Clone)]
pub struct UpdateEnvironment {
    /// Changes of what projects, targets and environments have in common.
    pub changes: Changes,
    /// Another status.
    pub status: Option<String>,
}

impl Body for UpdateEnvironment {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { changes: Changes::read(reader), status: status(reader) })
    }
}
