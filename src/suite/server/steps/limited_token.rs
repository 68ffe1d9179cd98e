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
use crate::suite::server::wire::{Bearer, Call, Reply, Tokens, id_text};

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
        let Some(now) = context.shared.server_time() else {
            return Ok(None);
        };
        let lasts = match self {
            Self::Expired => SHORT,
            _ => context.shared.door.pace.time_left(context.server().timer()) + GRACE,
        };
        let end = now.as_second().saturating_add_unsigned(lasts.as_secs());
        let end = Timestamp::from_second(end).unwrap_or(Timestamp::MAX);
        let body =
            json!({"name": name, "abilities": self.abilities(), "expires_at": end.to_string()});
        let call = Call::to(Endpoint::CreateApiKey, &[]).json(&body);
        let reply = context.create(Thing::token(&name, None), &call).await?;
        if let Some(id) = id_of(&reply) {
            context.shared.inventory.remember(Thing::token(&name, Some(id)));
        }
        let token = token_of(&reply).filter(|_| reply.is_success());
        if token.is_some() && self == Self::Expired {
            context.server().timer().wait(SHORT * 2).await;
        }
        Ok(token)
    }
}

/// Both published shapes are read: a token as text, and one inside an object.
fn token_of(reply: &Reply) -> Option<String> {
    let places = ["/token", "/token/token", "/data/token", "/data/token/token"];
    let mut values = places.iter().filter_map(|place| reply.json.pointer(place));
    values.find_map(Value::as_str).map(str::to_owned)
}

fn id_of(reply: &Reply) -> Option<String> {
    let places = ["/api_key/id", "/data/api_key/id", "/data/id", "/token/id"];
    places.iter().filter_map(|place| reply.json.pointer(place)).find_map(id_text)
}
