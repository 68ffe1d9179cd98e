use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use keyproof::harness::{Redactor, SEARCHED_LENGTH, WITHHELD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["redaction":
        a_secret_is_withheld_in_every_spelling,
        no_spelling_of_any_secret_survives_in_any_text,
        no_part_of_a_longer_base64_text_gives_the_secret_back,
        text_without_secrets_stays_as_it_is,
        short_secrets_are_not_searched_for,
        what_is_public_is_never_withheld,
        overlapping_secrets_are_withheld_together,
        clones_share_what_they_know,
        members_are_withheld_by_name,
        members_of_any_text_are_looked_at_without_panic,
        deep_nesting_is_no_trouble,
        hundreds_of_secrets_take_one_pass,
        the_redactor_prints_no_secret,
    ]
}

fn redactor() -> Redactor {
    Redactor::new(&["key", "token", "content"])
}

fn knowing(secret: &str) -> Redactor {
    let redactor = redactor();
    redactor.register(secret);
    redactor
}

/// As PHP writes JSON unless it is told otherwise: slashes and non-ASCII escaped.
fn php_json(secret: &str) -> String {
    let json = serde_json::to_string(secret).unwrap().replace('/', "\\/");
    let mut escaped = String::new();
    for character in json[1..json.len() - 1].chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }
    escaped
}

fn spellings(secret: &str) -> Vec<String> {
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let each: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let base64 = STANDARD.encode(secret);
    vec![
        secret.to_owned(),
        secret.to_ascii_lowercase(),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        base64.replace('/', "\\/"),
        utf8_percent_encode(&base64, NON_ALPHANUMERIC).to_string(),
        base64,
        hex.to_uppercase(),
        hex,
        url.replace("%20", "+"),
        url,
        each,
        json(secret),
        json(&json(secret)),
        php_json(secret),
        json(&php_json(secret)),
    ]
}

fn a_secret_is_withheld_in_every_spelling() {
    for secret in ["dk_live_0123456789", "p/ss wörd+\"\\\n key ü😀", "=%&?#<>~~~~~~"] {
        let redactor = knowing(secret);
        for spelling in spellings(secret) {
            let text = format!("before <{spelling}> after");
            let redacted = redactor.redact(&text);
            let bare = redacted.replace('=', "").replace("%3D", "");
            assert_eq!(bare, format!("before <{WITHHELD}> after"), "{spelling}");
            assert_eq!(redactor.scan(&text), 1, "{spelling}");
            assert_eq!(redactor.scan(&redacted), 0, "{spelling}");
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn secrets() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), SEARCHED_LENGTH..40).prop_map(String::from_iter)
}

fn no_spelling_of_any_secret_survives_in_any_text() {
    proptest!(config(), |(secret in secrets(), before in any::<String>(), after in any::<String>())| {
        let redactor = knowing(&secret);
        for spelling in spellings(&secret) {
            // A delimiter, since `%4` before `12` is a spelling of its own.
            let text = format!("{before} {spelling} {after}");
            let redacted = redactor.redact(&text);
            prop_assert!(!redacted.contains(&spelling), "{} in {}", spelling, redacted);
            prop_assert_eq!(redactor.scan(&redacted), 0);
        }
    });
}

fn no_part_of_a_longer_base64_text_gives_the_secret_back() {
    proptest!(config(), |(secret in "[!-~]{12,40}", before in ".{0,9}", after in ".{0,9}")| {
        let redactor = knowing(&secret);
        let text = format!("{before}{secret}{after}");
        for spelling in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            let redacted = redactor.redact(&spelling);
            prop_assert!(redacted.contains(WITHHELD));
            prop_assert!(redacted.len() < spelling.len() + WITHHELD.len());
            prop_assert_eq!(redactor.scan(&redacted), 0);
        }
    });
}

fn text_without_secrets_stays_as_it_is() {
    proptest!(config(), |(text in any::<String>())| {
        let redactor = knowing("not in there, whatever comes");
        prop_assert_eq!(redactor.redact(&text), text.as_str());
        prop_assert_eq!(redactor.scan(&text), 0);
    });
}

