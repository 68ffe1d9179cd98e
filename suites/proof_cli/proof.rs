//! `keyproof proof`.

use libtest_mimic::Failed;

use super::bench::{BLOB, Bench, COUNTED, FEW, OLDER_BLOB, OLDER_KEY, PASSPHRASE, PROOF, ZEROS};
use crate::support::{Trial, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("key/one_line_end_is_removed_and_nothing_else", line_ends),
        Trial::test("key/what_is_probably_not_meant_is_warned_about", warnings),
        Trial::test("key/bytes_need_not_be_utf_8", bytes),
        Trial::test("answers/are_alone_on_standard_output", answers),
        Trial::test("answers/are_one_object_with_json", json),
        Trial::test("derive/warns_about_a_key_of_32_bytes", derive_warns),
        Trial::test("derive/takes_600000_iterations_by_default", platform_iterations),
        Trial::test("seal/what_was_sealed_opens_to_the_byte", round_trip),
        Trial::test("open/a_refusal_is_exit_1_with_its_class", refusals),
        Trial::test("usage/is_exit_2_and_says_what_to_do", usage),
        Trial::test("usage/arguments_that_are_not_utf_8_are_no_panic", odd_arguments),
    ]
}

fn line_ends() -> Result<(), Failed> {
    let bench = Bench::new("line_ends");
    let rows: [(&[u8], &str); 9] = [
        (b"k", "k0000000000000000000000000000000"),
        (b"k\n", "k0000000000000000000000000000000"),
        (b"k\r\n", "k0000000000000000000000000000000"),
        (b"k\n\n", "k\n000000000000000000000000000000"),
        (b"k\r\n\r\n", "k\r\n00000000000000000000000000000"),
        (b"k\r", "k\r000000000000000000000000000000"),
        (b" k ", " k 00000000000000000000000000000"),
        (b"a\nb", "a\nb00000000000000000000000000000"),
        (b"\n", "00000000000000000000000000000000"),
    ];
    for (input, padded) in rows {
        let output = bench.run(&["proof", "pad"], input);
        let answer = format!("{}\n", keyproof::crypto::encoding::encode(padded));
        assert_eq!(String::from_utf8(output.stdout)?, answer, "{input:?}");
    }
    Ok(())
}

fn warnings() -> Result<(), Failed> {
    let bench = Bench::new("warnings");
    let keys: [&[u8]; 7] =
        [b" k", b"k\n\n", "k\u{a0}".as_bytes(), "\u{feff}k".as_bytes(), b"", b"a b", b"k\n"];
    let seen: String = keys.map(|key| bench.transcript(&["proof", "pad"], key)).concat();
    snapshot("proof_key_warnings", seen);
    Ok(())
}

fn bytes() -> Result<(), Failed> {
    let bench = Bench::new("bytes").file("key", b"\xff\x00\n");
    let seen = [
        bench.transcript(&["proof", "pad"], b"ab\xff"),
        bench.transcript(&["proof", "pad", "--bytes"], b"ab\xff"),
        bench.transcript(&["proof", "pad", "--bytes", "--key-file", "key"], b""),
    ];
    snapshot("proof_key_bytes", seen.concat());
    Ok(())
}

const ANSWERS: [&[&str]; 6] = [
    &["proof", "derive", ZEROS, FEW],
    &["proof", "verify", PROOF, ZEROS, FEW],
    &["proof", "verify", PROOF, ZEROS, "--iterations", "999"],
    &["proof", "pad"],
    &["proof", "data-key", ZEROS, FEW],
    &["proof", "open", "--in", "blob", "--legacy"],
];

fn answers() -> Result<(), Failed> {
    let bench = Bench::new("answers").file("blob", OLDER_BLOB);
    let seen = ANSWERS.map(|arguments| bench.transcript(arguments, OLDER_KEY));
    snapshot("proof_answers", seen.concat());
    Ok(())
}

fn json() -> Result<(), Failed> {
    let bench = Bench::new("json").file("blob", OLDER_BLOB).file("wrong", BLOB);
    let open_wrong: &[&str] = &["proof", "open", "--in", "wrong", "--legacy"];
    let seen = ANSWERS
        .iter()
        .chain([&open_wrong])
        .map(|arguments| bench.transcript(&[arguments, &["--json"][..]].concat(), OLDER_KEY));
    snapshot("proof_answers_json", seen.collect::<String>());
    Ok(())
}

fn derive_warns() -> Result<(), Failed> {
    let bench = Bench::new("derive_warns");
    let rows: [(&[u8], bool); 4] = [
        (b"0123456789abcdef0123456789abcdef\n", true),
        (b"0123456789abcdef0123456789abcde\n", false),
        (b"0123456789abcdef0123456789abcdef0\n", false),
        ("0123456789abcdef0123456789abc\u{2603}".as_bytes(), true),
    ];
    for (key, warned) in rows {
        let output = bench.run(&["proof", "derive", ZEROS, FEW], key);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(!output.stderr.is_empty(), warned, "{key:?}");
    }
    snapshot("proof_derive_warns", bench.transcript(&["proof", "derive", ZEROS, FEW], rows[0].0));
    Ok(())
}

