//! `KEYPROOF_*`, and where the user keeps state: the only parts of the environment that are read
//! here.

use std::path::PathBuf;

use super::{Trouble, output};

const PREFIX: &str = "KEYPROOF_";
/// What stands in the name of a variable that holds a token, or names a file with one.
const TOKEN: &str = "TOKEN";

/// Withholds every token of the environment from now on, whether or not the command wants it.
pub(super) fn register_tokens() {
    for (name, value) in std::env::vars_os() {
        let is_token = |name: &str| name.starts_with(PREFIX) && name.contains(TOKEN);
        if name.to_str().is_some_and(is_token) && !is_file(&name.to_string_lossy()) {
            output::redactor().register(&value.to_string_lossy());
        }
    }
}

/// Whether a variable names a file: its value is no secret, and must not be taken for one.
fn is_file(name: &str) -> bool {
    name.ends_with("_FILE")
}

/// Refuses a variable that is set and empty: in CI that is a secret that did not arrive.
pub(super) fn refuse_empty() -> Result<(), Trouble> {
    let empty = std::env::vars_os().find_map(|(name, value)| {
        let name = name.to_str()?.to_owned();
        (name.starts_with(PREFIX) && value.is_empty()).then_some(name)
    });
    match empty {
        Some(name) => Err(Trouble::usage(format!(
            "{name} is set and empty: give it a value, or unset it"
        ))),
        None => Ok(()),
    }
}

/// The value of `KEYPROOF_<name>`, or the text of the file that `KEYPROOF_<name>_FILE` names.
pub(super) fn value(name: &str) -> Result<Option<String>, Trouble> {
    let direct = read(&format!("{PREFIX}{name}"))?;
    let file_name = format!("{PREFIX}{name}_FILE");
    let Some(path) = read(&file_name)? else {
        return Ok(direct);
    };
    if direct.is_some() {
        return Err(Trouble::usage(format!(
            "{PREFIX}{name} and {file_name} are both set: keep one"
        )));
    }
    let text = read_file(&file_name, &path)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Trouble::usage(format!("{file_name}: the file is empty")));
    }
    if name.contains(TOKEN) {
        output::redactor().register(text);
    }
    Ok(Some(text.to_owned()))
}

/// The text of the file that `KEYPROOF_<name>` names.
pub(super) fn file(name: &str) -> Result<Option<String>, Trouble> {
    let Some(path) = read(&format!("{PREFIX}{name}"))? else {
        return Ok(None);
    };
    read_file(&format!("{PREFIX}{name}"), &path).map(Some)
}

/// The path is not repeated: who takes the variable for that of the token itself has put the token there.
fn read_file(variable: &str, path: &str) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|error| {
        let told = format!("{variable}: the file that it names cannot be read: {error}");
        Trouble::usage(told)
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
