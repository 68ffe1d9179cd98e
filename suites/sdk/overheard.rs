//! What a harness and an adapter say to each other, as a pipe between them hears it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::bench::{heard, keyproof, process};

/// A request, and the reply to it; null if there was none.
pub(crate) struct Exchange {
    pub(crate) request: Value,
    pub(crate) reply: Value,
}

/// All requests of a run against the reference adapter, which passes. Lines that are no JSON are left out.
pub(crate) fn overheard(options: &[&str]) -> Vec<Exchange> {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let folder = format!("sdk-overheard-{}-{run}", std::process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    // Each process of the adapter has files of its own.
    let script = r#"tee "$1/$$.requests" | "$0" adapter | tee "$1/$$.replies""#;
    let mut command = process();
    command.arg("sdk").args(options).args(["--", "sh", "-c", script, keyproof()]);
    let (exit, stdout, _) = heard(command.arg(&folder));
    assert_eq!(exit, 0, "{stdout}");
    let read = |path: &PathBuf| -> Vec<Value> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    let mut exchanges = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let asked = entry.unwrap().path();
        if asked.extension().is_none_or(|kind| kind != "requests") {
            continue;
        }
        let replies = read(&asked.with_extension("replies"));
        let reply = |request: &Value| replies.iter().find(|reply| reply["id"] == request["id"]);
        exchanges.extend(read(&asked).into_iter().map(|request| Exchange {
            reply: reply(&request).cloned().unwrap_or_default(),
            request,
        }));
    }
    std::fs::remove_dir_all(&folder).unwrap();
    exchanges
}
