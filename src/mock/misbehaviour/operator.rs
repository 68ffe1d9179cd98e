//! What a row does: to a value of a body, to the head of an answer, or to what an operation changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::pointer::Place;

/// One way to be wrong. Its name in JSON is in snake case; one that takes a value is an object: `{"set": 0}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The value is that of another member of the same object, or of another element of the same list.
    Sibling(String),
    /// The last element of a list is missing.
    DropRow,
    /// The last element of a list is there twice.
    DoubleRow,
    /// The elements of a list are in the opposite order.
    Reverse,
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

/// What an operator changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A value of the body of an answer.
    Body,
    /// The status or a header of an answer.
    Head,
    /// What a write does.
    Write,
    /// What a read sees.
    Read,
}

/// The operators, and a value that each takes as JSON; none where it takes none.
pub(super) const NAMES: [(&str, Option<&str>); 22] = [
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
    ("sibling", Some(r#""id""#)),
    ("drop_row", None),
    ("double_row", None),
    ("reverse", None),
    ("status", Some("500")),
    (
        "set_header",
        Some(r#"{"name": "retry-after", "value": "0"}"#),
    ),
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
                let sibling = place.sibling(name).filter(|value| take(budget, value));
                let Some(sibling) = sibling.cloned() else {
                    return;
                };
                if let Some(value) = place.value() {
                    *value = sibling;
                }
                return;
            }
            _ => {}
        }
        let Some(value) = place.value() else {
            return;
        };
        match self {
            Self::Null => *value = Value::Null,
            Self::Set(other) if take(budget, other) => value.clone_from(other),
            Self::Add(amount) => add(value, *amount),
            Self::ToNumber => *value = Value::Number(number(value)),
            Self::ToText if take(budget, value) => *value = Value::String(text(value)),
            Self::ToBoolean => *value = Value::Bool(boolean(value)),
            Self::ToList => *value = Value::Array(list(value.take())),
            Self::ToObject => *value = Value::Object(object(value.take())),
            Self::OtherCase => {
                if let Value::String(text) = value {
                    *text = text.chars().map(other_case).collect();
                }
            }
            Self::Cut => cut(value),
            Self::DropRow => {
                if let Value::Array(rows) = value {
                    rows.pop();
                }
            }
            Self::DoubleRow => {
                if let Value::Array(rows) = value {
                    let last = rows.last().filter(|row| take(budget, row));
                    rows.extend(last.cloned());
                }
            }
            Self::Reverse => {
                if let Value::Array(rows) = value {
                    rows.reverse();
                }
            }
            _ => {}
        }
    }
}

/// Takes from a budget what a copy of a value needs. Whether there was enough.
fn take(budget: &mut usize, value: &Value) -> bool {
    let left = budget.checked_sub(size(value));
    *budget = left.unwrap_or(*budget);
    left.is_some()
}

