//! `check --explore`: a defect that takes a sequence to show is found by the steps of one seed, and the sequence is made
//! short; nothing is found in a server that is right; and no more is spent than was given.

mod budget;
mod found;
mod lines;
mod right;

use std::sync::Arc;

use keyproof::cli::server::{Embedded, Settings};
use keyproof::crypto::Iterations;
use keyproof::harness::Redactor;
use keyproof::mock::{Builder, Defect, Limits, MockServer, Variant};
use keyproof::suite::server::{self, Explored, ServerSuite, Terms};
use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, check_with};

pub(crate) fn trials() -> Vec<Trial> {
    [found::trials(), right::trials(), lines::trials(), budget::trials()]
        .into_iter()
        .flatten()
        .collect()
}

/// On a mock of these, which is there for as long as what it gives is.
async fn explored(
    seed: u64,
    defects: &[Defect],
    variants: &[Variant],
    steps: u32,
) -> Result<(Explored, Arc<Embedded>), Failed> {
    let settings = Settings {
        seed,
        defects: defects.to_vec(),
        variants: variants.to_vec(),
        iterations: Some(Iterations::ONE),
        ..Settings::default()
    };
    let target = Arc::new(Embedded::start(settings).await?);
    let redactor = Redactor::new(server::WITHHELD_MEMBERS);
    let suite = ServerSuite::new(target.clone(), &Terms::unbounded(), &redactor)?;
    Ok((suite.explore(seed, steps).await, target))
}

/// A server that somebody else owns.
async fn mock(defect: Option<Defect>, limits: Limits) -> Result<MockServer, Failed> {
    let builder = MockServer::builder().limits(limits).min_iterations(Iterations::ONE);
    Ok(defect.into_iter().fold(builder, Builder::defect).start().await?)
}

/// What the process says of it, at the address of something before it.
fn explored_by_url(mock: &MockServer, url: &str, more: &[&str]) -> Completed {
    let organization = mock.organization();
    let token = mock.token("full").unwrap_or_default();
    let place = ["--explore", "--url", url, "--org", &organization];
    check_with(&[&place, more].concat(), &[("KEYPROOF_TOKEN", &token)])
}
