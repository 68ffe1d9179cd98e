//! Refusals that every endpoint has in common: no token or a wrong one, a token without the scope,
//! an unknown project.

use super::{
    CLIENT_SITE, LimitedToken, ROTATION_SITE, Reason, SERVER_SITE, Snapshot, Step, Twin, accepted,
    refusals,
};
use crate::contract::route::Endpoint;
use crate::harness::{Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::wire::{Address, Bearer, Call, Convention, Reply};

/// The shared steps that send what an endpoint refuses of any request, by endpoint.
pub(crate) const PROBES: [(Endpoint, Step); 6] = [
    (Endpoint::GetEncryptionKey, Step::new("descriptor-probe", 17, 0)),
    (Endpoint::GetKeyHistory, Step::new("history-probe", 16, 0)),
    (Endpoint::RotateClientKeys, Step::new("client-rotation-probe", 23, 0)),
    (Endpoint::ListPending, Step::new("pending-probe", 23, 0)),
    (Endpoint::SubmitReencrypted, Step::new("submit-probe", 28, 0)),
    (Endpoint::StoreSecrets, Step::new("store-probe", 23, 0)),
];

/// A bearer that no server has issued.
const NOBODYS: &str = "dotenv_00000000000000000000000000_nobodys";

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
}

/// A refusal to judge: of which endpoint, for which broken rule, and what it has to be.
pub(crate) type Probe = (Endpoint, Breaks, Reason);

/// Judges that the endpoint's right request is refused with one rule broken, changes nothing then, and
/// is accepted as it is.
pub(crate) async fn probe(context: &Context, (endpoint, breaks, reason): Probe) -> Judged {
    let Some(step) = probe_step(endpoint) else {
        return alone(context, endpoint, breaks, reason).await;
    };
    let make = |context| async move { Probed::make(&context, endpoint).await };
    if let Some(replies) = context.once(step, make).await?.replies(breaks) {
        let replies = replies?;
        breaks.note(context, endpoint, &replies);
        return replies.iter().try_for_each(|reply| reason.judge(reply));
    }
    // What finding out costs beyond the step is not the case's own spending.
    alone(&context.of_inquiry(), endpoint, breaks, reason).await
}

/// The refusals of one endpoint, sent one after another between two looks at what is stored.
struct Probed {
    /// By the rule that is broken; why not, for a token that is not to be had.
    answered: Vec<(Breaks, Result<Vec<Reply>, Stop>)>,
    /// Whether something changed meanwhile. Which request did that is found out by sending them one by one.
    is_changed: bool,
}

impl Probed {
    /// The answers to requests that break that rule; none if they have to be sent alone.
    fn replies(&self, breaks: Breaks) -> Option<Result<Vec<Reply>, Stop>> {
        let mut answered = self.answered.iter();
        let (_, replies) = answered.find(|(broken, _)| *broken == breaks)?;
        // What was accepted is not in need of proof that it changed something.
        let is_accepted = |replies: &Vec<Reply>| replies.iter().any(Reply::is_success);
        if self.is_changed && !replies.as_ref().is_ok_and(is_accepted) {
            return None;
        }
        Some(replies.clone())
    }

    /// Sends every request of the group, and the right one in the end.
    async fn make(context: &Context, endpoint: Endpoint) -> Result<Self, Stop> {
        let mut site = context.lock(site_step(endpoint)).await?;
        let right = site.request(context, endpoint).await?;
        let before = Snapshot::before_refusal(context, &site.project).await?;
        let mut answered = Vec::new();
        for &breaks in group(endpoint) {
            let replies = async {
                let mut replies: Vec<Reply> = Vec::new();
                let ways = if context.shared.is_thrifty { 1 } else { usize::MAX };
                let wrongs = breaks.wrongs(context, endpoint, &right).await?;
                for wrong in wrongs.into_iter().take(ways) {
                    replies.push(context.send(&wrong).await?);
                }
                Ok::<_, Stop>(replies)
            };
            answered.push((breaks, replies.await));
        }
        let after = Snapshot::after_refusal(context, &site.project).await?;
        let is_changed = before.difference(&after).is_some();
        if !is_changed {
            let twin = match Breaks::Scope.twin(context, endpoint, right.clone()).await {
                Err(Stop::NotObservable(_)) => right,
                twin => twin?,
            };
            accepted(context, Twin::Call(twin)).await?;
        }
        Ok(Self { answered, is_changed })
    }
}

