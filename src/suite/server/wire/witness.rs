//! Looks at every answer of a run in passing: whether it has what all answers have, and no secret that none may have.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde_json::Value;

use super::agreement::Agreement;
use super::{Call, Convention, Reply};
use crate::contract::route::Endpoint;
use crate::harness::{Exchange, Judged, Stop};

/// What is to stay where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    ServerKey,
    Token,
    /// The proof of a client-managed key.
    Proof,
}

/// What it has seen.
#[derive(Default)]
pub(crate) struct Witness {
    /// The first of each convention at each endpoint, in the order of the answers.
    breaches: Mutex<Vec<(Convention, Endpoint, Stop)>>,
    secrets: Mutex<BTreeMap<String, Secret>>,
    answers: Mutex<Answers>,
    agreement: Agreement,
}

/// Answers until the end of the run: one may hold a secret that is told only later.
#[derive(Default)]
struct Answers {
    kept: Vec<(Endpoint, Reply)>,
    /// Bytes of their bodies.
    length: usize,
    /// What was found in those that are not kept.
    leak: Option<Stop>,
}

/// Answers are kept up to so many bytes; a run has a tenth of them.
const KEPT: usize = 64 * 1024 * 1024;
/// What is shorter may be found anywhere by chance.
const SHORTEST: usize = 16;
/// Seconds by which two clocks may differ before an answer contradicts one of them.
const LEEWAY: i64 = 10;

impl Witness {
    /// One that knows these tokens.
    pub(crate) fn new<'t>(tokens: impl IntoIterator<Item = &'t String>) -> Self {
        let witness = Self::default();
        tokens.into_iter().for_each(|token| witness.remember(Secret::Token, token));
        witness
    }

    fn remember(&self, secret: Secret, text: &str) {
        if text.len() >= SHORTEST {
            self.secrets.lock().insert(text.to_owned(), secret);
        }
    }

    /// Looks at an answer, of the server that the run is about if it `is_own`. `now` is what the clock showed that sets
    /// the server's times, if that is known.
    pub(crate) fn see(
        &self,
        endpoint: Endpoint,
        call: &Call,
        reply: &Reply,
        (is_own, now): (bool, Option<i64>),
    ) {
        // Those of a gateway, or of a server that is not well, are none of the API's.
        if reply.status < 500 {
            self.keep(Convention::ApiVersion, endpoint, has(reply, "x-api-version", "1"));
            self.keep(Convention::SecurityHeaders, endpoint, security_headers(reply));
            // What has no valid token falls in no organization's bucket.
            if reply.status != 401 {
                self.keep(Convention::RateLimitHeaders, endpoint, rate_limit_headers(reply, now));
            }
        }
        self.learn(endpoint, call, reply);
        // A second server has projects and versions of its own.
        if is_own {
            for (convention, stop) in self.agreement.see(endpoint, call, reply) {
                self.keep(convention, endpoint, Err(stop));
            }
        }
        let mut answers = self.answers.lock();
        let length = reply.exchange.response.as_ref().map_or(0, |one| one.body.len());
        if answers.length + length <= KEPT {
            answers.length += length;
            answers.kept.push((endpoint, reply.clone()));
        } else if answers.leak.is_none() {
            answers.leak = leak(endpoint, reply, &self.secrets.lock());
        }
    }

    /// Keeps what an answer was found to breach.
    pub(crate) fn keep(&self, convention: Convention, endpoint: Endpoint, judged: Judged) {
        let Err(stop) = judged else { return };
        let mut breaches = self.breaches.lock();
        let mut known = breaches.iter();
        if !known.any(|(of, at, _)| (*of, *at) == (convention, endpoint)) {
            breaches.push((convention, endpoint, stop));
        }
    }

    /// The first breach of a convention, which names the other endpoints that breach it.
    pub(crate) fn judge(&self, convention: Convention) -> Judged {
        let breaches = self.breaches.lock();
        let mut found = breaches.iter().filter(|(of, _, _)| *of == convention);
        let Some((_, _, first)) = found.next() else {
            return Ok(());
        };
        let mut first = first.clone();
        let others: Vec<String> = found.map(|(_, endpoint, _)| name(*endpoint)).collect();
        if let (Stop::Mismatch(mismatch), false) = (&mut first, others.is_empty()) {
            mismatch.got.push_str(&format!("; and so, or alike: {}", others.join(", ")));
        }
        Err(first)
    }

    /// That no answer so far holds a secret that does not belong there.
    pub(crate) fn judge_secrets(&self) -> Judged {
        let (answers, secrets) = (self.answers.lock(), self.secrets.lock());
        let mut kept = answers.kept.iter();
        let leak = kept.find_map(|(endpoint, reply)| leak(*endpoint, reply, &secrets));
        leak.or_else(|| answers.leak.clone()).map_or(Ok(()), Err)
    }

    /// Learns the secrets that an answer tells, and those that it accepts.
    fn learn(&self, endpoint: Endpoint, call: &Call, reply: &Reply) {
        if !reply.is_success() {
            return;
        }
        let learn = |secret, member: &str, value: &Value| {
            each_text(value, "", &mut |path, text| {
                if path.ends_with(member) {
                    self.remember(secret, text);
                }
            });
        };
        match endpoint {
            Endpoint::GetEncryptionKey | Endpoint::RotateEncryptionKey => {
                learn(Secret::ServerKey, ".key", &reply.json);
            }
            Endpoint::CreateApiKey | Endpoint::RotateApiKey => {
                learn(Secret::Token, ".token", &reply.json);
            }
            Endpoint::CreateProject | Endpoint::RotateClientKeys => {
                learn(Secret::Proof, ".key_check", call.body());
            }
            _ => {}
        }
    }
}

