//! The rules that a request to an endpoint can break, one at a time, and the requests that break them.

use serde_json::{Value, json};

use super::near_proofs::{MISMATCH, near_proofs};
use super::refusal::{Reason, Wrong};
use super::{LimitedToken, LockedSite};
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::wire::{Address, Bearer, Call, Convention, Reply};

/// A bearer that no server has issued.
const NOBODYS: &str = "dotenv_00000000000000000000000000_nobodys";
/// A row that no version has.
pub(crate) const NO_ROW: i64 = i64::MAX;
/// An id that no secret has.
const NO_SECRET: &str = "01ARZ3NDEKTSV4RRFFQ69G5FZZ";

/// The one rule that a request breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaks {
    /// No `Authorization`, and a bearer that no token has.
    NoToken,
    Expired,
    /// A token without the ability. The twin holds the ability and no other, where the server's
    /// operator supplies such a token.
    Scope,
    /// The same with one token only: for an endpoint whose requests are counted.
    ScopeOnce,
    /// A token with the read-only preset.
    ReadsOnly,
    UnknownProject,
    /// A proof that is wholly another one, and those that a server takes for the right one that compares them badly.
    WrongProof,
    /// The proof of the key before the last rotation.
    StaleProof,
    MissingProof,
    /// A client rotation that leaves out a secret.
    MissingSecret,
    /// One with a secret that does not exist.
    UnknownSecret,
    /// One that names a secret twice.
    DuplicateSecret,
    /// One whose members of the new key are of another type.
    WrongTypes,
    /// A batch whose second version does not exist.
    UnknownVersion,
    /// A restore of what is under an older key, without the blob under the new one.
    NoContent,
}

impl Breaks {
    /// What the requests have to be refused with.
    const fn reason(self) -> Reason {
        match self {
            Self::NoToken | Self::Expired => Reason::Status(401),
            Self::ReadsOnly => Reason::NO_PERMISSION,
            Self::WrongProof => MISMATCH,
            Self::StaleProof => Reason::Stale,
            // Whether they are refused is the server's choice.
            Self::MissingSecret | Self::UnknownSecret | Self::DuplicateSecret => Reason::Any,
            Self::UnknownVersion => Reason::Status(422),
            Self::NoContent => Reason::Code(422, "content_required_for_old_key"),
            Self::Scope
            | Self::ScopeOnce
            | Self::UnknownProject
            | Self::MissingProof
            | Self::WrongTypes => Reason::Refused,
        }
    }

    /// Where to look first for a refusal that changes something: at what has parts, then at what is compared, and there
    /// at one request before many.
    pub(super) const fn place(self) -> u8 {
        match self {
            Self::UnknownVersion => 0,
            Self::StaleProof => 1,
            Self::WrongProof => 2,
            _ => 3,
        }
    }

    /// The endpoint's right request to the site with the rule broken, in each of its ways.
    pub(crate) async fn wrongs(
        self,
        context: &Context,
        endpoint: Endpoint,
        site: &LockedSite,
        right: &Call,
    ) -> Result<Vec<Wrong>, Stop> {
        let calls = match self {
            Self::WrongProof => return self.wrong_proofs(context, endpoint, site, right).await,
            Self::NoToken => {
                let none = right.clone().bearer(Bearer::None);
                vec![none, right.clone().token(NOBODYS)]
            }
            Self::UnknownProject => vec![elsewhere(right.clone())],
            Self::Expired | Self::Scope | Self::ScopeOnce | Self::ReadsOnly => {
                let mut calls = Vec::new();
                for token in self.tokens(endpoint) {
                    calls.push(right.clone().bearer(token.bearer(context).await?));
                }
                calls
            }
            Self::StaleProof => vec![stale(context, site, right).await?],
            Self::MissingProof => {
                let wrong = right.clone().without("key_proof");
                // The schema of a write does not ask for one: under server custody there is none.
                let is_write = endpoint == Endpoint::StoreSecrets;
                vec![if is_write { wrong } else { wrong.breaking("key_proof") }]
            }
            Self::MissingSecret | Self::UnknownSecret | Self::DuplicateSecret => {
                vec![self.other_secrets(right)?]
            }
            Self::WrongTypes => {
                let members = [
                    ("key_check", json!(17)),
                    ("key_check_salt", Value::Null),
                    ("key_check_iterations", json!("600000")),
                ];
                let wrong = |(member, value)| right.clone().member(member, value).breaking(member);
                members.map(wrong).into()
            }
            Self::UnknownVersion => {
                let first = &right.body()["versions"][0];
                let unknown = json!({"id": NO_ROW, "content": first["content"]});
                vec![right.clone().member("versions", json!([first, unknown]))]
            }
            Self::NoContent => vec![Call { body: None, ..right.clone() }],
        };
        // A thrifty run asks one of those that are alike.
        let is_alike = matches!(self, Self::NoToken | Self::Scope);
        let ways = if context.shared.is_thrifty && is_alike { 1 } else { usize::MAX };
        Ok(calls.into_iter().take(ways).map(|call| Wrong::new(call, self.reason())).collect())
    }

