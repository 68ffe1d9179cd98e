//! A shared step: done once a run, for all the cases that use it.

use std::any::Any;
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::harness::{Spending, Stop};
use crate::suite::server::context::Context;

/// A step as data: its name, and the most that it spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What cases call it in `shares`.
    pub name: &'static str,
    /// The most that it spends.
    pub spends: Spending,
}

impl Step {
    /// A step that takes so many requests at most, of which so many count against the limit of rotations.
    pub(crate) const fn new(name: &'static str, requests: u32, rotations: u32) -> Self {
        Self { name, spends: Spending { requests, rotations } }
    }
}

impl Context {
    /// What a step makes: whoever needs it first makes it, in a context whose spending is the step's. What
    /// stops it is no case's failure: the cases that need it could not run.
    pub(crate) async fn once<T, F>(
        &self,
        step: Step,
        make: impl FnOnce(Self) -> F,
    ) -> Result<Arc<T>, Stop>
    where
        T: Any + Send + Sync,
        F: Future<Output = Result<T, Stop>>,
    {
        let cell: Arc<OnceCell<Result<Arc<T>, Stop>>> = self.shared.memo(step.name);
        let make = async {
            let context = self.spending(step.spends);
            let counted = context.counted();
            let result = make(context).await;
            self.shared.step_costs.lock().insert(step.name, *counted.lock());
            result.map(Arc::new).map_err(|stop| match stop {
                Stop::Mismatch(mismatch) => {
                    let (step, what) = (step.name, mismatch.what);
                    Stop::CouldNotRun(format!("the shared step {step} stopped: {what}"))
                }
                other => other,
            })
        };
        cell.get_or_init(|| make).await.clone()
    }
}
