//! Requests that overlap. What is judged is whether any order of them explains their answers and the state at rest.

use tokio::sync::Mutex;

use super::row::{Id, ServerCase, case};
use crate::harness::{Judged, Stop};
use crate::suite::server::history::operation::Operation;
use crate::suite::server::overlap::{Differences, Done, Moment, have_met, meet, settle};
use crate::suite::server::steps::{
    PAIRS, Pair, ROTATIONS, Rotated, Rotations, SecretIds, Site, Stage, two_rotations,
};
use crate::suite::server::wire::{Call, Reply};
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    let ids = SecretIds::most(1);
    let rotation = |id, pair| race(id, "race-client-rotation", pair).needs(needs::SECRET_IDS);
    vec![
        rotation("server/race/store-client-rotation", Pair::StoreAndRotation).requests(8 + ids),
        rotation("server/race/submit-client-rotation", Pair::SubmitAndRotation).requests(13 + ids),
        rotation("server/race/client-rotations", Pair::Rotations).requests(8 + ids),
        race("server/race/readers-client-rotation", "race-readers", Pair::ReadersAndRotation)
            .needs(needs::SECRET_IDS)
            .requests(14 + ids),
        race("server/race/submits", "race-writes", Pair::Submits)
            .needs(needs::SECRET_IDS)
            .requests(12 + ids),
        race("server/race/stores", "race-writes", Pair::Stores).requests(5),
        race("server/race/store-revocation", "race-writes", Pair::StoreAndRevocation)
            .needs(needs::LIMITED_TOKENS)
            .requests(7),
        rotation("server/race/delete-client-rotation", Pair::DeletionAndRotation)
            .requests(11 + ids),
        // After these two nothing else can go on in the same project.
        rotation("server/race/restore-client-rotation", Pair::RestoreAndRotation)
            .requests(13 + ids),
        race("server/race/store-project-deletion", "race-writes", Pair::StoreAndProjectDeletion)
            .requests(5),
        case("server/race/store-server-rotation", "race-server-rotation", (company, KEEP))
            .on(ROTATIONS)
            .requests(4)
            .together(),
        case("server/race/restore-server-rotation", "race-server-rotation", (company, RE_ENCRYPT))
            .on(ROTATIONS)
            .requests(4)
            .together(),
        case("server/race/server-rotations", "race-server-rotation", server_rotations)
            .needs(needs::QUOTA)
            .writes()
            .requests(11)
            .rotations(2)
            .together(),
        case("server/race/settles", "race-settles", settles).requests(0).late(),
    ]
}

fn race(id: Id, requirement: Id, pair: Pair) -> ServerCase {
    let case = case(id, requirement, (meet_and_settle, pair)).writes().together();
    if pair == Pair::DeletionAndRotation { case } else { case.on(PAIRS) }
}

/// Where the clock makes requests overlap, one pair is sent at a time, so that none disturbs another. In a thrifty run it
/// is settled before the next, which goes on from there.
#[derive(Default)]
struct Turn(Mutex<()>);

async fn meet_and_settle(context: &Context, pair: Pair) -> Judged {
    let memo = context.memo::<Turn>();
    let is_thrifty = context.shared.is_thrifty;
    let goes_on = is_thrifty && pair != Pair::DeletionAndRotation;
    let turn = match context.server().control() {
        Some(_) if !is_thrifty => None,
        _ => Some(memo.0.lock().await),
    };
    let inquiry = context.of_inquiry();
    let mut moment = Moment::Half;
    let (stage, events, refused) = loop {
        let is_first = moment == Moment::Half;
        let tried = try_once(if is_first { context } else { &inquiry }, pair, moment).await;
        let (mut stage, done) = tried.map_err(|stop| match stop {
            // What trying again may cost is spent.
            Stop::CouldNotRun(_) if !is_first => Stop::NotObservable(needs::OVERLAP),
            other => other,
        })?;
        let refused = refused_rotation(&done);
        let mut events = Vec::new();
        for one in done {
            events.extend(stage.setting.scene.event(context, one).await);
        }
        if have_met(&events) {
            break (stage, events, refused);
        }
        moment = moment.earlier().ok_or(Stop::NotObservable(needs::OVERLAP))?;
        // They were made one after the other, which has to be explained too.
        if goes_on && pair != Pair::StoreAndRevocation {
            let history = [std::mem::take(&mut stage.setting.prior), events].concat();
            stage.setting.leave(context, history).await;
        }
    };
    let turn = turn.filter(|_| is_thrifty);
    let mut setting = stage.setting;
    let history = (std::mem::take(&mut setting.prior), events);
    let settled = settle(context, &mut setting.scene, &stage.start, history, &stage.reads).await;
    // Which ids a rotation takes is told nowhere: one that is refused alone too says nothing of the pair, unless the other
    // request has taken away what the ids are of.
    if pair != Pair::DeletionAndRotation
        && let (Err(Stop::Mismatch(_)), Some(rotation)) = (&settled, refused)
        && inquiry.send(&rotation).await?.is_refusal()
    {
        return Err(Stop::CouldNotRun("a client rotation was refused, alone too".to_owned()));
    }
    if let Some(history) = settled?
        && goes_on
    {
        setting.leave(context, history).await;
    }
    drop(turn);
    Ok(())
}

/// The client rotation among these that was refused, if none was accepted.
fn refused_rotation(done: &[Done]) -> Option<Call> {
    let rotates =
        |done: &&Done| matches!(done.act.request.operation, Operation::RotateClient { .. });
    let is = |done: &Done, of: fn(&Reply) -> bool| done.sent.as_ref().is_ok_and(of);
    let mut rotations = done.iter().filter(rotates);
    if rotations.clone().any(|done| is(done, Reply::is_success)) {
        return None;
    }
    rotations.find(|done| is(done, Reply::is_refusal)).map(|done| done.act.call.clone())
}

async fn try_once(
    context: &Context,
    pair: Pair,
    moment: Moment,
) -> Result<(Stage, Vec<Done>), Stop> {
    let mut stage = Stage::set(context, pair).await?;
    let acts = std::mem::take(&mut stage.acts);
    let done = meet(context, &stage.setting.project.slug, acts, moment).await?;
    Ok((stage, done))
}

/// One of the rotations of the shared step.
type Of = fn(&Rotations) -> &Rotated;
const KEEP: Of = |rotations| &rotations.keep;
const RE_ENCRYPT: Of = |rotations| &rotations.re_encrypt;

/// A rotation that was made in company.
async fn company(context: &Context, of: Of) -> Judged {
    let rotations = context.rotations().await?;
    match &of(&rotations).met {
        Some(met) => met.settle(context).await,
        None => Err(Stop::Harness("a rotation was made alone".to_owned())),
    }
}

async fn server_rotations(context: &Context) -> Judged {
    let site = Site::server(context, None).await?;
    two_rotations(context, &site.project).await
}

async fn settles(context: &Context) -> Judged {
    let differences = context.memo::<Differences>();
    if *differences.meetings.lock() == 0 {
        return Err(Stop::NotObservable(needs::OVERLAP));
    }
    let passing = differences.passing.lock().clone();
    passing.map_or(Ok(()), |mismatch| Err(mismatch.into()))
}
