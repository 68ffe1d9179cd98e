//! The implementations that are compared, the judged one and its peers, and which of them is the odd one out.

use std::sync::Arc;

use crate::adapter::Request;
use crate::harness::{Judged, Mismatch, Stop};
use crate::suite::sdk::context::{Context, Response};

#[derive(Clone)]
pub(crate) struct Implementation {
    /// Its row and its column.
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) context: Context,
}

/// The judged one, then each peer in the order in which they were given.
pub(crate) fn implementations(judged: &Context) -> Vec<Implementation> {
    let first = Implementation {
        number: 0,
        name: judged.session().hello().name.clone(),
        context: judged.clone(),
    };
    let others = judged.peers.others.iter().zip(1..);
    let others = others.map(|((name, shared), number)| Implementation {
        number,
        name: name.clone(),
        context: Context {
            explains: judged.explains,
            ..Context::new(Arc::clone(shared), Arc::default(), judged.case)
        },
    });
    std::iter::once(first).chain(others).collect()
}

impl Implementation {
    /// Its response. None from a peer that has no such operation.
    pub(crate) async fn ask<'r>(&self, request: &'r Request) -> Result<Option<Response<'r>>, Stop> {
        if !self.has(&request.op) {
            return Ok(None);
        }
        let response = self.context.ask(request).await;
        response.map(Some).map_err(|stop| self.named(stop))
    }

    /// Whether requests for that operation are sent to it. What the judged one lacks, its other cases report.
    pub(crate) fn has(&self, op: &str) -> bool {
        self.number == 0 || self.context.session().hello().has(op)
    }

    /// The trouble with it, for [`conclude`].
    pub(crate) fn is_wrong(&self, stop: Stop) -> Wrong {
        Wrong { name: self.name.clone(), stop: self.named(stop) }
    }

    /// Trouble of a peer is not the judged one's.
    fn named(&self, stop: Stop) -> Stop {
        let name = &self.name;
        match stop {
            Stop::CouldNotRun(why) if self.number > 0 => {
                Stop::CouldNotRun(format!("peer {name}: {why}"))
            }
            stop => stop,
        }
    }
}

/// The trouble with one implementation, with its name.
pub(crate) struct Wrong {
    name: String,
    stop: Stop,
}

/// The result over so many implementations: a difference goes before what could not be run.
pub(crate) fn conclude(wrong: Vec<Wrong>, count: usize) -> Judged {
    let mut mismatches: Vec<(String, Box<Mismatch>)> = Vec::new();
    let mut trouble = None;
    for Wrong { name, stop } in wrong {
        match stop {
            Stop::Mismatch(mismatch) => mismatches.push((name, mismatch)),
            other => trouble = trouble.or(Some(other)),
        }
    }
    let whose = whose(mismatches.iter().map(|(name, _)| name.as_str()), count);
    let mut mismatches = mismatches.into_iter();
    let Some((name, mut first)) = mismatches.next() else {
        return trouble.map_or(Ok(()), Err);
    };
    first.what = format!("{whose}, {}", first.what);
    first.got = format!("{name}: {}", first.got);
    // Its exchange shows it: of the others the answers are enough.
    for (name, other) in mismatches {
        let got = format!("{name}: {}", other.got);
        if !first.got.contains(&got) {
            first.got.push_str(&format!("\n{got}"));
        }
    }
    Err(Stop::Mismatch(first))
}

fn whose<'n>(wrong: impl Iterator<Item = &'n str>, count: usize) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in wrong {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        all if all.len() == count => "all of them differ from keyproof".to_owned(),
        [one] => format!("{one} is the odd one out"),
        [most @ .., last] => format!("{} and {last} differ from keyproof", most.join(", ")),
        [] => String::new(),
    }
}
