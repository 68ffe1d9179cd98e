//! First contact: the answer to one GET shows whether the right API is there, before anything is written.

use jiff::Timestamp;
use serde_json::Value;

use super::run_name::RunName;
use super::wire::Reply;
use crate::harness::{Exit, Stop};

/// What the first answer shows.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// What the run calls all that it makes.
    pub run: RunName,
    /// Whether the organization has projects that no run of keyproof made.
    pub is_inhabited: bool,
}

/// Why a run cannot start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotStart {
    /// What the process ends with.
    pub exit: Exit,
    /// What is wrong, and what to do.
    pub why: String,
}

impl Arrival {
    /// Reads what the server at `url` answered to a request for the list of projects.
    pub(super) fn read(url: &str, sent: Result<Reply, Stop>) -> Result<Self, CannotStart> {
        let reply = sent.map_err(|stop| match stop {
            Stop::CouldNotRun(why) => CannotStart::new(Exit::Incomplete, why),
            stop => CannotStart::new(Exit::Unreachable, format!("{url}: {stop}")),
        })?;
        let projects = projects_of(&reply)?;
        // The age of a run is measured where a list has a `Date` too: without one nothing is taken for abandoned.
        let start = reply.date().filter(|date| *date >= 0);
        let start = start.unwrap_or_else(|| Timestamp::now().as_second());
        let run = RunName::draw(start)
            .map_err(|stop| CannotStart::new(Exit::Unreachable, stop.to_string()))?;
        Ok(Self { run, is_inhabited: projects.iter().any(|name| RunName::of(name).is_none()) })
    }
}

impl CannotStart {
    pub(super) fn new(exit: Exit, why: impl Into<String>) -> Self {
        Self { exit, why: why.into() }
    }

    /// The trial did not succeed: the server is gone, or it could run at another time.
    pub(super) fn at_trial(stop: &Stop, what: &str) -> Self {
        let exit = match stop {
            Stop::Unreachable(_) => Exit::Unreachable,
            _ => Exit::Incomplete,
        };
        Self::new(exit, format!("a trial: {what}: {stop}"))
    }
}

/// The slugs of the projects that an answer lists; else what it is instead, in words that say what to do.
pub(super) fn projects_of(reply: &Reply) -> Result<Vec<String>, CannotStart> {
    let status = reply.status;
    if (300..400).contains(&status) {
        let to = reply.header("location").map_or_else(String::new, place);
        return Err(CannotStart::new(
            Exit::Unreachable,
            format!(
                "the server redirects{to} ({status}), as to a page for logging in: redirects are never followed, \
             give the origin of the API itself"
            ),
        ));
    }
    let kind = reply.header("content-type").unwrap_or("nothing known");
    if !reply.json.is_object() {
        let what = match reply.exchange.response.as_ref().map(|one| one.body.trim_start()) {
            Some("") | None => "nothing".to_owned(),
            Some(body) if body.starts_with('<') => "a web page".to_owned(),
            Some(body) if body.starts_with(['{', '[']) => "broken JSON".to_owned(),
            Some(_) => format!("{kind} that is not JSON"),
        };
        return Err(CannotStart::new(
            Exit::Unreachable,
            format!(
                "the answer is {what} (status {status}): there is no dotEnv Cloud API at this URL"
            ),
        ));
    }
    if !reply.is_success() {
        let outcome = reply.outcome();
        return Err(match status {
            401 => CannotStart::new(
                Exit::Usage,
                "the token is refused (401): it is wrong, expired, revoked, or of another server",
            ),
            403 => CannotStart::new(
                Exit::Usage,
                format!(
                    "the token may not list projects ({outcome}): it needs every ability that the suite uses, or `*`"
                ),
            ),
            404 => CannotStart::new(
                Exit::Usage,
                "the organization is not there for this token (404): check --org, and whose token it is",
            ),
            429 => CannotStart::new(
                Exit::Incomplete,
                "the organization's rate limit is used up (429): run again later",
            ),
            _ => CannotStart::new(
                Exit::Unreachable,
                format!("the server answers {outcome} to a plain GET: it is not well"),
            ),
        });
    }
    let Some(rows) = reply.json["data"].as_array() else {
        return Err(CannotStart::new(
            Exit::Unreachable,
            "the answer to a list of projects has no list `data`: there is no dotEnv Cloud API at this URL",
        ));
    };
    let slug = |row: &Value| {
        let slug = row.pointer("/attributes/slug").or_else(|| row.get("slug"))?;
        slug.as_str().map(str::to_owned)
    };
    // A row without a slug is a project too, and none of ours.
    Ok(rows.iter().map(|row| slug(row).unwrap_or_default()).collect())
}

/// Where a redirect leads, without what may be secret in it.
fn place(location: &str) -> String {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    format!(" to {}", &location[..end])
}