/// About how many bytes a value takes, as JSON in a text too.
fn size(value: &Value) -> usize {
    let text = |text: &str| 2 * text.len();
    size_of::<Value>()
        + match value {
            Value::String(value) => text(value),
            Value::Array(elements) => elements.iter().map(size).sum(),
            Value::Object(members) => {
                let members = members.iter();
                members.map(|(name, value)| text(name) + size(value)).sum()
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
                None => number
                    .as_f64()
                    .and_then(|sum| Number::from_f64(sum + f64::from(amount))),
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
            elements
                .map(|(place, value)| (place.to_string(), value))
                .collect()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::pointer::Pointer;
    use super::*;

    const AMPLE: usize = 1 << 20;

    fn apply(operator: &Operator, pointer: &str, document: &Value) -> Value {
        let mut changed = document.clone();
        let mut budget = AMPLE;
        let pointer = Pointer::parse(pointer).expect("a pointer");
        pointer.visit(&mut changed, &mut |place| {
            operator.change(place, &mut budget);
        });
        changed
    }

    fn operator(written: Value) -> Operator {
        serde_json::from_value(written).expect("an operator")
    }

    #[test]
    fn each_operator_changes_what_it_says() {
        let long = "é".repeat(3);
        for (written, before, after) in [
            (json!("null"), json!(1), json!(null)),
            (json!({"set": [1]}), json!("x"), json!([1])),
            (json!({"add": 1}), json!(3), json!(4)),
            (json!({"add": -1}), json!(0), json!(-1)),
            (json!({"add": 1}), json!("9"), json!("10")),
            (json!({"add": 1}), json!(1.5), json!(2.5)),
            (json!({"add": 1}), json!(u64::MAX), json!(u64::MAX)),
            (json!({"add": 1}), json!("v9"), json!("v9")),
            (json!("to_number"), json!("12"), json!(12)),
            (json!("to_number"), json!("-1.5"), json!(-1.5)),
            (json!("to_number"), json!("x"), json!(0)),
            (json!("to_number"), json!(true), json!(1)),
            (json!("to_number"), json!({}), json!(0)),
            (json!("to_text"), json!(12), json!("12")),
            (json!("to_text"), json!(null), json!("")),
            (json!("to_text"), json!({"a": [1]}), json!(r#"{"a":[1]}"#)),
            (json!("to_text"), json!("x"), json!("x")),
            (json!("to_boolean"), json!("0"), json!(false)),
            (json!("to_boolean"), json!(0), json!(false)),
            (json!("to_boolean"), json!([]), json!(false)),
            (json!("to_boolean"), json!("no"), json!(true)),
            (json!("to_list"), json!({"a": 1, "b": 2}), json!([1, 2])),
            (json!("to_list"), json!(1), json!([1])),
            (json!("to_list"), json!(null), json!([])),
            (json!("to_object"), json!(["a"]), json!({"0": "a"})),
            (json!("to_object"), json!(1), json!({"value": 1})),
            (json!("to_object"), json!(null), json!({})),
            (json!("other_case"), json!("aBc-1"), json!("AbC-1")),
            (json!("other_case"), json!(1), json!(1)),
            (json!("cut"), json!(long), json!("é")),
            (json!("cut"), json!([1, 2, 3, 4]), json!([1, 2])),
            (json!("cut"), json!({"a": 1, "b": 2}), json!({"a": 1})),
            (json!("cut"), json!(7), json!(7)),
            (json!("drop_row"), json!([1, 2]), json!([1])),
            (json!("drop_row"), json!([]), json!([])),
            (json!("double_row"), json!([1, 2]), json!([1, 2, 2])),
            (json!("double_row"), json!("x"), json!("x")),
            (json!("reverse"), json!([1, 2]), json!([2, 1])),
        ] {
            let done = apply(&operator(written.clone()), "", &before);
            assert_eq!(done, after, "{written} of {before}");
        }
    }

    #[test]
    fn members_and_elements_are_taken_away_and_take_their_siblings_value() {
        let document = json!({"data": [{"id": 1, "key": "a"}, {"id": 2, "key": "b"}]});
        for (written, pointer, after) in [
            (
                json!("delete"),
                "/data/*/id",
                json!({"data": [{"key": "a"}, {"key": "b"}]}),
            ),
            (json!("delete"), "/data/*", json!({"data": []})),
            (
                json!("delete"),
                "/data/0",
                json!({"data": [{"id": 2, "key": "b"}]}),
            ),
            (json!("delete"), "", document.clone()),
            (
                json!({"sibling": "key"}),
                "/data/*/id",
                json!({"data": [{"id": "a", "key": "a"}, {"id": "b", "key": "b"}]}),
            ),
            (
                json!({"sibling": "1"}),
                "/data/0",
                json!({"data": [{"id": 2, "key": "b"}, {"id": 2, "key": "b"}]}),
            ),
            (json!({"sibling": "9"}), "/data/0", document.clone()),
        ] {
            let done = apply(&operator(written.clone()), pointer, &document);
            assert_eq!(done, after, "{written} at {pointer}");
        }
    }

    #[test]
    fn every_operator_is_in_the_list_of_names() {
        let schema = serde_json::to_value(schemars::schema_for!(Operator)).expect("a schema");
        let mut described = Vec::new();
        for one in schema["oneOf"].as_array().expect("alternatives") {
            let named = one["properties"].as_object();
            described.extend(named.and_then(|named| named.keys().next().cloned()));
            described.extend(one["const"].as_str().map(str::to_owned));
        }
        let names: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(described, names);
        for (name, takes) in NAMES {
            let written = match takes {
                Some(value) => format!(r#"{{"{name}": {value}}}"#),
                None => format!(r#""{name}""#),
            };
            let read: Operator = serde_json::from_str(&written).expect(name);
            let again = serde_json::to_value(&read).expect(name);
            let written: Value = serde_json::from_str(&written).expect(name);
            assert_eq!(again, written);
        }
    }

    #[test]
    fn rows_that_feed_on_each_other_stay_within_the_budget() {
        let (mut document, mut budget) = (json!({"a": [[]]}), AMPLE);
        let grow = operator(json!({"set": vec![0; 100]}));
        let mut path = "/a".to_owned();
        for _ in 0..8 {
            path.push_str("/*");
            let pointer = Pointer::parse(&path).expect("a pointer");
            pointer.visit(&mut document, &mut |place| grow.change(place, &mut budget));
        }
        assert!(size(&document) <= 2 * AMPLE, "{}", size(&document));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[0-9]{0,20}".prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            Just(Value::from(r#"{"a": [1, {"0": "x"}]}"#)),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-c0-2]", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn any_pointer() -> impl Strategy<Value = String> {
        let step = prop_oneof![
            "[a-c0-2]",
            Just("*".to_owned()),
            Just("@json".to_owned()),
            Just("~0~1".to_owned()),
            "[0-9]{1,25}",
        ];
        prop::collection::vec(step, 0..5)
            .prop_map(|steps| steps.iter().map(|step| format!("/{step}")).collect())
    }

    fn any_operator() -> impl Strategy<Value = Operator> {
        let plain = prop::sample::select(&NAMES[..]).prop_filter_map("value", |(name, takes)| {
            takes
                .is_none()
                .then(|| serde_json::from_value(json!(name)).ok())?
        });
        prop_oneof![
            4 => plain,
            1 => any_json().prop_map(Operator::Set),
            1 => any::<i32>().prop_map(Operator::Add),
            1 => "[a-c0-2]".prop_map(Operator::Sibling),
        ]
    }

    proptest! {
        #[test]
        fn no_operator_fails_on_any_body(
            document in any_json(), pointer in any_pointer(), operator in any_operator(),
        ) {
            apply(&operator, &pointer, &document);
        }

        #[test]
        fn a_path_that_leads_nowhere_changes_nothing(
            document in any_json(), pointer in any_pointer(), operator in any_operator(),
        ) {
            let nowhere = format!("{pointer}/not there");
            prop_assert_eq!(apply(&operator, &nowhere, &document), document);
        }

        #[test]
        fn to_reverse_twice_and_to_swap_case_twice_is_to_do_nothing(
            document in any_json(), pointer in any_pointer(), text in "[a-zA-Z0-9+/=-]{0,20}",
        ) {
            // What @json writes back is written anew.
            let once = apply(&Operator::Reverse, &pointer, &document);
            if !pointer.contains("@json") {
                prop_assert_eq!(apply(&Operator::Reverse, &pointer, &once), document);
            }
            let once = apply(&Operator::OtherCase, "", &json!(text));
            prop_assert_eq!(apply(&Operator::OtherCase, "", &once), json!(text));
        }

        #[test]
        fn another_type_is_that_type(document in any_json()) {
            prop_assert!(apply(&Operator::ToNumber, "", &document).is_number());
            prop_assert!(apply(&Operator::ToText, "", &document).is_string());
            prop_assert!(apply(&Operator::ToBoolean, "", &document).is_boolean());
            prop_assert!(apply(&Operator::ToList, "", &document).is_array());
            prop_assert!(apply(&Operator::ToObject, "", &document).is_object());
        }
    }
}
