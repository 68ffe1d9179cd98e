//! Keeps the secrets of others inside the process.

mod member;
mod pattern;
mod spelling;
mod view;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::RwLock;

use self::pattern::Patterns;

pub use self::member::WITHHELD;

/// Characters that a secret needs to be searched for: shorter ones would tear up innocent text,
/// and are withheld by the member that they stand in.
pub const SEARCHED_LENGTH: usize = 12;

/// Knows every secret of a run and takes it out of any text. Clones share what they know.
#[derive(Clone)]
pub struct Redactor {
    members: &'static [&'static str],
    known: Arc<RwLock<Known>>,
}

#[derive(Clone, Default)]
struct Known {
    secrets: HashSet<String>,
    public: HashSet<String>,
    patterns: Patterns,
}

impl Redactor {
    /// Knows no secret yet, and withholds the values of JSON members of those names.
    pub fn new(members: &'static [&'static str]) -> Self {
        Self { members, known: Arc::default() }
    }

    /// Shares what this one knows, and withholds the values of JSON members of those names.
    #[must_use]
    pub fn withholding(&self, members: &'static [&'static str]) -> Self {
        Self { members, known: Arc::clone(&self.known) }
    }

    /// Knows what this one knows, and shares nothing that either learns later.
    #[must_use]
    pub fn apart(&self) -> Self {
        let known = self.known.read().clone();
        Self { members: self.members, known: Arc::new(RwLock::new(known)) }
    }

    /// Withholds `secret` from now on, in all spellings: raw, base64, hex, URL- and JSON-escaped.
    /// Under 12 characters it does nothing.
    pub fn register(&self, secret: &str) {
        if secret.chars().count() < SEARCHED_LENGTH || self.known.read().secrets.contains(secret) {
            return;
        }
        let mut known = self.known.write();
        if !known.public.contains(secret) && known.secrets.insert(secret.to_owned()) {
            known.patterns.insert(spelling::all(secret));
        }
    }

    /// Never withholds `public`, whether or not it is registered too: the default fixture's own
    /// tokens and passphrases, the public vectors.
    pub fn allow(&self, public: &str) {
        let mut known = self.known.write();
        if known.public.insert(public.to_owned()) && known.secrets.remove(public) {
            known.patterns = Patterns::default();
            let spellings: Vec<_> = known.secrets.iter().map(|one| spelling::all(one)).collect();
            for one in spellings {
                known.patterns.insert(one);
            }
        }
    }

    /// The text without any registered secret.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut redacted = Vec::with_capacity(text.len());
        let mut copied = 0;
        for place in found {
            redacted.extend_from_slice(&text.as_bytes()[copied..place.start]);
            redacted.extend_from_slice(WITHHELD.as_bytes());
            copied = place.end;
        }
        redacted.extend_from_slice(&text.as_bytes()[copied..]);
        Cow::Owned(String::from_utf8_lossy(&redacted).into_owned())
    }

    /// The number of places with a registered secret.
    pub fn scan(&self, report: &str) -> usize {
        self.find(report).len()
    }

    /// The text with the values of the withheld members replaced, also in a JSON document that
    /// sits in a string, and in JSON that is cut or broken.
    pub fn withhold_members<'t>(&self, json: &'t str) -> Cow<'t, str> {
        let known = self.known.read();
        member::withhold(json, self.members, &|value| known.public.contains(value))
    }

    /// Places in source order that do not touch each other.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let known = self.known.read();
        if known.patterns.is_empty() {
            return Vec::new();
        }
        let mut places: Vec<Range<usize>> = view::all(text)
            .iter()
            .flat_map(|view| {
                let found = known.patterns.find(view.bytes());
                found.into_iter().map(|place| view.source(&place))
            })
            .collect();
        places.sort_by_key(|place| place.start);
        places.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
        places
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Redactor")
            .field("secrets", &self.known.read().secrets.len())
            .finish_non_exhaustive()
    }
}
