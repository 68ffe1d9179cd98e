//! An implementation's answers to the public vectors, recorded, so that an upgrade of it shows as a
//! difference: of two answers both may be right.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::adapter::{AdapterReply, Lost, Request, Session};
use crate::vectors::{Call, Corpus, Expected, Vector};

/// The version of the file format that this crate reads and writes.
pub const FORMAT: u64 = 1;

/// On behalf of which case requests are sent.
const CASE: &str = "snapshots";
/// The most characters of a file's name before its extension.
const NAME: usize = 100;

/// The answers of one version of one implementation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The version of the file format.
    pub format: u64,
    /// The implementation's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its language.
    pub language: String,
    /// The language's runtime, with its version.
    pub runtime: String,
    /// Its answers, by the ids of the vectors.
    pub answers: BTreeMap<String, Recorded>,
}

/// One answer, without the messages that are meant for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// The members of the answer, in the order of their names.
    Ok(Map<String, Value>),
    /// An answer that is another one each time: a blob under an IV that was drawn.
    Sealed,
    /// A refusal, by the name of its class.
    Reject(String),
    /// The implementation has no such operation.
    Unsupported,
    /// The adapter could not tell.
    Error,
}

/// A vector that is not answered as it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change<'s> {
    /// The vector's id.
    pub id: &'s str,
    /// The recorded answer; none if there was none.
    pub before: Option<&'s Recorded>,
    /// The answer of this time; none if no request was sent for the vector.
    pub after: Option<&'s Recorded>,
}

/// A vector that got no answer, so that there is no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer to {id}: {lost}")]
pub struct Unanswered {
    /// The vector's id.
    pub id: String,
    /// Why not.
    pub lost: Lost,
}

/// Why a file is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// It was made by another version of this crate.
    #[error("it is of format {0}, and this keyproof reads format {FORMAT}")]
    Format(u64),
    /// It is something else, or was damaged.
    #[error("it is no snapshot: {0}")]
    Damaged(#[from] serde_json::Error),
}

impl Snapshot {
    /// Asks every vector whose operation the adapter has and whose answer is the same each time.
    ///
    /// # Errors
    /// The first vector that got no answer.
    pub async fn record(session: &Session, corpus: &Corpus) -> Result<Self, Unanswered> {
        let hello = session.hello();
        let asked =
            corpus.vectors().filter(|vector| hello.has(vector.call.op()) && is_repeatable(vector));
        let answers = stream::iter(asked)
            .map(|vector| ask(session, vector))
            .buffer_unordered(session.width());
        Ok(Self {
            format: FORMAT,
            name: hello.name.clone(),
            version: hello.version.clone(),
            language: hello.language.clone(),
            runtime: hello.runtime.clone(),
            answers: answers.try_collect().await?,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is no snapshot, or one of another format.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        /// What every format has.
        #[derive(Deserialize)]
        struct Header {
            format: u64,
        }
        let Header { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(ParseError::Format(format));
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// The file's text: one vector a line, by id, so that a difference of two files is readable.
    pub fn render(&self) -> String {
        let head = [
            ("format", json!(self.format)),
            ("name", json!(self.name)),
            ("version", json!(self.version)),
            ("language", json!(self.language)),
            ("runtime", json!(self.runtime)),
        ];
        let mut text = "{\n".to_owned();
        for (member, value) in head {
            text.push_str(&format!("  \"{member}\": {value},\n"));
        }
        text.push_str("  \"answers\": {");
        for (place, (id, recorded)) in self.answers.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            text.push_str(&format!("{comma}\n    {}: {}", json!(id), json!(recorded)));
        }
        text.push_str("\n  }\n}\n");
        text
    }

    /// The vectors that are answered differently in `later`, by id.
    pub fn changes<'s>(&'s self, later: &'s Self) -> Vec<Change<'s>> {
        let ids: BTreeSet<&String> = self.answers.keys().chain(later.answers.keys()).collect();
        let change = |id: &'s String| {
            let (before, after) = (self.answers.get(id), later.answers.get(id));
            (before != after).then_some(Change { id, before, after })
        };
        ids.into_iter().filter_map(change).collect()
    }

    /// Name and version of the implementation.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

impl Recorded {
    /// What is recorded of a reply to this call.
    fn of(reply: AdapterReply, call: &Call) -> Self {
        match reply {
            AdapterReply::Ok(_) if call.seals() => Self::Sealed,
            AdapterReply::Ok(mut members) => {
                members.sort_keys();
                members.values_mut().for_each(Value::sort_all_objects);
                Self::Ok(members)
            }
            AdapterReply::Reject(rejected) => Self::Reject(rejected.class_name().to_owned()),
            AdapterReply::Unsupported(_) => Self::Unsupported,
            AdapterReply::Error(_) => Self::Error,
        }
    }
}

impl Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok(members) => {
                f.write_str("ok")?;
                let mut members = members.iter();
                members.try_for_each(|(name, value)| write!(f, " {name} {value}"))
            }
            Self::Sealed => f.write_str("ok, a blob"),
            Self::Reject(class) => write!(f, "reject {class}"),
            Self::Unsupported => f.write_str("unsupported"),
            Self::Error => f.write_str("error"),
        }
    }
}

/// The name of an implementation's file: what is not safe in one is a hyphen. Two implementations can
/// come to one name; the file says whose it is.
pub fn file_name(name: &str) -> String {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let mut safe: String = name
        .chars()
        .take(NAME)
        .map(|character| if is_safe(character) { character } else { '-' })
        .collect();
    if safe.is_empty() {
        safe.push('-');
    } else if safe.starts_with('.') {
        safe.replace_range(..1, "-");
    }
    safe.push_str(".json");
    safe
}

async fn ask(session: &Session, vector: &Vector) -> Result<(String, Recorded), Unanswered> {
    let id = vector.id.clone();
    match session.ask(CASE, &Request::of(&vector.call)).await {
        Ok(reply) => Ok((id, Recorded::of(reply, &vector.call))),
        Err(lost) => Err(Unanswered { id, lost }),
    }
}

/// Whether the answer is the same each time: a blob is another one each time.
const fn is_repeatable(vector: &Vector) -> bool {
    !vector.call.seals() || matches!(vector.expected, Expected::Invalid(_))
}
