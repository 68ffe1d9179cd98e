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