/// The method and the path of an endpoint.
fn name(endpoint: Endpoint) -> String {
    let route = endpoint.route();
    format!("{} {}", route.method.name(), route.path)
}

/// One header has this value.
pub(crate) fn has(reply: &Reply, name: &str, wanted: &str) -> Judged {
    let value = reply.header(name);
    let what = format!("the header {name} is not as documented");
    reply.ensure(value == Some(wanted), &what, wanted, value.unwrap_or("none"))
}

fn security_headers(reply: &Reply) -> Judged {
    has(reply, "x-content-type-options", "nosniff")?;
    has(reply, "x-frame-options", "DENY")?;
    has(reply, "x-xss-protection", "1; mode=block")?;
    // For how long is documented nowhere, and that it says so is what the header is.
    let transport = reply.header("strict-transport-security");
    let has_age = transport.is_some_and(|value| value.to_ascii_lowercase().contains("max-age"));
    let what = "the header strict-transport-security is missing or says no max-age";
    reply.ensure(has_age, what, "any max-age", transport.unwrap_or("none"))
}

fn rate_limit_headers(reply: &Reply, now: Option<i64>) -> Judged {
    let says_when = reply.status != 429 || reply.retry_after().is_some();
    reply.ensure(says_when, "a 429 does not say when to ask again", "Retry-After", "none")?;
    let of = |name: &str| reply.header(&format!("x-ratelimit-{name}"))?.parse::<i64>().ok();
    let numbers = (of("limit"), of("remaining"), of("reset"));
    let (Some(limit), Some(remaining), Some(reset)) = numbers else {
        return Err(reply.mismatch(
            "the X-RateLimit headers are not all there as numbers",
            "X-RateLimit-Limit, -Remaining and -Reset",
            format!("{numbers:?}"),
        ));
    };
    // The clock that sets the server's times may be another one than that of its limits.
    let is_over = |now: Option<i64>| now.is_some_and(|now| reset.saturating_add(LEEWAY) < now);
    let is_past = is_over(now) && is_over(reply.date());
    reply.ensure(
        remaining <= limit && !is_past,
        "the X-RateLimit headers contradict each other or the clock",
        "no more remaining than the limit, and a reset that is not past",
        format!("limit {limit}, remaining {remaining}, reset {reset}"),
    )
}

