//! Tokens that lack something: supplied by the operator, else made for the run and deleted after it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::contract::route::Endpoint;
use crate::harness::{Spending, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::inventory::Thing;
use crate::suite::server::needs;
use crate::suite::server::wire::{Bearer, Call, Reply, Tokens, created_at, id_text};

/// What a token lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitedToken {
    /// Everything but the read-only preset.
    ReadOnly,
    /// Everything but `key:retrieve`.
    KeyRetrieve,
    /// Everything but `key:rotate`.
    KeyRotate,
    /// Time: it has expired.
    Expired,
}

/// The published preset (docs, api/authentication).
const READ_ONLY: [&str; 5] =
    ["secret:read", "project:read", "target:read", "environment:read", "organization:read"];
/// Time that a token lasts beyond the run that made it.
const GRACE: Duration = Duration::from_secs(15 * 60);
/// Time after which a token expires that is made to expire. A server may refuse one that has expired already.
const SHORT: Duration = Duration::from_secs(2);
/// Time after its end in which a token may still be taken: clocks are rounded, and those of two machines differ a little.
const LEEWAY: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Minted {
    /// By kind. None for one that the server did not make.
    tokens: [OnceCell<Option<String>>; 4],
}

impl LimitedToken {
    fn abilities(self) -> &'static [&'static str] {
        match self {
            Self::ReadOnly => &READ_ONLY,
            Self::KeyRetrieve | Self::Expired => &["key:retrieve"],
            Self::KeyRotate => &["key:rotate"],
        }
    }

    fn supplied(self, tokens: &Tokens) -> Option<&String> {
        match self {
            Self::ReadOnly => tokens.read_only.as_ref(),
            Self::KeyRetrieve => tokens.key_retrieve.as_ref(),
            Self::KeyRotate => tokens.key_rotate.as_ref(),
            Self::Expired => tokens.expired.as_ref(),
        }
    }

    /// The token as a request carries it, unless it was not supplied and the server makes none.
    pub(crate) async fn bearer(self, context: &Context) -> Result<Bearer, Stop> {
        if let Some(token) = self.supplied(context.server().tokens()) {
            return Ok(Bearer::Token(token.clone()));
        }
        let minted = context.memo::<Minted>();
        let cell = &minted.tokens[self as usize];
        let token = cell.get_or_try_init(|| async { self.mint(context).await }).await?;
        token.clone().map(Bearer::Token).ok_or(Stop::NotObservable(needs::LIMITED_TOKENS))
    }

    /// Makes the token, at the run's cost and not the case's.
    async fn mint(self, context: &Context) -> Result<Option<String>, Stop> {
        let context = &context.spending(Spending::UNBOUNDED);
        let name = context.new_name().await?;
        let door = &context.shared.door;
        let timer = context.server().timer();
        let now = door.clock.now(timer);
        let lasts = match self {
            Self::Expired => SHORT,
            _ => door.pace.time_left(timer) + GRACE,
        };
        let end = now.saturating_add_unsigned(lasts.as_secs());
        let end = Timestamp::from_second(end).unwrap_or(Timestamp::MAX);
        let body =
            json!({"name": name, "abilities": self.abilities(), "expires_at": end.to_string()});
        let call = Call::to(Endpoint::CreateApiKey, &[]).json(&body);
        let reply = context.create(Thing::token(&name, None), &call).await?;
        let made = timer.elapsed();
        if let Some(id) = id_of(&reply) {
            context.shared.inventory.remember(Thing::token(&name, Some(id)));
        }
        let token = token_of(&reply).filter(|_| reply.is_success());
        let Some(token) = token else { return Ok(None) };
        if self != Self::Expired {
            return Ok(Some(token));
        }
        // By the clock that set its beginning, and no other, it has so long to live.
        let born = born(context, &name).await?.unwrap_or(now);
        let lasts = end.as_second().saturating_sub(born).try_into().unwrap_or(0);
        let end = made + Duration::from_secs(lasts);
        if !door.pace.lasts(timer, Duration::from_secs(lasts) + LEEWAY) {
            return Ok(None);
        }
        timer.wait((end + SHORT).saturating_sub(timer.elapsed())).await;
        // A server that refuses it now needs no leeway: the rest of it is waited for where it is taken still.
        let any = Call::to(Endpoint::ListProjects, &[]).token(&token);
        if context.send(&any).await?.status != 401 {
            timer.wait(LEEWAY - SHORT).await;
        }
        Ok(Some(token))
    }
}

/// When the token of that name began, by the list of tokens; none if it does not say. Unix seconds.
async fn born(context: &Context, name: &str) -> Result<Option<i64>, Stop> {
    let list = context.send(&Call::to(Endpoint::ListApiKeys, &[])).await?;
    let is_named = |row: &&Value| {
        let own = row.get("name").or_else(|| row.pointer("/attributes/name"));
        own.and_then(Value::as_str) == Some(name)
    };
    Ok(list.rows().iter().find(is_named).and_then(created_at))
}

/// Both published shapes are read: a token as text, and one inside an object.
pub(crate) fn token_of(reply: &Reply) -> Option<String> {
    let places = ["/token", "/token/token", "/data/token", "/data/token/token"];
    let mut values = places.iter().filter_map(|place| reply.json.pointer(place));
    values.find_map(Value::as_str).map(str::to_owned)
}

pub(crate) fn id_of(reply: &Reply) -> Option<String> {
    let places = ["/api_key/id", "/data/api_key/id", "/data/id", "/token/id"];
    places.iter().filter_map(|place| reply.json.pointer(place)).find_map(id_text)
}
