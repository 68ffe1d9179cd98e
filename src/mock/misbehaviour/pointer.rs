//! Where a row changes a body: a JSON Pointer (RFC 6901) with three more steps. `*` is each element of a list, or each
//! member of an object. `@json` steps into text that is JSON itself, which is parsed, changed and written back.
//! `?managed=client` stays at an object whose member is so, and leads nowhere from any other.

use serde_json::{Map, Value};

/// Longest pointer, in bytes.
const LONGEST: usize = 512;

/// Places in a JSON document: none, one or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mock) struct Pointer {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A member by name, or an element by number.
    Name(String),
    Each,
    Json,
    /// The member of that name has that value: a text, or what JSON writes it as.
    If(String, String),
}

/// One place that a pointer leads to.
pub(super) enum Place<'v> {
    /// The whole document, or the whole of a text that is JSON.
    Whole(&'v mut Value),
    Member(&'v mut Map<String, Value>, &'v str),
    Element(&'v mut Vec<Value>, usize),
}

impl Place<'_> {
    pub(super) fn value(&mut self) -> Option<&mut Value> {
        match self {
            Self::Whole(value) => Some(value),
            Self::Member(members, name) => members.get_mut(*name),
            Self::Element(elements, place) => elements.get_mut(*place),
        }
    }

    /// Removes the member or the element. A whole document stays.
    pub(super) fn remove(&mut self) {
        match self {
            Self::Whole(_) => {}
            Self::Member(members, name) => {
                members.shift_remove(*name);
            }
            Self::Element(elements, place) => {
                elements.remove(*place);
            }
        }
    }

    /// The value of another member of the same object, or of another element of the same list.
    pub(super) fn sibling(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Whole(_) => None,
            Self::Member(members, _) => members.get(name),
            Self::Element(elements, _) => elements.get(index(name)?),
        }
    }
}

impl Pointer {
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with its name.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("must be at most {LONGEST} bytes long"));
        }
        let steps = match text.strip_prefix('/') {
            Some(steps) => steps.split('/').map(step).collect::<Result<_, _>>()?,
            None if text.is_empty() => Vec::new(),
            None => {
                return Err("must be a JSON Pointer, which is empty or begins with /".to_owned());
            }
        };
        Ok(Self { text: text.to_owned(), steps })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it ends at a member or an element, which can be taken away and has siblings.
    pub(super) fn ends_in_a_container(&self) -> bool {
        let mut steps = self.steps.iter().rev();
        let last = steps.find(|step| !matches!(step, Step::If(..)));
        matches!(last, Some(Step::Name(_) | Step::Each))
    }

    /// Visits each place that it leads to. Whether there is one.
    pub(super) fn visit(&self, document: &mut Value, visitor: &mut dyn FnMut(Place<'_>)) -> bool {
        walk(Place::Whole(document), &self.steps, visitor)
    }
}

fn step(text: &str) -> Result<Step, String> {
    match text {
        "*" => return Ok(Step::Each),
        "@json" => return Ok(Step::Json),
        _ => {}
    }
    if let Some((member, value)) = text.strip_prefix('?').and_then(|text| text.split_once('=')) {
        return Ok(Step::If(name(member)?, name(value)?));
    }
    name(text).map(Step::Name)
}

fn name(text: &str) -> Result<String, String> {
    let mut name = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        name.push(match letter {
            '~' => match letters.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err("must write ~ as ~0 and / as ~1 in a name".to_owned()),
            },
            letter => letter,
        });
    }
    Ok(name)
}

fn is_written(value: &Value, text: &str) -> bool {
    match value {
        Value::String(value) => value == text,
        value => serde_json::to_string(value).is_ok_and(|written| written == text),
    }
}

/// The element that a step names: digits without a leading zero (RFC 6901, section 4).
fn index(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    let is_canonical = name == "0" || !name.starts_with('0');
    name.parse().ok().filter(|_| is_number && is_canonical)
}

