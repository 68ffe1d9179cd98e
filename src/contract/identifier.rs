//! Organization ids and slugs (docs, api/overview).

use super::limit;

/// Alphabet of Crockford's base 32, in upper case.
pub const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Whether two organization ids are the same: ULIDs are compared without regard to case.
pub fn same_ulid(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// A ULID of a time and ten random bytes: 26 characters of Crockford's base 32, upper case.
pub fn ulid(unix_milliseconds: u64, random: [u8; 10]) -> String {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&unix_milliseconds.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    let value = u128::from_be_bytes(bytes);
    (0..26).rev().map(|place| char::from(CROCKFORD[(value >> (5 * place)) as usize & 31])).collect()
}

/// The slug of a name: lower-case letters and digits, anything else one hyphen between them.
/// Empty if the name has neither.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Words of the API's paths. What had one of them as its slug could not be reached.
pub const RESERVED_SLUGS: [&str; 7] = [
    "encryption-key",
    "environments",
    "organization",
    "organizations",
    "projects",
    "secrets",
    "targets",
];

fn has_letters_of_a_slug(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What is wrong with a slug, as the end of a sentence: `must be …`.
pub fn wrong_slug(slug: &str) -> Option<&'static str> {
    let fits = (1..=limit::NAME_CHARACTERS).contains(&slug.len()) && has_letters_of_a_slug(slug);
    if !fits {
        return Some("must be lower-case letters, digits and hyphens");
    }
    RESERVED_SLUGS.contains(&slug).then_some("must not be a word of the API's paths")
}

/// A text of at least so many hexadecimal digits is taken for a key.
const KEY_DIGITS: usize = 32;

/// Whether a text is a word as slugs and paths have them: 1 to 64 lower-case letters, digits and hyphens, and no key.
pub fn is_word(text: &str) -> bool {
    let is_key = text.len() >= KEY_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (1..=64).contains(&text.len()) && has_letters_of_a_slug(text) && !is_key
}

/// Whether a text is a ULID, in either case: 26 characters of Crockford's base 32.
pub fn is_ulid(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| CROCKFORD.contains(&byte.to_ascii_uppercase()))
}

/// Whether a text is an id: a ULID, or the number of a row.
pub fn is_id(text: &str) -> bool {
    let is_number = || text.bytes().all(|byte| byte.is_ascii_digit());
    is_ulid(text) || (1..=20).contains(&text.len()) && is_number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_slug() {
        for (name, slug) in [
            ("My App", "my-app"),
            ("  --My  App--  ", "my-app"),
            ("Zürich 2", "z-rich-2"),
            ("☃", ""),
        ] {
            assert_eq!(slug_of(name), slug, "{name:?}");
        }
    }

    #[test]
    fn a_ulid_sorts_by_its_time() {
        assert_eq!(ulid(0, [0; 10]), "0".repeat(26));
        assert_eq!(ulid((1 << 48) - 1, [255; 10]), format!("7{}", "Z".repeat(25)));
        assert!(ulid(1, [255; 10]) < ulid(2, [0; 10]));
    }

    #[test]
    fn a_word_and_an_id_are_no_key() {
        for (text, word, id) in [
            ("my-app", true, false),
            ("encryption-key", true, false),
            ("42", true, true),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", false, true),
            ("MOCKfull", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_word(text), is_id(text)), (word, id), "{text}");
        }
        assert!(!is_word(&"0123456789abcdef".repeat(4)));
        assert!(!is_id(&"1".repeat(21)));
    }
}
