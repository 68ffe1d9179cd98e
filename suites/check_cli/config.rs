//! `keyproof.toml`: what it may give, and what it never may.

use std::fs;
use std::path::PathBuf;

use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, folder, keyproof, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("config/it_gives_what_the_command_line_leaves_open", gives),
        Trial::test("config/a_flag_wins", flags_win),
        Trial::test("config/a_selection_on_the_command_line_is_the_whole", selection),
        Trial::test("config/exit_2_where_it_is_wrong", refused),
        Trial::test("config/a_command_reads_its_own_section", sections),
    ]
}

fn with(name: &str, text: &str) -> PathBuf {
    let folder = folder(name);
    fs::write(folder.join("keyproof.toml"), text).unwrap();
    folder
}

fn run(folder: &PathBuf, arguments: &[&str]) -> Completed {
    let mut process = keyproof(arguments, &[]);
    process.current_dir(folder).output().unwrap().into()
}

const FULL: &str = "\
[check]
seed = 7
run = [\"server/descriptor/*\"]
skip = [\"server/descriptor/shape\"]
expect = \"known.toml\"
report = [\"json=report.json\"]
require = [\"all\"]
verbose = true
";

fn gives() -> Result<(), Failed> {
    let folder = with("config_gives", FULL);
    fs::write(
        folder.join("known.toml"),
        "[[expect]]\ncase = 'server/descriptor/proof-never-sent'\nreason = 'a bug'\n",
    )?;
    let output = run(&folder, &["check", "--defect", "descriptor-sends-key-check"]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(
        output.stderr,
        "keyproof: keyproof.toml gives run, skip, expect, report, require, seed, verbose\n"
    );
    assert!(output.first_line().contains(", seed 7, "), "{output:?}");
    let expected = "embedded mock: no new failures (1 known): ";
    assert!(output.last_line().starts_with(expected), "{output:?}");
    assert!(output.stdout.contains("    ✓ pass  server/descriptor/server-managed\n"));
    assert!(folder.join("report.json").exists());
    let listed = run(&folder, &["check", "--list"]).stdout;
    assert!(listed.lines().all(|id| id.starts_with("server/descriptor/")));
    assert!(!listed.contains("server/descriptor/shape\n"), "{listed}");
    Ok(())
}

fn flags_win() -> Result<(), Failed> {
    let folder = with("config_flags", FULL);
    fs::write(folder.join("other.toml"), "")?;
    let output = run(
        &folder,
        &["check", "--seed", "8", "--expect", "other.toml", "--report", "json=other.json"],
    );
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(output.stderr, "keyproof: keyproof.toml gives run, skip, require, verbose\n");
    assert!(output.first_line().contains(", seed 8, "), "{output:?}");
    assert!(folder.join("other.json").exists() && !folder.join("report.json").exists());
    Ok(())
}

fn selection() -> Result<(), Failed> {
    let folder = with(
        "config_selection",
        "[check]\nrun = ['server/rotate/*']\nskip = ['server/history/*']\n",
    );
    for arguments in
        [&["--run", "server/history/order", "--exact"][..], &["--run", "server/history/order"]]
    {
        let output = run(&folder, &[&["check", "--list"], arguments].concat());
        assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
        assert_eq!(output.stdout, "server/history/order\n");
    }
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let mut seen = String::new();
    for text in [
        "[check]\nseed = 1\nurl = \"https://evil.example\"\n",
        "url = \"https://evil.example\"\n",
        "[check]\norg = \"x\"\n",
        "[check]\ntoken = \"x\"\n",
        "[check]\nTOKEN_FILE = \"/etc/shadow\"\n",
        "[check]\nproxy = \"http://evil.example\"\n",
        "[check]\nca-file = \"evil.pem\"\n",
        "[sdk]\ncommand = [\"evil\"]\n",
        "[sdk]\npeer = [\"evil=evil.json\"]\n",
        "[check.headers]\nhost = \"evil.example\"\n",
        "[check]\nseeds = 1\n",
        "[mocks]\nseed = 1\n",
        "[mock]\nseeds = 1\n",
        "[mock]\nallow_remote = true\n",
        "[mock]\nAllow-Origin = [\"https://evil.example\"]\n",
        "[mock]\nallow_host = [\"evil.example\"]\n",
        "[mock]\ncontrol_token_file = \"evil\"\n",
        "[mock]\nlisten = \"*\"\n",
        "[check]\nseed = \"1\"\n",
        "[check]\nrun = \"server/**\"\n",
        "[check]\nreport = [\"json\"]\n",
        "[check\n",
    ] {
        let folder = with("config_refused", text);
        for command in ["check", "sdk"] {
            let output = run(&folder, &[command]);
            assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
            if command == "check" {
                seen.push_str(&format!("{text}{}\n", output.stderr));
            }
        }
    }
    snapshot("config_refused", &seen);
    let folder = folder("config_folder");
    fs::create_dir(folder.join("keyproof.toml"))?;
    let output = run(&folder, &["check"]);
    assert_eq!(output.exit, 2, "{output:?}");
    Ok(())
}

fn sections() -> Result<(), Failed> {
    let text =
        "[check]\nrun = ['server/history/order']\n[sdk]\nrun = ['sdk/vectors/pad_key/length-*']\n";
    let folder = with("config_sections", text);
    let check = run(&folder, &["check", "--list"]);
    assert_eq!(check.stdout, "server/history/order\n", "{check:?}");
    let sdk = run(&folder, &["sdk", "--list"]);
    assert_eq!(sdk.stderr, "keyproof: keyproof.toml gives run\n", "{sdk:?}");
    assert!(sdk.stdout.lines().all(|id| id.starts_with("sdk/vectors/pad_key/length-")));
    // Another command has no section, and minds none.
    assert_eq!(run(&folder, &["vectors", "list"]).stderr, "");
    Ok(())
}
