//! Withholds values by the name of the JSON member that they stand in.

use std::borrow::Cow;

/// What replaces a secret.
pub const WITHHELD: &str = "[withheld]";

/// Documents within strings within documents that are looked into. Hostile text nests deeper.
const DEPTH: u32 = 4;

/// Reads string by string instead of parsing, so that the text keeps its form and a document
/// that is cut or broken is covered too.
pub(super) fn withhold<'t>(
    text: &'t str,
    names: &[&str],
    is_public: &dyn Fn(&str) -> bool,
) -> Cow<'t, str> {
    withhold_within(text, names, is_public, DEPTH)
}

fn withhold_within<'t>(
    text: &'t str,
    names: &[&str],
    is_public: &dyn Fn(&str) -> bool,
    depth: u32,
) -> Cow<'t, str> {
    let mut redacted = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(open) = find_quote(text, at) {
        let end = string_end(text, open);
        let string = decode(&text[open..end]);
        at = end;
        let (place, replacement) = match member_value(text, end) {
            Some(value) if is_withheld(names, &string) => {
                at = value_end(text, value);
                let meant = decode(&text[value..at]);
                if meant.is_empty() || is_public(&meant) {
                    continue;
                }
                (value..at, format!("\"{WITHHELD}\""))
            }
            None if depth > 0 && string.contains('{') => {
                match withhold_within(&string, names, is_public, depth - 1) {
                    Cow::Borrowed(_) => continue,
                    Cow::Owned(inner) => (open..end, serde_json::Value::from(inner).to_string()),
                }
            }
            _ => continue,
        };
        redacted.push_str(&text[copied..place.start]);
        redacted.push_str(&replacement);
        copied = place.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    redacted.push_str(&text[copied..]);
    Cow::Owned(redacted)
}

fn is_withheld(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

fn find_quote(text: &str, from: usize) -> Option<usize> {
    text[from..].find('"').map(|offset| from + offset)
}

/// Just past the closing quote, or the end of a text that is cut.
fn string_end(text: &str, open: usize) -> usize {
    let mut escaped = false;
    for (offset, byte) in text[open + 1..].bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return open + offset + 2,
            _ => {}
        }
    }
    text.len()
}

/// Where the value begins of the member whose name ends at `end`, if that is what ends there.
fn member_value(text: &str, end: usize) -> Option<usize> {
    let value = text[end..].trim_start().strip_prefix(':')?.trim_start();
    Some(text.len() - value.len())
}

/// The end of a string or a number; anything else has no text of its own.
fn value_end(text: &str, value: usize) -> usize {
    if text[value..].starts_with('"') {
        return string_end(text, value);
    }
    let number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let digits = text[value..].bytes().take_while(|byte| number(*byte));
    value + digits.count()
}

/// What the string means, or its text where it is cut or broken.
fn decode(string: &str) -> String {
    serde_json::from_str(string).unwrap_or_else(|_| string.trim_matches('"').to_owned())
}
