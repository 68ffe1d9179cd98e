//! The headers of requests, and what a client does when it is refused.

use serde_json::json;

use super::requests::NOT_THE_REQUEST;
use crate::adapter::AdapterReply;
use crate::contract::route::Endpoint;
use crate::harness::{Case, Judged, Stop};
use crate::mock::{Effect, Mishap, Pattern};
use crate::suite::client::context::{Context, SERVED, VAULT};
use crate::suite::client::performed::Performed;

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

/// A call without a body and one with it.
async fn both(context: &Context) -> Result<[Performed; 2], Stop> {
    context.history(1).await?;
    let without = context.ask("get_encryption_key", VAULT, json!({})).await?;
    let with = context.ask("list_pending_reencrypt", VAULT, json!({"limit": 1})).await?;
    let has_body =
        |performed: &Performed| performed.sent.first().map(|exchange| exchange.body_length > 0);
    without.check(
        has_body(&without) == Some(false),
        NOT_THE_REQUEST,
        "a request without a body",
    )?;
    with.check(has_body(&with) == Some(true), NOT_THE_REQUEST, "a request with one")?;
    Ok([without, with])
}

async fn bodiless(context: &Context) -> Judged {
    let performed = context.ask("get_encryption_key", SERVED, json!({})).await?;
    for exchange in &performed.sent {
        performed.check(
            exchange.body_length == 0 && exchange.header("content-type").is_none(),
            "a request without a body names the type of one",
            "neither a body nor a Content-Type",
        )?;
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
    performed.check(!performed.sent.is_empty(), NOT_THE_REQUEST, "one")?;
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
    let http = match &performed.reply {
        AdapterReply::Reject(rejected) => rejected.http.as_ref(),
        _ => None,
    };
    let is_passed_on = http.is_some_and(|http| {
        http.status == Some(404) && http.code.as_deref().is_none_or(|code| code == "not_found")
    });
    performed.check(is_passed_on, what, expected)
}

/// Seconds of Retry-After.
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
    let what = "a request is sent again before Retry-After has passed";
    performed.check(!soon, what, &format!("nothing within {WAIT} s"))
}
