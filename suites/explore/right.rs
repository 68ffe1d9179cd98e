//! Nothing is found in a server that is right, whatever it chooses where the contract leaves a choice.

use std::time::Duration;

use keyproof::mock::{Limits, Variant};
use keyproof::suite::server::Ended;
use libtest_mimic::Failed;

use super::{explored, explored_by_url, mock};
use crate::support::Trial;
use crate::support::bench::runtime;
use crate::support::proxy::Proxy;

/// Longest that the slow one takes for an answer.
const LONGEST: Duration = Duration::from_millis(30);

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("nothing_is_found_in_a_right_mock", || nothing_is_found(1, &[], 400)),
        Trial::test("nothing_is_found_in_any_variant_of_it", || {
            let mut variants = Variant::ALL.iter().zip(1..);
            variants.try_for_each(|(variant, seed)| nothing_is_found(seed, &[*variant], 100))
        }),
        Trial::test("nothing_is_found_in_one_that_is_slow", nothing_is_found_in_a_slow_one),
    ]
}

fn nothing_is_found(seed: u64, variants: &[Variant], steps: u32) -> Result<(), Failed> {
    let (explored, _) = runtime().block_on(explored(seed, &[], variants, steps))?;
    assert!(matches!(explored.ended, Ended::Complete), "{variants:?}: {:?}", explored.ended);
    assert_eq!((explored.steps, explored.questionable), (steps, 0), "{variants:?}");
    // In both custodies some sequences are of a client that hangs up.
    assert!(explored.hung_up.iter().all(|count| *count > 0 || steps < 300), "{explored:?}");
    Ok(())
}

/// What is hung up on is done later, or never.
fn nothing_is_found_in_a_slow_one() -> Result<(), Failed> {
    let runtime = runtime();
    let (mock, proxy) = runtime.block_on(async {
        let mock = mock(None, Limits::Off).await?;
        let proxy = Proxy::slow(mock.url(), LONGEST).await?;
        Ok::<_, Failed>((mock, proxy))
    })?;
    let output = explored_by_url(&mock, &proxy.url, &["--seed", "1", "--budget", "requests=400"]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.stdout.ends_with(": an order explains every answer\n"), "{output:?}");
    Ok(())
}
