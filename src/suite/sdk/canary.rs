//! A secret that an implementation is given, and every way in which it may come out again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::crypto::encoding;

/// Characters in a row that are a piece of the secret. Of hexadecimal digits, the fewest that a canary
/// is made of, a MiB of others holds none of its pieces but once in 2²².
const PIECE: usize = 12;
/// Bytes in a row, where they are written as numbers.
const NUMBERS: usize = 8;
/// Characters of base64 in a row, of 9 bytes.
const ENCODED: usize = 12;

/// Whether `text` gives the secret away, and in which spelling. ASCII only, as canaries are.
pub(super) fn spelling(text: &str, secret: &str) -> Option<&'static str> {
    let folded = text.to_lowercase();
    let plain = secret.to_lowercase();
    if holds(&folded, &plain, PIECE) {
        return Some("as text");
    }
    // What is written as a list of characters or of bytes in hex has something between them.
    let dense: String = folded.chars().filter(char::is_ascii_alphanumeric).collect();
    if holds(&dense, &plain, PIECE) {
        return Some("as a list of characters");
    }
    let hex: String = plain.bytes().map(|byte| format!("{byte:02x}")).collect();
    let digits = dense.replace("0x", "");
    let is_hex = |hex: &str| holds(&dense, hex, 2 * NUMBERS) || holds(&digits, hex, 2 * NUMBERS);
    let upper: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    if is_hex(&hex) || is_hex(&upper) {
        return Some("as hexadecimal bytes");
    }
    if numbers(text, secret) {
        return Some("as decimal bytes");
    }
    let standard = text.replace('-', "+").replace('_', "/");
    let is_base64 = (0..3).any(|start| {
        let whole = &secret.as_bytes()[start..];
        let encoded = STANDARD_NO_PAD.encode(&whole[..whole.len() / 3 * 3]);
        holds(&standard, &encoded, ENCODED)
    });
    let is_base64 = is_base64 || standard.contains(&encoding::encode(secret));
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
