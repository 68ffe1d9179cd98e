//! The cases of `keyproof check` under `cargo test`, and the suite held to its own rules.
//!
//! `KEYPROOF_TEST_URL`, `KEYPROOF_TEST_ORG` and `KEYPROOF_TEST_TOKEN` aim the cases at another
//! server. `KEYPROOF_URL` and its like are ignored.

pub(crate) mod aim;
mod cases;
mod catalogue;
mod choices;
mod environment;
mod races;
mod shapes;
mod wire;

use self::aim::Aim;
use crate::support::Trial;

/// `is_wanted` says of a trial's name whether it is going to run.
pub(crate) fn trials(is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Trial>, String> {
    let aim = Aim::from_environment()?;
    let mut trials = cases::trials(is_wanted, &aim);
    trials.extend(catalogue::trials());
    if matches!(aim, Aim::Embedded) {
        let ours = [
            environment::trials(),
            shapes::trials(),
            wire::trials(),
            choices::trials(),
            races::trials(),
        ];
        trials.extend(ours.into_iter().flatten());
    }
    Ok(trials)
}
