//! The judge of histories: its search against another's, and what it makes of the calls on a project.

mod judged;
mod porcupine;
mod register;

use crate::support::Trial;

pub(crate) fn trials() -> Result<Vec<Trial>, String> {
    let mut trials = judged::trials();
    trials.push(porcupine::trial()?);
    Ok(trials)
}
