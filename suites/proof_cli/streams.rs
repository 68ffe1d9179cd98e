//! Standard streams that are closed or full.

use std::fs;
use std::io::Write as _;

use libtest_mimic::Failed;

use super::bench::{BLOB, Bench, FEW, PROOF, ZEROS};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("streams/a_reader_that_has_gone_is_no_trouble", closed_pipes),
        Trial::test("streams/an_answer_that_cannot_be_written_is_exit_4", full_disk),
    ]
}

fn closed_pipes() -> Result<(), Failed> {
    let bench = Bench::new("closed_pipes").file("blob", BLOB);
    // The pipes are closed before the key arrives, so before anything is written; and this key is
    // warned about, so both are written to.
    for (arguments, exit) in [
        (&["proof", "pad"][..], 0),
        (&["proof", "verify", PROOF, ZEROS, FEW], 1),
        (&["proof", "open", "--in", "blob", "--legacy"], 1),
    ] {
        let mut child = bench.command().args(arguments).spawn()?;
        drop((child.stdout.take(), child.stderr.take()));
        child.stdin.take().unwrap().write_all(b" white space ")?;
        assert_eq!(child.wait()?.code(), Some(exit), "{arguments:?}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn full_disk() -> Result<(), Failed> {
    let full = fs::OpenOptions::new().write(true).open("/dev/full")?;
    let mut child =
        Bench::new("full_disk").command().args(["proof", "pad"]).stdout(full).spawn()?;
    child.stdin.take().unwrap().write_all(b"k")?;
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(
        String::from_utf8(output.stderr)?,
        "keyproof: the answer cannot be written to standard output: No space left on device (os error 28)\n"
    );
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn full_disk() -> Result<(), Failed> {
    Ok(())
}
