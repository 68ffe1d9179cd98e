//! What is wrong with the words on the command line, without those that may be a secret: a token or a
//! passphrase ends up there by mistake, and standard error in a log.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::output;
use crate::harness::report::Foreign;
use crate::harness::{Exit, WITHHELD};

/// Longest misspelt option that the message repeats.
const OPTION: usize = 32;

/// Reports the error, or prints what was asked for where that is the help or the version.
pub(super) fn report(mut error: clap::Error) -> Exit {
    if !error.use_stderr() {
        // A reader that has gone away has read enough.
        let _ = error.print();
        return Exit::Held;
    }
    let is_stray = withhold(&mut error);
    let mut text = error.render().to_string();
    if is_stray && text.contains("[-- <COMMAND>") {
        text.push_str("  tip: a command stands behind `--`\n");
    }
    output::write_stderr(&Foreign::new(output::redactor()).page(&text));
    Exit::Usage
}

/// Tells whether a word was withheld that no option takes.
fn withhold(error: &mut clap::Error) -> bool {
    let text_of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let withheld = || ContextValue::String(WITHHELD.to_owned());
    let value = text_of(ContextKind::InvalidValue);
    let argument = text_of(ContextKind::InvalidArg);
    let is_unknown_argument = error.kind() == ErrorKind::UnknownArgument
        && !argument.is_some_and(|argument| is_option(&argument));
    let is_unknown_command = error.kind() == ErrorKind::InvalidSubcommand
        && error.get(ContextKind::SuggestedSubcommand).is_none();
    // An empty one has nothing to withhold, and another sentence.
    if value.is_some_and(|value| !value.is_empty()) {
        error.insert(ContextKind::InvalidValue, withheld());
    }
    if is_unknown_argument {
        error.insert(ContextKind::InvalidArg, withheld());
        // The advice how to give it as a value repeats it.
        error.remove(ContextKind::Suggested);
    }
    if is_unknown_command {
        error.insert(ContextKind::InvalidSubcommand, withheld());
        error.remove(ContextKind::Suggested);
    }
    is_unknown_argument
}

/// Whether a word is spelt like the options here.
fn is_option(word: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    word.len() <= OPTION && word.starts_with('-') && word.bytes().all(is_letter)
}
