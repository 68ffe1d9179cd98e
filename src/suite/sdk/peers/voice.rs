//! One of the implementations that are compared, whether it is the judged one or a peer.

use std::sync::Arc;

use crate::adapter::Request;
use crate::harness::Stop;
use crate::suite::sdk::context::{Context, Response};

#[derive(Clone)]
pub(in crate::suite::sdk) struct Voice {
    /// Its row and its column.
    pub(in crate::suite::sdk) number: usize,
    pub(in crate::suite::sdk) name: String,
    pub(in crate::suite::sdk) context: Context,
}

/// The judged one's voice, and that of each peer, in the order in which they were given.
pub(in crate::suite::sdk) fn voices(judged: &Context) -> Vec<Voice> {
    let first =
        Voice { number: 0, name: judged.session().hello().name.clone(), context: judged.clone() };
    let others = judged.peers.others.iter().zip(1..);
    let others = others.map(|((name, shared), number)| Voice {
        number,
        name: name.clone(),
        context: Context::new(Arc::clone(shared), Arc::default(), judged.case),
    });
    std::iter::once(first).chain(others).collect()
}

impl Voice {
    /// Its response. None from a peer that has no such operation.
    pub(in crate::suite::sdk) async fn ask(
        &self,
        request: &Request,
    ) -> Result<Option<Response>, Stop> {
        if !self.has(&request.op) {
            return Ok(None);
        }
        let response = self.context.ask(request).await;
        response.map(Some).map_err(|stop| self.named(stop))
    }

    /// Whether it is asked for that operation. What the judged one lacks, its other cases report.
    pub(in crate::suite::sdk) fn has(&self, op: &str) -> bool {
        self.number == 0 || self.context.session().hello().has(op)
    }

    /// Trouble of a peer is not the judged one's.
    pub(in crate::suite::sdk) fn named(&self, stop: Stop) -> Stop {
        let name = &self.name;
        match stop {
            Stop::CouldNotRun(why) if self.number > 0 => {
                Stop::CouldNotRun(format!("peer {name}: {why}"))
            }
            stop => stop,
        }
    }
}
