//! The cryptography against Wycheproof's vectors, and its properties over arbitrary input.

mod known;
mod properties;
mod refusals;
mod wrong;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [known::trials(), properties::trials(), refusals::trials(), wrong::trials()]
        .into_iter()
        .flatten()
        .collect()
}
