//! A sequence on its way: each request is sent to the mock and to the model, and both are compared.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keyproof::contract::custody::{Custody, HistoryPolicy};
use keyproof::mock::{Clock, Defect};
use serde_json::{Value, json};

use super::action::{Action, Sequence};
use super::breach::{ANSWERED_RIGHTLY, AS_WRITTEN, Breach, REFUSED_IS_UNCHANGED, REMAINING_FALLS};
use super::plan::{Before, Deserved, Plan};
use super::seen::{Raw, Seen};
use super::state::{Key, State};
use crate::mock::support::{Answer, Call, ClientKey, Direct, builder, descriptor, server_key};

/// How long the job of a rotation may take. It takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mock that sequences are tried on, each in a project of its own. Its clock stands, so that two
/// answers that say the same are the same.
pub(crate) struct Ground {
    mock: Direct,
    projects: AtomicU64,
}

impl Ground {
    pub(crate) async fn new(seed: u64, defect: Option<Defect>) -> Self {
        let clock = Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
        let builder = builder().seed(seed).clock(clock);
        let builder = match defect {
            Some(defect) => builder.defect(defect),
            None => builder,
        };
        Self { mock: Direct::of(builder), projects: AtomicU64::new(0) }
    }

    /// Asks everything of a sequence, and after each request whether all that must hold does.
    pub(crate) async fn walk(&self, sequence: &Sequence) -> Result<(), Breach> {
        let number = self.projects.fetch_add(1, Ordering::Relaxed);
        let mut walk = Walk::start(&self.mock, format!("p{number}"), sequence.custody).await?;
        let mut walked = Ok(());
        for action in &sequence.actions {
            walked = walk.step(action).await;
            if walked.is_err() {
                break;
            }
        }
        let deleted = Call::new("DELETE", &walk.slug);
        assert_eq!(self.mock.send(deleted).await.code, 204);
        walked
    }
}

async fn create(mock: &Direct, mut body: Value, slug: &str) {
    body["name"] = slug.into();
    mock.post("projects", body).await.status(201);
}

struct Walk<'m> {
    mock: &'m Direct,
    slug: String,
    state: State,
    seen: Seen,
}

impl<'m> Walk<'m> {
    async fn start(mock: &'m Direct, slug: String, custody: Custody) -> Result<Self, Breach> {
        let first = match custody {
            Custody::Server => {
                create(mock, json!({}), &slug).await;
                let answer = mock.get(&format!("{slug}/encryption-key")).await;
                Key::Server(server_key(&descriptor(&answer)))
            }
            Custody::Client => {
                let key = ClientKey::new("passphrase 1");
                create(mock, key.project(), &slug).await;
                Key::Client(key)
            }
        };
        for (path, name) in [("targets", "t"), ("t/environments", "e")] {
            let path = format!("{slug}/{path}");
            mock.post(&path, json!({"name": name})).await.status(201);
        }
        let state = State::new(custody, first);
        let seen = Seen::read(Raw::of(mock, &slug, custody).await, &state)?;
        seen.is(&state)?;
        Ok(Self { mock, slug, state, seen })
    }

    async fn step(&mut self, action: &Action) -> Result<(), Breach> {
        let before = Before { slug: &self.slug, state: &self.state, seen: &self.seen };
        let plan = before.plan(action);
        let call = Call::new(plan.method, &plan.path);
        let answer = self.mock.send(call.json(plan.body.clone())).await;
        let taken = answered_rightly(&plan, &answer);
        if taken.as_ref().is_ok_and(|taken| *taken) {
            let answer = answer.json();
            self.state = self.after(action, plan, &answer).await;
            return self.look(action, &answer).await;
        }
        let raw = self.raw().await;
        if answer.code >= 400 && raw != self.seen.raw {
            let detail = format!("{:?}, and before it was {:?}", raw, self.seen.raw);
            return Err(Breach::of(REFUSED_IS_UNCHANGED, detail));
        }
        taken.map(|_| ())
    }

    async fn raw(&self) -> Raw {
        Raw::of(self.mock, &self.slug, self.state.custody).await
    }

    /// What is true after a request that was taken.
    async fn after(&self, action: &Action, plan: Plan, answer: &Value) -> State {
        let mut state = plan.after;
        if let Action::RotateServer(policy) = action {
            let key = &answer["data"]["key"]["attributes"];
            state.keys.push(Key::Server(server_key(key)));
            if *policy == Some(HistoryPolicy::ReEncrypt) {
                state.bring_all();
                self.wait_for_job(&state).await;
            }
        }
        state
    }

    /// Reads until the versions are where they should be, or until something is wrong that no job
    /// mends, which the next check reports.
    async fn wait_for_job(&self, state: &State) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let seen = Seen::read(self.raw().await, state).and_then(|seen| seen.is(state));
            match seen {
                Err(breach) if breach.invariant == AS_WRITTEN => {}
                _ => return,
            }
            tokio::task::yield_now().await;
        }
    }

    /// Looks at everything after a request that was taken.
    async fn look(&mut self, action: &Action, answer: &Value) -> Result<(), Breach> {
        let seen = Seen::read(self.raw().await, &self.state)?;
        let [before, after] = [&self.seen, &seen].map(|seen| seen.pending.len());
        match action {
            Action::Pending { limit } => seen.lists_pending(answer, *limit)?,
            Action::Submit { .. } => submitted(&answer["data"], before, after)?,
            Action::RotateClient(_) | Action::RotateServer(_) => {}
            _ if after > before => {
                let detail = format!("{action:?} raised it from {before} to {after}");
                return Err(Breach::of(REMAINING_FALLS, detail));
            }
            _ => {}
        }
        seen.is(&self.state)?;
        self.seen = seen;
        Ok(())
    }
}

fn submitted(answer: &Value, before: usize, after: usize) -> Result<(), Breach> {
    let expected = json!({"updated": before.wrapping_sub(after), "remaining": after});
    if *answer == expected {
        return Ok(());
    }
    let detail = format!("a submit says {answer}, and it went from {before} to {after}");
    Err(Breach::of(REMAINING_FALLS, detail))
}

/// Whether a request was taken, if the answer is the one that it deserves.
fn answered_rightly(plan: &Plan, answer: &Answer) -> Result<bool, Breach> {
    let (right, taken) = match plan.deserved {
        Deserved::Taken => ([200, 204].contains(&answer.code), true),
        Deserved::Refused(status, reason) => {
            let reasoned = answer.code == status && gives(&answer.json(), reason);
            (reasoned, false)
        }
    };
    if right {
        return Ok(taken);
    }
    let (Plan { method, path, .. }, deserved) = (plan, &plan.deserved);
    let detail =
        format!("{method} {path} deserves {deserved:?}, and not {} {}", answer.code, answer.text);
    Err(Breach::of(ANSWERED_RIGHTLY, detail))
}

fn gives(refusal: &Value, reason: &str) -> bool {
    let mut members = refusal["errors"].as_object().into_iter().flatten();
    refusal["error"] == reason || members.any(|(member, _)| member.starts_with(reason))
}
