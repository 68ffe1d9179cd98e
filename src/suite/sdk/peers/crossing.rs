//! Which implementation could read what each of the others made.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::named::named;

/// The most characters of a name in the matrix.
const NAME: usize = 20;

named! {
    /// What one implementation makes, and another reads or makes alike: its letter in the matrix, and its name.
    pub(crate) enum Artifact {
        PaddedKey = "k": "padded keys",
        Proof = "p": "proofs",
        DataKey = "d": "data keys",
        Blob = "b": "blobs",
        OlderBlob = "o": "blobs of the older cipher",
        GeneratedProof = "g": "generated proofs",
    }
}

/// Whether all went right so far, by the number of the maker, the number of the reader, and what was made.
#[derive(Default)]
pub(crate) struct Crossings(Mutex<BTreeMap<(usize, usize, Artifact), bool>>);

impl Crossings {
    /// What went wrong once stays wrong.
    pub(crate) fn record(&self, maker: usize, reader: usize, artifact: Artifact, is_right: bool) {
        let mut cells = self.0.lock();
        *cells.entry((maker, reader, artifact)).or_insert(true) &= is_right;
    }

    /// A row for each maker, a column for each reader. `rows` are their names and titles.
    pub(crate) fn matrix(&self, rows: &[(String, String)]) -> String {
        let cells = self.0.lock();
        let cell = |maker: usize, reader: usize| {
            let tried = Artifact::ALL.iter().copied().filter_map(|artifact| {
                let is_right = cells.get(&(maker, reader, artifact))?;
                Some((artifact, *is_right))
            });
            let tried: Vec<_> = tried.collect();
            let wrong = tried.iter().filter(|(_, is_right)| !is_right);
            let wrong: String = wrong.map(|(artifact, _)| artifact.name()).collect();
            match (tried.is_empty(), wrong.is_empty()) {
                (true, _) => "-".to_owned(),
                (false, true) => "ok".to_owned(),
                (false, false) => wrong,
            }
        };
        let names: Vec<String> = rows.iter().map(|(name, _)| cut(name)).collect();
        let width = |text: &str| text.chars().count().max(Artifact::ALL.len());
        let first = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let line = |name: &str, cells: &[String]| {
            let cells = cells.iter().zip(&names);
            let cells: Vec<String> =
                cells.map(|(cell, name)| format!("{cell:0$}", width(name))).collect();
            format!("  {name:first$}  {}", cells.join("  "))
        };
        let mut lines = vec![
            "a row is who made it, a column who read it or made the same".to_owned(),
            line("", &names).trim_end().to_owned(),
        ];
        for (maker, (name, (_, title))) in names.iter().zip(rows).enumerate() {
            let cells: Vec<String> = (0..rows.len()).map(|reader| cell(maker, reader)).collect();
            lines.push(format!("{}  {title}", line(name, &cells)));
        }
        lines.extend(legend(&cells));
        lines.join("\n") + "\n"
    }
}

/// What was tried, and what the letters stand for if there are any.
fn legend(cells: &BTreeMap<(usize, usize, Artifact), bool>) -> Vec<String> {
    let (mut tried, mut wrong) = (Vec::new(), Vec::new());
    for artifact in Artifact::ALL {
        let mut results = cells.iter().filter(|((.., one), _)| one == artifact).peekable();
        if results.peek().is_some() {
            tried.push(artifact.sentence().to_owned());
        }
        if results.any(|(_, is_right)| !is_right) {
            wrong.push(format!("{} {}", artifact.name(), artifact.sentence()));
        }
    }
    let lines = [("tried", tried), ("not alike", wrong)].into_iter();
    let lines = lines.filter(|(_, artifacts)| !artifacts.is_empty());
    lines.map(|(title, artifacts)| format!("  {title}: {}", artifacts.join(", "))).collect()
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}
