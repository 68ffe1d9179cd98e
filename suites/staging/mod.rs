//! `keyproof check --url` as a guest on a server that others use: what it spends, how it waits, what it
//! refuses before anything is written, and that nothing of it is left behind.

mod connection;
mod diagnosis;
mod host;
mod hostile;
mod interrupted;
mod killed;
mod plan;
mod planted;
mod refusal;
mod tidying;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [
        plan::trials(),
        refusal::trials(),
        diagnosis::trials(),
        connection::trials(),
        killed::trials(),
        hostile::trials(),
        tidying::trials(),
        interrupted::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