/// The rules that requests to an endpoint break side by side. Those to `encryption-key/rotate` are
/// counted, and each is sent for its own case only.
fn group(endpoint: Endpoint) -> &'static [Breaks] {
    match endpoint {
        Endpoint::GetEncryptionKey => {
            &[Breaks::NoToken, Breaks::UnknownProject, Breaks::Scope, Breaks::Expired]
        }
        Endpoint::RotateClientKeys => &[Breaks::NoToken, Breaks::UnknownProject, Breaks::ReadsOnly],
        _ => &[Breaks::NoToken, Breaks::UnknownProject, Breaks::Scope],
    }
}

/// The shared step that sends an endpoint's group, if it has one.
pub(crate) fn probe_step(endpoint: Endpoint) -> Option<Step> {
    PROBES.into_iter().find(|(of, _)| *of == endpoint).map(|(_, step)| step)
}

/// Sends the requests that break one rule, between two looks of their own.
async fn alone(context: &Context, endpoint: Endpoint, breaks: Breaks, reason: Reason) -> Judged {
    let mut site = context.lock(site_step(endpoint)).await?;
    let right = site.request(context, endpoint).await?;
    let wrongs = breaks.wrongs(context, endpoint, &right).await?;
    let twin = match endpoint {
        Endpoint::RotateEncryptionKey => {
            context.rotations().await?;
            Twin::Shared
        }
        _ => Twin::Call(breaks.twin(context, endpoint, right).await?),
    };
    let replies = refusals(context, &site.project, &wrongs, reason, twin).await?;
    breaks.note(context, endpoint, &replies);
    Ok(())
}

/// The shared site that an endpoint's requests are sent to.
pub(crate) const fn site_step(endpoint: Endpoint) -> Step {
    match endpoint {
        Endpoint::RotateClientKeys => ROTATION_SITE,
        Endpoint::ListPending | Endpoint::SubmitReencrypted | Endpoint::StoreSecrets => CLIENT_SITE,
        _ => SERVER_SITE,
    }
}

impl Breaks {
    /// Has the refusals judged by what the documentation says of all endpoints, whatever the endpoint's own case asks.
    fn note(self, context: &Context, endpoint: Endpoint, replies: &[Reply]) {
        let (convention, reason) = match self {
            Self::Scope | Self::ScopeOnce | Self::ReadsOnly => {
                (Convention::MissingScope, Reason::NO_PERMISSION)
            }
            Self::UnknownProject => (Convention::NotFound, Reason::Status(404)),
            Self::NoToken | Self::Expired => return,
        };
        for reply in replies.iter().filter(|reply| !reply.is_success()) {
            context.shared.door.witness.keep(convention, endpoint, reason.judge(reply));
        }
    }

    /// The request with the rule broken, in each of its ways.
    async fn wrongs(
        self,
        context: &Context,
        endpoint: Endpoint,
        right: &Call,
    ) -> Result<Vec<Call>, Stop> {
        let limited: &[LimitedToken] = match (self, endpoint) {
            (Self::NoToken, _) => {
                let none = right.clone().bearer(Bearer::None);
                return Ok(vec![none, right.clone().token(NOBODYS)]);
            }
            (Self::UnknownProject, _) => return Ok(vec![elsewhere(right.clone())]),
            (Self::Expired, _) => &[LimitedToken::Expired],
            (Self::ReadsOnly, _) => &[LimitedToken::ReadOnly],
            (Self::ScopeOnce, _) => &[LimitedToken::KeyRetrieve],
            (
                Self::Scope,
                Endpoint::GetEncryptionKey | Endpoint::GetKeyHistory | Endpoint::StoreSecrets,
            ) => &[LimitedToken::KeyRotate, LimitedToken::ReadOnly],
            (Self::Scope, _) => &[LimitedToken::KeyRetrieve, LimitedToken::ReadOnly],
        };
        let mut wrongs = Vec::with_capacity(limited.len());
        for token in limited {
            wrongs.push(right.clone().bearer(token.bearer(context).await?));
        }
        Ok(wrongs)
    }

    /// The right request, with the token that makes the least difference.
    async fn twin(self, context: &Context, endpoint: Endpoint, right: Call) -> Result<Call, Stop> {
        let token = match (self, endpoint) {
            (Self::Scope, Endpoint::GetEncryptionKey | Endpoint::GetKeyHistory) => {
                LimitedToken::KeyRetrieve
            }
            (Self::Scope, Endpoint::ListPending | Endpoint::SubmitReencrypted) => {
                LimitedToken::KeyRotate
            }
            _ => return Ok(right),
        };
        Ok(right.bearer(token.bearer(context).await?))
    }
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
