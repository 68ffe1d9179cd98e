//! One run against one target: the door, the keys, the shared projects, and what has to be tidied up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::call::Call;
use super::door::{Budget, Door};
use super::key::Keys;
use super::scene::Scene;
use super::snapshot::Snapshots;
use super::step::Steps;
use super::target::Target;
use crate::contract::route::Endpoint;
use crate::harness::{self, Need, Redactor, Spending, Stop};
use crate::suite::random::random_hex;

/// What the cases of one run have in common.
pub struct World {
    pub(super) shared: Arc<Shared>,
}

/// The part that scenes hold on to.
pub(super) struct Shared {
    pub(super) target: Arc<dyn Target>,
    pub(super) door: Door,
    pub(super) redactor: Redactor,
    pub(super) keys: Keys,
    pub(super) steps: Steps,
    pub(super) snapshots: Snapshots,
    /// `kp-<start, base 36>-<8 random>`, from the server's own clock.
    name: OnceCell<String>,
    names: AtomicUsize,
    /// Projects that were made and not deleted: organization, slug, and another token if needed.
    projects: Mutex<Vec<(Option<super::target::Access>, String)>>,
}

impl World {
    /// A run against `target`. Registers its tokens with the redactor.
    ///
    /// # Errors
    /// The HTTP client or a shape could not be made: a fault of the harness.
    pub fn new(
        target: Arc<dyn Target>,
        budget: Budget,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let tokens = target.tokens();
        let given = [
            Some(&tokens.full),
            tokens.read_only.as_ref(),
            tokens.key_retrieve.as_ref(),
            tokens.key_rotate.as_ref(),
            tokens.expired.as_ref(),
            target.other_organization().map(|other| &other.token),
            target.control().map(|control| &control.token),
        ];
        for token in given.into_iter().flatten() {
            redactor.register(token);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                door: Door::new(budget, redactor.clone())?,
                target,
                redactor: redactor.clone(),
                keys: Keys::default(),
                steps: Steps::default(),
                snapshots: Snapshots::default(),
                name: OnceCell::new(),
                names: AtomicUsize::new(0),
                projects: Mutex::default(),
            }),
        })
    }

    /// Deletes every project that the run made. What could not be deleted is named. A server that
    /// does not answer is not asked for the rest: each request would wait for its timeout.
    pub async fn tidy_up(&self) -> Vec<String> {
        let projects = std::mem::take(&mut *self.shared.projects.lock());
        let scene = Scene::new(Arc::clone(&self.shared));
        let mut left = Vec::new();
        let mut is_gone = false;
        for (other, slug) in projects {
            if is_gone {
                left.push(slug);
                continue;
            }
            let mut call = Call::to(Endpoint::DeleteProject, &[&slug]);
            if let Some(other) = &other {
                call = call.organization(&other.place).token(&other.token);
            }
            match scene.send_to_tidy_up(&call).await {
                Ok(reply) if reply.is_success() || reply.status == 404 => {}
                answer => {
                    is_gone = matches!(answer, Err(Stop::Unreachable(_)));
                    left.push(slug);
                }
            }
        }
        left
    }
}

impl harness::World for World {
    type Scene = Scene;

    fn supplies(&self, need: &Need) -> bool {
        self.shared.target.supplies(need)
    }

    fn enter(&self, _: &'static str) -> Scene {
        Scene::new(Arc::clone(&self.shared))
    }

    fn spent(&self, scene: &Scene) -> Spending {
        scene.spent()
    }

    fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }
}

impl Shared {
    /// A name for a new project that nobody else uses.
    pub(super) async fn project_name(&self, scene: &Scene) -> Result<String, Stop> {
        let run = self
            .name
            .get_or_try_init(|| async {
                let reply = scene.send(&Call::to(Endpoint::ListProjects, &[])).await?;
                let start = reply
                    .date()
                    .and_then(|date| u64::try_from(date).ok())
                    .ok_or_else(|| {
                        Stop::CouldNotRun("the server sends no Date to name projects by".to_owned())
                    })?;
                let random = random_hex::<4>()?;
                Ok::<_, Stop>(format!("kp-{}-{random}", base36(start)))
            })
            .await?;
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        Ok(format!("{run}-{number}"))
    }

    /// Remembers a project, so that it is deleted in the end.
    pub(super) fn remember(&self, other: Option<super::target::Access>, slug: &str) {
        self.projects.lock().push((other, slug.to_owned()));
    }
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}
