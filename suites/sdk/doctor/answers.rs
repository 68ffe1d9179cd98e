//! Adapters that say hello, and answer wrongly.

use keyproof::harness::Exit;

use super::Wanted;

/// Where the reference adapter's replies are changed: Python that edits `reply`, given `request`.
pub(super) fn all() -> Vec<(&'static str, &'static str, Wanted)> {
    let failed = Exit::Failed;
    vec![
        (
            "only_some_operations",
            "if op == 'hello': reply['ok']['ops'] = ['pad_key']\nelif op != 'pad_key': reply = {'id': id, 'unsupported': {}}",
            (
                Exit::Incomplete,
                &[
                    "? members of hello: `ops` of hello lacks derive_key_proof",
                    "✓ pad_key\n✓ operations that hello does not list: `unsupported`",
                    "which is incomplete (3) because of what is marked ?",
                ],
            ),
        ),
        (
            "unlisted_and_answered",
            "if op == 'hello': reply['ok']['ops'].remove('pad_key')",
            (
                failed,
                &[
                    "✗ operations that hello does not list: hello does not list pad_key, and it is answered with `ok`",
                    "do        list in `ops` what you answer",
                ],
            ),
        ),
        (
            "crlf_is_no_mistake",
            "end = '\\r\\n'",
            (Exit::Held, &["✓ hello: answered", "next: keyproof sdk -- "]),
        ),
        (
            "unknown_operation_is_an_error",
            "if op.startswith('kp_'): reply = {'id': id, 'error': {'message': 'KeyError'}}",
            (
                failed,
                &[
                    "✗ unknown operation: it is answered with `error`",
                    "do        answer an operation that you don't know with {\"id\":…,\"unsupported\":{}}",
                ],
            ),
        ),
        (
            "member_misspelt",
            "if op == 'pad_key': reply['ok'] = {'paddedKey': reply['ok']['padded_key']}",
            (
                failed,
                &[
                    "✗ pad_key: its `ok` has `paddedKey` and no `padded_key`",
                    "do        call the member `padded_key`",
                    "do        the answer to pad_key has exactly `padded_key`",
                ],
            ),
        ),
        (
            "member_of_another_name",
            "if op == 'pad_key': reply['ok'] = {'result': reply['ok']['padded_key']}",
            (failed, &["✗ pad_key: its `ok` has no `padded_key`: it has result"]),
        ),
        (
            "no_member",
            "if op == 'pad_key': reply['ok'] = {}",
            (failed, &["✗ pad_key: its `ok` has no `padded_key`\n"]),
        ),
        (
            "member_too_many",
            "if op == 'pad_key': reply['ok']['note'] = 'x'",
            (failed, &["✗ pad_key: its `ok` has a member `note` too many"]),
        ),
        (
            "number_as_text",
            "if op == 'generate_key_proof': reply['ok']['iterations'] = '600000'",
            (
                failed,
                &[
                    "✗ generate_key_proof: `iterations` is the text \"600000\"",
                    "do        write it as a whole number of JSON",
                ],
            ),
        ),
        (
            "boolean_as_number",
            "if op == 'verify_key_proof': reply['ok']['valid'] = 1",
            (
                failed,
                &["✗ verify_key_proof: `valid` is the number 1", "do        write true or false"],
            ),
        ),
        (
            "text_as_null",
            "if op == 'derive_key_proof': reply['ok']['proof'] = None",
            (failed, &["✗ derive_key_proof: `proof` is null", "do        write it as text"]),
        ),
        (
            "line_breaks_in_base64",
            "if op == 'derive_key_proof': reply['ok']['proof'] += '\\n'",
            (
                failed,
                &[
                    "✗ derive_key_proof: the proof is a wrong one",
                    "do        there is white space in the base64",
                ],
            ),
        ),
        (
            "salt_in_hex",
            "if op == 'generate_key_proof': reply['ok']['salt'] = '00' * 16 + 'a'",
            (
                failed,
                &[
                    "✗ generate_key_proof: the generated salt is not standard padded base64",
                    "do        these are hexadecimal digits",
                ],
            ),
        ),
        (
            "salt_url_safe",
            "if op == 'generate_key_proof': reply['ok']['salt'] = '-_' + reply['ok']['salt'][2:]",
            (failed, &["do        this is the URL-safe alphabet"]),
        ),
        (
            "salt_unpadded",
            "if op == 'generate_key_proof': reply['ok']['salt'] = reply['ok']['salt'].rstrip('=')",
            (failed, &["do        the base64 has no padding"]),
        ),
        (
            "salt_is_no_base64",
            "if op == 'generate_key_proof': reply['ok']['salt'] = '!!!!'",
            (failed, &["do        this is not standard padded base64"]),
        ),
        (
            "kinds_at_once",
            "if op == 'pad_key': reply['error'] = {'message': 'x'}",
            (failed, &["✗ pad_key: it is no reply: it has ok and error at once"]),
        ),
        (
            "right_input_is_refused",
            "if op == 'verify_key_proof': reply = {'id': id, 'reject': {'class': 'malformed'}}",
            (
                failed,
                &[
                    "✗ verify_key_proof: a right input is refused",
                    "do        a proof is compared: what comes of it is `valid`",
                    "expected  an answer, `ok`",
                    "got       a rejection (malformed)",
                ],
            ),
        ),
        (
            "right_blob_is_refused",
            "if op == 'decrypt': reply = {'id': id, 'reject': {'class': 'malformed'}}",
            (
                failed,
                &["✗ decrypt: a right blob is refused", "do        look for what your SDK checks"],
            ),
        ),
        (
            "right_blob_has_no_right_tag",
            "if op == 'decrypt': reply = {'id': id, 'reject': {'class': 'authentication'}}",
            (
                failed,
                &[
                    "✗ decrypt: a right blob is refused",
                    "do        the tag does not fit: hand on 12 bytes of IV",
                ],
            ),
        ),
        (
            "class_of_its_own",
            "if 'reject' in reply: reply['reject']['class'] = 'at line 7'",
            (
                failed,
                &[
                    "✗ refusals: it is no reply: there is no class \"at line 7\" of rejections",
                    "the classes are empty_key, malformed, authentication and invalid_argument",
                ],
            ),
        ),
        (
            "text_sealed_as_latin_1",
            "if op == 'encrypt' and '\\u2603' in request['params']['plaintext']: reply = asked({**request, 'params': {**request['params'], 'plaintext': request['params']['plaintext'].encode().decode('latin-1')}})",
            (
                failed,
                &[
                    "✗ text: text goes in wrongly, é☃😀 as what is sealed: each byte of its UTF-8 was taken for a character of Latin-1",
                ],
            ),
        ),
        (
            "plaintext_is_trimmed",
            "if op == 'decrypt' and 'ok' in reply: reply['ok']['plaintext'] = reply['ok']['plaintext'].strip()",
            (
                failed,
                &[
                    "✗ decrypt: the blob is opened to another text",
                    "do        give the plaintext as it was sealed",
                    r#"expected  plaintext "HELLO=world\n""#,
                    r#"got       plaintext "HELLO=world""#,
                ],
            ),
        ),
        (
            "could_not_tell",
            "if op == 'encrypt': reply = {'id': id, 'error': {'message': 'TypeError'}}",
            (
                Exit::Incomplete,
                &[
                    "? encrypt: the adapter could not tell: TypeError",
                    "do        `error` is neither right nor wrong",
                    "do        look at what was thrown",
                ],
            ),
        ),
        (
            "refusal_is_an_error",
            "if 'reject' in reply: reply = {'id': id, 'error': {'message': 'ValueError'}}",
            (
                Exit::Incomplete,
                &[
                    "? refusals: content that is not base64 is told by `error`, not by `reject`: ValueError",
                    r#"do        tell it by {"id":…,"reject":{"class":"malformed"}}"#,
                    "? refusals: a blob under another key is told by `error`",
                    r#""class":"authentication""#,
                    "? refusals: a salt that is not base64",
                    "? refusals: the empty key",
                    r#""class":"empty_key""#,
                ],
            ),
        ),
        (
            "refusal_is_an_answer",
            "if 'reject' in reply: reply = {'id': id, 'ok': {'plaintext': ''}}",
            (
                failed,
                &["✗ refusals: content that is not base64 is not refused, but answered with `ok`"],
            ),
        ),
        (
            "text_in_as_latin_1",
            "if op == 'pad_key' and '\\u2603' in key: reply = asked({**request, 'params': {'key': key.encode().decode('latin-1')}})",
            (
                failed,
                &[
                    "✗ text: text goes in wrongly, é☃😀 as a key: each byte of its UTF-8 was taken for a character of Latin-1",
                    "do        Python: json.loads of sys.stdin.buffer",
                ],
            ),
        ),
        (
            "text_in_as_ascii",
            "if op == 'pad_key' and '\\u2603' in key: reply = asked({**request, 'params': {'key': key.encode().decode('ascii', 'replace')}})",
            (failed, &["each byte of its UTF-8 became U+FFFD: it was read as ASCII"]),
        ),
        (
            "text_in_as_question_marks",
            "if op == 'pad_key' and '\\u2603' in key: reply = asked({**request, 'params': {'key': '?' * 9}})",
            (failed, &["each byte of its UTF-8 became a question mark"]),
        ),
        (
            "text_in_is_no_answer",
            "if op == 'pad_key' and '\\u2603' in key: reply = {'id': id, 'error': {'message': 'UnicodeDecodeError'}}",
            (failed, &["✗ text: text goes in wrongly, é☃😀 as a key: it is not answered"]),
        ),
        (
            "text_out_as_question_marks",
            "if op == 'decrypt' and '\\u2603' in str(reply['ok'] if 'ok' in reply else ''): reply['ok']['plaintext'] = '???'",
            (
                failed,
                &[
                    "✗ text: text goes out wrongly, é☃😀 as a plaintext: each character became a question mark",
                ],
            ),
        ),
        (
            "text_out_as_something",
            "if op == 'decrypt' and '\\u2603' in str(reply['ok'] if 'ok' in reply else ''): reply['ok']['plaintext'] = 'e'",
            (failed, &["✗ text: text goes out wrongly, é☃😀 as a plaintext\n"]),
        ),
        (
            "text_out_is_no_answer",
            "if op == 'decrypt' and '\\u2603' in str(reply['ok'] if 'ok' in reply else ''): reply = {'id': id, 'error': {'message': 'UnicodeEncodeError'}}",
            (failed, &["✗ text: text goes out wrongly, é☃😀 as a plaintext: it is not answered"]),
        ),
        (
            "mixed_up_answers",
            "if key.startswith('key '): reply = asked({**request, 'params': {'key': 'key 1'}})",
            (
                failed,
                &[
                    "✗ several at once: a reply stands under the id of another request",
                    "do        keep the id with its request",
                    "do        or say \"max_outstanding\":1",
                ],
            ),
        ),
        (
            "torn_lines",
            "if key == 'key 2': end = '{\\n'",
            (
                failed,
                &[
                    "✗ several at once: replies to requests that were sent at once are mixed up in one line",
                    "do        write each reply whole",
                ],
            ),
        ),
        (
            "ids_of_nobody",
            "if key == 'key 2': reply['id'] = 99",
            (failed, &["✗ several at once: it replied under an id that was never asked"]),
        ),
        (
            "dies_of_several",
            "if key == 'key 2': sys.exit(1)",
            (failed, &["✗ several at once: it ended before it had replied"]),
        ),
        (
            "late_print",
            "import atexit; atexit.register(print, 'bye')",
            (failed, &["✗ end of input: it printed a line that is no JSON object", "← bye"]),
        ),
        (
            "late_reply",
            "import atexit; atexit.register(print, '{\"id\":77,\"ok\":{}}')",
            (
                failed,
                &[
                    "✗ end of input: it replied under an id that was never asked",
                    "do        give the `id` of the request back",
                ],
            ),
        ),
        (
            "late_second_reply",
            "import atexit; atexit.register(print, '{\"id\":2,\"ok\":{}}')",
            (
                failed,
                &[
                    "✗ end of input: it replied twice to one request",
                    "do        write each reply once",
                ],
            ),
        ),
        (
            "serves_one_request",
            "atend = 'exit'",
            (
                failed,
                &[
                    "✗ unknown operation: it ended with exit code 0 while there were requests",
                    "do        answer in a loop until the input ends",
                    "do        or, if it is meant to serve one request, give keyproof --one-shot",
                ],
            ),
        ),
        (
            "dies_of_operations",
            "if op not in ('hello',) and not op.startswith('kp_'): sys.exit(7)",
            (
                failed,
                &[
                    "✗ pad_key: it ended before it had replied: exit code 7",
                    "✗ generate_key_proof: ",
                    "✗ derive_data_key: it was started again 3 times: the rest was not looked at",
                ],
            ),
        ),
        (
            "stays_alive",
            "atend = 'stay'",
            (
                failed,
                &[
                    "✗ end of input: it did not end with exit code 0 soon after the end of input: it was still running",
                    "do        let the loop end with the input: no thread or timer",
                ],
            ),
        ),
    ]
}
