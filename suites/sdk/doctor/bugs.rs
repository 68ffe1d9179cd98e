//! Bugs of the reference adapter, as the doctor reports them to an author.

use keyproof::harness::Exit;

use super::Wanted;

/// Bug, and what is reported of it.
pub(super) fn all() -> Vec<(&'static str, Wanted)> {
    let failed = Exit::Failed;
    vec![
        (
            "proof-nul-padded",
            (
                failed,
                &[
                    "✗ derive_key_proof: the proof is a wrong one: this is the proof of the key padded with NUL bytes",
                    "do        (rust): [0u8; 32] is NULs",
                    "expected  proof \"",
                    "got       proof \"",
                    "→ {\"id\":",
                    "← {\"id\":",
                    "✗ generate_key_proof: the proof is a wrong one",
                ],
            ),
        ),
        (
            "proof-hex-text",
            (
                failed,
                &[
                    "✗ derive_key_proof: the proof is a wrong one: this is the proof in hexadecimal digits",
                ],
            ),
        ),
        ("pad-key-space-padded", (failed, &["✗ pad_key: the padded key is a wrong one: "])),
        (
            "data-key-padded-password",
            (failed, &["✗ derive_data_key: the data key is a wrong one: "]),
        ),
        (
            "blob-iv-at-the-end",
            (
                failed,
                &[
                    "✗ encrypt: the blob does not open: ",
                    "✗ decrypt: a right blob is refused, and a wrong one opened: ",
                ],
            ),
        ),
        (
            "verify-always-false",
            (
                failed,
                &[
                    "✗ verify_key_proof: the right proof does not verify",
                    "do        derive the proof, and compare",
                ],
            ),
        ),
        (
            "verify-always-true",
            (
                failed,
                &[
                    "✗ verify_key_proof: a wrong proof verifies, or is no answer",
                    "do        a proof that does not fit is {\"valid\":false}",
                ],
            ),
        ),
        (
            "generate-short-salt",
            (
                failed,
                &[
                    "✗ generate_key_proof: the generated salt has 8 bytes",
                    "do        draw 16 random bytes",
                ],
            ),
        ),
        (
            "generate-wrong-count",
            (
                failed,
                &[
                    "✗ generate_key_proof: it generates with 100000 iterations",
                    "do        a new proof has 600000 iterations",
                ],
            ),
        ),
        (
            "wrong-id",
            (failed, &["✗ unknown operation: it replied under the id 1000002 to request 2"]),
        ),
        (
            "answers-twice",
            (
                failed,
                &[
                    "✗ pad_key: it replied twice to one request, request 2",
                    "do        write each reply once",
                ],
            ),
        ),
        (
            "prints-to-stdout",
            (
                failed,
                &[
                    "✗ unknown operation: it printed a line that is no JSON object",
                    "← Deprecated: a notice in adapter.php on line 7",
                ],
            ),
        ),
        (
            "claims-missing-ops",
            (
                failed,
                &[
                    "✗ encrypt_with_project_key: hello lists it, and it is answered with `unsupported`",
                    "do        take it out of `ops`, or answer it",
                ],
            ),
        ),
        ("ok-to-unknown-ops", (failed, &["✗ unknown operation: it is answered with `ok`"])),
        (
            "wrong-class",
            (
                Exit::Held,
                &[
                    "! refusals: a blob under another key is refused as `malformed`",
                    "next: keyproof sdk -- ",
                ],
            ),
        ),
        (
            "ends-with-failure",
            (
                failed,
                &[
                    "✗ end of input: it did not end with exit code 0 soon after the end of input: exit code 1",
                    "do        let the loop end with the input, and exit with 0",
                ],
            ),
        ),
        (
            "dies-on-garbage",
            (
                Exit::Held,
                &[
                    "! a line that is no request: a line that is no request ends the adapter, or confuses it",
                    "do        ignore it, or answer",
                    "→ this is no request",
                ],
            ),
        ),
    ]
}
