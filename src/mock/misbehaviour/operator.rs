//! What a row does to a value of a body, to the head of an answer, or to an operation.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

use super::pointer::Place;

/// One way to be wrong. Its name in JSON is in snake case; one that takes a value is an object: `{"set": 0}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::mock) enum Operator {
    /// The member or element is not there.
    Delete,
    /// The value is null.
    Null,
    /// The value is this one.
    Set(Value),
    /// The value is so much more or less. Text that is a whole number stays text.
    Add(i32),
    /// Text becomes the number that it is, true 1, and everything else 0.
    ToNumber,
    /// A value becomes the text that JSON writes it as, and null the empty text.
    ToText,
    /// What is empty, null, 0 or `"false"` becomes false, and everything else true.
    ToBoolean,
    /// An object becomes the list of its values, null the empty list, and everything else a list of itself.
    ToList,
    /// A list becomes an object by number, null the empty object, and everything else the member `value`.
    ToObject,
    /// Upper-case letters become lower case, and lower-case letters upper case.
    OtherCase,
    /// The second half of a text, a list or an object is missing.
    Cut,
    /// The value is another of its kind: true for false, a number so different that nothing counts it, another word
    /// of the same list of words, a text whose first letter or digit is its neighbour.
    Other,
    /// The value is that of another member of the same object, or of another element of the same list.
    Sibling(String),
    /// An object has one more member, of which nobody has heard.
    AddMember,
    /// The last element of a list is missing.
    DropRow,
    /// The last element of a list is there twice.
    DoubleRow,
    /// The elements of a list, or the members of an object, are in the opposite order.
    Reverse,
    /// The body is written with blanks and line breaks.
    Spaced,
    /// The body is written with each character of a text escaped.
    Escaped,
    /// The body is sent in pieces, and its length is not told before.
    Chunked,
    /// The answer has this status.
    Status(u16),
    /// The answer has this header.
    SetHeader {
        /// Its name.
        name: String,
        /// Its value: text that fits into a header.
        value: String,
    },
    /// The answer does not have the header of this name.
    RemoveHeader(String),
    /// A write is answered as a success and changes nothing.
    Swallow,
    /// A write is done twice and answered once.
    Twice,
    /// A write is done and answered as refused, with this error code.
    Refuse(String),
    /// A read is answered as it would have been before the last write.
    Stale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Body,
    /// How a body is written: what it says stays the same.
    Form,
    /// The status or a header of an answer.
    Head,
    /// What a write does.
    Write,
    /// What a read sees.
    Read,
}

