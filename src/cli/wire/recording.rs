//! The answers of a right mock, as cases get them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

use crate::cli::server::{Embedded, Settings};
use crate::contract::route::{Endpoint, ROUTES, Route};
use crate::crypto::Iterations;
use crate::harness::Exchange;
use crate::harness::report::Watch;
use crate::mock::Row;
use crate::suite::server::Server;
use crate::suite::server::selftest::{Common, run_until};

/// An endpoint and a status that it answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answered {
    pub(super) endpoint: Endpoint,
    pub(super) status: u16,
}

impl Answered {
    pub(super) const fn is_success(self) -> bool {
        self.status < 400
    }
}

/// What answers had.
#[derive(Default)]
pub(super) struct Record {
    pub(super) exchanges: usize,
    pub(super) bodies: Vec<Value>,
    pub(super) headers: BTreeSet<String>,
}

pub(super) type Answers = BTreeMap<Answered, Record>;

/// A mock with these rows.
pub(super) async fn start(id: &str, rows: Vec<Row>) -> Result<Arc<dyn Server>, String> {
    // What the derivation of its own keys costs proves nothing.
    let iterations = Some(Iterations::ONE);
    let settings = Settings { iterations, rows, ..Settings::default() };
    let started = Embedded::start(settings).await;
    let server = started.map_err(|error| format!("{id}: the mock did not start: {error}"))?;
    Ok(Arc::new(server))
}

/// The answers of a right mock to these cases.
pub(super) async fn recorded(what: &str, ids: &[&str], common: &Common) -> Result<Answers, String> {
    let recorder = Arc::<Recorder>::default();
    let server = start(what, Vec::new()).await?;
    let watch = Arc::<Recorder>::clone(&recorder);
    let _ = run_until(server, &common.apart(), ids, Some(watch), |_| false).await?;
    Ok(std::mem::take(&mut *recorder.0.lock()))
}

#[derive(Default)]
struct Recorder(Mutex<Answers>);

impl Watch for Recorder {
    fn exchanged(&self, exchange: &Exchange) {
        let Some(endpoint) = endpoint(&exchange.request.line) else {
            return;
        };
        let Some(response) = &exchange.response else {
            return;
        };
        let status = response.line.split(' ').next().and_then(|status| status.parse().ok());
        let answered = Answered { endpoint, status: status.unwrap_or_default() };
        // Whether a server is busy differs from run to run.
        if answered.status >= 500 {
            return;
        }
        let mut records = self.0.lock();
        let record = records.entry(answered).or_default();
        record.exchanges += 1;
        record.bodies.extend(serde_json::from_str::<Value>(&response.body));
        record.headers.extend(response.headers.iter().map(|(name, _)| name.clone()));
    }
}

/// The endpoint that a request line asks for. Literal segments win over parameters.
fn endpoint(line: &str) -> Option<Endpoint> {
    let (method, target) = line.split_once(' ')?;
    let path = target.split('?').next()?;
    let routes = ROUTES.iter().filter(|route| route.method.name() == method);
    let fitting = routes.filter_map(|route| Some((literals(route, path)?, route.endpoint)));
    fitting.max_by_key(|(literals, _)| *literals).map(|(_, endpoint)| endpoint)
}

/// How many segments of a path a route has as they are; none if it is not the route's.
fn literals(route: &Route, path: &str) -> Option<usize> {
    let of = |pattern: &str| {
        let is_length = pattern.split('/').count() == path.split('/').count();
        let mut literals = 0;
        for (segment, given) in pattern.split('/').zip(path.split('/')).filter(|_| is_length) {
            if segment == given {
                literals += 1;
            } else if !segment.starts_with('{') {
                return None;
            }
        }
        is_length.then_some(literals)
    };
    of(route.path).or_else(|| of(route.legacy?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_names_its_endpoint() {
        for (line, wanted) in [
            ("GET /api/v1/o/p/encryption-key", Some(Endpoint::GetEncryptionKey)),
            ("GET /api/v1/o/p/t", Some(Endpoint::GetTarget)),
            ("GET /api/v1/o/projects", Some(Endpoint::ListProjects)),
            ("GET /api/v1/o/p/secrets?merge=false", Some(Endpoint::GetProjectSecrets)),
            ("POST /api/v1/o/secrets/versions", Some(Endpoint::ListVersions)),
            (
                "GET /api/v1/organizations/o/projects/p/encryption-key/history",
                Some(Endpoint::GetKeyHistory),
            ),
            ("POST /_mock/hold", None),
        ] {
            assert_eq!(endpoint(line), wanted, "{line}");
        }
    }
}
