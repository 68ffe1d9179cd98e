//! Gates: named points at which a request waits until it is released. With them a race happens on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::contract::error::Code;
use crate::mock::{Cell, Refusal};
use crate::named::named;

/// How long a request waits at a gate, unless the gate was armed otherwise.
pub(in crate::mock) const LONGEST: Duration = Duration::from_secs(30);

named! {
    /// Where a request can be made to wait.
    #[non_exhaustive]
    pub enum Point {
        Rotate = "rotate.before_commit": "A rotation of a server-managed key is prepared. Until it goes on the project is held (409)",
        RotateClient = "rotate-client.before_commit": "A rotation of a client-managed key is checked. Until it goes on the project is held (409)",
        Submit = "submit.before_commit": "A submit is checked: its proof was right",
        Store = "store.before_commit": "A store is prepared",
        Restore = "restore.before_commit": "A restore is prepared",
        Delete = "delete.before_commit": "A deletion is checked",
        Purge = "purge.before_commit": "A purge, or the deletion of one version, is checked",
        Read = "read.before_answer": "A read has seen the project: its answer is what was there then",
        Reencrypt = "reencrypt.batch": "The job that moves versions onto a new server key has sealed a batch",
    }
}

impl Point {
    const fn holds_the_project(self) -> bool {
        matches!(self, Self::Rotate | Self::RotateClient)
    }
}

/// Whether a request has reached a gate, and whether it may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mock) enum Progress {
    /// No request has reached it.
    Armed,
    Waiting,
    Open,
    /// The request is refused, and changes nothing.
    Aborted,
}

/// An armed gate, which one request passes.
pub(in crate::mock) struct Gate {
    pub(in crate::mock) id: u64,
    pub(in crate::mock) point: Point,
    pub(in crate::mock) organization: u64,
    /// The project; any, without one.
    pub(in crate::mock) project: Option<String>,
    longest: Duration,
    progress: watch::Sender<Progress>,
    /// Whether the request that waited there has left, on its way or because its client hung up.
    has_left: watch::Sender<bool>,
}

impl Gate {
    pub(in crate::mock) fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Lets the request that waits there, or reaches it later, go on, or refuses it. Only the first call counts: a handle
    /// that is dropped after it has aborted must not let the request go on.
    pub(in crate::mock) fn release(&self, abort: bool) {
        let end = if abort { Progress::Aborted } else { Progress::Open };
        self.progress.send_if_modified(|progress| {
            let first = matches!(progress, Progress::Armed | Progress::Waiting);
            if first {
                *progress = end;
            }
            first
        });
    }

    /// Waits until a request has reached it. Whether one has in time.
    pub(in crate::mock) async fn reached(&self, longest: Duration) -> bool {
        let mut progress = self.progress.subscribe();
        let come = progress.wait_for(|progress| *progress != Progress::Armed);
        tokio::time::timeout(longest, come).await.is_ok()
    }

    /// Waits until a request has reached it and left again. Whether one has in time.
    pub(in crate::mock) async fn left(&self, longest: Duration) -> bool {
        let mut has_left = self.has_left.subscribe();
        let left = has_left.wait_for(|left| *left);
        tokio::time::timeout(longest, left).await.is_ok()
    }
}

#[derive(Default)]
pub(in crate::mock) struct Gates {
    armed: Mutex<Vec<Arc<Gate>>>,
    count: AtomicU64,
}

impl Gates {
    /// Arms a gate for the next request that reaches it.
    pub(in crate::mock) fn arm(
        &self,
        point: Point,
        organization: u64,
        project: Option<String>,
        longest: Duration,
    ) -> Arc<Gate> {
        let gate = Arc::new(Gate {
            id: self.count.fetch_add(1, Ordering::Relaxed) + 1,
            point,
            organization,
            project,
            longest,
            progress: watch::Sender::new(Progress::Armed),
            has_left: watch::Sender::new(false),
        });
        self.armed.lock().push(Arc::clone(&gate));
        gate
    }

