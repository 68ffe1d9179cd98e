//! Many literals searched for in one pass.

use std::collections::HashMap;
use std::ops::Range;

/// Bytes by which a place is looked up. Every spelling of a searched secret is longer.
const PREFIX: usize = 8;

/// Literals by their first bytes, so that a pass over a text costs one look-up a byte however
/// many there are.
#[derive(Clone, Default)]
pub(super) struct Patterns {
    by_prefix: HashMap<[u8; PREFIX], Vec<Box<[u8]>>>,
}

impl Patterns {
    pub(super) fn is_empty(&self) -> bool {
        self.by_prefix.is_empty()
    }

    pub(super) fn insert(&mut self, literals: impl IntoIterator<Item = Vec<u8>>) {
        for literal in literals {
            if let Some(prefix) = literal.first_chunk() {
                let alike = self.by_prefix.entry(*prefix).or_default();
                let longer = alike.partition_point(|other| other.len() > literal.len());
                alike.insert(longer, literal.into_boxed_slice());
            }
        }
    }

    /// Where they stand: at each place the longest, then onwards from its second byte, since
    /// another one may overlap it.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let windows = text.windows(PREFIX).enumerate();
        windows
            .filter_map(|(start, window)| {
                let prefix: &[u8; PREFIX] = window.first_chunk()?;
                let alike = self.by_prefix.get(prefix)?;
                let rest = &text[start..];
                let found = alike.iter().find(|literal| rest.starts_with(literal))?;
                Some(start..start + found.len())
            })
            .collect()
    }
}
