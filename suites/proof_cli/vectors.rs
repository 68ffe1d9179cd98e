//! `keyproof vectors`.

use std::fs;

use libtest_mimic::Failed;

use super::bench::Bench;
use crate::support::{Trial, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("vectors/list_prints_one_id_a_line", list),
        Trial::test("vectors/verify_tells_what_does_not_hold", verify),
        Trial::test("vectors/verify_refuses_what_is_no_vector_file", no_vector_file),
        Trial::test("vectors/export_can_be_verified_again", export),
        Trial::test("vectors/export_never_replaces_a_foreign_file", export_keeps),
    ]
}

fn list() -> Result<(), Failed> {
    let output = Bench::new("list").run(&["vectors", "list"], b"");
    assert!(output.stderr.is_empty() && output.status.success());
    let ids: String = keyproof::vectors::embedded()
        .unwrap()
        .vectors()
        .map(|vector| format!("{}\n", vector.id))
        .collect();
    assert_eq!(String::from_utf8(output.stdout)?, ids);
    Ok(())
}

/// A corpus file of two vectors, of which the second is wrong.
const HALF_RIGHT: &str = r#"{
  "format": 2, "group": "pad_key", "count": 2, "notes": {"computed": "Computed."},
  "vectors": [
    {"id": "pad_key/right", "claim": "Right.", "source": "here", "flags": ["computed"],
     "call": {"op": "pad_key", "params": {"key": "k"}},
     "expected": {"valid": {"padded_key": "azAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="}}},
    {"id": "pad_key/wrong", "claim": "Wrong\u001b[31m.", "source": "here", "flags": ["computed"],
     "call": {"op": "pad_key", "params": {"key": "kk"}},
     "expected": {"valid": {"padded_key": "azAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="}}}
  ]
}"#;

fn verify() -> Result<(), Failed> {
    let bench = Bench::new("verify").file("half.json", HALF_RIGHT);
    let whole = bench.run(&["vectors", "verify"], b"");
    assert_eq!(whole.status.code(), Some(0));
    let half = bench.run(&["vectors", "verify", "half.json"], b"");
    assert_eq!(half.status.code(), Some(1));
    snapshot("vectors_verify_mismatch", String::from_utf8(half.stdout)?);
    let piped = bench.run(&["vectors", "verify", "-"], HALF_RIGHT.as_bytes());
    assert_eq!(piped.status.code(), Some(1));
    Ok(())
}

fn no_vector_file() -> Result<(), Failed> {
    let bench = Bench::new("no_vector_file")
        .file("count.json", HALF_RIGHT.replace("\"count\": 2", "\"count\": 3"))
        .file("member.json", HALF_RIGHT.replace("\"claim\"", "\"clam\""))
        .file("text.txt", "no vectors here")
        .file("raw.bin", b"\xff");
    let names = ["count.json", "member.json", "text.txt", "raw.bin", "absent.json", "."];
    let seen = names.map(|name| bench.transcript(&["vectors", "verify", name], b""));
    snapshot("vectors_verify_refused", seen.concat());
    Ok(())
}

fn export() -> Result<(), Failed> {
    let bench = Bench::new("export");
    for _again in 0..2 {
        let output = bench.run(&["vectors", "export", "deep/corpus"], b"");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stdout.is_empty());
    }
    for (name, text) in keyproof::vectors::FILES {
        let path = bench.0.join("deep/corpus").join(name);
        assert_eq!(fs::read_to_string(path)?, text);
    }
    let file = bench.run(&["vectors", "verify", "deep/corpus/pad_key.json"], b"");
    assert_eq!(file.status.code(), Some(0));
    let all = bench.run(&["vectors", "export", "-"], b"");
    let verified = bench.run(&["vectors", "verify", "-"], &all.stdout);
    assert_eq!(verified.stdout, bench.run(&["vectors", "verify"], b"").stdout);
    Ok(())
}

fn export_keeps() -> Result<(), Failed> {
    let bench = Bench::new("export_keeps").file("README.md", "mine").file("taken", "");
    snapshot(
        "vectors_export_refused",
        [".", "taken"].map(|name| bench.transcript(&["vectors", "export", name], b"")).concat(),
    );
    assert_eq!(fs::read_to_string(bench.0.join("README.md"))?, "mine");
    assert!(!bench.0.join("pad_key.json").exists(), "nothing is written if not all can be");
    let forced = bench.run(&["vectors", "export", ".", "--force"], b"");
    assert_eq!(forced.status.code(), Some(0));
    assert_ne!(fs::read_to_string(bench.0.join("README.md"))?, "mine");
    Ok(())
}
