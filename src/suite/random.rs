//! Bytes from the operating system, for what a run must not share with any other.

use crate::harness::Stop;

/// So many bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Stop> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| Stop::Harness("the operating system gave no random bytes".to_owned()))?;
    Ok(bytes)
}

/// So many bytes, as twice as many hexadecimal digits.
pub(super) fn random_hex<const N: usize>() -> Result<String, Stop> {
    let bytes: [u8; N] = random()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// So many letters and digits.
pub(super) fn random_text(length: usize) -> Result<String, Stop> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Of 64 values, the two that are no letter are drawn again.
        let letters = random::<64>()?.map(|byte| LETTERS.get(usize::from(byte % 64)));
        text.extend(letters.into_iter().flatten().map(|letter| char::from(*letter)));
    }
    text.truncate(length);
    Ok(text)
}
