//! The headers of requests, and what a client does when it is refused.

use serde_json::json;

use super::requests::NOT_THE_REQUEST;
use crate::contract::route::Endpoint;
use crate::harness::{Case, Judged, Stop};
use crate::mock::{Effect, Mishap, Pattern};
use crate::suite::client::context::{Context, SERVED, VAULT};
use crate::suite::client::performed::{Performed, Response};

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("client/requests/bodiless", "client-headers", bodiless),
        Case::new("client/requests/content-type", "client-headers", content_type),
        Case::new("client/requests/api-version", "client-headers", api_version),
        Case::new("client/requests/accept", "client-accept", accept),
        Case::new("client/requests/refusal", "client-refusals", refusal),
        Case::new("client/requests/retry-after", "client-retry-after", retry_after),
    ]
}

/// A call with a body and one without, each with its request.
async fn both(context: &Context) -> Result<[Performed; 2], Stop> {
    let (old, new) = (context.key()?, context.key()?);
    context.history(&old, &new, 1).await?;
    let without = context.ask("get_encryption_key", VAULT, json!({})).await?;
    let with = context.ask("list_pending_reencrypt", VAULT, json!({"limit": 1})).await?;
    for (performed, has_none) in [(&without, true), (&with, false)] {
        if performed.sent.is_empty() || (performed.sent[0].body_length == 0) != has_none {
            let expected = if has_none { "a request without a body" } else { "a request with one" };
            return Err(performed.differs(NOT_THE_REQUEST, expected));
        }
    }
    Ok([without, with])
}

async fn bodiless(context: &Context) -> Judged {
    let performed = context.ask("get_encryption_key", SERVED, json!({})).await?;
    for exchange in &performed.sent {
        if exchange.body_length > 0 || exchange.header("content-type").is_some() {
            let what = "a request without a body names the type of one";
            let expected = "neither a body nor a Content-Type";
            return Err(performed.differs(what, expected));
        }
    }
    performed.ok()?;
    Ok(())
}

/// That each request has a header whose value is right.
fn header(
    performed: &Performed,
    name: &str,
    what: &str,
    is_right: impl Fn(Option<&str>) -> bool,
) -> Judged {
    if performed.sent.is_empty() {
        return Err(performed.differs(NOT_THE_REQUEST, "one"));
    }
    for exchange in &performed.sent {
        let value = exchange.header(name);
        if !is_right(value) {
            let got = value.unwrap_or("none");
            return Err(performed.unlike(what, name, &format!("{name}: {got}")));
        }
    }
    Ok(())
}

async fn content_type(context: &Context) -> Judged {
    let [_, with] = both(context).await?;
    let is_json = |value: Option<&str>| {
        let kind = value.and_then(|value| value.split(';').next());
        kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    };
    header(&with, "content-type", "a body is not sent as application/json", is_json)
}

async fn api_version(context: &Context) -> Judged {
    let is_known = |value: Option<&str>| value.is_none_or(|value| value == "1");
    let performed = context.ask("get_encryption_key", SERVED, json!({})).await?;
    let what = "a version of the API is asked for that there is not";
    header(&performed, "x-api-version", what, is_known)
}

async fn accept(context: &Context) -> Judged {
    let takes_json = |value: Option<&str>| {
        let kinds = value.unwrap_or_default().split(',');
        let mut kinds = kinds.map(|kind| kind.split(';').next().unwrap_or_default().trim());
        kinds.any(|kind| kind.eq_ignore_ascii_case("application/json"))
    };
    for performed in both(context).await? {
        header(&performed, "accept", "a request does not say that it accepts JSON", takes_json)?;
    }
    Ok(())
}

async fn refusal(context: &Context) -> Judged {
    let performed = context.ask("get_encryption_key", "nowhere", json!({})).await?;
    let what = "a refusal of the server is not passed on";
    let expected = "a rejection (http 404, not_found)";
    let Response::Rejected(rejected) = &performed.response else {
        return Err(performed.differs(what, expected));
    };
    let is_passed_on = rejected.http.as_ref().is_some_and(|http| {
        http.status == Some(404) && http.code.as_deref().is_none_or(|code| code == "not_found")
    });
    if is_passed_on { Ok(()) } else { Err(performed.differs(what, expected)) }
}

/// Seconds for which the mock wants to be left alone.
const WAIT: u32 = 1;

async fn retry_after(context: &Context) -> Judged {
    let pattern = Pattern::of(Endpoint::GetEncryptionKey);
    context
        .tenant()?
        .mishap(Mishap::once(pattern, Effect::Status { status: 429, retry_after: Some(WAIT) }));
    let performed = context.ask("get_encryption_key", SERVED, json!({})).await?;
    let times: Vec<_> = performed.sent.iter().map(|exchange| exchange.at).collect();
    let [first, later @ ..] = &times[..] else {
        return Err(performed.differs(NOT_THE_REQUEST, "one"));
    };
    let soon = later.iter().any(|at| {
        let waited = at.duration_since(*first).as_secs_f64();
        waited < f64::from(WAIT)
    });
    if soon {
        Err(performed.differs(
            "a request is sent again before Retry-After has passed",
            &format!("nothing within {WAIT} s"),
        ))
    } else {
        Ok(())
    }
}
