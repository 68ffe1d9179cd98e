//! Findings about a reply that was not received in time.

use super::finding::Finding;
use super::language::Language;
use super::reading::{Reading, read};
use crate::adapter::Kind;

/// A part of the reply was received, without the end of its line.
pub(super) fn line_end(timeout: &str, unfinished: &[u8], language: &Language) -> Finding {
    match read(unfinished, language) {
        Reading::Object(_) => Finding::must(format!("{timeout}: it has no line feed"))
            .advise("end each reply with a line feed, and flush it"),
        _ => Finding::must(format!("{timeout}: half a line came"))
            .advise("write each reply whole, on one line, ended by a line feed"),
    }
}

/// The reply was received only when the input had ended.
pub(super) fn until_the_end(timeout: &str, language: &Language) -> Finding {
    Finding::must(format!("{timeout}: it came once the input had ended"))
        .advise("either it stays in a buffer: flush after each reply")
        .advise(language.flush)
        .advise("or it reads to the end of input first: read line by line")
        .advise(language.read)
}

/// Nothing was received, not even when the input had ended.
pub(super) fn altogether(timeout: String, language: &Language) -> Finding {
    Finding::must(timeout)
        .advise("read a line of standard input, write a line to standard output, flush")
        .advise(language.read)
}

/// The process ended with this status, if it ended; the boolean is whether that means success.
pub(super) fn process(
    status: Option<(String, bool)>,
    has_answered: bool,
    language: &Language,
) -> Finding {
    match status {
        None => Finding::must(Kind::Crash.sentence()),
        Some((_, true)) if has_answered => {
            Finding::must("it ended with exit code 0 while there were requests")
                .advise("answer in a loop until the input ends")
                .advise("or, if it is meant to serve one request, give keyproof --one-shot")
        }
        Some((status, true)) => Finding::must(format!("it ended with {status} and no reply"))
            .advise("read standard input line by line until it ends, and reply to each line")
            .advise(language.read),
        Some((status, false)) => Finding::must(format!("{}: {status}", Kind::Crash.sentence()))
            .advise("its standard error says why, if it says something")
            .advise("catch what is thrown for a request, and answer `error`"),
    }
}

/// The process did not end with its input as it has to; None if it did.
pub(super) fn end(status: Option<(String, bool)>) -> Option<Finding> {
    let words = Kind::EndOfInput.sentence();
    match status {
        Some((_, true)) => None,
        Some((status, false)) => Some(
            Finding::must(format!("{words}: {status}"))
                .advise("let the loop end with the input, and exit with 0"),
        ),
        None => Some(
            Finding::must(format!("{words}: it was still running"))
                .advise("let the loop end with the input: no thread or timer may keep the process"),
        ),
    }
}
