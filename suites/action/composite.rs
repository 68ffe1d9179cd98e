//! As much of a GitHub runner as it takes to run `action.yml`: its steps in order, expressions put in
//! where they stand, outputs, the job summary. A value that does not exist ends the test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::manifest::{Manifest, Step, expressions};

/// The name that `.ci/static` gives the binary.
const BINARY: &str = "keyproof-x86_64-linux";

/// Writes down what it was started with, one argument a line, and a report.
pub(crate) const RECORDER: &str = r#"
printf '%s\n' "$@" > arguments
echo "$KEYPROOF_TOKEN" > token
echo $$ > process
[[ "$*" =~ json=([^ ]*) ]] && echo '{}' > "${BASH_REMATCH[1]}"
"#;

/// A job with one step: the action.
pub(crate) struct Job {
    folder: PathBuf,
    inputs: BTreeMap<String, String>,
    /// What the cache gives back; nothing is built.
    binary: PathBuf,
    /// Whether it has been spoilt on its way.
    spoilt: bool,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Of the step that failed, or 0.
    pub(crate) exit: i32,
    /// All that was printed.
    pub(crate) log: String,
    /// The job summary.
    pub(crate) summary: String,
    /// The JSON report that the action names, if it names one and that is there.
    pub(crate) report: Option<String>,
    /// Process ids of the steps, in order.
    pub(crate) processes: Vec<u32>,
}

impl Job {
    pub(crate) fn new(url: &str, org: &str, token: &str, args: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("action-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("workspace")).unwrap();
        fs::create_dir_all(folder.join("temp")).unwrap();
        let inputs = [("url", url), ("org", org), ("token", token), ("args", args)];
        Self {
            folder,
            inputs: inputs.map(|(name, value)| (name.into(), value.into())).into(),
            binary: env!("CARGO_BIN_EXE_keyproof").into(),
            spoilt: false,
        }
    }

    /// Where the action runs.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.folder.join("workspace")
    }

    /// Takes a shell script for keyproof.
    pub(crate) fn with_stub(mut self, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;

        self.binary = self.folder.join("stub");
        fs::write(&self.binary, format!("#!/usr/bin/env bash\n{script}\n")).unwrap();
        fs::set_permissions(&self.binary, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// The arguments that keyproof is started with.
    pub(crate) fn started_with(self) -> Vec<String> {
        let job = self.with_stub(RECORDER);
        let ran = job.run();
        assert_eq!(ran.exit, 0, "{}", ran.log);
        let arguments = fs::read_to_string(job.workspace().join("arguments")).unwrap();
        arguments.lines().map(str::to_owned).collect()
    }

    /// Lets the cache give back something else than it was given.
    pub(crate) fn spoilt(mut self) -> Self {
        self.spoilt = true;
        self
    }

    pub(crate) fn run(&self) -> Ran {
        let manifest = Manifest::read();
        let mut values: BTreeMap<String, String> = self
            .inputs
            .iter()
            .map(|(name, value)| (format!("inputs.{name}"), value.clone()))
            .collect();
        let temp = self.folder.join("temp").display().to_string();
        values.insert("runner.temp".to_owned(), temp);
        let mut ran = Ran {
            exit: 0,
            log: String::new(),
            summary: String::new(),
            report: None,
            processes: Vec::new(),
        };
        for step in &manifest.runs.steps {
            if ran.exit != 0 || !is_due(step, &values) {
                continue;
            }
            match (&step.run, &step.uses) {
                (Some(run), None) => self.shell(step, run, &mut values, &mut ran),
                (None, Some(_)) => self.restore(step, &mut values),
                _ => panic!("neither a shell text nor an action: {step:?}"),
            }
        }
        ran.summary = fs::read_to_string(self.folder.join("summary")).unwrap_or_default();
        if let Some(path) = values.get("steps.check.outputs.report") {
            assert_eq!(evaluate(&manifest.outputs["report"].value, &values), *path);
            ran.report = fs::read_to_string(path).ok();
        }
        ran
    }

    /// The one foreign action that is not passed over: `actions/cache/restore`, with a hit.
    fn restore(&self, step: &Step, values: &mut BTreeMap<String, String>) {
        let path = PathBuf::from(evaluate(&step.with["path"], values));
        let key = evaluate(&step.with["key"], values);
        assert!(key.len() > 64, "the key names the sources: {key}");
        fs::create_dir_all(&path).unwrap();
        fs::copy(&self.binary, path.join(BINARY)).unwrap();
        let mut sum = Command::new("bash");
        sum.args(["-c", "sha256sum \"$0\" > \"$0\".sha256", BINARY]);
        assert!(sum.current_dir(&path).status().unwrap().success());
        if self.spoilt {
            fs::write(path.join(BINARY), "half a file").unwrap();
        }
        let id = step.id.as_ref().unwrap();
        values.insert(format!("steps.{id}.outputs.cache-hit"), "true".to_owned());
    }

    fn shell(&self, step: &Step, run: &str, values: &mut BTreeMap<String, String>, ran: &mut Ran) {
        let (script, output) = (self.folder.join("script"), self.folder.join("output"));
        fs::write(&script, run).unwrap();
        fs::write(&output, "").unwrap();
        let mut bash = Command::new("bash");
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("KEYPROOF_") || name.starts_with("GITHUB_") {
                bash.env_remove(name);
            }
        }
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&script)
            .current_dir(self.workspace())
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_STEP_SUMMARY", self.folder.join("summary"))
            .env("RUNNER_TEMP", self.folder.join("temp"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in &step.env {
            bash.env(name, evaluate(value, values));
        }
        let process = bash.spawn().unwrap();
        ran.processes.push(process.id());
        let ended = process.wait_with_output().unwrap();
        ran.exit = ended.status.code().unwrap_or(-1);
        ran.log.push_str(&String::from_utf8(ended.stdout).unwrap());
        ran.log.push_str(&String::from_utf8(ended.stderr).unwrap());
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            let id = step.id.as_ref().unwrap();
            values.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Puts values in for the expressions of a text.
fn evaluate(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut evaluated = text.split("${{").next().unwrap().to_owned();
    let rest = text.split("}}").skip(1);
    for (expression, rest) in expressions(text).zip(rest) {
        let value = values.get(expression);
        evaluated.push_str(value.unwrap_or_else(|| panic!("no value: {expression}")));
        evaluated.push_str(rest.split("${{").next().unwrap());
    }
    evaluated
}

/// Whether a step has its turn. Only `VALUE != 'TEXT'` is known.
fn is_due(step: &Step, values: &BTreeMap<String, String>) -> bool {
    let Some(condition) = &step.condition else {
        return true;
    };
    let (value, text) = condition.split_once(" != ").unwrap();
    values[value] != text.trim_matches('\'')
}
