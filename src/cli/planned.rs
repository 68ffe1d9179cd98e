//! What is part of the fixed command line and is not built yet: refused, never ignored.

use super::Trouble;

/// Refuses the first option of the list that was given.
pub(super) fn refuse_options(options: &[(&str, bool)]) -> Result<(), Trouble> {
    match options.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(not_built(option)),
        None => Ok(()),
    }
}

fn not_built(what: impl std::fmt::Display) -> Trouble {
    Trouble::usage(format!("`{what}` is planned and not built yet"))
}
