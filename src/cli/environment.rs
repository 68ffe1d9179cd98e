//! `KEYPROOF_*`, and where the user keeps state: the only parts of the environment that are read
//! here.

use std::path::PathBuf;

use super::Trouble;

const PREFIX: &str = "KEYPROOF_";

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
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Trouble::usage(format!("{file_name}: cannot read {path}: {error}")))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Trouble::usage(format!("{file_name}: {path} is empty")));
    }
    Ok(Some(text.to_owned()))
}

/// The text of the file that `KEYPROOF_<name>` names.
pub(super) fn file(name: &str) -> Result<Option<String>, Trouble> {
    let Some(path) = read(&format!("{PREFIX}{name}"))? else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Trouble::usage(format!("{PREFIX}{name}: cannot read {path}: {error}")))?;
    Ok(Some(text))
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