    /// The gates of an organization that are armed or waited at.
    pub(in crate::mock) fn of(&self, organization: u64) -> Vec<Arc<Gate>> {
        self.armed.lock().iter().filter(|gate| gate.organization == organization).cloned().collect()
    }

    /// Removes a gate that no request has reached, or lets the one that waits there go on.
    pub(in crate::mock) fn release(&self, gate: &Arc<Gate>, abort: bool) {
        let was_armed = gate.progress() == Progress::Armed;
        gate.release(abort);
        if was_armed {
            self.disarm(gate);
        }
    }

    /// Lets all requests go on.
    pub(in crate::mock) fn open_all(&self) {
        for gate in self.armed.lock().drain(..) {
            gate.release(false);
        }
    }

    fn disarm(&self, gate: &Arc<Gate>) {
        self.armed.lock().retain(|one| !Arc::ptr_eq(one, gate));
    }

    /// Waits at the gate of a point, if one is armed there.
    pub(in crate::mock) async fn pass(
        &self,
        point: Point,
        cell: &Cell,
        project: &str,
    ) -> Result<(), Refusal> {
        match self.arrive(point, cell, project) {
            Some(mut waiting) => waiting.pass().await,
            None => Ok(()),
        }
    }

    /// The place at the gate of a point, if one is armed there.
    pub(in crate::mock) fn arrive<'g>(
        &'g self,
        point: Point,
        cell: &'g Cell,
        project: &str,
    ) -> Option<Waiting<'g>> {
        let gate = self.enter(point, cell.number, project)?;
        let held = point.holds_the_project().then(|| Held { cell, project: hold(cell, project) });
        Some(Waiting { gates: self, gate, held })
    }

    fn enter(&self, point: Point, organization: u64, project: &str) -> Option<Arc<Gate>> {
        let armed = self.armed.lock();
        let gate = armed.iter().find(|gate| {
            gate.point == point
                && gate.organization == organization
                && gate.project.as_deref().is_none_or(|meant| meant == project)
                && gate.progress() == Progress::Armed
        })?;
        gate.progress.send_replace(Progress::Waiting);
        Some(Arc::clone(gate))
    }
}

/// A request that waits. It leaves also if its client goes away.
pub(in crate::mock) struct Waiting<'g> {
    gates: &'g Gates,
    gate: Arc<Gate>,
    held: Option<Held<'g>>,
}

impl Waiting<'_> {
    /// Returns when the request may go on. The project is held no longer than this.
    pub(in crate::mock) async fn pass(&mut self) -> Result<(), Refusal> {
        let _held = self.held.take();
        let mut progress = self.gate.progress.subscribe();
        let decided = progress.wait_for(|s| matches!(s, Progress::Open | Progress::Aborted));
        let decided = tokio::time::timeout(self.gate.longest, decided).await;
        match decided.ok().and_then(Result::ok).map(|progress| *progress) {
            Some(Progress::Aborted) => Err(Refusal::new(
                Code::AbortedAtGate,
                "The request was aborted at a gate. It has changed nothing.",
            )),
            _ => Ok(()),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.gates.disarm(&self.gate);
        self.gate.has_left.send_replace(true);
    }
}

/// A project that is held while a request waits.
struct Held<'g> {
    cell: &'g Cell,
    /// Its number.
    project: u64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut organization = self.cell.state.write();
        let projects = organization.projects.values_mut();
        for project in projects.filter(|project| project.number == self.project) {
            project.gated = project.gated.saturating_sub(1);
        }
    }
}

/// Holds a project, so that other requests get 409. Gives its number.
fn hold(cell: &Cell, project: &str) -> u64 {
    let mut organization = cell.state.write();
    organization.projects.get_mut(project).map_or(0, |project| {
        project.gated += 1;
        project.number
    })
}
