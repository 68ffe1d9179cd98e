//! Tokens that lack something: given by the operator, else made for the run and deleted after it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::made::Thing;
use crate::suite::server::needs;
use crate::suite::server::wire::call::{Bearer, Call};
use crate::suite::server::wire::reply::Reply;

/// What a token lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitedToken {
    /// Everything but the read-only preset.
    ReadOnly,
    /// Everything but `key:retrieve`.
    KeyRetrieve,
    /// Everything but `key:rotate`.
    KeyRotate,
    /// Time.
    Expired,
}

/// The published preset (docs, api/authentication).
const READ_ONLY: [&str; 5] =
    ["secret:read", "project:read", "target:read", "environment:read", "organization:read"];
/// Time that a token lasts beyond the run that made it.
const GRACE: Duration = Duration::from_secs(15 * 60);
/// Time after which one has expired that is made to expire. A server may want it to lie ahead.
const SHORT: Duration = Duration::from_secs(2);

/// The tokens of one run.
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

    fn given(self, context: &Context) -> Option<&String> {
        let tokens = context.server().tokens();
        match self {
            Self::ReadOnly => tokens.read_only.as_ref(),
            Self::KeyRetrieve => tokens.key_retrieve.as_ref(),
            Self::KeyRotate => tokens.key_rotate.as_ref(),
            Self::Expired => tokens.expired.as_ref(),
        }
    }

    /// The token, as a request carries it.
    ///
    /// # Errors
    /// [`Stop::NotObservable`] if it was not given and the server makes none.
    pub(crate) async fn bearer(self, context: &Context) -> Result<Bearer, Stop> {
        if let Some(token) = self.given(context) {
            return Ok(Bearer::Token(token.clone()));
        }
        let minted = context.memo::<Minted>();
        let token = minted.tokens[self as usize]
            .get_or_try_init(|| async { self.mint(&context.of_run()).await })
            .await?;
        token.clone().map(Bearer::Token).ok_or(Stop::NotObservable(needs::LIMITED_TOKENS))
    }

    async fn mint(self, context: &Context) -> Result<Option<String>, Stop> {
        let name = context.new_name().await?;
        let Some(now) = context.shared.server_time() else {
            return Ok(None);
        };
        let lasts = match self {
            Self::Expired => SHORT,
            _ => context.shared.door.time_left(context.server().timer()) + GRACE,
        };
        let end = now.as_second().saturating_add_unsigned(lasts.as_secs());
        let end = Timestamp::from_second(end).unwrap_or(Timestamp::MAX);
        let body =
            json!({"name": name, "abilities": self.abilities(), "expires_at": end.to_string()});
        let call = Call::to(Endpoint::CreateApiKey, &[]).json(&body);
        let reply = context.make(Thing::token(&name, None), &call).await?;
        if let Some(id) = id_of(&reply) {
            context.shared.made.remember(Thing::token(&name, Some(id)));
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
    let mut found = places.iter().filter_map(|place| reply.json.pointer(place));
    let token = found.find_map(Value::as_str)?;
    Some(token.to_owned())
}

fn id_of(reply: &Reply) -> Option<String> {
    let places = ["/api_key/id", "/data/api_key/id", "/data/id", "/token/id"];
    let mut found = places.iter().filter_map(|place| reply.json.pointer(place));
    found.find_map(|id| match id {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
