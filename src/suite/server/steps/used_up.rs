//! Rotations until the hour's limit is reached, and after it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::RwLockWriteGuard;

use super::Step;
use crate::contract::limit::Bucket;
use crate::contract::route::Endpoint::{CreateProject, RotateEncryptionKey};
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::wire::{Call, Limits, Reply, Server};

/// Rotations until the hour has none left, and one after it is over.
pub(crate) const USED_UP: Step = Step::new("used-up", 16, 13);

/// A server whose limits may be used up.
pub(crate) struct LimitedServer {
    /// None for the server itself.
    own: Option<Box<dyn Server>>,
    /// Whether nothing of its limits has been used yet.
    pub(crate) is_fresh: bool,
}

impl LimitedServer {
    /// A fresh one, else the server, where it supplies the quota.
    pub(crate) async fn find(context: &Context) -> Result<Self, Stop> {
        match context.server().another(Limits::Live).await {
            Some(Ok(server)) => Ok(Self { own: Some(server), is_fresh: true }),
            Some(Err(error)) => {
                Err(Stop::Harness(format!("a second server did not start: {error}")))
            }
            None => Ok(Self { own: None, is_fresh: false }),
        }
    }

    fn server<'s>(&'s self, context: &'s Context) -> &'s dyn Server {
        match &self.own {
            Some(server) => &**server,
            None => context.server(),
        }
    }

    /// Sends a request that waits for no window.
    pub(crate) async fn use_up(&self, context: &Context, call: &Call) -> Result<Reply, Stop> {
        context.use_up(self.server(context), call).await
    }

    /// No other case sends anything to the server until the guard is dropped.
    pub(crate) async fn alone<'s>(&self, context: &'s Context) -> Option<RwLockWriteGuard<'s, ()>> {
        match self.own {
            Some(_) => None,
            None => Some(context.shared.door.pace.close().await),
        }
    }

    /// Lets that time pass, if the run lasts so long.
    async fn pass(&self, context: &Context, time: Duration) -> Result<(), Stop> {
        let timer = self.server(context).timer();
        if self.own.is_none() && !context.shared.door.pace.lasts(timer, time) {
            return Err(Stop::NotObservable(needs::QUOTA));
        }
        timer.wait(time).await;
        Ok(())
    }

    async fn project(&self, context: &Context, name: &str) -> Result<String, Stop> {
        let Some(server) = &self.own else {
            return context.create_project(None, serde_json::json!({})).await;
        };
        let body = serde_json::json!({"name": name, "storage_mode": "server"});
        let call = Call::to(CreateProject, &[]).json(&body);
        let reply = context.use_up(&**server, &call).await?;
        reply.text("/data/attributes/slug").map(str::to_owned)
    }
}

/// The answers to one rotation more than the hour has, and to those after it.
pub(crate) struct UsedUp {
    /// The answer to the last one.
    pub(crate) last: Reply,
    /// Its `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// The same request once more, after that time.
    pub(crate) after_retry_after: Result<Reply, Stop>,
    /// The same request once more, when the window is over at the latest.
    pub(crate) an_hour_later: Result<Reply, Stop>,
}

impl Context {
    pub(crate) async fn used_up(&self) -> Result<Arc<UsedUp>, Stop> {
        self.once(USED_UP, make).await
    }
}

async fn make(context: Context) -> Result<UsedUp, Stop> {
    let context = &context;
    let limited = LimitedServer::find(context).await?;
    // Two projects in turn: the limit is the organization's, not a project's.
    let mut rotations = Vec::new();
    for name in ["kp-limit-one", "kp-limit-two"] {
        let slug = limited.project(context, name).await?;
        rotations.push(Call::to(RotateEncryptionKey, &[&slug]));
    }
    let limit = Bucket::Rotate.limit() as usize;
    let mut last = None;
    let alone = limited.alone(context).await;
    for (sent, rotate) in rotations.iter().cycle().take(limit + 1).enumerate() {
        let reply = limited.use_up(context, rotate).await?;
        let is_refused = reply.status == 429 && (!limited.is_fresh || sent == limit);
        reply.ensure(
            reply.is_success() || is_refused,
            "a rotation within the limit is refused",
            "10 rotations in an hour",
            reply.outcome(),
        )?;
        last = Some(reply);
        if is_refused {
            break;
        }
    }
    drop(alone);
    let last = last.ok_or_else(|| Stop::Harness("no rotation was sent".to_owned()))?;
    let again = &rotations[limit % rotations.len()];
    if last.status != 429 {
        let none = Err(Stop::CouldNotRun("the limit was not reached".to_owned()));
        let (after_retry_after, an_hour_later) = (none.clone(), none);
        return Ok(UsedUp { last, retry_after: None, after_retry_after, an_hour_later });
    }
    let retry_after = last.retry_after();
    let hour = Bucket::Rotate.window();
    let first_wait = retry_after.map_or(hour, Duration::from_secs).min(hour);
    let after = async |wait| {
        limited.pass(context, wait).await?;
        limited.use_up(context, again).await
    };
    let after_retry_after = after(first_wait).await;
    let an_hour_later = match &after_retry_after {
        Ok(reply) if !reply.is_success() => after(hour - first_wait).await,
        other => other.clone(),
    };
    Ok(UsedUp { last, retry_after, after_retry_after, an_hour_later })
}
