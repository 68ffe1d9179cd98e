//! Trials against requirements, drawn for people.

use std::fmt::Write as _;

use super::{Expectation, Finding, Trial};
use crate::contract::requirement::Catalogue;
use crate::harness::State;

/// Columns of the legend.
const LEGEND: usize = 3;
/// Requirements between two gaps.
const GROUP: usize = 5;

/// A table of trials: a row each, with a mark for each requirement.
#[derive(Debug, Clone)]
pub struct Matrix {
    requirements: Vec<String>,
    width: usize,
}

impl Matrix {
    /// A table for trials of these ids.
    pub fn new<'n>(catalogue: &Catalogue, ids: impl Iterator<Item = &'n str>) -> Self {
        Self {
            requirements: catalogue.iter().map(|one| one.id.clone()).collect(),
            width: ids.map(str::len).max().unwrap_or(0),
        }
    }

    /// What the columns and the marks mean, and the letters above the columns.
    pub fn head(&self) -> String {
        let entries = (0..self.requirements.len()).map(|column| {
            let letter = letter(column);
            format!("{letter} {}", self.requirements[column])
        });
        let entries: Vec<String> = entries.collect();
        let width = entries.iter().map(String::len).max().unwrap_or(0);
        let rows = entries.len().div_ceil(LEGEND);
        let mut text = String::new();
        for row in 0..rows {
            let cells = entries.iter().skip(row).step_by(rows.max(1));
            let line: Vec<String> = cells.map(|cell| format!("{cell:width$}")).collect();
            // Writing to a string can't fail.
            let _ = writeln!(text, "  {}", line.join("  ").trim_end());
        }
        text.push_str(
            "\n  N failed, by the case that names the mistake and for its reason   x failed too\n  \
             W the same as a warning   w warned too   . held   ? could not run   - not applicable\n\n",
        );
        let letters: String = self.cells(letter);
        let _ = writeln!(text, "      {:width$}  {letters}", "", width = self.width);
        text
    }

    /// The row of one trial.
    pub fn row(&self, trial: &Trial) -> String {
        let finding = trial.finding();
        let by = match finding {
            Finding::Caught(case) => Some(case),
            _ => None,
        };
        let naming = by.and_then(|case| trial.conclusion.outcome(case));
        let marks = self.cells(|column| {
            let id = &self.requirements[column];
            let names = naming.is_some_and(|outcome| outcome.requirement == id);
            let results = trial.conclusion.requirements.iter();
            let mut results = results.filter(|one| one.id == *id);
            match results.next().map(|one| one.state) {
                Some(State::Failed) if names => 'N',
                Some(State::Warned) if names => 'W',
                Some(State::Failed) => 'x',
                Some(State::Warned) => 'w',
                Some(State::Held) => '.',
                Some(State::CouldNotRun) => '?',
                Some(State::NotApplicable) => '-',
                _ => ' ',
            }
        });
        let verdict = if finding.is_right() { "ok" } else { "FAIL" };
        let caught_by = by.map_or_else(String::new, |case| format!("  {case}"));
        let (id, width) = (&trial.id, self.width);
        format!("{verdict:4}  {id:width$}  {marks}{caught_by}\n")
    }

    fn cells(&self, mark: impl Fn(usize) -> char) -> String {
        let mut cells = String::new();
        for column in 0..self.requirements.len() {
            if column > 0 && column % GROUP == 0 {
                cells.push(' ');
            }
            cells.push(mark(column));
        }
        cells
    }
}

impl Trial {
    /// What the suite did wrong, in words; none if nothing.
    pub fn complaint(&self) -> Option<String> {
        let id = &self.id;
        Some(match (self.finding(), &self.expectation) {
            (Finding::Caught(_) | Finding::Held, _) => return None,
            (Finding::Missed, Expectation::Caught(catch)) => format!(
                "{id} is not caught: wanted {} by {}, that says\n    {}",
                catch.verdict.name(),
                catch.cases.join(" and "),
                catch.what
            ),
            (Finding::Missed, Expectation::Held) => format!("{id} was not run"),
            (Finding::Misled(case), _) => format!(
                "{id} is taken for another mistake by {case}, that says\n    {}",
                self.first_line(case)
            ),
            (Finding::Unharmed(cases), _) => {
                format!("{id} is said to fail {cases} too, and does not")
            }
            (Finding::Accused(case), _) => format!(
                "{id} is right and accused by {case}, that says\n    {}",
                self.first_line(case)
            ),
            (Finding::Troubled(trouble), _) => {
                format!("{id}: something is wrong with the suite: {trouble}")
            }
            (Finding::Exit(exit), _) => {
                format!("{id}: its run ended with exit code {}", exit.code())
            }
        })
    }
}

/// The letter of a column.
fn letter(column: usize) -> char {
    let latin = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    // A long catalogue goes on in Greek and Cyrillic, without letters that look like Latin ones.
    let greek = "αβγδεζηθλμξπρστφχψωΓΔΘΛΞΠΣΦΨΩ".chars();
    let letters = latin.chain(greek).chain("бджийлцчшщъыэюяБДЖИЛЦЧШЩЪЫЭЮЯ".chars());
    { letters }.nth(column).unwrap_or('*')
}