fn walk(mut place: Place<'_>, steps: &[Step], visitor: &mut dyn FnMut(Place<'_>)) -> bool {
    let Some(value) = place.value() else {
        return false;
    };
    let Some((step, rest)) = steps.split_first() else {
        visitor(place);
        return true;
    };
    if let Step::If(name, wanted) = step {
        let is_so = value.get(name).is_some_and(|value| is_written(value, wanted));
        return is_so && walk(place, rest, visitor);
    }
    match (step, value) {
        (Step::Json, Value::String(text)) => {
            let Ok(mut inner) = serde_json::from_str(text) else {
                return false;
            };
            let found = walk(Place::Whole(&mut inner), rest, visitor);
            if found {
                *text = inner.to_string();
            }
            found
        }
        (Step::Name(name), Value::Object(members)) => {
            walk(Place::Member(members, name), rest, visitor)
        }
        (Step::Name(name), Value::Array(elements)) => {
            index(name).is_some_and(|at| walk(Place::Element(elements, at), rest, visitor))
        }
        (Step::Each, Value::Object(members)) => {
            let names: Vec<String> = members.keys().cloned().collect();
            let mut found = false;
            for name in &names {
                found |= walk(Place::Member(members, name), rest, visitor);
            }
            found
        }
        // From the end, so that the removal of one does not move those to come.
        (Step::Each, Value::Array(elements)) => {
            let mut found = false;
            for at in (0..elements.len()).rev() {
                found |= walk(Place::Element(elements, at), rest, visitor);
            }
            found
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The values that a pointer leads to.
    fn found(pointer: &str, mut document: Value) -> Vec<Value> {
        let mut values = Vec::new();
        let pointer = Pointer::parse(pointer).expect("a pointer");
        let before = document.clone();
        pointer.visit(&mut document, &mut |mut place| {
            values.extend(place.value().cloned());
        });
        assert_eq!(document, before, "visiting changes nothing");
        values
    }

    #[test]
    fn a_pointer_leads_where_rfc_6901_says() {
        let document = json!({"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "01": 9});
        for (pointer, value) in [
            ("/foo", json!(["bar", "baz"])),
            ("/foo/0", json!("bar")),
            ("/", json!(0)),
            ("/a~1b", json!(1)),
            ("/m~0n", json!(8)),
            ("/01", json!(9)),
        ] {
            assert_eq!(found(pointer, document.clone()), [value], "{pointer}");
        }
        assert_eq!(found("", document.clone()), std::slice::from_ref(&document));
        for nowhere in ["/foo/2", "/foo/01", "/foo/-", "/foo/0/x", "/bar", "/foo/+1"] {
            assert!(found(nowhere, document.clone()).is_empty(), "{nowhere}");
        }
    }

    #[test]
    fn a_star_is_every_element_and_every_member() {
        let document = json!({"data": [{"id": 1}, {"id": 2}, {}], "meta": {"a": 3, "b": 4}});
        let sorted = |pointer| {
            let mut values = found(pointer, document.clone());
            values.sort_by_key(Value::as_u64);
            values
        };
        assert_eq!(sorted("/data/*/id"), [json!(1), json!(2)]);
        assert_eq!(sorted("/meta/*"), [json!(3), json!(4)]);
        assert!(sorted("/meta/a/*").is_empty());
    }

    #[test]
    fn a_condition_leads_on_from_objects_that_meet_it() {
        let document = json!({"data": [
            {"id": 1, "managed": "client", "is_active": true},
            {"id": 2, "managed": "client", "is_active": false},
            {"id": 3, "managed": "server", "is_active": false},
            {"id": 4},
            5,
        ]});
        let found = |pointer| found(pointer, document.clone());
        assert_eq!(found("/data/*/?managed=server/id"), [json!(3)]);
        assert_eq!(found("/data/*/?managed=client/?is_active=false/id"), [json!(2)]);
        assert!(found("/data/*/?managed=nobody/id").is_empty());
        assert_eq!(found("/data/0/?id=1"), [document["data"][0].clone()]);
    }

    #[test]
    fn text_that_is_json_is_stepped_into_and_written_back() {
        let pointer = Pointer::parse("/content/@json/key").expect("a pointer");
        let mut document = json!({"content": "{ \"key\": 1 }"});
        let mut change = |mut place: Place<'_>| {
            if let Some(value) = place.value() {
                *value = json!("x");
            }
        };
        assert!(pointer.visit(&mut document, &mut change));
        assert_eq!(document, json!({"content": r#"{"key":"x"}"#}));
        // What is not there leaves the text as it was written, blanks too.
        for content in ["{ \"yek\": 1 }", "no JSON", "[ 1 ]"] {
            let mut document = json!({"content": content});
            assert!(!pointer.visit(&mut document, &mut change), "{content}");
            assert_eq!(document, json!({"content": content}));
        }
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for (text, why) in [
            ("data/0", "begins with /"),
            ("/a~2", "~0"),
            ("/a~", "~0"),
            (&format!("/{}", "a".repeat(LONGEST)), "bytes long"),
        ] {
            let refused = Pointer::parse(text).expect_err(text);
            assert!(refused.contains(why), "{refused}");
        }
    }
}
