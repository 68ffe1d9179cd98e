//! Bodies about API keys.

use jiff::Timestamp;
use serde_json::json;

use super::body::Body;
use super::reader::Reader;
use crate::contract::{limit, scope};

/// A new API key.
#[derive(Debug, Clone)]
pub struct CreateApiKey {
    /// Its name.
    pub name: String,
    /// What its token may do. 1 to 100.
    pub abilities: Vec<String>,
    /// When its token ends, to the whole second; never, if absent.
    pub expires_at: Option<Timestamp>,
}

impl Body for CreateApiKey {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let name = reader.name("name");
        let abilities = abilities(reader);
        let expires_at = reader.time("expires_at").flatten();
        Some(Self { name: name?, abilities: abilities?, expires_at })
    }
}

fn abilities(reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let words = || json!({"type": "string", "enum": scope::abilities()});
    reader.texts("abilities", 1..=limit::ABILITIES, words, |ability| {
        let unknown = !scope::is_ability(ability);
        unknown.then(|| "must be * or an ability such as secret:read".to_owned())
    })
}

/// Changes of an API key, by PATCH. What is absent stays as it is.
#[derive(Debug, Clone)]
pub struct PatchApiKey {
    /// Another name.
    pub name: Option<String>,
    /// Other abilities, in place of all that it has.
    pub abilities: Option<Vec<String>>,
    /// Another end; null for none.
    pub expires_at: Option<Option<Timestamp>>,
}

impl Body for PatchApiKey {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let name = reader.optional_name("name");
        Some(Self::named(name, reader))
    }
}

impl PatchApiKey {
    fn named(name: Option<String>, reader: &mut Reader<'_>) -> Self {
        let abilities = reader.unless_absent("abilities", abilities);
        Self { name, abilities, expires_at: reader.time("expires_at") }
    }
}

/// The same by PUT, which requires the name.
#[derive(Debug, Clone)]
pub struct PutApiKey(pub PatchApiKey);

impl Body for PutApiKey {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let name = reader.name("name");
        Some(Self(PatchApiKey::named(name, reader)))
    }
}
