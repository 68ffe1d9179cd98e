//! A row of misbehaviour: of which endpoint, in which answers, at which place, what is done.

use std::fmt;

use axum::http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::operator::{NAMES, Operator, Part};
use super::pointer::Pointer;
use crate::contract::error::Code;
use crate::contract::nearest::{explain, hint};
use crate::contract::route::Endpoint;
use crate::named::Named as _;

/// Headers by which an answer is delimited. To change them is to break the connection, which `/_mock/faults` does.
const FRAMING: [&str; 5] =
    ["connection", "content-length", "transfer-encoding", "trailer", "upgrade"];

/// Statuses that an answer can have. Those below do not end an exchange.
const STATUSES: std::ops::RangeInclusive<u16> = 200..=599;

/// One way for the mock to be wrong, as data: of which endpoint, in which answers, at which place of the body, what is
/// done. README.md lists the operators.
///
/// ```
/// use keyproof::mock::{MockServer, Row};
///
/// let row = serde_json::json!({"endpoint": "get-key-history", "at": "/data/*/version", "do": "to_number"});
/// let builder = MockServer::builder().misbehave([Row::read(row)?]);
/// # let _ = builder;
/// # Ok::<(), keyproof::mock::WrongRow>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "WrittenRow", try_from = "WrittenRow")]
pub struct Row {
    /// Whose requests; those of every endpoint, without it.
    pub(in crate::mock) endpoint: Option<Endpoint>,
    pub(in crate::mock) when: When,
    pub(in crate::mock) at: Pointer,
    pub(in crate::mock) operator: Operator,
}

/// Which answers a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::mock) enum When {
    #[default]
    Success,
    Refusal,
    Always,
    Status(u16),
    /// The refusals of this error code.
    Code(Code),
}

/// What rows depend on in an answer.
#[derive(Debug, Clone, Copy)]
pub(in crate::mock) struct Answered {
    /// None if the path or the method is none of the API's.
    pub(in crate::mock) endpoint: Option<Endpoint>,
    pub(in crate::mock) status: u16,
    pub(in crate::mock) code: Option<Code>,
}

/// What `when` takes beside statuses and error codes.
const WORDS: [(&str, When); 3] =
    [("success", When::Success), ("refusal", When::Refusal), ("always", When::Always)];

impl When {
    pub(super) fn is_that_of(self, answered: &Answered) -> bool {
        match self {
            Self::Success => answered.status < 400,
            Self::Refusal => answered.status >= 400,
            Self::Always => true,
            Self::Status(status) => answered.status == status,
            Self::Code(code) => answered.code == Some(code),
        }
    }

    fn read(written: &Value) -> Option<Self> {
        if let Some(name) = written.as_str() {
            let word = WORDS.into_iter().find(|(word, _)| *word == name);
            return word.map(|(_, when)| when).or_else(|| code(name).map(Self::Code));
        }
        let status = u16::try_from(written.as_u64()?).ok()?;
        STATUSES.contains(&status).then_some(Self::Status(status))
    }

    fn written(self) -> Value {
        match self {
            Self::Status(status) => status.into(),
            Self::Code(code) => code.name().into(),
            word => WORDS.into_iter().find(|(_, one)| *one == word).map(|(word, _)| word).into(),
        }
    }
}

fn code(name: &str) -> Option<Code> {
    Code::ALL.into_iter().find(|code| code.name() == name)
}

/// One way in which the answers of an organization are wrong on purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", schemars(rename = "Misbehaviour"))]
pub(in crate::mock) struct WrittenRow {
    /// Whose requests, by the name of the endpoint. Those of every endpoint, if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("enum" = endpoints())))]
    endpoint: Option<String>,
    /// In which answers: `success`, `refusal`, `always`, a status or an error code. Successes, if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "WrittenWhen"))]
    when: Option<Value>,
    /// Where in the body: a JSON Pointer in which `*` is each element or member, `@json` steps into text that is JSON,
    /// and `?member=value` goes on only from an object whose member has that value. For operators that change a body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    at: Option<String>,
    /// What is done.
    #[cfg_attr(feature = "openapi", schemars(with = "Operator"))]
    r#do: Value,
}

