//! The command that runs a case again.

use super::arguments::Arguments;
use super::launch::{quoted, words};
use crate::cli::output;
use crate::suite::sdk::SdkSuite;

/// The command that runs a case again. A breach of the protocol is provoked by another case, which has to run
/// too, or by the whole run.
pub(super) fn rerun(arguments: &Arguments, suite: &SdkSuite, id: &str) -> String {
    let records = suite.session().log().all();
    let provoking = records.iter().find_map(|record| {
        let is_it = id.rsplit('/').next() == Some(record.breach.kind.name());
        record.case.filter(|_| is_it && id.starts_with("sdk/protocol/"))
    });
    let is_breach =
        records.iter().any(|record| id == format!("sdk/protocol/{}", record.breach.kind.name()));
    let is_of_the_run = provoking.is_none() && (is_breach || suite.is_stateful(id));
    let mut chosen = String::new();
    if is_of_the_run {
        for (option, globs) in
            [("--run", &arguments.suite.selection.run), ("--skip", &arguments.suite.selection.skip)]
        {
            for glob in globs {
                chosen.push_str(&format!(" {option} {}", quoted(glob)));
            }
        }
        if arguments.suite.selection.exact {
            chosen.push_str(" --exact");
        }
    } else {
        for id in provoking.into_iter().chain([id]) {
            chosen.push_str(&format!(" --run {id}"));
        }
        chosen.push_str(" --exact");
        if id.starts_with("sdk/peers/") {
            for peer in &arguments.peer {
                chosen.push_str(&format!(" --peer {}", quoted(&peer.to_string())));
            }
        }
    }
    chosen.push_str(&format!(" --seed {}", arguments.seed()));
    again(arguments, &chosen)
}

/// The command that was given, with `chosen` as the options that choose cases.
pub(super) fn again(arguments: &Arguments, chosen: &str) -> String {
    let mut command = "keyproof sdk".to_owned();
    for (option, given) in [("--client", arguments.client), ("--one-shot", arguments.one_shot)] {
        if given {
            command.push_str(&format!(" {option}"));
        }
    }
    if arguments.timeout_scale > 1 {
        command.push_str(&format!(" --timeout-scale {}", arguments.timeout_scale));
    }
    // A token of the environment may stand among its words too.
    let command = format!("{command}{chosen}{}", adapter_words(arguments));
    output::redactor().redact(&command).into_owned()
}

/// What names the adapter on the command line, with a space before each word.
pub(super) fn adapter_words(arguments: &Arguments) -> String {
    let browser = match arguments.browser.as_deref() {
        None => String::new(),
        Some("") => " --browser".to_owned(),
        Some(command) => format!(" --browser={}", quoted(command)),
    };
    format!("{browser} --{}", words(&arguments.command))
}
