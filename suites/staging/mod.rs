//! `keyproof check --url` as a guest on a server that others use: what it spends, how it waits, what it
//! refuses before anything is written, and that nothing of it is left behind.

mod clocks;
mod connection;
mod diagnosis;
mod host;
mod hostile;
mod interrupted;
mod killed;
pub(crate) mod plan;
mod planted;
mod refusal;
mod restart;
mod tidying;
mod waiting;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [
        plan::trials(),
        refusal::trials(),
        diagnosis::trials(),
        connection::trials(),
        clocks::trials(),
        waiting::trials(),
        killed::trials(),
        hostile::trials(),
        tidying::trials(),
        interrupted::trials(),
        restart::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
