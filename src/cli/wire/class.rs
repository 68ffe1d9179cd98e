//! What has to become of a mutation, as `suites/wire.toml` says.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::fate::Fate;
use super::mutation::Mutation;
use crate::harness::Selection;

/// What breaks it, in the words of the decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The seed says otherwise: a case has to fail.
    Must,
    /// The published clients break: a case has to fail.
    Client,
    /// Only other documentation says otherwise: a case has to warn, and none may fail.
    Docs,
    /// It is right: no case may hold anything against it.
    Free,
}

/// The classes of all mutations, and those of which it is known that they are not seen.
pub struct Classes {
    classes: Vec<(Class, Selection)>,
    survivors: Vec<(String, Selection)>,
    patterns: Vec<(String, Selection)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    class: Vec<Entry>,
    #[serde(default)]
    survivor: Vec<Survivor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    is: Class,
    /// The row of the decisions, or another source.
    says: String,
    sites: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivor {
    why: String,
    sites: Vec<String>,
}

const FILE: &str = "suites/wire.toml";

impl Classes {
    /// Reads the file that is compiled in.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn load() -> Result<Self, String> {
        Self::parse(include_str!("../../../suites/wire.toml"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| format!("{FILE}: {error}"))?;
        let said = file.class.iter().map(|entry| &entry.says);
        if said.chain(file.survivor.iter().map(|one| &one.why)).any(|text| text.trim().is_empty()) {
            return Err(format!("{FILE}: an entry does not say why"));
        }
        let mut patterns = Vec::new();
        let all = file.class.iter().flat_map(|entry| &entry.sites);
        for pattern in all.chain(file.survivor.iter().flat_map(|one| &one.sites)) {
            patterns.push((pattern.clone(), selection(std::slice::from_ref(pattern))?));
        }
        let classes = file.class.into_iter().map(|entry| Ok((entry.is, selection(&entry.sites)?)));
        let listed = file.survivor.into_iter().flat_map(|one| one.sites);
        let survivors = listed.map(|site| {
            let sites = selection(std::slice::from_ref(&site))?;
            Ok((site, sites))
        });
        Ok(Self {
            classes: classes.collect::<Result<_, String>>()?,
            survivors: survivors.collect::<Result<_, String>>()?,
            patterns,
        })
    }

    /// The class of a mutation: that of the first entry that has it.
    ///
    /// # Errors
    /// No entry has it.
    pub fn of(&self, id: &str) -> Result<Class, String> {
        let place = place(id);
        let entry = self.classes.iter().find(|(_, sites)| sites.matches(place));
        entry.map(|(class, _)| *class).ok_or_else(|| format!("{FILE}: no class has {id}"))
    }

    /// Whether it is listed that nothing sees it.
    pub fn is_listed(&self, id: &str) -> bool {
        self.survivors.iter().any(|(_, sites)| sites.matches(place(id)))
    }

    /// The patterns of what is not seen that none of these ids fits.
    pub(super) fn seen_all(&self, unseen: &BTreeSet<String>) -> Vec<&str> {
        let is_seen =
            |(_, sites): &&(String, Selection)| !unseen.iter().any(|id| sites.matches(place(id)));
        self.survivors.iter().filter(is_seen).map(|(pattern, _)| pattern.as_str()).collect()
    }

    /// The patterns that no mutation fits.
    pub fn dead<'m>(&self, mutations: impl Iterator<Item = &'m Mutation> + Clone) -> Vec<&str> {
        let is_dead = |(_, sites): &&(String, Selection)| {
            !mutations.clone().any(|mutation| sites.matches(place(&mutation.id)))
        };
        self.patterns.iter().filter(is_dead).map(|(pattern, _)| pattern.as_str()).collect()
    }
}

/// An id as the patterns of the file see it.
fn place(id: &str) -> &str {
    id.strip_prefix("wire/").unwrap_or(id)
}

fn selection(sites: &[String]) -> Result<Selection, String> {
    if sites.is_empty() {
        return Err(format!("{FILE}: an entry without sites"));
    }
    let sites: Vec<String> = sites.iter().flat_map(|site| expanded(site)).collect();
    Selection::parse(&sites, &[], false).map_err(|error| format!("{FILE}: {error}"))
}

/// A pattern for each choice of the words in its braces.
fn expanded(pattern: &str) -> Vec<String> {
    let braces = pattern.split_once('{').and_then(|(before, rest)| {
        let (words, after) = rest.split_once('}')?;
        Some((before, words, after))
    });
    let Some((before, words, after)) = braces else {
        return vec![pattern.to_owned()];
    };
    words.split(',').flat_map(|word| expanded(&format!("{before}{word}{after}"))).collect()
}

impl Class {
    /// Whether this is what has to become of such a mutation.
    pub const fn is_met(self, fate: &Fate) -> bool {
        match self {
            Self::Must | Self::Client => matches!(fate, Fate::Failed(..)),
            Self::Docs => matches!(fate, Fate::Warned(..)),
            Self::Free => matches!(fate, Fate::Survived),
        }
    }

    /// Whether a server was accused, or the suite is broken: no entry of the file excuses that.
    pub const fn is_wronged(self, fate: &Fate) -> bool {
        matches!(
            (self, fate),
            (_, Fate::Broken(_))
                | (Self::Docs | Self::Free, Fate::Failed(..))
                | (Self::Free, Fate::Warned(..))
        )
    }

    /// How the file writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Client => "client",
            Self::Docs => "docs",
            Self::Free => "free",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_entry_that_fits_decides() {
        let classes = Classes::parse(
            "[[class]]\nis = 'free'\nsays = 'a'\nsites = ['{get-x,get-y}/data{,.id}/null']\n\
             [[class]]\nis = 'must'\nsays = 'b'\nsites = ['get-*/**']\n\
             [[survivor]]\nwhy = 'c'\nsites = ['get-x/*/cut']\n",
        );
        let Ok(classes) = classes else { panic!("it is a table") };
        for (id, class) in [
            ("wire/get-x/data/null", Some(Class::Free)),
            ("wire/get-y/data.id/null", Some(Class::Free)),
            ("wire/get-x/data.type/null", Some(Class::Must)),
            ("wire/put-x/data/null", None),
        ] {
            assert_eq!(classes.of(id).ok(), class, "{id}");
        }
        assert!(classes.is_listed("wire/get-x/data/cut"));
        assert!(!classes.is_listed("wire/get-x/data/null"));
    }

    #[test]
    fn an_entry_says_why_and_where() {
        for text in [
            "[[class]]\nis = 'must'\nsays = ' '\nsites = ['*']",
            "[[class]]\nis = 'must'\nsays = 'x'\nsites = []",
            "[[class]]\nis = 'perhaps'\nsays = 'x'\nsites = ['*']",
        ] {
            assert!(Classes::parse(text).is_err(), "{text}");
        }
    }
}
