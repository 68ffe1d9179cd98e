//! What mutations came to, by endpoint and operator.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use super::class::{Class, Classes};
use super::fate::Fate;
use super::mutation::Mutation;

/// Where the table begins in `suites/README.md`.
pub const BEGIN: &str = "<!-- keyproof selftest --run 'wire/**' -->\n";
/// Where it ends.
pub const END: &str = "<!-- until the next run of the whole -->\n";

/// Percentage of the mutations that break a must or a client of which a case has to fail.
const BAR: f64 = 97.0;

/// What became of some mutations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    failed: usize,
    warned: usize,
    /// Right, and nothing was held against them.
    passed: usize,
    survived: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.failed += more.failed;
        self.warned += more.warned;
        self.passed += more.passed;
        self.survived += more.survived;
    }
}

/// As a cell of the table: a count and the letter of what became of so many.
impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts =
            [(self.failed, 'f'), (self.warned, 'w'), (self.passed, 'p'), (self.survived, 's')];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, letter)| format!("{count}{letter}")).collect();
        f.write_str(&parts.join(" "))
    }
}

/// What became of the mutations of a run.
#[derive(Default)]
pub struct Tally {
    cells: BTreeMap<(String, String), Counts>,
    /// Of must and client: how many, and how many fail.
    binding: (usize, usize),
    /// The ids of those of which it is listed that nothing sees them, and that nothing has seen.
    unseen: BTreeSet<String>,
    /// What nothing has seen, each with its class.
    survivors: BTreeSet<String>,
    complaints: Vec<String>,
}

impl Tally {
    /// Counts a mutation. Gives the complaint, if there is one.
    pub fn count(
        &mut self,
        mutation: &Mutation,
        class: Class,
        fate: &Fate,
        classes: &Classes,
    ) -> Option<&str> {
        let counts = match (class, fate) {
            (_, Fate::Failed(..)) => Counts { failed: 1, ..Counts::default() },
            (_, Fate::Warned(..)) => Counts { warned: 1, ..Counts::default() },
            (Class::Free, Fate::Survived) => Counts { passed: 1, ..Counts::default() },
            _ => Counts { survived: 1, ..Counts::default() },
        };
        let cell = (mutation.endpoint.name().to_owned(), mutation.operator().to_owned());
        *self.cells.entry(cell).or_default() += counts;
        if matches!(class, Class::Must | Class::Client) {
            self.binding.0 += 1;
            self.binding.1 += counts.failed;
        }
        if counts.survived > 0 {
            self.survivors.insert(format!("{} ({})", mutation.id, class.name()));
        }
        let is_listed = classes.is_listed(&mutation.id);
        if is_listed && !class.is_met(fate) {
            self.unseen.insert(mutation.id.clone());
        }
        let complaint = complaint(&mutation.id, class, fate, is_listed)?;
        self.complaints.push(complaint);
        self.complaints.last().map(String::as_str)
    }

    /// Complains of what only a run of all mutations shows: what is listed as unseen and is seen, and too many that are
    /// not.
    pub fn judge_whole(&mut self, classes: &Classes) -> &[String] {
        let before = self.complaints.len();
        for pattern in classes.seen_all(&self.unseen) {
            self.complaints
                .push(format!("{pattern} is listed as what nothing sees: all of it is seen"));
        }
        if self.share() < BAR {
            self.complaints
                .push(format!("less than {BAR} % of what breaks a must or a client fail"));
        }
        &self.complaints[before..]
    }

    /// What nothing has seen, a line each.
    pub fn survivors(&self) -> impl Iterator<Item = &str> {
        self.survivors.iter().map(String::as_str)
    }

    /// Whether nothing is to be said against the suite.
    pub const fn is_proved(&self) -> bool {
        self.complaints.is_empty()
    }

    /// Percentage of the mutations that break a must or a client that fail.
    fn share(&self) -> f64 {
        match self.binding {
            (0, _) => 100.0,
            #[allow(clippy::cast_precision_loss, reason = "some thousands")]
            (all, failed) => 100.0 * failed as f64 / all as f64,
        }
    }

    /// What it comes to, in a line.
    pub fn line(&self) -> String {
        let (all, failed) = self.binding;
        let sum = self.sum(|_| true);
        format!(
            "{} mutations tried: {failed} of {all} that break a must or a client fail ({:.1} %, {BAR} % have to), {} warn, \
             {} that are right pass, {} survive, {} complaints",
            sum.failed + sum.warned + sum.passed + sum.survived,
            self.share(),
            sum.warned,
            sum.passed,
            sum.survived,
            self.complaints.len()
        )
    }

