//! Refusals: for each endpoint, requests that break one rule each, sent one after another between two looks at what is
//! stored.

use super::breaks::{Breaks, twin};
use super::refusal::Seen;
use super::{CLIENT_SITE, PAIRS, ROTATION_SITE, SERVER_SITE, Snapshot, Step, Twin, accepted};
use crate::contract::route::Endpoint;
use crate::harness::{Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::wire::Call;

/// The shared steps that send what an endpoint refuses, by endpoint.
pub(crate) const PROBES: [(Endpoint, Step); 7] = [
    (Endpoint::GetEncryptionKey, Step::new("descriptor-probe", 17, 0)),
    (Endpoint::GetKeyHistory, Step::new("history-probe", 16, 0)),
    (Endpoint::RotateClientKeys, Step::new("client-rotation-probe", 29, 0)),
    (Endpoint::ListPending, Step::new("pending-probe", 23, 0)),
    (Endpoint::RestoreVersion, Step::new("restore-probe", 35, 0)),
    (Endpoint::StoreSecrets, Step::new("store-probe", 33, 0)),
    (Endpoint::SubmitReencrypted, Step::new("submit-probe", 39, 0)),
];

const TO_SERVER_SITE: Step = Step::new("refusals-of-server-site", 16, 0);
const TO_CLIENT_SITE: Step = Step::new("refusals-of-client-site", 50, 0);
const MORE_TO_SERVER_SITE: Step = Step::new("more-refusals-of-server-site", 8, 0);
const MORE_TO_CLIENT_SITE: Step = Step::new("more-refusals-of-client-site", 20, 0);

/// The shared steps of a thrifty run only.
pub(crate) const THRIFTY: [Step; 5] =
    [TO_SERVER_SITE, TO_CLIENT_SITE, MORE_TO_SERVER_SITE, MORE_TO_CLIENT_SITE, PAIRS];

/// A refusal to judge: of which endpoint, and for which broken rule.
pub(crate) type Probe = (Endpoint, Breaks);

/// Judges that the endpoint's right request is refused with one rule broken, changes nothing then, and
/// is accepted as it is.
pub(crate) async fn probe(context: &Context, of: Probe) -> Judged {
    seen(context, of).await?.judge()
}

/// What became of the requests that break that rule.
pub(crate) async fn seen(context: &Context, probe: Probe) -> Result<Seen, Stop> {
    let (endpoint, breaks) = probe;
    let step = if context.shared.is_thrifty { shared_step(probe) } else { probe_step(endpoint) };
    let seen = match step {
        Some(step) => {
            let all = PROBES.iter().flat_map(|(of, _)| group(*of).iter().map(|rule| (*of, *rule)));
            let of_step = |one: &Probe| {
                if context.shared.is_thrifty {
                    shared_step(*one) == Some(step)
                } else {
                    one.0 == endpoint
                }
            };
            let probes: Vec<Probe> = all.filter(of_step).collect();
            let make = |context| async move { Probed::make(&context, &probes).await };
            context.once(step, make).await?.of(probe)?
        }
        None => {
            // The same request has been accepted there.
            context.rotations().await?;
            Round::of_one(context, probe).await?
        }
    };
    breaks.note(context, endpoint, seen.replies());
    Ok(seen)
}

/// What became of each rule of an endpoint.
type ByRule = Vec<(Probe, Result<Seen, Stop>)>;

/// The refusals of one endpoint; in a thrifty run those of several with one site.
struct Probed(ByRule);

impl Probed {
    fn of(&self, probe: Probe) -> Result<Seen, Stop> {
        let none = || Err(Stop::Harness("a rule is in no group of its endpoint".to_owned()));
        let seen = self.0.iter().find(|(one, _)| *one == probe).map(|(_, seen)| seen.clone());
        seen.unwrap_or_else(none)
    }

    /// Sends the requests of the whole group. Without those that were accepted, which changes what is stored, the others are
    /// sent again; and if something changed though all were refused, each is sent alone.
    async fn make(context: &Context, probes: &[Probe]) -> Result<Self, Stop> {
        let mut rounds = vec![Round::with_twins(context, probes).await?];
        let mut probed = Vec::new();
        // What it takes beyond the first round is no part of what a right server costs.
        let context = &context.of_inquiry();
        while let Some(mut round) = rounds.pop() {
            if round.is_any_accepted() {
                let (accepted, rest): (ByRule, ByRule) =
                    round.by_rule.into_iter().partition(|(_, seen)| is_accepted(seen));
                probed.extend(accepted);
                let rest: Vec<Probe> = rest.into_iter().map(|(probe, _)| probe).collect();
                for rest in rest.chunk_by(|one, next| one.0 == next.0) {
                    match Round::with_twins(context, rest).await {
                        Ok(next) => rounds.push(next),
                        Err(stop) => {
                            probed.extend(rest.iter().map(|probe| (*probe, Err(stop.clone()))));
                        }
                    }
                }
            } else if round.changed.is_none() {
                probed.extend(round.by_rule);
            } else {
                round.by_rule.sort_by_key(|((_, rule), _)| rule.place());
                for (probe, _) in round.by_rule {
                    probed.push((probe, Round::of_one(context, probe).await));
                }
            }
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
    /// With the right requests in the end, if nothing has changed.
    async fn with_twins(context: &Context, probes: &[Probe]) -> Result<Self, Stop> {
        Self::make(context, probes, true).await
    }

    async fn make(context: &Context, probes: &[Probe], has_twins: bool) -> Result<Self, Stop> {
        let Some((first, _)) = probes.first() else {
            return Err(Stop::Harness("a round has no request".to_owned()));
        };
        let mut site = context.lock(site_step(*first)).await?;
        let mut rights: Vec<(Endpoint, Result<Call, Stop>)> = Vec::new();
        for group in probes.chunk_by(|one, next| one.0 == next.0) {
            rights.push((group[0].0, site.request(context, group[0].0).await));
        }
        let before = Snapshot::before_refusal(context, &site.project).await?;
        let mut round = Self { by_rule: Vec::new(), changed: None };
        for (group, (endpoint, right)) in probes.chunk_by(|one, next| one.0 == next.0).zip(&rights)
        {
            for (_, rule) in group {
                let seen = async {
                    let right = right.as_ref().map_err(Clone::clone)?;
                    let wrongs = rule.wrongs(context, *endpoint, &site, right).await?;
                    Seen::send(context, wrongs).await
                };
                round.by_rule.push(((*endpoint, *rule), seen.await));
            }
        }
        if round.is_any_accepted() {
            return Ok(round);
        }
        let after = Snapshot::after_refusal(context, &site.project).await?;
        round.changed = before.difference(&after);
        if round.changed.is_some() || !has_twins {
            return Ok(round);
        }
        for (endpoint, right) in rights {
            let Ok(right) = right else { continue };
            let right = twin(context, endpoint, right).await?;
            if let Err(stop) = accepted(context, Twin::Call(right)).await {
                let of_endpoint = round.by_rule.iter_mut().filter(|((of, _), _)| *of == endpoint);
                of_endpoint.for_each(|(_, seen)| *seen = Err(stop.clone()));
            }
        }
        Ok(round)
    }

    /// The requests that break one rule, by themselves.
    async fn of_one(context: &Context, probe: Probe) -> Result<Seen, Stop> {
        let round = Self::make(context, &[probe], false).await?;
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

/// The shared step of a thrifty run that sends these requests: those to one site between the same two looks. What a
/// server has in common for all endpoints is asked of two, and of the others only where a case is about them.
pub(crate) fn shared_step((endpoint, breaks): Probe) -> Option<Step> {
    let is_common = matches!(breaks, Breaks::NoToken | Breaks::UnknownProject)
        && !matches!(endpoint, Endpoint::GetEncryptionKey | Endpoint::SubmitReencrypted);
    // A rotation that a server may accept changes what the others are looked at for.
    let rotates = endpoint == Endpoint::RotateClientKeys && !is_common;
    probe_step(endpoint).map(|step| match (site_step(endpoint), is_common) {
        _ if rotates => step,
        (SERVER_SITE, false) => TO_SERVER_SITE,
        (SERVER_SITE, true) => MORE_TO_SERVER_SITE,
        (_, false) => TO_CLIENT_SITE,
        (_, true) => MORE_TO_CLIENT_SITE,
    })
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
