//! A secret that an implementation is given or makes, and every way in which it may come out again.
//!
//! A piece is as short as chance allows. If what an implementation writes were random characters of the alphabet that is
//! searched, a MiB of it would hold one of the 64 pieces of a secret by chance: as text 2²⁶ · 62⁻¹⁰ < 2⁻³³, without case
//! 2²⁶ · 36⁻¹² < 2⁻³⁶, as hexadecimal digits 2²⁶⁻⁶⁴ = 2⁻³⁸, as base64 3 · 2²⁶⁻⁶⁶ < 2⁻³⁸, as decimal numbers 2²⁶⁻⁶⁴. Of
//! eight secrets in a run that is below one in 10⁹.

use crate::crypto::encoding;

/// Characters of text in a row.
const TEXT: usize = 10;
/// The same in any case, and with other characters between them.
const FOLDED: usize = 12;
/// Bytes in a row, written in hexadecimal digits or as numbers.
const BYTES: usize = 8;
/// Characters of base64 in a row.
const ENCODED: usize = 11;

/// What must not come out.
pub(super) struct Canary {
    /// What it is, for reports: "the key".
    name: &'static str,
    /// If it is a text, which is of letters and digits.
    text: Option<String>,
    bytes: Vec<u8>,
}

impl Canary {
    /// A text of random letters and digits.
    pub(super) fn text(name: &'static str, text: &str) -> Self {
        Self { name, text: Some(text.to_owned()), bytes: text.as_bytes().to_vec() }
    }

    /// Random bytes.
    pub(super) fn bytes(name: &'static str, bytes: &[u8]) -> Self {
        Self { name, text: None, bytes: bytes.to_vec() }
    }

    /// Whether `text` gives it away, or a piece of it, and in which spelling.
    pub(super) fn spelling(&self, text: &str) -> Option<&'static str> {
        let folded = text.to_lowercase();
        // What is written as a list of characters or of bytes in hex has something between them.
        let dense: String = folded.chars().filter(char::is_ascii_alphanumeric).collect();
        if let Some(secret) = &self.text {
            let small = secret.to_lowercase();
            if holds(text, secret, TEXT) || holds(&folded, &small, FOLDED) {
                return Some("as text");
            }
            if holds(&dense, &small, FOLDED) {
                return Some("as a list of characters");
            }
        }
        let hex: String = self.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let unprefixed = dense.replace("0x", "");
        if [dense, unprefixed].iter().any(|digits| holds(digits, &hex, 2 * BYTES)) {
            return Some("as hexadecimal bytes");
        }
        if numbers(text, &self.bytes) {
            return Some("as decimal bytes");
        }
        let standard = text.replace('-', "+").replace('_', "/");
        let is_base64 = (0..3).any(|start| {
            let whole = self.bytes.get(start..).unwrap_or_default();
            let encoded = encoding::encode(&whole[..whole.len() / 3 * 3]);
            holds(&standard, &encoded, ENCODED)
        });
        is_base64.then_some("as base64")
    }
}

/// Which canaries stand in which of the texts, and how: a text comes behind the words for its place.
pub(super) fn found(canaries: &[Canary], texts: &[(String, String)]) -> Vec<String> {
    let in_texts = |canary: &Canary| {
        let spelt = |(place, text): &(String, String)| {
            canary.spelling(text).map(|how| format!("{} {how} {place}", canary.name))
        };
        texts.iter().filter_map(spelt).collect::<Vec<_>>()
    };
    canaries.iter().flat_map(in_texts).collect()
}

/// Whether any `length` characters in a row of `secret` stand in `text`.
fn holds(text: &str, secret: &str, length: usize) -> bool {
    let pieces = (0..).map_while(|start| secret.get(start..start + length));
    { pieces }.any(|piece| text.contains(piece))
}

/// Whether the bytes stand in it one after another, as numbers with whatever between them. Some languages show bytes
/// from 128 on as negative numbers.
fn numbers(text: &str, secret: &[u8]) -> bool {
    let tokens = text.split(|character: char| !character.is_ascii_digit() && character != '-');
    let numbers = tokens.filter(|token| !token.is_empty()).map(|number| {
        let number: i16 = number.trim_start_matches("--").parse().ok()?;
        u8::try_from(if number < 0 { number + 256 } else { number }).ok()
    });
    let bytes: Vec<Option<u8>> = numbers.collect();
    let secret: Vec<Option<u8>> = secret.iter().copied().map(Some).collect();
    let mut pieces = secret.windows(BYTES);
    pieces.any(|piece| bytes.windows(BYTES).any(|row| row == piece))
}