/// What `when` takes.
#[cfg(feature = "openapi")]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Outcome", untagged)]
#[allow(dead_code, reason = "only described")]
enum WrittenWhen {
    Status(u16),
    Word(String),
}

#[cfg(feature = "openapi")]
fn endpoints() -> Vec<&'static str> {
    Endpoint::names().collect()
}

/// What is wrong with a row: with which member of it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongRow {
    /// The member; none if it is the row itself.
    pub member: Option<&'static str>,
    /// The rest of a sentence that begins with the name of the member.
    pub message: String,
}

impl fmt::Display for WrongRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = self.member.unwrap_or("row");
        write!(f, "the {member} field {}", self.message)
    }
}

impl std::error::Error for WrongRow {}

fn wrong(member: &'static str, message: impl Into<String>) -> WrongRow {
    WrongRow { member: Some(member), message: message.into() }
}

impl Row {
    /// Reads a row from JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(value: Value) -> Result<Self, WrongRow> {
        let written: Result<WrittenRow, _> = serde_json::from_value(value);
        let written = written.map_err(|error| WrongRow {
            member: None,
            message: format!("is not a row: {}", explain(&error.to_string())),
        })?;
        Self::try_from(written)
    }

    pub(super) const fn part(&self) -> Part {
        self.operator.part()
    }

    /// Whether it is about requests to an endpoint.
    pub(super) fn is_of(&self, endpoint: Endpoint) -> bool {
        self.endpoint.is_none_or(|one| one == endpoint)
    }

    /// Whether it is about an answer.
    pub(super) fn is_about(&self, answered: &Answered) -> bool {
        answered.endpoint.is_some_and(|one| self.is_of(one)) && self.when.is_that_of(answered)
    }
}

impl From<Row> for WrittenRow {
    fn from(row: Row) -> Self {
        Self {
            endpoint: row.endpoint.map(|endpoint| endpoint.name().to_owned()),
            when: (row.when != When::Success).then(|| row.when.written()),
            at: (row.part() == Part::Body).then(|| row.at.as_str().to_owned()),
            r#do: serde_json::to_value(&row.operator).unwrap_or_default(),
        }
    }
}

impl TryFrom<WrittenRow> for Row {
    type Error = WrongRow;

