//! `KEYPROOF_*`, and where the user keeps state: the only parts of the environment that are read
//! here.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Trouble, output};
use crate::contract::nearest::within;

const PREFIX: &str = "KEYPROOF_";
/// What variables of the project's own tests begin with.
const TESTS: &str = "KEYPROOF_TEST_";
const CHECK: &[&str] = &["check"];
const MOCK: &[&str] = &["mock"];
/// How many slips of the pen make one name of another.
const SLIPS: usize = 2;
/// Part of the names of variables that hold a token, or name a file with one.
const SECRET: &str = "TOKEN";

/// Withholds every token of the environment from now on, whether or not the command wants it.
pub(super) fn register_tokens() {
    for (name, value) in std::env::vars_os() {
        let is_token = |name: &str| name.starts_with(PREFIX) && name.contains(SECRET);
        if name.to_str().is_some_and(is_token) && !is_file(&name.to_string_lossy()) {
            output::redactor().register(&value.to_string_lossy());
        }
    }
}

/// Whether a variable names a file: its value is no secret, and must not be taken for one.
fn is_file(name: &str) -> bool {
    name.ends_with("_FILE")
}

/// A variable that keyproof reads.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    /// The commands that read it; it means nothing to the others.
    pub read_by: &'static [&'static str],
    /// Whether its value can stand in a file, which the variable of this name and `_FILE` names.
    pub in_file: bool,
}

