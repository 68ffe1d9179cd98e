//! The mock as a router: what a request left in the response's extensions, and requests that stop
//! where a test wants them to.

use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Waker};

use axum::Router;
use axum::response::Response;
use futures::future::{BoxFuture, FutureExt as _};
use keyproof::mock::{Builder, Passage, Stage, Trace};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::{Answer, Call};

/// A mock without a socket.
#[derive(Clone)]
pub(crate) struct Direct(Router);

/// A request that has begun and waits for work off the async threads.
pub(crate) struct Begun {
    answered: BoxFuture<'static, Response>,
    stalled: Stalled,
}

impl Direct {
    pub(crate) fn of(builder: Builder) -> Self {
        Self(builder.router_with_jobs().unwrap())
    }

    pub(crate) async fn response(&self, call: Call) -> Response {
        let answered = self.0.clone().oneshot(call.into_router()).await;
        answered.unwrap_or_else(|never| match never {})
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        read(self.response(call).await).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Call::new("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Call::new("POST", path).json(body)).await
    }

    /// Sends a request as far as its first wait for work off the async threads: it is prepared
    /// in part, and nothing is committed.
    pub(crate) fn begin(&self, call: Call) -> Begun {
        let direct = self.clone();
        let stalled = Stalled::new();
        let mut answered = async move { direct.response(call).await }.boxed();
        let entered = stalled.runtime.as_ref().map(Runtime::enter);
        let mut context = Context::from_waker(Waker::noop());
        let first = answered.as_mut().poll(&mut context);
        drop(entered);
        assert!(first.is_pending(), "the request was to wait for its keys");
        Begun { answered, stalled }
    }
}

impl Begun {
    pub(crate) async fn finish(mut self) -> Answer {
        self.stalled.go_on();
        read(self.answered.await).await
    }

    /// Its client goes away. The work off the async threads is still to be done.
    pub(crate) fn hang_up(self) -> Stalled {
        self.stalled
    }
}

/// A runtime whose one blocking thread does nothing until the gate is dropped.
pub(crate) struct Stalled {
    gate: Option<Sender<()>>,
    runtime: Option<Runtime>,
}

impl Stalled {
    fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        let (gate, opened) = channel::<()>();
        runtime.spawn_blocking(move || opened.recv());
        Self { gate: Some(gate), runtime: Some(runtime) }
    }
}

impl Stalled {
    pub(crate) fn go_on(&mut self) {
        self.gate.take();
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        self.gate.take();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn read(response: Response) -> Answer {
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        code: head.status.as_u16(),
        headers: head.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// The stages that a response's request came through, and what the last of them said.
pub(crate) fn trace_of(response: &Response) -> (Vec<Stage>, Option<Passage>) {
    let trace = response.extensions().get::<Trace>().expect("a trace");
    let stages = trace.steps().iter().map(|(stage, _)| *stage).collect();
    let last = trace.steps().last().map(|(_, passage)| passage.clone());
    (stages, last)
}
