//! How adapters are started.

use std::ffi::OsString;

use crate::adapter::{Kind, Launcher, Pace, Session, StartError};
use crate::cli::Trouble;
use crate::cli::process::binary;

/// How the adapter's command is started.
pub(in crate::cli) fn launcher(command: &[OsString]) -> Result<Launcher, Trouble> {
    Ok(Launcher { keyproof: binary()?, command: command.to_vec() })
}

pub(in crate::cli) async fn start(
    command: &[OsString],
    (one_shot, timeout_scale): (bool, u32),
    is_page: bool,
) -> Result<Session, Trouble> {
    let pace = Pace::default().scaled(timeout_scale);
    let started = Session::start(launcher(command)?, one_shot, pace).await;
    started.map_err(|error| match error {
        StartError::Protocol(_) => Trouble::usage(error.to_string()),
        StartError::NoHello(ref breach) => {
            let mut trouble = Trouble::unreachable(format!("{error}: {}", breach.detail));
            if breach.kind == Kind::Timeout && !is_page {
                trouble = trouble
                    .and("a reply that waits in a buffer is not sent: flush after each line");
            }
            for (number, line) in breach.stderr.trim().lines().enumerate() {
                let lead = if number == 0 { "its standard error: " } else { "" };
                trouble = trouble.and(format!("{lead}{line}"));
            }
            trouble.and("what is wrong, step by step: keyproof sdk --doctor with its command")
        }
        _ => Trouble::unreachable(error.to_string()),
    })
}

/// The adapter's command as a shell reads it back, with a space before each word.
pub(in crate::cli) fn words(command: &[OsString]) -> String {
    let words = command.iter();
    words.map(|word| format!(" {}", quoted(&word.to_string_lossy()))).collect()
}

/// A word as a shell reads it back.
pub(super) fn quoted(part: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./=:,@%+".contains(character);
    if !part.is_empty() && part.chars().all(is_plain) {
        part.to_owned()
    } else {
        format!("'{}'", part.replace('\'', r"'\''"))
    }
}
