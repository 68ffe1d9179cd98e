use proptest::prelude::*;

use super::*;

fn variables(text: &str) -> Vec<(String, String)> {
    let parsed = Dotenv::parse(text).expect("a text that can be read");
    let variables = parsed.variables().into_iter();
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn merged(texts: &[&str]) -> String {
    let texts: Vec<_> =
        texts.iter().map(|text| Dotenv::parse(text).expect("a text that can be read")).collect();
    merge(&texts)
}

#[test]
fn a_value_is_what_its_quotes_say() {
    for (text, value) in [
        ("A=plain", "plain"),
        ("A = spaced ", "spaced"),
        ("export A=exported", "exported"),
        ("A=\"say \\\"hi\\\"\\n\"", "say \"hi\"\n"),
        ("A='as \\n it is'", "as \\n it is"),
        ("A=`both ' and \"`", "both ' and \""),
        ("A=\"two\nlines\"", "two\nlines"),
        ("A=\"a # b\" # c", "a # b"),
        ("A=a # b", "a"),
        ("A=", ""),
        ("A=x=y", "x=y"),
        ("A=1\r\n", "1"),
        ("\u{feff}A=1", "1"),
        ("A=1\nA=2", "2"),
        ("A=$HOME", "$HOME"),
        ("# A=\"no\n# it's\nA=1", "1"),
    ] {
        assert_eq!(variables(text), [("A".to_owned(), value.to_owned())], "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_named_by_its_line_alone() {
    for (text, line) in [
        ("secret words", 1),
        ("A=1\n\nsecret", 3),
        ("A=\"two\nlines\"\n=secret", 3),
        ("A=1\nB=\"secret\nC=2", 2),
        ("A=\"secret\" more", 1),
        ("A B=secret", 1),
    ] {
        assert_eq!(Dotenv::parse(text).expect_err("the text is wrong"), Wrong { line }, "{text}");
        assert!(!Wrong { line }.to_string().contains("secret"));
    }
}

#[test]
fn the_deeper_text_wins_and_each_keeps_its_own_words() {
    let project = "# The project's\nURL=\"https://a\" # for all\nexport KEY='one\ntwo'\nLEFT=1";
    let target = "\n# The target's\nURL='https://b'\nOWN=`x`\n";
    assert_eq!(
        merged(&[project, target]),
        "# The project's\nexport KEY='one\ntwo'\nLEFT=1\n\n# The target's\nURL='https://b'\nOWN=`x`\n"
    );
}

/// An assignment, as people write them.
fn line() -> impl Strategy<Value = String> {
    let name = "[A-F]";
    prop_oneof![
        (name, "[a-z0-9]{0,5}").prop_map(|(name, value)| format!("{name}={value}")),
        (name, "[a-z #='\n]{0,9}").prop_map(|(name, value)| format!("export {name}=\"{value}\"")),
        (name, "[a-z #=\"\n\\\\n]{0,9}x")
            .prop_map(|(name, value)| format!("{name} = '{value}' # why")),
        "[a-z \"'=]{0,9}".prop_map(|words| format!("# {words}")),
        Just(String::new()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    (prop::collection::vec(line(), 0..8), any::<bool>()).prop_map(|(lines, ended)| {
        let end = if ended { "\n" } else { "" };
        lines.join("\n") + end
    })
}

proptest! {
    #[test]
    fn a_merge_says_what_the_deepest_says_and_loses_nothing(texts in prop::collection::vec(text(), 1..4)) {
        let parsed: Vec<_> = texts.iter().map(|text| Dotenv::parse(text).expect("a text that can be read")).collect();
        let mut expected = BTreeMap::new();
        for text in &parsed {
            expected.extend(text.variables());
        }
        let merged = merge(&parsed);
        let again = Dotenv::parse(&merged).expect("a merge can be read");
        prop_assert_eq!(again.variables(), expected.clone());
        let assigned = again.statements.iter().filter(|one| one.assigns.is_some());
        prop_assert_eq!(assigned.count(), expected.len(), "each name once");
        let comments = |text: &Dotenv<'_>| {
            let own = text.statements.iter().filter(|one| one.text.trim_start().starts_with('#'));
            own.map(|one| one.text.trim_end().to_owned()).collect::<Vec<_>>()
        };
        prop_assert_eq!(comments(&again), parsed.iter().flat_map(comments).collect::<Vec<_>>());
        prop_assert_eq!(merge(&[again]), merged.clone(), "a merge of one text is that text");
    }

    #[test]
    fn no_text_is_too_strange(text in "(?s).{0,60}") {
        if let Ok(parsed) = Dotenv::parse(&text) {
            let whole: String = parsed.statements.iter().map(|one| one.text).collect();
            prop_assert_eq!(whole, text.strip_prefix('\u{feff}').unwrap_or(&text));
        }
    }
}
