//! The control token that a user chose, so that whoever shares it can isolate and steer.

use std::path::Path;

use crate::cli::input::Source;
use crate::cli::{Trouble, environment, output};
use crate::mock::ControlToken;

/// More than this is no token.
const MOST_BYTES: usize = 4096;

/// The token in the file, or else in the environment. No message repeats it.
pub(super) fn read(file: Option<&Path>) -> Result<Option<ControlToken>, Trouble> {
    let (name, text) = match file {
        Some(file) => {
            let bytes =
                Source::File(file.to_owned()).read_secret("the control token", MOST_BYTES)?;
            // What is not UTF-8 has a character that no token has.
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            output::redactor().register(&text);
            ("--control-token-file", Some(text))
        }
        None => {
            let variable = environment::CONTROL_TOKEN;
            (variable.name, environment::value(&variable)?)
        }
    };
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|error| Trouble::usage(format!("{name}: {error}")))
}