fn platform_iterations() -> Result<(), Failed> {
    let output = Bench::new("platform").run(&["proof", "derive", ZEROS], OLDER_KEY);
    let answer = "ayMCnThxgJYJAp0OwOC+yPq5GFwLGVthJJjFv47RyhI=\n";
    assert_eq!(String::from_utf8(output.stdout)?, answer);
    Ok(())
}

fn round_trip() -> Result<(), Failed> {
    let text = "\u{feff}A=1\r\nB=\u{2603}\n\n";
    let raw: &[u8] = b"\xff\x00\n";
    let rows: [(&[u8], &[&str]); 4] = [
        (text.as_bytes(), &[COUNTED, FEW]),
        (text.as_bytes(), &["--legacy"]),
        (b"", &[COUNTED, FEW]),
        (raw, &[COUNTED, FEW, "--bytes"]),
    ];
    for (plaintext, cipher) in rows {
        let bench = Bench::new("round_trip").file("key", PASSPHRASE);
        let command = |name| [&["proof", name, "--key-file", "key"][..], cipher].concat();
        let sealed = bench.run(&command("seal"), plaintext);
        assert_eq!(sealed.status.code(), Some(0), "{sealed:?}");
        let opened = bench.run(&command("open"), &sealed.stdout);
        assert_eq!(opened.stdout, plaintext, "{opened:?}");
        // The same the other way round: the key from standard input, the blob from a file.
        let bench = bench.file("blob", &sealed.stdout);
        let command = [&["proof", "open", "--in", "blob"][..], cipher].concat();
        assert_eq!(bench.run(&command, PASSPHRASE).stdout, plaintext);
    }
    Ok(())
}

fn refusals() -> Result<(), Failed> {
    let bench = Bench::new("refusals")
        .file("key", PASSPHRASE)
        .file("empty", "")
        .file("raw", sealed_bytes());
    let open = ["proof", "open", "--key-file", "key", COUNTED, FEW];
    let older = ["proof", "open", "--legacy", "--key-file", "empty"];
    let seen = [
        bench.transcript(&open, BLOB.as_bytes()),
        bench.transcript(&open, b"not base64!"),
        bench.transcript(&open, b"AAAA\xff"),
        bench.transcript(&open, b""),
        bench.transcript(&open, OLDER_BLOB.as_bytes()),
        bench.transcript(&older, OLDER_BLOB.as_bytes()),
        bench.transcript(&[&open[..], &["--in", "raw"]].concat(), b""),
        bench.transcript(&[&open[..], &["--in", "raw", "--json", "--bytes"]].concat(), b""),
    ];
    snapshot("proof_open_refusals", seen.concat());
    Ok(())
}

fn sealed_bytes() -> String {
    use keyproof::crypto::{DataKey, Iterations, seal};
    let salt: Vec<u8> = (0..16).collect();
    let iterations = Iterations::try_from(1000).unwrap();
    let key = DataKey::derive(PASSPHRASE.trim_ascii_end(), &salt, iterations);
    seal(&key, b"\xff\x00").unwrap()
}

fn usage() -> Result<(), Failed> {
    let bench =
        Bench::new("usage").file("key", PASSPHRASE).file("empty", "").file("raw", b"A=\xff");
    let rows: [&[&str]; 14] = [
        &["proof", "seal", COUNTED],
        &["proof", "open", COUNTED, "--in", "-"],
        &["proof", "open", COUNTED, "--key-file", "-"],
        &["proof", "pad", "--key-file", "absent"],
        &["proof", "pad", "--key-file", "."],
        &["proof", "derive"],
        &["proof", "derive", "--salt="],
        &["proof", "derive", "--salt", "AAEC_-=="],
        &["proof", "derive", ZEROS, "--iterations", "0"],
        &["proof", "derive", ZEROS, "--iterations", "-1"],
        &["proof", "derive", ZEROS, "--iterations", "1e3"],
        &["proof", "seal", "--key-file", "key"],
        &["proof", "seal", "--key-file", "key", "--in", "raw", ZEROS],
        &["proof", "seal", "--key-file", "empty", "--in", "key", "--legacy"],
    ];
    let seen = rows.map(|arguments| bench.transcript(arguments, b""));
    snapshot("proof_usage", seen.concat());
    let salted_legacy = bench.run(&["proof", "open", "--legacy", ZEROS, "--key-file", "key"], b"");
    assert_eq!(salted_legacy.status.code(), Some(2));
    let unasked = bench.run(&["proof", "pad", "--key-file", "key"], b"");
    assert_eq!(unasked.status.code(), Some(0), "an unused standard input is left alone");
    Ok(())
}

#[cfg(unix)]
fn odd_arguments() -> Result<(), Failed> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::new("odd_arguments");
    let odd = OsStr::from_bytes(b"\xff");
    for arguments in [
        [OsStr::new("pad"), OsStr::new("--key-file"), odd],
        [OsStr::new("derive"), OsStr::new("--salt"), odd],
        [OsStr::new("verify"), OsStr::new(ZEROS), odd],
    ] {
        let output = bench.command().arg("proof").args(arguments).output()?;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{output:?}");
    }
    let endless = ["proof", "pad", "--key-file", "/dev/zero"];
    snapshot("proof_endless_key", bench.transcript(&endless, b""));
    Ok(())
}

#[cfg(not(unix))]
fn odd_arguments() -> Result<(), Failed> {
    Ok(())
}
