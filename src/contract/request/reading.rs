//! How secrets are read: as they are stored, or decrypted, merged, as bare variables.

use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::Body;
use super::reader::Reader;
use super::secret::LevelFields;
use crate::contract::violation::Violations;

/// What becomes of the levels (docs, api/secrets).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Merge {
    /// The answer has each level.
    #[default]
    #[serde(rename = "false")]
    Levels,
    /// The answer has the levels merged into one, in which the deeper level wins.
    #[serde(rename = "true")]
    Merged,
    /// The answer has both.
    #[serde(rename = "both")]
    Both,
}

impl Merge {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Levels, Self::Merged, Self::Both];

    /// Every word that a request may send.
    pub const WORDS: [&'static str; 6] = ["false", "true", "both", "0", "1", ""];

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Levels => "false",
            Self::Merged => "true",
            Self::Both => "both",
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "" | "0" => Some(Self::Levels),
            "1" => Some(Self::Merged),
            _ => Self::ALL.into_iter().find(|merge| merge.name() == name),
        }
    }
}

/// The query of GET secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Whether the server decrypts what it can.
    pub decrypt: bool,
    /// What becomes of the levels.
    pub merge: Merge,
    /// Whether the answer is nothing but the merged variables.
    pub raw: bool,
}

impl Reading {
    /// Reads a query. Of a parameter that stands there twice the last counts; what is not known is ignored.
    ///
    /// # Errors
    /// A value that its parameter does not take.
    pub fn of_query(query: &str) -> Result<Self, Violations> {
        let mut reading = Self::default();
        let mut violations = Violations::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8_lossy();
            match name {
                "decrypt" | "raw" => match flag(&value) {
                    Some(flag) if name == "raw" => reading.raw = flag,
                    Some(flag) => reading.decrypt = flag,
                    None => {
                        violations.add(name, format!("The {name} field must be true or false."))
                    }
                },
                "merge" => match Merge::named(&value) {
                    Some(merge) => reading.merge = merge,
                    None => violations.add(name, WHAT_MERGES),
                },
                _ => {}
            }
        }
        violations.into_result()?;
        Ok(reading)
    }

    /// Which of its parameters exclude each other, in words.
    pub fn conflict(self) -> Option<&'static str> {
        match self {
            Self { decrypt: true, raw: true, merge: Merge::Both } => {
                Some("raw is nothing but the merged variables: merge=both has no place in it.")
            }
            Self { decrypt: true, .. } => None,
            Self { raw: true, .. } => Some("raw requires decrypt."),
            Self { merge: Merge::Levels, .. } => None,
            Self { .. } => Some("merge requires decrypt."),
        }
    }
}

const WHAT_MERGES: &str = "The merge field must be true, false or both.";

fn flag(value: &str) -> Option<bool> {
    match value {
        "true" | "1" => Some(true),
        "false" | "0" | "" => Some(false),
        _ => None,
    }
}

/// What `secrets/retrieve` is asked for; each needs a scope of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Action {
    /// The blobs as they are stored.
    #[default]
    #[serde(rename = "read")]
    Read,
    /// The variables in them.
    #[serde(rename = "decrypt")]
    Decrypt,
    /// The active key descriptor.
    #[serde(rename = "key:retrieve")]
    RetrieveKey,
}

impl Action {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Read, Self::Decrypt, Self::RetrieveKey];

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decrypt => "decrypt",
            Self::RetrieveKey => "key:retrieve",
        }
    }

    /// The ability that it takes.
    pub const fn ability(self) -> &'static str {
        match self {
            Self::Read => "secret:read",
            Self::Decrypt => "secret:decrypt",
            Self::RetrieveKey => "key:retrieve",
        }
    }
}

/// Which variables are meant; all of them, if it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filters {
    /// Those of these names.
    pub names: Vec<String>,
    /// Those with one of these tags.
    pub tags: Vec<String>,
    /// Those with this in their name, in either case.
    pub search: Option<String>,
}

impl Filters {
    /// Whether they leave everything in.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `secrets/retrieve`: the secrets of a level and those above it, or the key.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RetrieveSecrets {
    /// The project's slug.
    pub project: String,
    /// The target's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The environment's slug; needs a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What is asked for.
    pub action: Action,
    /// Which variables are meant.
    pub filters: Filters,
    /// What becomes of the levels.
    pub merge: Merge,
    /// Whether the answer is nothing but the merged variables.
    pub raw: bool,
}

impl RetrieveSecrets {
    /// The same as a query of GET secrets.
    pub fn reading(&self) -> Reading {
        Reading { decrypt: self.action == Action::Decrypt, merge: self.merge, raw: self.raw }
    }

    /// Which of its members exclude each other, in words.
    pub fn conflict(&self) -> Option<&'static str> {
        match self.action {
            Action::Decrypt => self.reading().conflict(),
            _ if !self.filters.is_empty() => {
                Some("filters require the action decrypt: the names are inside the blobs.")
            }
            _ => self.reading().conflict(),
        }
    }
}

fn merge_words() -> Value {
    let mut words = Merge::WORDS.map(Value::from).to_vec();
    words.extend([true.into(), false.into(), Value::Null]);
    json!({"enum": words})
}

impl Body for RetrieveSecrets {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let action = reader.one_of("action", &Action::ALL.map(|action| (action.name(), action)));
        let merge = match reader.any("merge", merge_words) {
            Some(Value::Bool(true)) => Merge::Merged,
            Some(Value::Bool(false)) | None => Merge::Levels,
            Some(value) => value.as_str().and_then(Merge::named).unwrap_or_else(|| {
                reader.refuse("merge", "must be true, false or both");
                Merge::Levels
            }),
        };
        let raw = reader.flag("raw");
        let filters = reader.object("filters", |inner| Filters {
            names: inner.optional_texts("names"),
            tags: inner.optional_texts("tags"),
            search: inner.optional_text("search").map(str::to_owned),
        });
        Some(Self {
            project: level.project?.to_owned(),
            target: level.target.map(str::to_owned),
            environment: level.environment.map(str::to_owned),
            action: action.unwrap_or_default(),
            filters: filters.unwrap_or_default(),
            merge,
            raw,
        })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.project)
    }

    fn ability(&self) -> Option<&'static str> {
        Some(self.action.ability())
    }
}
