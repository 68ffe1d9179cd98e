//! Proofs that are not that of the key, and that a server takes for it that compares them badly.

use super::refusal::{ACCEPTED, Reason};
use crate::harness::Stop;
use crate::suite::server::key::{ClientKey, proof_without_key};

/// What the documentation says of a proof that is not the key's.
pub(super) const MISMATCH: Reason = Reason::Code(422, "key_proof_mismatch");

/// Each is standard base64 of 32 bytes, so that only a comparison can refuse it; with what is wrong with a server that takes
/// it. The first is wholly another one.
pub(super) fn near_proofs(key: &ClientKey) -> Result<Vec<(String, &'static str)>, Stop> {
    const HALF: usize = 22;
    let right = key.proof.key_check.as_str();
    let other = proof_without_key()?.key_check;
    let first = with_other_letter(right, 0);
    let last = with_other_letter(right, right.len() - 2);
    let letter = right.find(|one: char| one.is_ascii_alphabetic()).unwrap_or_default();
    let other_case = right[letter..=letter].chars().map(|one| {
        if one.is_ascii_lowercase() { one.to_ascii_uppercase() } else { one.to_ascii_lowercase() }
    });
    let other_case: String = other_case.collect();
    Ok(vec![
        (other.clone(), ACCEPTED),
        (key.quick_proof.clone(), "a proof that took fewer iterations is taken for the right one"),
        (
            [&right[..HALF], &other[HALF..]].concat(),
            "a proof of which only the first half is right is taken for the right one",
        ),
        (
            [&other[..HALF], &right[HALF..]].concat(),
            "a proof of which only the second half is right is taken for the right one",
        ),
        (first, "a proof whose first character is another is taken for the right one"),
        (last, "a proof whose last character is another is taken for the right one"),
        (
            [&right[..letter], &other_case, &right[letter + 1..]].concat(),
            "a proof with a letter in the other case is taken for the right one",
        ),
    ])
}

/// The text with another letter of base64 at a place: one that has no spare bits, wherever it stands.
fn with_other_letter(text: &str, place: usize) -> String {
    let other = if &text[place..=place] == "A" { "Q" } else { "A" };
    [&text[..place], other, &text[place + 1..]].concat()
}
