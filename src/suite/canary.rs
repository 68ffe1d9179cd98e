//! A secret that an implementation is given, and every way in which it may come out again.

use crate::crypto::encoding;

/// Characters in a row that are a piece of the secret. Of hexadecimal digits, the fewest that a canary
/// is made of, a MiB of others holds none of its pieces but once in 2²².
const PIECE: usize = 12;
/// Bytes in a row, where they are written as numbers.
const NUMBERS: usize = 8;
/// Characters of base64 in a row, of 9 bytes.
const ENCODED: usize = 12;

/// Whether `text` gives the secret away, and in which spelling. A secret is of small letters and digits,
/// as canaries are.
pub(super) fn spelling(text: &str, secret: &str) -> Option<&'static str> {
    let folded = text.to_lowercase();
    if holds(&folded, secret, PIECE) {
        return Some("as text");
    }
    // What is written as a list of characters or of bytes in hex has something between them.
    let dense: String = folded.chars().filter(char::is_ascii_alphanumeric).collect();
    if holds(&dense, secret, PIECE) {
        return Some("as a list of characters");
    }
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let unprefixed = dense.replace("0x", "");
    if [dense, unprefixed].iter().any(|digits| holds(digits, &hex, 2 * NUMBERS)) {
        return Some("as hexadecimal bytes");
    }
    if numbers(text, secret) {
        return Some("as decimal bytes");
    }
    let standard = text.replace('-', "+").replace('_', "/");
    let is_base64 = (0..3).any(|start| {
        let whole = &secret.as_bytes()[start..];
        let encoded = encoding::encode(&whole[..whole.len() / 3 * 3]);
        holds(&standard, &encoded, ENCODED)
    });
    is_base64.then_some("as base64")
}

/// Whether any `length` characters in a row of `secret` stand in `text`.
fn holds(text: &str, secret: &str, length: usize) -> bool {
    let pieces = (0..).map_while(|start| secret.get(start..start + length));
    { pieces }.any(|piece| text.contains(piece))
}

/// Whether the bytes stand in it one after another, as numbers with whatever between them. Some
/// languages show bytes from 128 on as negative numbers, and a canary has none.
fn numbers(text: &str, secret: &str) -> bool {
    let tokens = text.split(|character: char| !character.is_ascii_digit());
    let numbers = tokens.filter(|token| !token.is_empty());
    let bytes: Vec<Option<u8>> = numbers.map(|number| number.parse().ok()).collect();
    let secret: Vec<Option<u8>> = secret.bytes().map(Some).collect();
    let mut pieces = secret.windows(NUMBERS);
    pieces.any(|piece| bytes.windows(NUMBERS).any(|row| row == piece))
}
