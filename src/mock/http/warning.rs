//! `X-Mock-Warning`: what a user of the mock should know of an answer, in one line of ASCII.

use std::collections::BTreeSet;

use axum::http::HeaderValue;
use percent_encoding::percent_decode_str;

/// Longest list of names in a warning: clients bound the headers that they take.
const BYTES: usize = 1024;

/// Names that a client made up, separated by commas.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut list = String::new();
    for name in names {
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.extend(name.escape_default());
        if list.len() > BYTES {
            list.truncate(BYTES);
            list.push_str("...");
            break;
        }
    }
    list
}

/// A warning about the unknown parameters of a query, if there are any.
pub(super) fn of_query(query: &str, known: &[&str]) -> Option<String> {
    let names = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .map(|name| percent_decode_str(name).decode_utf8_lossy())
        .filter(|name| !name.is_empty() && !known.contains(&&**name));
    let names: BTreeSet<_> = names.collect();
    let list = list(names.iter().map(|name| &**name));
    (!names.is_empty()).then(|| format!("unknown query parameters ignored: {list}"))
}

/// All of them as one header. What is not printable ASCII is escaped, since no header can hold it.
pub(super) fn header(warnings: &[String]) -> Option<HeaderValue> {
    let mut line = String::new();
    for letter in warnings.join("; ").chars() {
        match letter {
            ' '..='~' => line.push(letter),
            _ => line.extend(letter.escape_default()),
        }
    }
    HeaderValue::from_str(&line).ok().filter(|_| !line.is_empty())
}