    fn sum(&self, is_meant: impl Fn(&(String, String)) -> bool) -> Counts {
        let mut sum = Counts::default();
        for (_, counts) in self.cells.iter().filter(|(cell, _)| is_meant(cell)) {
            sum += *counts;
        }
        sum
    }

    /// The table, in Markdown.
    pub fn markdown(&self) -> String {
        let endpoints: BTreeSet<&str> =
            self.cells.keys().map(|(endpoint, _)| &**endpoint).collect();
        let operators: BTreeSet<&str> =
            self.cells.keys().map(|(_, operator)| &**operator).collect();
        let columns: Vec<&str> = operators.iter().copied().chain(["all"]).collect();
        let mut text = format!("| endpoint | {} |\n", columns.join(" | "));
        text.push_str(&format!("|---|{}\n", "---|".repeat(columns.len())));
        let mut row = |name: &str, is_meant: &dyn Fn(&str) -> bool| {
            let cells = operators.iter().map(|operator| {
                self.sum(|(one, other)| is_meant(one) && other == operator).to_string()
            });
            let all = self.sum(|(one, _)| is_meant(one)).to_string();
            let cells: Vec<String> = cells.chain([all]).collect();
            text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
        };
        for endpoint in &endpoints {
            row(&format!("`{endpoint}`"), &|one| one == *endpoint);
        }
        row("all", &|_| true);
        text
    }
}

/// How many mutations each cell of a table counts, by endpoint and operator, and what is wrong with the table.
///
/// # Errors
/// It is no table of this kind.
pub fn counted(table: &str) -> Result<BTreeMap<(String, String), usize>, String> {
    let mut lines = table.lines().map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<String>>()
    });
    let operators = lines.next().ok_or("no table")?;
    let mut counted = BTreeMap::new();
    for cells in lines.skip(1).filter(|cells| cells.first().is_some_and(|one| one != "all")) {
        for (operator, cell) in operators.iter().zip(&cells).skip(1) {
            let mut count = 0;
            for part in cell.split_whitespace() {
                let number = part.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
                count += number.parse::<usize>().map_err(|_| format!("no count: {part}"))?;
            }
            if operator != "all" && count > 0 {
                counted.insert((cells[0].clone(), operator.clone()), count);
            }
        }
    }
    Ok(counted)
}

fn complaint(id: &str, class: Class, fate: &Fate, is_listed: bool) -> Option<String> {
    let is_met = class.is_met(fate);
    let became = match fate {
        Fate::Failed(case, why) => format!("{case} fails: {why}"),
        Fate::Warned(case, why) => format!("{case} warns: {why}"),
        Fate::Broken(why) => format!("something is wrong with the suite: {why}"),
        Fate::Stuck(case, why) => format!("{case} could not run: {why}"),
        Fate::Survived => "nothing sees it".to_owned(),
    };
    if is_met || (is_listed && !class.is_wronged(fate)) {
        return None;
    }
    Some(format!("{id} ({}): {became}", class.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_back() {
        let mut tally = Tally::default();
        let cell = |operator: &str| ("get-x".to_owned(), operator.to_owned());
        let counts = Counts { failed: 2, survived: 1, ..Counts::default() };
        tally.cells.insert(cell("null"), counts);
        tally.cells.insert(cell("delete"), Counts { warned: 3, ..Counts::default() });
        let table = tally.markdown();
        assert!(table.contains("| `get-x` | 3w | 2f 1s | 2f 3w 1s |\n"), "{table}");
        let wanted = BTreeMap::from([(cell("null"), 3), (cell("delete"), 3)]);
        assert_eq!(counted(&table), Ok(wanted));
    }

    #[test]
    fn a_listed_survivor_excuses_no_accusation() {
        let fails = Fate::Failed("server/x", String::new());
        assert_eq!(complaint("a", Class::Must, &fails, false), None);
        assert_eq!(complaint("a", Class::Must, &fails, true), None);
        assert!(complaint("a", Class::Must, &Fate::Survived, false).is_some());
        assert_eq!(complaint("a", Class::Must, &Fate::Survived, true), None);
        assert!(complaint("a", Class::Docs, &fails, true).is_some());
        assert!(
            complaint("a", Class::Free, &Fate::Warned("server/x", String::new()), true).is_some()
        );
        assert_eq!(complaint("a", Class::Free, &Fate::Survived, false), None);
    }
}
