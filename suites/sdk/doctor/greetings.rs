//! Adapters that fail at hello.

use keyproof::harness::Exit;

use super::Wanted;

/// Name, shell script, and what is reported of it.
pub(super) fn all() -> Vec<(&'static str, &'static str, Wanted)> {
    let stopped = Exit::Unreachable;
    vec![
        (
            "exits_at_once",
            "echo no module named acme >&2; exit 3",
            (
                stopped,
                &[
                    "✗ hello: it ended before it had replied: exit code 3",
                    "do        its standard error says why",
                    "do        catch what is thrown",
                    r#"→ {"id":1,"op":"hello","params":{"protocol":1}}"#,
                    "stderr | no module named acme",
                ],
            ),
        ),
        (
            "ends_with_0",
            "exit 0",
            (
                stopped,
                &[
                    "✗ hello: it ended with exit code 0 and no reply",
                    "do        read standard input line by line until it ends, and reply",
                ],
            ),
        ),
        (
            "banner_and_nothing",
            "echo Welcome; exit 1",
            (
                stopped,
                &[
                    "✗ hello: it printed a line that is no JSON object",
                    "do        standard output is for replies alone",
                    "do        print to standard error, and send the logger there",
                    "← Welcome",
                ],
            ),
        ),
        (
            "mark",
            r#"read l; printf '\357\273\277{"id":1,"ok":{}}\n'; exit 0"#,
            (
                stopped,
                &[
                    "✗ hello: a byte order mark stands before its JSON",
                    "do        open standard output as UTF-8 without a byte order mark",
                    r#"← \u{feff}{"id":1"#,
                ],
            ),
        ),
        (
            "not_utf8",
            r#"read l; printf '{"id":1,"ok":{"name":"\351"}}\n'"#,
            (
                stopped,
                &[
                    "✗ hello: it wrote a line that is not UTF-8",
                    "do        open both streams as UTF-8 by name",
                ],
            ),
        ),
        (
            "pretty",
            r#"read l; printf '{\n  "id": 1,\n  "ok": {}\n}\n'; cat >/dev/null"#,
            (
                stopped,
                &[
                    "✗ hello: its JSON goes over 4 lines: a reply is one line",
                    "do        switch the JSON writer's indenting off",
                ],
            ),
        ),
        (
            "two_on_a_line",
            r#"read l; printf '{"id":1,"ok":{}}{"id":1,"ok":{}}\n'"#,
            (
                stopped,
                &[
                    "✗ hello: two JSON objects stand on one line",
                    "do        end each reply with a line feed",
                ],
            ),
        ),
        (
            "single_quotes",
            r#"read l; echo "{'id': 1, 'ok': {}}""#,
            (stopped, &["✗ hello: it printed", "do        these are single quotes"]),
        ),
        (
            "no_id",
            r#"read l; echo '{"ok":{}}'; cat >/dev/null"#,
            (stopped, &["✗ hello: its reply has no id", "do        put the `id` of the request"]),
        ),
        (
            "id_as_text",
            r#"read l; echo '{"id":"1","ok":{}}'; cat >/dev/null"#,
            (
                stopped,
                &[
                    "✗ hello: the id comes back as text",
                    "do        give it back as it came, the number 1",
                ],
            ),
        ),
        (
            "wrong_id",
            r#"read l; echo '{"id":0,"ok":{}}'; cat >/dev/null"#,
            (
                stopped,
                &[
                    "✗ hello: it replied under the id 0 to request 1",
                    "do        give the `id` of the request back unchanged",
                ],
            ),
        ),
        (
            "null_id",
            r#"read l; echo '{"id":null,"error":{"message":"?"}}'; cat >/dev/null"#,
            (
                stopped,
                &[
                    "✗ hello: it took a request for a line that is none",
                    "do        a request is a JSON object",
                ],
            ),
        ),
        (
            "no_kind",
            r#"read l; echo '{"id":1,"result":{}}'; cat >/dev/null"#,
            (
                stopped,
                &[
                    "✗ hello: it is no reply: it has none of ok, reject, unsupported and error",
                    "do        a reply has `id` and exactly one of",
                ],
            ),
        ),
        (
            "no_ok",
            r#"read l; echo '{"id":1,"unsupported":{}}'; cat >/dev/null"#,
            (
                stopped,
                &[
                    "✗ hello: it does not answer hello with `ok`",
                    "do        `hello` is an operation like the others",
                ],
            ),
        ),
        (
            "no_line_feed_at_the_end",
            r#"read l; printf '{"id":1,"ok":{}}'"#,
            (
                stopped,
                &[
                    "✗ hello: its output ended in the middle of a line",
                    "do        end each reply with a line feed",
                ],
            ),
        ),
        (
            "line_without_end",
            "head -c 17000000 /dev/zero | tr '\\0' x; sleep 1000",
            (
                stopped,
                &[
                    "✗ hello: it sent a line of more than 16 MiB",
                    "do        end each reply with a line feed; no reply is that long",
                ],
            ),
        ),
        (
            "other_protocol",
            r#"read l; echo '{"id":1,"ok":{"protocol":2,"name":"a","version":"1","ops":[]}}'; cat >/dev/null"#,
            (
                Exit::Usage,
                &[
                    "✗ members of hello: it speaks protocol 2, and this keyproof speaks 1",
                    "do        `protocol` is the version of the adapter protocol, not of the SDK",
                ],
            ),
        ),
        (
            "members",
            r#"read l; echo '{"id":1,"ok":{"protocol":"1","Name":"a","ops":"pad_key","max_outstanding":-1}}'; cat >/dev/null"#,
            (
                stopped,
                &[
                    r#"✗ members of hello: `protocol` of hello is the text "1""#,
                    "do        `protocol` is the number 1",
                    "✗ members of hello: hello has `Name` and no `name`",
                    "do        `name` is text, the name of your SDK",
                    "✗ members of hello: hello has no `version`",
                    r#"✗ members of hello: `ops` of hello is the text "pad_key""#,
                    "do        `ops` is a list of texts",
                    "✗ members of hello: `max_outstanding` of hello is the number -1",
                ],
            ),
        ),
        (
            "operations",
            r#"read l; echo '{"id":1,"ok":{"protocol":1,"name":"a","version":"1","language":"JavaScript","ops":["padkey","x","pull_secrets"]}}'; exit 9"#,
            (
                Exit::Failed,
                &[
                    r#"! members of hello: "padkey" of `ops` is no operation"#,
                    "do        the nearest is pad_key",
                    r#"! members of hello: "x" of `ops` is no operation"#,
                    "do        there are pad_key, derive_key_proof",
                    "? members of hello: `ops` of hello lacks pad_key, derive_key_proof, generate_key_proof, verify_key_proof, derive_data_key, encrypt, decrypt",
                    "do        their cases could not run: exit 3, until you leave them out with --skip",
                    "· members of hello: `ops` of hello lacks encrypt_with_project_key, decrypt_with_project_key",
                    "do        the older cipher is optional: its cases are not applicable",
                    r#"· members of hello: a run has hints for the language "javascript", and none for "JavaScript""#,
                    "✗ unknown operation: it ended before it had replied: exit code 9",
                ],
            ),
        ),
    ]
}