    /// The least alike come first, so that a server that takes any of them is told that.
    async fn wrong_proofs(
        self,
        context: &Context,
        endpoint: Endpoint,
        site: &LockedSite,
        right: &Call,
    ) -> Result<Vec<Wrong>, Stop> {
        let mut proofs = near_proofs(&*site.key(context).await?)?;
        if context.shared.is_thrifty && endpoint != Endpoint::SubmitReencrypted {
            // Whoever compares them badly does so everywhere.
            proofs.truncate(1);
        } else {
            let other = context.other_proof().await?.1.key_check.clone();
            proofs.push((other, "the proof of another project is taken for the right one"));
        }
        let wrong = |(proof, what)| {
            let call = right.clone().member("key_proof", proof);
            Wrong { what, ..Wrong::new(call, self.reason()) }
        };
        let mut wrongs: Vec<Wrong> = proofs.into_iter().map(wrong).collect();
        if endpoint == Endpoint::RestoreVersion {
            let call = stale(context, site, right).await?;
            let what = "the proof of a rotated key is taken for the right one";
            wrongs.push(Wrong { call, reason: Reason::Stale, what });
        }
        Ok(wrongs)
    }

    /// A client rotation with another set of secrets.
    fn other_secrets(self, right: &Call) -> Result<Call, Stop> {
        let mut secrets = right.body()["secrets"].as_array().cloned().unwrap_or_default();
        let Some(first) = secrets.first().cloned() else {
            return Err(Stop::CouldNotRun(
                "the project holds no secret that a rotation could leave out".to_owned(),
            ));
        };
        match self {
            Self::UnknownSecret => {
                secrets.push(json!({"id": NO_SECRET, "content": first["content"]}));
            }
            Self::DuplicateSecret => secrets.push(first),
            _ => drop(secrets.pop()),
        }
        Ok(right.clone().member("secrets", secrets).free())
    }

    /// Tokens that lack what the endpoint asks for.
    fn tokens(self, endpoint: Endpoint) -> &'static [LimitedToken] {
        match (self, endpoint) {
            (Self::Expired, _) => &[LimitedToken::Expired],
            (Self::ReadsOnly, _) => &[LimitedToken::ReadOnly],
            (Self::ScopeOnce, _) => &[LimitedToken::KeyRetrieve],
            (_, Endpoint::GetEncryptionKey | Endpoint::GetKeyHistory | Endpoint::StoreSecrets) => {
                &[LimitedToken::ReadOnly, LimitedToken::KeyRotate]
            }
            _ => &[LimitedToken::ReadOnly, LimitedToken::KeyRetrieve],
        }
    }

    /// Has the refusals judged by what the documentation says of all endpoints, whatever the endpoint's own case asks.
    pub(crate) fn note<'r>(
        self,
        context: &Context,
        endpoint: Endpoint,
        replies: impl Iterator<Item = &'r Reply>,
    ) {
        let (convention, reason) = match self {
            Self::Scope | Self::ScopeOnce | Self::ReadsOnly => {
                (Convention::MissingScope, Reason::NO_PERMISSION)
            }
            Self::UnknownProject => (Convention::NotFound, Reason::Status(404)),
            _ => return,
        };
        for reply in replies.filter(|reply| !reply.is_success()) {
            context.shared.door.witness.keep(convention, endpoint, reason.judge(reply));
        }
    }
}

/// The right request, with the token that makes the least difference to those that lack the ability.
pub(crate) async fn twin(context: &Context, endpoint: Endpoint, right: Call) -> Result<Call, Stop> {
    let token = match endpoint {
        // It has one limited token only.
        _ if context.shared.is_thrifty => return Ok(right),
        Endpoint::GetEncryptionKey | Endpoint::GetKeyHistory => LimitedToken::KeyRetrieve,
        Endpoint::ListPending | Endpoint::SubmitReencrypted => LimitedToken::KeyRotate,
        _ => return Ok(right),
    };
    match token.bearer(context).await {
        Err(Stop::NotObservable(_)) => Ok(right),
        bearer => Ok(right.bearer(bearer?)),
    }
}

/// The same request with the proof of the key before the last rotation.
async fn stale(context: &Context, site: &LockedSite, right: &Call) -> Result<Call, Stop> {
    let key = site.key_of_age(context, 1).await?;
    Ok(right.clone().member("key_proof", key.proof.key_check.as_str()))
}

/// The same request for a project that does not exist.
fn elsewhere(mut call: Call) -> Call {
    let unknown = format!("{}-unknown", call.project().unwrap_or_default());
    match &mut call.to {
        Address::Endpoint { endpoint, segments, .. } if *endpoint != Endpoint::StoreSecrets => {
            segments[0] = unknown;
            call
        }
        _ => call.member("project", unknown),
    }
}
