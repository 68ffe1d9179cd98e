//! The lines of a sequence run as they stand, on a server like the one that it failed on.

use std::path::Path;
use std::process::{Command, Stdio};

use keyproof::mock::Defect;
use keyproof::suite::server::{Ended, Failure, Server as _};
use libtest_mimic::Failed;

use super::explored;
use crate::support::bench::runtime;
use crate::support::{Trial, succeeds};

/// A defect, a seed whose steps show it, and what each line of the sequence that accuses is answered with.
const ROWS: [(Defect, u64, &str); 2] =
    [(Defect::SubmitForgets, 1, "\"updated\":"), (Defect::RestoreKeepsOldKey, 1, "\"secret_id\":")];

pub(super) fn trials() -> Vec<Trial> {
    let tools: [&[&str]; 2] = [&["curl", "--version"], &["jq", "--version"]];
    let missing = tools.iter().find(|tool| !succeeds(tool));
    let rows = ROWS.map(|(defect, seed, accused)| {
        let name = format!("lines_run/{}", defect.name());
        match missing {
            None => Trial::test(name, move || lines_run(defect, seed, accused)),
            Some(tool) => {
                Trial::test(format!("{name}, ignored: `{}` fails", tool.join(" ")), || Ok(()))
                    .with_ignored_flag(true)
            }
        }
    });
    Vec::from(rows)
}

/// Nothing that they send is refused, and no secret but what the client drew for the project is in them.
fn lines_run(defect: Defect, seed: u64, accused: &str) -> Result<(), Failed> {
    runtime().block_on(async {
        let (explored, target) = explored(seed, &[defect], &[], 300).await?;
        let Ended::Failed(Failure { script, steps, .. }) = explored.ended else {
            return Err("not found".into());
        };
        let token = &target.tokens().full;
        assert!(!script.contains(token), "{script}");
        let keyproof = Path::new(env!("CARGO_BIN_EXE_keyproof")).parent().unwrap_or(Path::new("."));
        let path = format!("{}:{}", keyproof.display(), std::env::var("PATH")?);
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &script]).stdin(Stdio::null()).env("PATH", path);
        shell.env("KEYPROOF_URL", target.url()).env("KEYPROOF_ORG", target.organization());
        shell.env("KEYPROOF_TOKEN", token);
        let ran = tokio::task::spawn_blocking(move || shell.output()).await??;
        let answers = String::from_utf8(ran.stdout)?;
        let errors = String::from_utf8(ran.stderr)?;
        assert!(ran.status.success(), "{errors}\n{script}");
        assert_eq!(errors, "", "{script}");
        assert!(!answers.contains("\"error\":"), "{steps:?}\n{answers}\n{script}");
        assert!(answers.contains(accused), "{steps:?}\n{answers}\n{script}");
        Ok(())
    })
}
