//! API keys: the organization's tokens, as its people manage them.
//!
//! A token is shown once, when it is made or rotated. Nobody can give what they do not have: no new, changed or rotated
//! key may have abilities that the token of the request lacks (403).

use jiff::Timestamp;

use super::call::{Call, serve};
use super::{Answer, Room};
use crate::contract::error::Code;
use crate::contract::request::{CreateApiKey, PatchApiKey};
use crate::contract::response::{ApiKey, CreatedApiKey, NewToken, RotatedApiKey, data};
use crate::contract::violation::Violations;
use crate::mock::clock::rfc3339;
use crate::mock::model::organization::RANDOM;
use crate::mock::model::{Organization, Token};
use crate::mock::{Message, Refusal, Stage, Trace};

serve! {
    ListApiKeys(call, ()) Ok(list(call.room));
    CreateApiKey(call, body) create(call, body);
    GetApiKey(call, ()) get(call.room, call.row);
    PutApiKey(call, body) update(call, body.0);
    PatchApiKey(call, body) update(call, body);
    DeleteApiKey(call, ()) delete(call.room, call.row);
    RotateApiKey(call, ()) rotate(call.room, call.token, call.row, call.trace);
}

/// How many of them are shown of a token that is known already.
const SHOWN: usize = 4;

/// The number of an API key that exists.
pub(in crate::mock) fn find(room: &Room, id: &str) -> Result<u64, Refusal> {
    let organization = room.cell.state.read();
    super::row_number(id).filter(|id| organization.bearer(*id).is_some()).ok_or_else(unknown)
}

/// GET api-keys, by ascending number.
fn list(room: &Room) -> Answer {
    let organization = room.cell.state.read();
    let mut tokens: Vec<_> = organization.tokens.iter().collect();
    tokens.sort_by_key(|(_, token)| token.id);
    let keys: Vec<_> = tokens.into_iter().map(|(bearer, token)| resource(bearer, token)).collect();
    Answer::ok(&data(keys))
}

fn get(room: &Room, id: u64) -> Result<Answer, Refusal> {
    let organization = room.cell.state.read();
    let (bearer, token) = entry(&organization, id)?;
    Ok(Answer::ok(&data(resource(bearer, token))))
}

fn create(call: Call<'_>, body: CreateApiKey) -> Result<Answer, Refusal> {
    let Call { room, token: asker, trace, .. } = call;
    trace.recheck(Stage::Scope, may_give(asker, &body.abilities))?;
    let now = room.world.clock.now();
    trace.check(Stage::State, is_to_come(body.expires_at, now))?;
    let mut organization = room.cell.state.write();
    let bearer = draw_bearer(room, &organization);
    let token = Token {
        id: organization.counters.token(),
        name: body.name,
        abilities: body.abilities,
        expires_at: body.expires_at,
        created_at: now,
        updated_at: now,
    };
    let answer = Answer::created(&CreatedApiKey {
        success: true,
        message: "API token created successfully.",
        api_key: resource(&bearer, &token),
        token: NewToken {
            name: token.name.clone(),
            token: bearer.clone(),
            abilities: token.abilities.clone(),
            expires_at: token.expires_at.map(rfc3339),
        },
    });
    organization.tokens.insert(bearer, token);
    Ok(answer)
}

/// PUT or PATCH an API key. What the body does not name stays as it is.
fn update(call: Call<'_>, body: PatchApiKey) -> Result<Answer, Refusal> {
    let Call { room, token: asker, row: id, trace, .. } = call;
    let given = body.abilities.as_deref().unwrap_or_default();
    trace.recheck(Stage::Scope, may_give(asker, given))?;
    let now = room.world.clock.now();
    trace.check(Stage::State, is_to_come(body.expires_at.flatten(), now))?;
    let mut organization = room.cell.state.write();
    let bearer = entry(&organization, id)?.0.to_owned();
    let token = organization.tokens.get_mut(&bearer).ok_or_else(unknown)?;
    if let Some(name) = body.name {
        token.name = name;
    }
    if let Some(abilities) = body.abilities {
        token.abilities = abilities;
    }
    if let Some(expires_at) = body.expires_at {
        token.expires_at = expires_at;
    }
    token.updated_at = now;
    Ok(Answer::ok(&data(resource(&bearer, token))))
}

/// DELETE an API key, with its token.
fn delete(room: &Room, id: u64) -> Result<Answer, Refusal> {
    let mut organization = room.cell.state.write();
    let bearer = entry(&organization, id)?.0.to_owned();
    organization.tokens.remove(&bearer);
    Ok(Answer::empty())
}

/// POST an API key's rotate: another token for the same key.
fn rotate(room: &Room, asker: &Token, id: u64, trace: &mut Trace) -> Result<Answer, Refusal> {
    let mut organization = room.cell.state.write();
    let (before, token) = entry(&organization, id)?;
    trace.recheck(Stage::Scope, may_give(asker, &token.abilities))?;
    let (before, mut token) = (before.to_owned(), token.clone());
    token.updated_at = room.world.clock.now();
    let bearer = draw_bearer(room, &organization);
    let api_key = resource(&bearer, &token);
    organization.tokens.remove(&before);
    organization.tokens.insert(bearer.clone(), token);
    Ok(Answer::ok(&data(RotatedApiKey { token: bearer, api_key })))
}

fn unknown() -> Refusal {
    Refusal::not_found("API key")
        .would_pass("name an API key of this organization: GET api-keys lists them")
}

fn entry(organization: &Organization, id: u64) -> Result<(&str, &Token), Refusal> {
    let bearer = organization.bearer(id).ok_or_else(unknown)?;
    Ok((bearer, &organization.tokens[bearer]))
}

fn draw_bearer(room: &Room, organization: &Organization) -> String {
    organization.bearer_of(&room.cell.draws.lock().alphanumerics(RANDOM))
}

fn may_give(asker: &Token, abilities: &[String]) -> Result<(), Refusal> {
    let lacking = asker.lacks(abilities);
    if lacking.is_empty() {
        return Ok(());
    }
    // They are words of the API: the body was checked.
    let lacking = lacking.join(", ");
    let message =
        format!("Insufficient permissions: this token cannot give what it lacks: {lacking}.");
    Err(Refusal::new(Code::InsufficientPermissions, Message::own(message))
        .would_pass(format!("ask with a token that has {lacking}, or leave them out")))
}

fn is_to_come(end: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match end {
        Some(end) if end <= now => {
            let past = "The expires_at field must be a time to come.";
            Err(Violations::of("expires_at", past).into())
        }
        _ => Ok(()),
    }
}

fn resource(bearer: &str, token: &Token) -> ApiKey {
    let shown = bearer.rfind('_').map_or(0, |end| end + 1 + SHOWN);
    ApiKey {
        id: token.id.to_string(),
        name: token.name.clone(),
        abilities: token.abilities.clone(),
        token_prefix: bearer.get(..shown).unwrap_or_default().to_owned(),
        expires_at: token.expires_at.map(rfc3339),
        created_at: rfc3339(token.created_at),
        updated_at: rfc3339(token.updated_at),
    }
}