fn short_secrets_are_not_searched_for() {
    let redactor = knowing("eleven char");
    assert_eq!(redactor.redact("eleven char"), "eleven char");
    redactor.register("twelve chars");
    assert_eq!(redactor.redact("twelve chars"), WITHHELD);
    redactor.register("zwölf Zeichä");
    assert_eq!(redactor.redact("zwölf Zeichä"), WITHHELD);
}

fn what_is_public_is_never_withheld() {
    let (public, secret) = ("fixture-token-0001", "someone-elses-token");
    let redactor = redactor();
    redactor.allow(public);
    redactor.register(public);
    redactor.register(secret);
    let text = format!("{public} {secret}");
    assert_eq!(redactor.redact(&text), format!("{public} {WITHHELD}"));
    redactor.allow(secret);
    assert_eq!(redactor.redact(&text), text);
}

fn overlapping_secrets_are_withheld_together() {
    let redactor = redactor();
    redactor.register("abcdefghijklmnop");
    redactor.register("ijklmnopqrstuvwx");
    redactor.register("abcdefghijkl");
    assert_eq!(redactor.redact("<abcdefghijklmnopqrstuvwx>"), format!("<{WITHHELD}>"));
    assert_eq!(redactor.redact("<abcdefghijklm>"), format!("<{WITHHELD}m>"));
}

fn clones_share_what_they_know() {
    let redactor = redactor();
    redactor.clone().register("registered-elsewhere");
    assert_eq!(redactor.redact("registered-elsewhere"), WITHHELD);
}

fn members_are_withheld_by_name() {
    let redactor = redactor();
    redactor.allow("public");
    let nested = serde_json::to_string(r#"{"token":"abc","id":1}"#).unwrap();
    let nested_shown = serde_json::to_string(r#"{"token":"[withheld]","id":1}"#).unwrap();
    let rows: &[(String, String)] = &[
        (
            r#"{"key": "abc", "name": "abc"}"#.into(),
            r#"{"key": "[withheld]", "name": "abc"}"#.into(),
        ),
        (r#"{"KEY" : 12.5e3}"#.into(), r#"{"KEY" : "[withheld]"}"#.into()),
        (r#"{"k\u0065y":"a\"b"}"#.into(), r#"{"k\u0065y":"[withheld]"}"#.into()),
        (r#"{"key":"public","token":""}"#.into(), r#"{"key":"public","token":""}"#.into()),
        (r#"{"key":null,"token":true}"#.into(), r#"{"key":null,"token":true}"#.into()),
        (r#"{"key":["it is required"]}"#.into(), r#"{"key":["it is required"]}"#.into()),
        (r#"{"name":"key","x":"token"}"#.into(), r#"{"name":"key","x":"token"}"#.into()),
        (r#"{"key":{"token":"x"}}"#.into(), r#"{"key":{"token":"[withheld]"}}"#.into()),
        (r#"{"a":1,"key":"cut of"#.into(), r#"{"a":1,"key":"[withheld]""#.into()),
        ("<h1>key: abc</h1>".into(), "<h1>key: abc</h1>".into()),
        (format!(r#"{{"body":{nested}}}"#), format!(r#"{{"body":{nested_shown}}}"#)),
    ];
    for (json, expected) in rows {
        assert_eq!(redactor.withhold_members(json), expected.as_str());
    }
}

fn members_of_any_text_are_looked_at_without_panic() {
    let redactor = redactor();
    proptest!(config(), |(text in r#"(\PC|["\\{}:, ]|"key"|"token":|\\"|[0-9]){0,60}"#)| {
        redactor.withhold_members(&text);
    });
}

fn deep_nesting_is_no_trouble() {
    let text = r#""{\"#.repeat(100_000);
    let redactor = redactor();
    redactor.withhold_members(&text);
    redactor.withhold_members(&"\"{".repeat(100_000));
}

fn hundreds_of_secrets_take_one_pass() {
    let redactor = redactor();
    for number in 0..500 {
        redactor.register(&format!("secret-number-{number:04}"));
    }
    let text = "nothing to see: secret-number-, \\u0073ecret%2Dnumber. ".repeat(20_000);
    assert_eq!(redactor.scan(&text), 0);
    assert_eq!(redactor.scan(&(text + "secret-number-0499")), 1);
}

fn the_redactor_prints_no_secret() {
    let printed = format!("{:?}", knowing("nobody-may-read-this"));
    assert_eq!(printed, "Redactor { secrets: 1, .. }");
}
