//! Which implementation is the odd one out.

use super::voice::Voice;
use crate::harness::{Judged, Mismatch, Stop};

/// The trouble with one implementation, with its name.
pub(crate) struct Wrong {
    name: String,
    stop: Stop,
}

impl Voice {
    /// The trouble, with the implementation's name.
    pub(crate) fn is_wrong(&self, stop: Stop) -> Wrong {
        Wrong { name: self.name.clone(), stop: self.named(stop) }
    }
}

/// The result over so many implementations: a difference goes before what could not be asked.
pub(crate) fn conclude(wrong: Vec<Wrong>, voices: usize) -> Judged {
    let mut mismatches: Vec<(String, Box<Mismatch>)> = Vec::new();
    let mut trouble = None;
    for Wrong { name, stop } in wrong {
        match stop {
            Stop::Mismatch(mismatch) => mismatches.push((name, mismatch)),
            other => trouble = trouble.or(Some(other)),
        }
    }
    let whose = whose(mismatches.iter().map(|(name, _)| name.as_str()), voices);
    let mut mismatches = mismatches.into_iter();
    let Some((name, mut first)) = mismatches.next() else {
        return trouble.map_or(Ok(()), Err);
    };
    first.what = format!("{whose}, {}", first.what);
    first.got = format!("{name}: {}", first.got);
    // Its exchange shows it: of the others the answers are enough.
    for (name, other) in mismatches {
        let got = format!("{name}: {}", other.got);
        if !first.got.contains(&got) {
            first.got.push_str(&format!("\n{got}"));
        }
    }
    Err(Stop::Mismatch(first))
}

fn whose<'n>(wrong: impl Iterator<Item = &'n str>, voices: usize) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in wrong {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        all if all.len() == voices => "all of them differ from keyproof".to_owned(),
        [one] => format!("{one} is the odd one out"),
        [most @ .., last] => format!("{} and {last} differ from keyproof", most.join(", ")),
        [] => String::new(),
    }
}
