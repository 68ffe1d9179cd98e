//! How secrets are read: as they are stored, or decrypted, merged, as bare variables.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::body::Body;
use super::reader::Reader;
use super::secret::LevelFields;
use crate::contract::violation::Violations;
use crate::named::{Named as _, named};

named! {
    /// What becomes of the levels (docs, api/secrets).
    #[derive(Default)]
    pub enum Merge {
        #[default]
        Levels = "false": "The answer has each level",
        Merged = "true": "The answer has the levels merged into one, in which the deeper level wins",
        Both = "both": "The answer has each level, and all of them merged",
    }
}

impl Merge {
    /// Every word that a request may send.
    pub const WORDS: [&'static str; 6] = ["false", "true", "both", "0", "1", ""];

    fn read(word: &str) -> Option<Self> {
        match word {
            "" | "0" => Some(Self::Levels),
            "1" => Some(Self::Merged),
            name => Self::named(name),
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
    /// Reads a query. Of a parameter that is given twice the last one counts; an unknown one is ignored.
    ///
    /// # Errors
    /// The values that their parameters do not take.
    pub fn of_query(query: &str) -> Result<Self, Violations> {
        let mut reading = Self::default();
        let mut violations = Violations::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8_lossy();
            match name {
                "decrypt" | "raw" => match flag(&value) {
                    Some(value) if name == "raw" => reading.raw = value,
                    Some(value) => reading.decrypt = value,
                    None => {
                        violations.add(name, format!("The {name} field must be true or false."))
                    }
                },
                "merge" => match Merge::read(&value) {
                    Some(merge) => reading.merge = merge,
                    None => {
                        violations.add(name, "The merge field must be true, false or both.");
                    }
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

fn flag(value: &str) -> Option<bool> {
    match value {
        "true" | "1" => Some(true),
        "false" | "0" | "" => Some(false),
        _ => None,
    }
}

named! {
    /// What `secrets/retrieve` is asked for; each needs an ability of its own.
    pub enum Action with
        /// The ability that the token needs.
        ability
    {
        Read = "read": "The blobs as they are stored", "secret:read";
        Decrypt = "decrypt": "The variables in the blobs", "secret:decrypt";
        RetrieveKey = "key:retrieve": "The active key descriptor", "key:retrieve";
    }
}

/// Which variables are asked for; all of them, if it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Variables of these names.
    pub names: Vec<String>,
    /// Variables with one of these tags.
    pub tags: Vec<String>,
    /// Variables with this text in their name, in either case.
    pub search: Option<String>,
}

impl Filters {
    /// Whether every variable is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `secrets/retrieve`: the secrets of a level and those above it, or the key.
#[derive(Debug, Clone)]
pub struct RetrieveSecrets {
    /// The level.
    pub level: LevelFields,
    /// What is asked for.
    pub action: Action,
    /// Which variables are asked for.
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
        let action = reader.one_of("action").unwrap_or(Action::Read);
        let merge = match reader.any("merge", merge_words) {
            Some(Value::Bool(true)) => Merge::Merged,
            Some(Value::Bool(false)) | None => Merge::Levels,
            Some(value) => value.as_str().and_then(Merge::read).unwrap_or_else(|| {
                reader.refuse("merge", "must be true, false or both");
                Merge::Levels
            }),
        };
        let raw = reader.flag("raw");
        let filters = reader.object("filters", |inner| Filters {
            names: inner.optional_texts("names"),
            tags: inner.optional_texts("tags"),
            search: inner.optional_text("search"),
        });
        let filters = filters.unwrap_or_default();
        Some(Self { level: level?, action, filters, merge, raw })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.level.project)
    }

    fn ability(&self) -> Option<&'static str> {
        Some(self.action.ability())
    }
}
