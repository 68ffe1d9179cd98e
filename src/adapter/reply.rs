//! A reply of an adapter, read from its line.

use serde_json::{Map, Value};

use crate::crypto::Class;
use crate::named::Named as _;

/// What an adapter replied to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum AdapterReply {
    /// The implementation's answer.
    Ok(Map<String, Value>),
    /// The implementation refused the input.
    Reject(Rejected),
    /// The implementation has no such operation.
    Unsupported(Option<String>),
    /// The adapter could not tell: neither right nor wrong.
    Error(String),
}

/// A refused input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// At which stage it was refused. None for `http`, which operations of a client alone have.
    pub class: Option<Class>,
    /// What the server answered, for `http`.
    pub http: Option<Http>,
    /// Why, in the implementation's words.
    pub message: String,
}

/// A server's refusal, as a client passes it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// The status. None if the client does not report it.
    pub status: Option<u64>,
    /// The error code. None if the server sent none, or the client does not report it.
    pub code: Option<String>,
}

impl Rejected {
    /// The class's name on the wire.
    pub const fn class_name(&self) -> &'static str {
        match self.class {
            Some(class) => class.name(),
            None => "http",
        }
    }
}

const NO_STATUS: &str = "its reject.status is no whole number";

const KINDS: [&str; 4] = ["ok", "reject", "unsupported", "error"];

impl AdapterReply {
    /// Reads the members of a reply other than its id.
    ///
    /// # Errors
    /// What is wrong with it, in words for the adapter's author.
    pub fn read(members: &Map<String, Value>) -> Result<Self, String> {
        let kinds: Vec<&str> =
            KINDS.into_iter().filter(|kind| members.contains_key(*kind)).collect();
        let [kind] = kinds[..] else {
            return Err(match kinds.len() {
                0 => "it has none of ok, reject, unsupported and error".to_owned(),
                _ => format!("it has {} at once", kinds.join(" and ")),
            });
        };
        let is_surplus = |name: &&String| name.as_str() != "id" && name.as_str() != kind;
        if let Some(name) = members.keys().find(is_surplus) {
            return Err(format!("it has a member {name:?} beside id and {kind}"));
        }
        let Some(body) = members[kind].as_object() else {
            return Err(format!("its {kind} is no JSON object"));
        };
        let text = |name: &str| match body.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("its {kind}.{name} is no text")),
        };
        Ok(match kind {
            "ok" => Self::Ok(body.clone()),
            "unsupported" => Self::Unsupported(text("reason")?),
            "error" => Self::Error(text("message")?.ok_or("its error has no message")?),
            _ => {
                let class = class(&text("class")?.ok_or("its reject has no class")?)?;
                let status = body.get("status").map(|status| status.as_u64().ok_or(NO_STATUS));
                let http = Http { status: status.transpose()?, code: text("code")? };
                let message = text("message")?.unwrap_or_default();
                Self::Reject(Rejected { class, http: class.is_none().then_some(http), message })
            }
        })
    }

    /// The name of the member that it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Reject(_) => "reject",
            Self::Unsupported(_) => "unsupported",
            Self::Error(_) => "error",
        }
    }

    /// The text in it that is meant for people.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Ok(_) => None,
            Self::Reject(rejected) => Some(&rejected.message),
            Self::Unsupported(reason) => reason.as_deref(),
            Self::Error(message) => Some(message),
        }
    }
}

fn class(name: &str) -> Result<Option<Class>, String> {
    match Class::named(name) {
        None if name != "http" => Err(format!("there is no class {name:?} of rejections")),
        class => Ok(class),
    }
}