    fn try_from(written: WrittenRow) -> Result<Self, WrongRow> {
        let endpoint = written.endpoint.as_deref().map(endpoint).transpose()?;
        let operator = operator(written.r#do)?;
        let when = match &written.when {
            None => When::Success,
            Some(_) if matches!(operator.part(), Part::Write | Part::Read) => {
                let message = "is for operators that change an answer: what is done is not known by its answer yet";
                return Err(wrong("when", message));
            }
            Some(when) => When::read(when).ok_or_else(|| wrong_when(when))?,
        };
        let at = match (&written.at, operator.part()) {
            (Some(at), Part::Body) => at.as_str(),
            (None, Part::Body) => {
                let message = "is required by an operator that changes a body: a JSON Pointer, such as /data/*/id";
                return Err(wrong("at", message));
            }
            (None, _) => "",
            (Some(_), _) => {
                return Err(wrong("at", "is for operators that change a body: leave it out"));
            }
        };
        let at = Pointer::parse(at).map_err(|message| wrong("at", message))?;
        let row = Self { endpoint, when, at, operator };
        row.can_apply()?;
        Ok(row)
    }
}

fn endpoint(name: &str) -> Result<Endpoint, WrongRow> {
    let wrong = || wrong("endpoint", format!("is no endpoint{}", hint(name, Endpoint::names())));
    Endpoint::named(name).ok_or_else(wrong)
}

fn wrong_when(when: &Value) -> WrongRow {
    let (first, last) = (STATUSES.start(), STATUSES.end());
    let words = WORDS.into_iter().map(|(word, _)| word);
    let words = words.chain(Code::ALL.into_iter().map(Code::name));
    let hint = when.as_str().map(|word| hint(word, words)).unwrap_or_default();
    let message = format!(
        "must be success, refusal, always, an error code, or a status from {first} to {last}{hint}"
    );
    wrong("when", message)
}

fn operator(written: Value) -> Result<Operator, WrongRow> {
    let name = match &written {
        Value::String(name) => Some(name.as_str()),
        Value::Object(members) if members.len() == 1 => members.keys().next().map(String::as_str),
        _ => None,
    };
    let no_name = r#"must be the name of an operator, or an object of its name and its value, such as {"add": 1}"#;
    let name = name.ok_or_else(|| wrong("do", no_name))?;
    let known = NAMES.into_iter().find(|(known, _)| *known == name);
    let (name, takes) = known.ok_or_else(|| {
        wrong("do", format!("is no operator{}", hint(name, NAMES.map(|(name, _)| name))))
    })?;
    let fault = if written.is_string() { "needs a value" } else { "cannot have this value" };
    serde_json::from_value(written).map_err(|_| match takes {
        None => wrong("do", format!("must be `{name}` alone: it takes no value")),
        Some(example) => {
            let how = format!(r#"{{"{name}": {example}}}"#);
            wrong("do", format!("has an operator that {fault}: write it as {how}"))
        }
    })
}

impl Row {
    /// Whether its operator can do anything to its endpoint at all.
    fn can_apply(&self) -> Result<(), WrongRow> {
        match &self.operator {
            Operator::Delete | Operator::Sibling(_) if !self.at.ends_in_a_container() => {
                Err(wrong("at", "must end at a member or an element for this operator"))
            }
            Operator::Status(status) if !STATUSES.contains(status) => {
                let (first, last) = (STATUSES.start(), STATUSES.end());
                Err(wrong("do", format!("must have a status from {first} to {last}")))
            }
            Operator::SetHeader { name, value } => {
                is_header(name)?;
                let unfit = |_| wrong("do", "has a value that does not fit into a header");
                HeaderValue::from_str(value).map(drop).map_err(unfit)
            }
            Operator::RemoveHeader(name) => is_header(name),
            Operator::Refuse(name) if code(name).is_none() => {
                let hint = hint(name, Code::ALL.map(Code::name));
                Err(wrong("do", format!("must have an error code{hint}")))
            }
            _ => self.fits_endpoint(),
        }
    }

    fn fits_endpoint(&self) -> Result<(), WrongRow> {
        let Some(endpoint) = self.endpoint else {
            return Ok(());
        };
        let (name, route) = (endpoint.name(), endpoint.route());
        match self.part() {
            Part::Write if !route.writes => {
                Err(wrong("do", format!("is for writes, which {name} is not")))
            }
            Part::Read if route.writes => {
                Err(wrong("do", format!("is for reads, which {name} is not")))
            }
            Part::Body if route.status == 204 && self.when == When::Success => {
                let message = format!("leads nowhere: a success of {name} is a 204 without a body");
                Err(wrong("at", message))
            }
            _ => Ok(()),
        }
    }

    /// The code that a write is refused with, although it is done.
    pub(in crate::mock) fn refusal(&self) -> Option<Code> {
        match &self.operator {
            Operator::Refuse(name) => code(name),
            _ => None,
        }
    }
}

fn is_header(name: &str) -> Result<(), WrongRow> {
    let parsed = name.parse::<HeaderName>();
    let name = parsed.map_err(|_| wrong("do", "has a name that is none of a header"))?;
    if FRAMING.contains(&name.as_str()) {
        let message = format!(
            "must leave {name} alone, which delimits the answer: /_mock/faults breaks answers off"
        );
        return Err(wrong("do", message));
    }
    Ok(())
}
