//! Which implementation could read what each of the others made.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use parking_lot::Mutex;

/// Characters of a name that a column shows.
const NAME: usize = 20;

/// Something that one implementation makes, and another reads or makes alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    PaddedKey,
    Proof,
    DataKey,
    Blob,
    OlderBlob,
    GeneratedProof,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::PaddedKey,
        Self::Proof,
        Self::DataKey,
        Self::Blob,
        Self::OlderBlob,
        Self::GeneratedProof,
    ];

    const fn letter(self) -> char {
        match self {
            Self::PaddedKey => 'k',
            Self::Proof => 'p',
            Self::DataKey => 'd',
            Self::Blob => 'b',
            Self::OlderBlob => 'o',
            Self::GeneratedProof => 'g',
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::PaddedKey => "padded keys",
            Self::Proof => "proofs",
            Self::DataKey => "data keys",
            Self::Blob => "blobs",
            Self::OlderBlob => "blobs of the older cipher",
            Self::GeneratedProof => "generated proofs",
        }
    }
}

/// What was tried so far, by who made it, who read it, and what it was.
#[derive(Default)]
pub(crate) struct Crossings(Mutex<BTreeMap<(usize, usize, Kind), bool>>);

impl Crossings {
    /// Once it went wrong it stays so.
    pub(crate) fn record(&self, maker: usize, reader: usize, kind: Kind, is_right: bool) {
        let mut cells = self.0.lock();
        *cells.entry((maker, reader, kind)).or_insert(true) &= is_right;
    }

    /// A row for what each made, a column for who read it. `rows` are names and titles.
    pub(crate) fn matrix(&self, rows: &[(String, String)]) -> String {
        let cells = self.0.lock();
        let cell = |maker: usize, reader: usize| {
            let tried = Kind::ALL.into_iter().filter_map(|kind| {
                let is_right = cells.get(&(maker, reader, kind))?;
                Some((kind, *is_right))
            });
            let tried: Vec<_> = tried.collect();
            let wrong = tried.iter().filter(|(_, is_right)| !is_right);
            let wrong: String = wrong.map(|(kind, _)| kind.letter()).collect();
            match (tried.is_empty(), wrong.is_empty()) {
                (true, _) => "-".to_owned(),
                (false, true) => "ok".to_owned(),
                (false, false) => wrong,
            }
        };
        let names: Vec<String> = rows.iter().map(|(name, _)| cut(name)).collect();
        let width = |text: &str| text.chars().count().max(Kind::ALL.len());
        let first = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let mut text =
            String::from("a row is who made it, a column who read it or made the same\n");
        let line = |name: &str, cells: &[String]| {
            let cells = cells.iter().zip(&names);
            let cells: Vec<String> =
                cells.map(|(cell, name)| format!("{cell:0$}", width(name))).collect();
            format!("  {name:first$}  {}", cells.join("  "))
        };
        // Writing to a string can't fail.
        let _ = writeln!(text, "{}", line("", &names).trim_end());
        for (maker, (name, (_, title))) in names.iter().zip(rows).enumerate() {
            let cells: Vec<String> = (0..rows.len()).map(|reader| cell(maker, reader)).collect();
            let _ = writeln!(text, "{}  {}", line(name, &cells), title);
        }
        text.push_str(&legend(&cells));
        text
    }
}

/// What was tried, and what the letters stand for if there are any.
fn legend(cells: &BTreeMap<(usize, usize, Kind), bool>) -> String {
    let tried = |kind: &Kind| cells.keys().any(|(.., one)| one == kind);
    let wrong = |kind: &Kind| {
        let mut cells = cells.iter();
        cells.any(|((.., one), is_right)| one == kind && !is_right)
    };
    let kinds = Kind::ALL.into_iter();
    let tried: Vec<_> = { kinds }.filter(tried).map(Kind::words).collect();
    let wrong = Kind::ALL.into_iter().filter(wrong);
    let wrong: Vec<String> =
        wrong.map(|kind| format!("{} {}", kind.letter(), kind.words())).collect();
    let mut text = String::new();
    if !tried.is_empty() {
        let _ = writeln!(text, "  tried: {}", tried.join(", "));
    }
    if !wrong.is_empty() {
        let _ = writeln!(text, "  not alike: {}", wrong.join(", "));
    }
    text
}

fn cut(name: &str) -> String {
    match name.chars().nth(NAME) {
        None => name.to_owned(),
        Some(_) => name.chars().take(NAME - 1).chain(['…']).collect(),
    }
}