/// The first secret in an answer that does not belong there.
fn leak(endpoint: Endpoint, reply: &Reply, secrets: &BTreeMap<String, Secret>) -> Option<Stop> {
    let Exchange { request, response } = &reply.exchange;
    let response = response.as_ref()?;
    let found = |place: &str, secret: &Secret| {
        let what = match secret {
            Secret::ServerKey => "a server key is sent where it does not belong",
            Secret::Token => "a token is sent where it does not belong",
            Secret::Proof => "a proof is sent where it does not belong",
        };
        Some(reply.mismatch(what, "none there", format!("one in {place}")))
    };
    let mut texts = Vec::new();
    each_text(&reply.json, "", &mut |path, text| texts.push((path.to_owned(), text.to_owned())));
    for (text, secret) in secrets {
        let mut headers = response.headers.iter();
        if let Some((name, _)) = headers.find(|(_, value)| value.contains(text)) {
            return found(&format!("the header {name}"), secret);
        }
        let belongs = match (secret, reply.is_success()) {
            (Secret::ServerKey, true) => matches!(
                endpoint,
                Endpoint::GetEncryptionKey
                    | Endpoint::RotateEncryptionKey
                    | Endpoint::RetrieveSecrets
            ),
            (Secret::Token, true) => {
                matches!(endpoint, Endpoint::CreateApiKey | Endpoint::RotateApiKey)
            }
            (Secret::ServerKey | Secret::Token, false) => false,
            // The history shows it, and each success has a case of its own; a refusal may repeat what was sent.
            (Secret::Proof, true) => true,
            (Secret::Proof, false) => request.body.contains(text),
        };
        if belongs {
            continue;
        }
        let mut texts = texts.iter();
        if let Some((path, _)) = texts.find(|(_, inner)| inner.contains(text)) {
            return found(path.trim_start_matches('.'), secret);
        }
        if response.body.contains(text) {
            return found("the body", secret);
        }
    }
    None
}

/// Each text of a document, also of one that sits in a text, with the path of its member.
fn each_text(value: &Value, path: &str, see: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => each_text(&inner, path, see),
            _ => see(path, text),
        },
        Value::Array(items) => {
            items.iter().for_each(|item| each_text(item, &format!("{path}[]"), see));
        }
        Value::Object(members) => {
            for (name, value) in members {
                each_text(value, &format!("{path}.{name}"), see);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use reqwest::header::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::harness::Message;

    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const PROOF: &str = "A/BCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+abcde=";

    fn reply(status: u16, request: &str, body: &str, header: &str) -> Reply {
        let message =
            |body: &str, headers| Message { line: String::new(), headers, body: body.to_owned() };
        let headers = vec![("x-debug".to_owned(), header.to_owned())];
        Reply {
            status,
            headers: HeaderMap::new(),
            json: serde_json::from_str(body).unwrap_or_default(),
            exchange: Exchange {
                request: message(request, Vec::new()),
                response: Some(message(body, headers)),
            },
            open: (Instant::now(), Instant::now()),
        }
    }

    /// Where a secret was found.
    fn leaks(endpoint: Endpoint, reply: &Reply) -> Option<String> {
        let secrets = [(KEY, Secret::ServerKey), (PROOF, Secret::Proof)];
        let secrets = secrets.map(|(text, secret)| (text.to_owned(), secret)).into();
        match leak(endpoint, reply, &secrets) {
            Some(Stop::Mismatch(mismatch)) => Some(mismatch.got),
            _ => None,
        }
    }

    #[test]
    fn a_secret_is_found_wherever_it_does_not_belong() {
        let descriptor = json!({"data": {"content": json!({"key": {"key": KEY}}).to_string()}});
        let descriptor = descriptor.to_string();
        let refusal = json!({"error": "no", "details": {"project": [{"key": KEY}]}}).to_string();
        // As PHP writes it.
        let proof = format!("{{\"details\":\"not {}\"}}", PROOF.replace('/', "\\/"));
        let (get, list) = (Endpoint::GetEncryptionKey, Endpoint::GetKeyHistory);
        for (endpoint, reply, found) in [
            (get, reply(200, "", &descriptor, ""), None),
            (list, reply(200, "", &descriptor, ""), Some("one in data.content.key.key")),
            (get, reply(403, "", &refusal, ""), Some("one in details.project[].key")),
            (
                get,
                reply(200, "", &descriptor, &format!("k={KEY}")),
                Some("one in the header x-debug"),
            ),
            (get, reply(500, "", &format!("<p>{KEY}</p>"), ""), Some("one in the body")),
            (list, reply(422, "", &proof, ""), Some("one in details")),
            (list, reply(422, PROOF, &proof, ""), None),
            (list, reply(200, "", &proof, ""), None),
        ] {
            assert_eq!(leaks(endpoint, &reply).as_deref(), found, "{:?}", reply.exchange.response);
        }
    }
}
