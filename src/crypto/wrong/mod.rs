//! Wrong constructions that an implementation may have made, so that a mismatch can be explained
//! instead of only being reported: the author of an implementation that answers like
//! [`Derivation::NulPadded`] reads what was done and what to do instead.
//!
//! Nothing here is used to protect anything, and the keys are those of public vectors: they are
//! not wiped.

mod derivation;
mod hint;
mod sealing;
mod text;
mod words;

pub use derivation::{Derivation, Derived};
pub use hint::LANGUAGES;
pub use sealing::Sealing;
pub use text::TextMistake;

/// Lower-case hexadecimal digits of `bytes`.
fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of an even number of hexadecimal digits in either case.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibbles: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|value| value.try_into().ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = nibbles.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
