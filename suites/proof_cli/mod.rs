//! `keyproof proof` and `keyproof vectors` as users meet them: the real process, what it prints,
//! what it exits with, and why.

mod bench;
mod proof;
mod streams;
mod vectors;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [proof::trials(), streams::trials(), vectors::trials()].into_iter().flatten().collect()
}
