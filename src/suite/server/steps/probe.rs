//! Refusals: for each endpoint, requests that break one rule each, sent one after another between two looks at what is
//! stored.

use super::breaks::{Breaks, twin};
use super::refusal::Seen;
use super::{CLIENT_SITE, ROTATION_SITE, SERVER_SITE, Snapshot, Step, Twin, accepted};
use crate::contract::route::Endpoint;
use crate::harness::{Judged, Stop};
use crate::suite::server::context::Context;

/// The shared steps that send what an endpoint refuses, by endpoint.
pub(crate) const PROBES: [(Endpoint, Step); 7] = [
    (Endpoint::GetEncryptionKey, Step::new("descriptor-probe", 17, 0)),
    (Endpoint::GetKeyHistory, Step::new("history-probe", 16, 0)),
    (Endpoint::RotateClientKeys, Step::new("client-rotation-probe", 29, 0)),
    (Endpoint::ListPending, Step::new("pending-probe", 23, 0)),
    (Endpoint::SubmitReencrypted, Step::new("submit-probe", 39, 0)),
    (Endpoint::StoreSecrets, Step::new("store-probe", 33, 0)),
    (Endpoint::RestoreVersion, Step::new("restore-probe", 35, 0)),
];

/// A refusal to judge: of which endpoint, and for which broken rule.
pub(crate) type Probe = (Endpoint, Breaks);

/// Judges that the endpoint's right request is refused with one rule broken, changes nothing then, and
/// is accepted as it is.
pub(crate) async fn probe(context: &Context, of: Probe) -> Judged {
    seen(context, of).await?.judge()
}

/// What became of the requests that break that rule.
pub(crate) async fn seen(context: &Context, (endpoint, breaks): Probe) -> Result<Seen, Stop> {
    let seen = match probe_step(endpoint) {
        Some(step) => {
            let make = |context| async move { Probed::make(&context, endpoint).await };
            context.once(step, make).await?.of(breaks)?
        }
        None => {
            // The same request has been accepted there.
            context.rotations().await?;
            Round::of_one(context, endpoint, breaks).await?
        }
    };
    breaks.note(context, endpoint, seen.replies());
    Ok(seen)
}

/// What became of each rule of an endpoint.
type ByRule = Vec<(Breaks, Result<Seen, Stop>)>;

/// The refusals of one endpoint.
struct Probed(ByRule);

impl Probed {
    fn of(&self, breaks: Breaks) -> Result<Seen, Stop> {
        let none = || Err(Stop::Harness("a rule is in no group of its endpoint".to_owned()));
        let seen = self.0.iter().find(|(rule, _)| *rule == breaks).map(|(_, seen)| seen.clone());
        seen.unwrap_or_else(none)
    }

    /// Sends the requests of the whole group. Without those that were accepted, which changes what is stored, the others are
    /// sent again; and if something changed though all were refused, each is sent alone.
    async fn make(context: &Context, endpoint: Endpoint) -> Result<Self, Stop> {
        let mut round = Round::with_twin(context, endpoint, group(endpoint)).await?;
        let mut probed = Vec::new();
        // What it takes beyond the first round is no part of what a right server costs.
        let context = &context.of_inquiry();
        while round.is_any_accepted() {
            let (accepted, rest): (ByRule, ByRule) =
                round.by_rule.into_iter().partition(|(_, seen)| is_accepted(seen));
            probed.extend(accepted);
            let rest: Vec<Breaks> = rest.into_iter().map(|(rule, _)| rule).collect();
            if rest.is_empty() {
                return Ok(Self(probed));
            }
            match Round::with_twin(context, endpoint, &rest).await {
                Ok(next) => round = next,
                Err(stop) => {
                    probed.extend(rest.into_iter().map(|rule| (rule, Err(stop.clone()))));
                    return Ok(Self(probed));
                }
            }
        }
        if round.changed.is_none() {
            probed.extend(round.by_rule);
            return Ok(Self(probed));
        }
        for (rule, _) in round.by_rule {
            probed.push((rule, Round::of_one(context, endpoint, rule).await));
        }
        Ok(Self(probed))
    }
}