/// Makes a constant of each variable, and [`VARIABLES`] of all of them.
macro_rules! variables {
    ($($(#[$about:meta])* $NAME:ident = $variable:expr;)+) => {
        $($(#[$about])* pub(super) const $NAME: Variable = $variable;)+

        /// All of them. A name that is in the source and not here fails a test.
        pub const VARIABLES: &[Variable] = &[$($NAME),+];
    };
}

variables! {
    URL = or_file("KEYPROOF_URL", CHECK);
    ORG = or_file("KEYPROOF_ORG", CHECK);
    TOKEN = or_file("KEYPROOF_TOKEN", CHECK);
    TOKEN_READ_ONLY = or_file("KEYPROOF_TOKEN_READ_ONLY", CHECK);
    TOKEN_KEY_RETRIEVE = or_file("KEYPROOF_TOKEN_KEY_RETRIEVE", CHECK);
    TOKEN_KEY_ROTATE = or_file("KEYPROOF_TOKEN_KEY_ROTATE", CHECK);
    TOKEN_EXPIRED = or_file("KEYPROOF_TOKEN_EXPIRED", CHECK);
    OTHER_ORG = or_file("KEYPROOF_OTHER_ORG", CHECK);
    TOKEN_OTHER_ORGANIZATION = or_file("KEYPROOF_TOKEN_OTHER_ORGANIZATION", CHECK);
    CONTROL_URL = or_file("KEYPROOF_CONTROL_URL", CHECK);
    CONTROL_TOKEN = or_file("KEYPROOF_CONTROL_TOKEN", &["check", "mock"]);
    PROXY = or_file("KEYPROOF_PROXY", CHECK);
    HEADERS_FILE = plain("KEYPROOF_HEADERS_FILE", CHECK);
    MOCK_LISTEN = plain("KEYPROOF_MOCK_LISTEN", &["mock", "mock ready"]);
    MOCK_FIXTURE = plain("KEYPROOF_MOCK_FIXTURE", MOCK);
    MOCK_DATA = plain("KEYPROOF_MOCK_DATA", MOCK);
    MOCK_SEED = plain("KEYPROOF_MOCK_SEED", MOCK);
    MOCK_STRICT = plain("KEYPROOF_MOCK_STRICT", MOCK);
    MOCK_LIMITS = plain("KEYPROOF_MOCK_LIMITS", MOCK);
    MOCK_MIN_ITERATIONS = plain("KEYPROOF_MOCK_MIN_ITERATIONS", MOCK);
    MOCK_LOG = plain("KEYPROOF_MOCK_LOG", MOCK);
    MOCK_DEFECT = plain("KEYPROOF_MOCK_DEFECT", MOCK);
    MOCK_VARIANT = plain("KEYPROOF_MOCK_VARIANT", MOCK);
    /// Read by what starts this binary, never by it.
    BINARY = plain("KEYPROOF_BINARY", &[]);
}

const fn plain(name: &'static str, read_by: &'static [&'static str]) -> Variable {
    Variable { name, read_by, in_file: false }
}

const fn or_file(name: &'static str, read_by: &'static [&'static str]) -> Variable {
    Variable { in_file: true, ..plain(name, read_by) }
}

impl Variable {
    fn file_name(&self) -> String {
        format!("{}_FILE", self.name)
    }
}

/// The names that keyproof knows.
pub fn names() -> Vec<String> {
    let files = VARIABLES.iter().filter(|variable| variable.in_file);
    let files = files.map(Variable::file_name);
    let plain = VARIABLES.iter().map(|variable| variable.name.to_owned());
    plain.chain(files).collect()
}

/// The part of a command's help about the variables that it reads.
pub(super) fn help(command: &str) -> String {
    let read = |variable: &&Variable| variable.read_by.contains(&command);
    let line = |variable: &Variable| {
        let file = if variable.in_file { "[_FILE]" } else { "" };
        format!("{}{file}", variable.name)
    };
    let names: Vec<_> = VARIABLES.iter().filter(read).map(line).collect();
    format!("Environment:\n  {}", names.join(", "))
}

/// The names of all variables of keyproof's own that are set. No adapter is handed them: they hold tokens, or name
/// files of tokens.
pub(super) fn own() -> Vec<OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    let is_ours = |name: &OsString| name.to_string_lossy().starts_with(PREFIX);
    names.filter(is_ours).collect()
}

/// Refuses a variable that is set and empty (in CI that is a secret that did not arrive) and one that is
/// another, misspelt: neither may be ignored. One that no command reads is reported.
pub(super) fn look_over() -> Result<(), Trouble> {
    let known = names();
    let mut unknown = Vec::new();
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_ours = name.starts_with(PREFIX);
        if is_ours && value.is_empty() {
            return Err(Trouble::usage(format!(
                "{name} is set and empty: give it a value, or unset it"
            )));
        }
        if name.starts_with(TESTS) || known.iter().any(|known| *known == name) {
            continue;
        }
        // The prefix can be misspelt too.
        if let Some(meant) = within(SLIPS, &name, known.iter().map(String::as_str)) {
            return Err(Trouble::usage(format!(
                "{name} is set, which nothing reads: {meant} is the name"
            )));
        }
        if is_ours {
            unknown.push(name.into_owned());
        }
    }
    unknown.sort_unstable();
    for name in unknown {
        output::warn(&format!("{name} is set, which nothing reads"));
    }
    Ok(())
}

/// The value of a variable, or the text of the file that its `_FILE` names.
pub(super) fn value(variable: &Variable) -> Result<Option<String>, Trouble> {
    let name = variable.name;
    let direct = read(name)?;
    let file_name = variable.file_name();
    let Some(path) = read(&file_name)?.filter(|_| variable.in_file) else {
        return Ok(direct);
    };
    if direct.is_some() {
        return Err(Trouble::usage(format!("{name} and {file_name} are both set: keep one")));
    }
    let text = read_file(&file_name, &path)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Trouble::usage(format!("{file_name}: the file is empty")));
    }
    if name.contains(SECRET) {
        output::redactor().register(text);
    }
    Ok(Some(text.to_owned()))
}

/// The text of the file that a variable names.
pub(super) fn file(variable: &Variable) -> Result<Option<String>, Trouble> {
    let name = variable.name;
    let Some(path) = read(name)? else {
        return Ok(None);
    };
    read_file(name, &path).map(Some)
}

/// The message does not repeat the path: a user may have set the variable to the token itself by mistake.
fn read_file(variable: &str, path: &str) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("{variable}: the file that it names cannot be read: {error}");
        Trouble::usage(message)
    })
}

fn read(name: &str) -> Result<Option<String>, Trouble> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Trouble::usage(format!("{name} is not valid UTF-8")))
        }
    }
}

/// The folder for state of the user's programs (XDG base directories), if there is one.
pub(super) fn state_home() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    // A relative one is to be ignored, says the specification.
    let absolute = |path: &PathBuf| path.is_absolute();
    folder("XDG_STATE_HOME")
        .filter(absolute)
        .or_else(|| Some(folder("HOME").filter(absolute)?.join(".local/state")))
}