/// The operators, each with an example of the value that it takes, if it takes one.
pub(super) const NAMES: [(&str, Option<&str>); 27] = [
    ("delete", None),
    ("null", None),
    ("set", Some("0")),
    ("add", Some("1")),
    ("to_number", None),
    ("to_text", None),
    ("to_boolean", None),
    ("to_list", None),
    ("to_object", None),
    ("other_case", None),
    ("cut", None),
    ("other", None),
    ("sibling", Some(r#""id""#)),
    ("add_member", None),
    ("drop_row", None),
    ("double_row", None),
    ("reverse", None),
    ("spaced", None),
    ("escaped", None),
    ("chunked", None),
    ("status", Some("500")),
    ("set_header", Some(r#"{"name": "retry-after", "value": "0"}"#)),
    ("remove_header", Some(r#""retry-after""#)),
    ("swallow", None),
    ("twice", None),
    ("refuse", Some(r#""internal_error""#)),
    ("stale", None),
];

impl Operator {
    pub(super) const fn part(&self) -> Part {
        match self {
            Self::Status(_) | Self::SetHeader { .. } | Self::RemoveHeader(_) => Part::Head,
            Self::Spaced | Self::Escaped | Self::Chunked => Part::Form,
            Self::Swallow | Self::Twice | Self::Refuse(_) => Part::Write,
            Self::Stale => Part::Read,
            _ => Part::Body,
        }
    }

    /// Whether text may stand in another member afterwards than in the one whose name says what it is.
    pub(super) const fn moves_text(&self) -> bool {
        matches!(
            self,
            Self::Set(_) | Self::Sibling(_) | Self::ToText | Self::ToList | Self::ToObject
        )
    }

    /// Changes the value at a place. What it would add beyond `budget` bytes it leaves out: rows that feed on each
    /// other's growth could make a body of any size.
    pub(super) fn change(&self, mut place: Place<'_>, budget: &mut usize) {
        match self {
            Self::Delete => return place.remove(),
            Self::Sibling(name) => {
                let sibling = place.sibling(name).filter(|value| take(budget, value)).cloned();
                if let (Some(sibling), Some(value)) = (sibling, place.value()) {
                    *value = sibling;
                }
                return;
            }
            _ => {}
        }
        let Some(value) = place.value() else {
            return;
        };
        match (self, value) {
            (Self::Null, value) => *value = Value::Null,
            (Self::Set(other), value) if take(budget, other) => value.clone_from(other),
            (Self::Add(amount), value) => add(value, *amount),
            (Self::ToNumber, value) => *value = Value::Number(number(value)),
            (Self::ToText, value) if take(budget, value) => *value = Value::String(text(value)),
            (Self::ToBoolean, value) => *value = Value::Bool(boolean(value)),
            (Self::ToList, value) => *value = Value::Array(list(value.take())),
            (Self::ToObject, value) => *value = Value::Object(object(value.take())),
            (Self::OtherCase, Value::String(text)) => {
                *text = text.chars().map(other_case).collect();
            }
            (Self::Cut, value) => cut(value),
            (Self::DropRow, Value::Array(rows)) => drop(rows.pop()),
            (Self::DoubleRow, Value::Array(rows)) => {
                let last = rows.last().filter(|row| take(budget, row));
                rows.extend(last.cloned());
            }
            (Self::Reverse, Value::Array(rows)) => rows.reverse(),
            (Self::Reverse, Value::Object(members)) => {
                let reversed = std::mem::take(members).into_iter().rev();
                members.extend(reversed);
            }
            (Self::Other, value) => other(value),
            (Self::AddMember, Value::Object(members)) => {
                members.entry(UNHEARD_OF).or_insert_with(|| json!({"of": [null, 1]}));
            }
            _ => {}
        }
    }
}

/// The name of a member of which nobody has heard.
const UNHEARD_OF: &str = "x-unheard-of";
/// How far another number is off.
const FAR: i32 = 1000;
/// Words that stand for each other.
const WORDS: [&[&str]; 4] = [
    &["server", "client"],
    &["project", "target", "environment"],
    &["env", "json"],
    &["update", "rotate", "delete", "restore"],
];

/// Takes from a budget what a copy of a value needs. Whether there was enough.
fn take(budget: &mut usize, value: &Value) -> bool {
    let left = budget.checked_sub(size(value));
    *budget = left.unwrap_or(*budget);
    left.is_some()
}

/// About how many bytes a value takes, also as JSON within a text.
fn size(value: &Value) -> usize {
    let text = |text: &str| 2 * text.len();
    size_of::<Value>()
        + match value {
            Value::String(value) => text(value),
            Value::Array(elements) => elements.iter().map(size).sum(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| text(name) + size(value)).sum()
            }
            _ => 0,
        }
}

fn add(value: &mut Value, amount: i32) {
    match value {
        Value::Number(number) => {
            let whole = number.as_i128().map(|whole| whole + i128::from(amount));
            let sum = match whole {
                Some(whole) => Number::from_i128(whole),
                None => number.as_f64().and_then(|sum| Number::from_f64(sum + f64::from(amount))),
            };
            *number = sum.unwrap_or_else(|| number.clone());
        }
        Value::String(text) => {
            let sum = text.parse::<i128>().ok();
            if let Some(sum) = sum.and_then(|whole| whole.checked_add(amount.into())) {
                *text = sum.to_string();
            }
        }
        _ => {}
    }
}

fn other(value: &mut Value) {
    match value {
        Value::Bool(value) => *value = !*value,
        Value::Number(_) => add(value, FAR),
        Value::String(text) => match another_word(text) {
            Some(word) => word.clone_into(text),
            None => {
                let first = text.char_indices().find(|(_, letter)| letter.is_ascii_alphanumeric());
                if let Some((at, letter)) = first {
                    text.replace_range(at..=at, &neighbour(letter).to_string());
                }
            }
        },
        _ => {}
    }
}

fn another_word(text: &str) -> Option<&'static str> {
    WORDS.iter().find_map(|words| {
        let at = words.iter().position(|word| *word == text)?;
        words.get((at + 1) % words.len()).copied()
    })
}

/// 0 for 1 and 1 for 0, b for a and a for b, and so on: hexadecimal stays hexadecimal.
fn neighbour(letter: char) -> char {
    let first = match letter {
        '0'..='9' => b'0',
        'A'..='Z' => b'A',
        'a'..='z' => b'a',
        _ => return letter,
    };
    u8::try_from(letter).map_or(letter, |code| char::from(first + ((code - first) ^ 1)))
}

fn number(value: &Value) -> Number {
    match value {
        Value::Number(number) => number.clone(),
        Value::Bool(value) => u8::from(*value).into(),
        Value::String(text) => text.trim().parse().unwrap_or_else(|_| 0.into()),
        _ => 0.into(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn boolean(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0" | "false"),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements,
        Value::Object(members) => members.into_iter().map(|(_, value)| value).collect(),
        value => vec![value],
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Null => Map::new(),
        Value::Object(members) => members,
        Value::Array(elements) => {
            let elements = elements.into_iter().enumerate();
            elements.map(|(place, value)| (place.to_string(), value)).collect()
        }
        value => Map::from_iter([("value".to_owned(), value)]),
    }
}

fn other_case(letter: char) -> String {
    if letter.is_uppercase() {
        letter.to_lowercase().collect()
    } else {
        letter.to_uppercase().collect()
    }
}

fn cut(value: &mut Value) {
    match value {
        Value::String(text) => {
            let half = text.chars().count() / 2;
            let end = text.char_indices().nth(half).map_or(0, |(end, _)| end);
            text.truncate(end);
        }
        Value::Array(elements) => elements.truncate(elements.len() / 2),
        Value::Object(members) => {
            let half = members.len() / 2;
            let halves = std::mem::take(members).into_iter();
            members.extend(halves.take(half));
        }
        _ => {}
    }
}
