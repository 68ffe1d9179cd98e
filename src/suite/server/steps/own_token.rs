//! A token that one case makes for itself, to do with it what nobody else's token must suffer.

use serde_json::json;

use super::limited_token::{id_of, token_of};
use crate::contract::route::Endpoint;
use crate::harness::{Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::inventory::Thing;
use crate::suite::server::needs;
use crate::suite::server::wire::{Bearer, Call};

/// A token with one ability, and what its deletion needs.
pub(crate) struct OwnToken {
    pub(crate) bearer: Bearer,
    name: String,
    id: String,
}

impl OwnToken {
    pub(crate) async fn make(context: &Context, ability: &str) -> Result<Self, Stop> {
        let name = context.new_name().await?;
        let body = json!({"name": name, "abilities": [ability]});
        let call = Call::to(Endpoint::CreateApiKey, &[]).json(&body);
        let reply = context.create(Thing::token(&name, None), &call).await?;
        let id = id_of(&reply);
        if id.is_some() {
            context.shared.inventory.remember(Thing::token(&name, id.clone()));
        }
        match (token_of(&reply).filter(|_| reply.is_success()), id) {
            (Some(token), Some(id)) => Ok(Self { bearer: Bearer::Token(token), name, id }),
            _ => Err(Stop::NotObservable(needs::LIMITED_TOKENS)),
        }
    }

    /// Deletes it. It stays among what is tidied up: whether it is gone is what is judged.
    pub(crate) async fn delete(&self, context: &Context) -> Judged {
        let call = Call::to(Endpoint::DeleteApiKey, &[&self.id]);
        context.prepare(&format!("deleting the token {}", self.name), &call).await.map(drop)
    }
}
