//! What each operator does, and what must hold of any.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::mock::misbehaviour::pointer::Pointer;

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
        (json!("other"), json!(true), json!(false)),
        (json!("other"), json!(7), json!(1007)),
        (json!("other"), json!("client"), json!("server")),
        (json!("other"), json!("environment"), json!("project")),
        (json!("other"), json!("f00"), json!("e00")),
        (json!("other"), json!("+Ab="), json!("+Bb=")),
        (json!("other"), json!("2026-06-11"), json!("3026-06-11")),
        (json!("other"), json!("+="), json!("+=")),
        (json!("other"), json!(null), json!(null)),
        (json!("add_member"), json!([]), json!([])),
    ] {
        let done = apply(&operator(written.clone()), "", &before);
        assert_eq!(done, after, "{written} of {before}");
    }
}

#[test]
fn members_are_added_and_put_in_another_order() {
    let document = json!({"a": 1, "b": 2});
    let added = apply(&operator(json!("add_member")), "", &document);
    assert_eq!(added.as_object().map(Map::len), Some(3));
    assert_eq!((&added["a"], &added["b"]), (&json!(1), &json!(2)));
    let reversed = apply(&operator(json!("reverse")), "", &document);
    assert_eq!(reversed.to_string(), r#"{"b":2,"a":1}"#);
}

#[test]
fn members_and_elements_are_taken_away_and_take_their_siblings_value() {
    let document = json!({"data": [{"id": 1, "key": "a"}, {"id": 2, "key": "b"}]});
    for (written, pointer, after) in [
        (json!("delete"), "/data/*/id", json!({"data": [{"key": "a"}, {"key": "b"}]})),
        (json!("delete"), "/data/*", json!({"data": []})),
        (json!("delete"), "/data/0", json!({"data": [{"id": 2, "key": "b"}]})),
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
        takes.is_none().then(|| serde_json::from_value(json!(name)).ok())?
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
