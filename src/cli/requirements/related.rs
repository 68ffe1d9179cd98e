//! What belongs to a requirement: the cases that check it, and the defects that break it.

use crate::harness::selftest::Catches;
use crate::mock::Defect;
use crate::suite::server;

pub(super) fn cases_of(requirement: &str) -> Vec<&'static str> {
    let cases = server::cases().into_iter();
    cases.filter(|case| case.requirement == requirement).map(|case| case.id).collect()
}

pub(super) fn defects_of(catches: &Catches, requirement: &str) -> Vec<&'static str> {
    let defects = Defect::ALL.iter();
    defects
        .map(|defect| defect.name())
        .filter(|defect| catches.breaks(defect) == Some(requirement))
        .collect()
}