/// Requests that each break a rule, sent one after another between two looks.
struct Round {
    by_rule: ByRule,
    /// What has changed, if nothing was accepted.
    changed: Option<String>,
}

impl Round {
    /// With the right request in the end, if nothing has changed.
    async fn with_twin(
        context: &Context,
        endpoint: Endpoint,
        rules: &[Breaks],
    ) -> Result<Self, Stop> {
        Self::make(context, endpoint, rules, true).await
    }

    async fn make(
        context: &Context,
        endpoint: Endpoint,
        rules: &[Breaks],
        has_twin: bool,
    ) -> Result<Self, Stop> {
        let mut site = context.lock(site_step(endpoint)).await?;
        let right = site.request(context, endpoint).await?;
        let before = Snapshot::before_refusal(context, &site.project).await?;
        let mut by_rule = Vec::new();
        for &rule in rules {
            let seen = async {
                let wrongs = rule.wrongs(context, endpoint, &site, &right).await?;
                Seen::send(context, wrongs).await
            };
            by_rule.push((rule, seen.await));
        }
        let mut round = Self { by_rule, changed: None };
        if round.is_any_accepted() {
            return Ok(round);
        }
        let after = Snapshot::after_refusal(context, &site.project).await?;
        round.changed = before.difference(&after);
        if round.changed.is_none() && has_twin {
            let right = twin(context, endpoint, right).await?;
            accepted(context, Twin::Call(right)).await?;
        }
        Ok(round)
    }

    /// The requests that break one rule, by themselves.
    async fn of_one(context: &Context, endpoint: Endpoint, rule: Breaks) -> Result<Seen, Stop> {
        let round = Self::make(context, endpoint, &[rule], false).await?;
        let changed = round.changed;
        let seen = round.by_rule.into_iter().next().map_or(Ok(Seen::default()), |(_, seen)| seen);
        seen.map(|mut seen| {
            seen.changed = changed;
            seen
        })
    }

    fn is_any_accepted(&self) -> bool {
        self.by_rule.iter().any(|(_, seen)| is_accepted(seen))
    }
}

fn is_accepted(seen: &Result<Seen, Stop>) -> bool {
    seen.as_ref().is_ok_and(Seen::is_accepted)
}

/// The rules that requests to an endpoint break. Those that a server may be lax with come first.
fn group(endpoint: Endpoint) -> &'static [Breaks] {
    use Breaks::{
        DuplicateSecret, Expired, MissingProof, MissingSecret, NoContent, NoToken, ReadsOnly,
        Scope, StaleProof, UnknownProject, UnknownSecret, UnknownVersion, WrongProof, WrongTypes,
    };
    match endpoint {
        Endpoint::GetEncryptionKey => &[NoToken, UnknownProject, Scope, Expired],
        Endpoint::RotateClientKeys => &[
            MissingSecret,
            UnknownSecret,
            DuplicateSecret,
            WrongTypes,
            NoToken,
            UnknownProject,
            ReadsOnly,
        ],
        Endpoint::SubmitReencrypted => {
            &[WrongProof, StaleProof, MissingProof, UnknownVersion, NoToken, UnknownProject, Scope]
        }
        Endpoint::StoreSecrets => {
            &[WrongProof, StaleProof, MissingProof, NoToken, UnknownProject, Scope]
        }
        Endpoint::RestoreVersion => &[WrongProof, MissingProof, NoContent],
        _ => &[NoToken, UnknownProject, Scope],
    }
}

/// The shared step that sends an endpoint's group, if it has one.
pub(crate) fn probe_step(endpoint: Endpoint) -> Option<Step> {
    PROBES.into_iter().find(|(of, _)| *of == endpoint).map(|(_, step)| step)
}

/// The shared site that an endpoint's requests are sent to.
pub(crate) const fn site_step(endpoint: Endpoint) -> Step {
    match endpoint {
        Endpoint::RotateClientKeys => ROTATION_SITE,
        Endpoint::ListPending
        | Endpoint::SubmitReencrypted
        | Endpoint::StoreSecrets
        | Endpoint::RestoreVersion => CLIENT_SITE,
        _ => SERVER_SITE,
    }
}
