//! The requirements, and what catches each defect of the mock: the files that are compiled in.

use std::sync::LazyLock;

use super::cases::all;
use crate::contract::requirement::Catalogue;
use crate::harness::selftest::Catches;

/// The requirements, as `suites/requirements.toml` has them.
pub const REQUIREMENTS: &str = include_str!("../../../suites/requirements.toml");

/// The catalogue of requirements.
///
/// # Errors
/// The file that is compiled in is not a catalogue.
pub fn catalogue() -> Result<Catalogue, String> {
    Catalogue::parse(REQUIREMENTS).map_err(|error| error.to_string())
}

/// What catches each defect of the mock, as `suites/defects.toml` has it.
///
/// # Errors
/// The file that is compiled in does not fit the cases.
pub fn catches() -> Result<&'static Catches, String> {
    static CATCHES: LazyLock<Result<Catches, String>> = LazyLock::new(|| {
        let text = include_str!("../../../suites/defects.toml");
        Catches::parse("suites/defects.toml", text, &all(), &catalogue()?)
    });
    CATCHES.as_ref().map_err(Clone::clone)
}
