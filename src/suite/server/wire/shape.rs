//! The shapes of answers: open JSON Schemas that hold what the seed says or the published clients
//! need, and where a schema says so what only the documentation does. A breach fails the endpoint's
//! own shape case, once; that of a refusal the case about refusals.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::Value;

use super::reply::{dotted, id_text};
use super::{Call, Reply, SCHEMAS, compiled};
use crate::contract::error::Code;
use crate::contract::route::{Endpoint, ROUTES};
use crate::harness::{Judged, Stop};

/// The schemas, and what the run has seen of each endpoint.
pub(crate) struct Shapes {
    successes: BTreeMap<Endpoint, Validator>,
    refusal: Validator,
    /// By endpoint; none for the refusals of all of them.
    breaches: Mutex<BTreeMap<Option<Endpoint>, Stop>>,
    /// By endpoint: a right request that was refused, where other cases only could not run.
    refusals: Mutex<BTreeMap<Endpoint, Stop>>,
}

const REFUSAL: &str = "error";

impl Shapes {
    pub(crate) fn load() -> Result<Self, String> {
        let mut successes = BTreeMap::new();
        for route in ROUTES {
            if let Some(name) = route.shape {
                successes.insert(route.endpoint, validator(name)?);
            }
        }
        Ok(Self {
            successes,
            refusal: validator(REFUSAL)?,
            breaches: Mutex::default(),
            refusals: Mutex::default(),
        })
    }

    /// Checks an answer. Keeps the first breach of each endpoint, and that of any refusal.
    pub(crate) fn check(&self, endpoint: Endpoint, call: &Call, reply: &Reply) {
        match self.successes.get(&endpoint) {
            Some(_) if reply.is_success() && call.is_answer_free => {}
            Some(shape) if reply.is_success() => {
                let json = match endpoint {
                    Endpoint::GetEncryptionKey => unfold(&reply.json).map(Cow::Owned),
                    _ => Ok(Cow::Borrowed(&reply.json)),
                };
                let fits = json.and_then(|json| fits(shape, &json));
                self.keep(Some(endpoint), fits, reply);
                self.keep_other(endpoint, call, reply);
            }
            // Whether a 401 or a 429 has a code is documented nowhere.
            _ if reply.is_refusal() && ![401, 429].contains(&reply.status) => {
                let fits = fits(&self.refusal, &reply.json);
                self.keep(None, fits.and_then(|()| has_status_of_code(reply)), reply);
            }
            _ => {}
        }
    }

    fn keep(&self, of: Option<Endpoint>, fits: Result<(), String>, reply: &Reply) {
        let Err(got) = fits else { return };
        let (what, shape) = match of {
            Some(endpoint) => (
                "the answer does not have the shape that clients decode",
                endpoint.route().shape.unwrap_or_default(),
            ),
            None => ("a refusal does not have the documented shape", REFUSAL),
        };
        let breach = || reply.mismatch(what, format!("suites/shapes/{shape}.json"), got);
        self.breaches.lock().entry(of).or_insert_with(breach);
    }

    /// Keeps that an answer is about another project or version than its path names: whoever goes by it goes astray.
    fn keep_other(&self, endpoint: Endpoint, call: &Call, reply: &Reply) {
        let data = &reply.json["data"];
        let (member, said) = match endpoint {
            Endpoint::GetProject => ("data.attributes.slug", &data["attributes"]["slug"]),
            Endpoint::GetVersion => ("data.id", &data["id"]),
            _ => return,
        };
        let asked = call.segments().first();
        if id_text(said).is_some_and(|said| asked.is_some_and(|asked| said != *asked)) {
            let what = "an answer is about something else than was asked for";
            let breach = || reply.mismatch(what, format!("{member} as in the path"), "another one");
            self.breaches.lock().entry(Some(endpoint)).or_insert_with(breach);
        }
    }

    /// Keeps that nothing is found by the slug that the creation of a project answered.
    pub(crate) fn keep_unfound(&self, created: &Reply) {
        let what = "a new project is not found by the slug that was answered";
        let breach = || created.mismatch(what, "the project under data.attributes.slug", "none");
        self.breaches.lock().entry(Some(Endpoint::CreateProject)).or_insert_with(breach);
    }

    /// Notes that a right request was refused, unless that has to do with the run and not with the request: a token, a
    /// limit, a rotation in progress, a gateway.
    pub(crate) fn note_refusal(&self, endpoint: Endpoint, reply: &Reply) {
        if matches!(reply.status, 401..=403 | 409 | 429 | 502..=504) {
            return;
        }
        let breach = || reply.mismatch("a right request is refused", "a success", reply.outcome());
        self.refusals.lock().entry(endpoint).or_insert_with(breach);
    }

    /// The first breach of an endpoint, or of any refusal, as the failure of its shape case.
    pub(crate) fn judge(&self, of: Option<Endpoint>) -> Judged {
        self.breaches.lock().get(&of).cloned().map_or(Ok(()), Err)
    }

    /// The first right request to an endpoint that was refused, as the failure of the case that says it is accepted.
    pub(crate) fn judge_refusals(&self, of: Endpoint) -> Judged {
        self.refusals.lock().get(&of).cloned().map_or(Ok(()), Err)
    }
}

fn validator(name: &str) -> Result<Validator, String> {
    let (_, text) = SCHEMAS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("no shape {name}"))?;
    compiled(&format!("shape {name}"), text)
}

/// Where an answer leaves its shape, and how.
fn fits(shape: &Validator, json: &Value) -> Result<(), String> {
    shape.validate(json).map_err(|error| {
        let place = error.instance_path().to_string();
        format!("{}: {}", dotted(&place), shorten(&error.masked().to_string()))
    })
}

/// The codes whose status is documented.
const DOCUMENTED: [Code; 8] = [
    Code::InsufficientPermissions,
    Code::VersionLocked,
    Code::NotFound,
    Code::KeyProofRequired,
    Code::KeyProofMismatch,
    Code::KeyVersionConflict,
    Code::ContentRequiredForOldKey,
    Code::VersionProtected,
];

fn has_status_of_code(reply: &Reply) -> Result<(), String> {
    if reply.status == 422 && reply.code().is_none() && reply.json["errors"].is_null() {
        return Err("a 422 with neither error nor errors".to_owned());
    }
    let mut documented = DOCUMENTED.into_iter();
    match documented.find(|code| reply.code() == Some(code.name())) {
        Some(code) if code.status() != reply.status => {
            Err(format!("error: `{}` with the status {}", code.name(), reply.status))
        }
        _ => Ok(()),
    }
}

/// The descriptor is a JSON document in a text: the schema sees it unfolded.
fn unfold(json: &Value) -> Result<Value, String> {
    const CONTENT: &str = "/data/attributes/content";
    let mut unfolded = json.clone();
    let content = unfolded.pointer_mut(CONTENT).ok_or("data.attributes.content: missing")?;
    let text = content
        .as_str()
        .ok_or("data.attributes.content: not text, which holds the JSON document")?;
    *content = serde_json::from_str(text)
        .map_err(|_| "data.attributes.content: the text is not a JSON document")?;
    Ok(unfolded)
}

/// One line, however long the schema's own words are.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
