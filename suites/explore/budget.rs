//! No more is spent than was given, whether something is found or not, and nothing is left behind.

use keyproof::mock::{Defect, Limits};
use libtest_mimic::Failed;

use super::{explored_by_url, mock};
use crate::support::Trial;
use crate::support::bench::runtime;
use crate::support::process::Completed;
use crate::support::proxy::{Passed, Proxy};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("a_budget_is_kept_where_nothing_is_found", || {
            // Whichever request is the one that does not fit any more.
            for requests in 60..70 {
                let output = within(requests, 2, None)?;
                assert_eq!(output.exit, 0, "{output:?}");
                assert!(output.stdout.contains(", all of the budget: "), "{output:?}");
            }
            Ok(())
        }),
        Trial::test("a_budget_of_minutes_ends_it_too", minutes),
        Trial::test("a_budget_is_kept_while_a_sequence_is_made_shorter", || {
            for requests in [40, 60, 90] {
                let output = within(requests, 6, Some(Defect::StoreAcceptsMissingProof))?;
                assert_eq!(output.exit, 1, "{output:?}");
            }
            Ok(())
        }),
    ]
}

/// A check by URL that may spend so much, whose requests are counted on their way.
fn within(requests: usize, rotations: usize, defect: Option<Defect>) -> Result<Completed, Failed> {
    let runtime = runtime();
    let (mock, proxy) = runtime.block_on(async {
        let mock = mock(defect, Limits::Off).await?;
        let proxy = Proxy::before(mock.url()).await?;
        Ok::<_, Failed>((mock, proxy))
    })?;
    let budget = format!("requests={requests},rotations={rotations}");
    let output = explored_by_url(&mock, &proxy.url, &["--seed", "1", "--budget", &budget]);
    let met = proxy.take();
    assert!(met.len() <= requests, "{} of {requests} requests: {output:?}", met.len());
    let is_rotation = |passed: &&Passed| passed.path.ends_with("/encryption-key/rotate");
    let rotated = met.iter().filter(is_rotation).count();
    assert!(rotated <= rotations, "{rotated} of {rotations} rotations: {output:?}");
    let of = |method| move |passed: &&Passed| passed.method == method && passed.status < 300;
    let made = met.iter().filter(of("POST")).filter(|passed| passed.path.ends_with("/projects"));
    let deleted = met.iter().filter(of("DELETE")).filter(|passed| passed.path.contains("/kp-"));
    assert_eq!(made.count(), deleted.count(), "{output:?}");
    Ok(output)
}

/// What would have to be waited for is not waited for.
fn minutes() -> Result<(), Failed> {
    let runtime = runtime();
    let mock = runtime.block_on(mock(None, Limits::Live))?;
    let output = explored_by_url(&mock, mock.url(), &["--seed", "1", "--budget", "minutes=1"]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.stdout.contains(", all of the budget: "), "{output:?}");
    Ok(())
}
