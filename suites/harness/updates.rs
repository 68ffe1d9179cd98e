//! `--update-expect`: the expectation file as it would have to be.

use keyproof::harness::{Case, Exit};

use super::expectations::{conclude, read, stale};
use super::toy::{Body, Context, Toy, case, could_not_run, mismatches, passes};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["update":
        what_is_as_expected_is_left_byte_for_byte,
        what_passes_goes_and_the_rest_stays,
        a_message_is_brought_up_to_date_where_it_stands,
        a_glob_becomes_the_cases_that_are_left,
        new_failures_come_last_and_want_a_reason,
        what_has_expired_is_left_to_its_author,
        line_ends_stay_what_they_are,
        an_updated_file_holds_once_its_reasons_are_given,
    ]
}

fn updated(cases: &[Case<Context>], text: &str) -> String {
    let toy = Toy::new();
    let conclusion = conclude(&toy, cases, text);
    let expectations = read(text, cases).unwrap();
    expectations.updated(text, &conclusion, &toy.redactor).unwrap()
}

fn suite(bodies: &[(&'static str, Body)]) -> Vec<Case<Context>> {
    let cases = bodies.iter();
    cases.map(|(id, body)| case(id, "rolls", *body)).collect()
}

const FILE: &str = "\
# Known failures of the toy.

# Told by a customer.
[[expect]]
case = \"toy/a\"   # since May
reason = 'it is heavy'
expires = 2026-12-31

[[expect]] # not ours
message = \"not refused\" # and no more
case = 'toy/b'
reason = \"\"\"it
is old\"\"\"
# the end
";

fn what_is_as_expected_is_left_byte_for_byte() {
    let cases = suite(&[("toy/a", mismatches), ("toy/b", mismatches)]);
    assert_eq!(updated(&cases, FILE), FILE);
    assert_eq!(updated(&suite(&[("toy/a", passes)]), ""), "");
    let comment = "# nothing is known\n";
    assert_eq!(updated(&suite(&[("toy/a", passes)]), comment), comment);
}

fn what_passes_goes_and_the_rest_stays() {
    let first = suite(&[("toy/a", passes), ("toy/b", mismatches)]);
    let (_, second_entry) = FILE.split_once("\n\n[[expect]] # not").unwrap();
    let left = format!("# Known failures of the toy.\n\n[[expect]] # not{second_entry}");
    assert_eq!(updated(&first, FILE), left);
    let second = suite(&[("toy/a", mismatches), ("toy/b", passes)]);
    let (first_entry, _) = FILE.split_once("\n[[expect]] # not").unwrap();
    assert_eq!(updated(&second, FILE), format!("{first_entry}# the end\n"));
    let both = suite(&[("toy/a", passes), ("toy/b", passes)]);
    assert_eq!(updated(&both, FILE), "# Known failures of the toy.\n\n# the end\n");
}

fn a_message_is_brought_up_to_date_where_it_stands() {
    let cases = suite(&[("toy/a", mismatches), ("toy/b", mismatches)]);
    let old = FILE.replace("\"not refused\"", "\"not stored\"");
    let new = FILE.replace("\"not refused\"", "\"the write was not refused\"");
    assert_eq!(updated(&cases, &old), new);
    let runs = "[[expect]]\ncase = 'toy/a'\nverdict = 'could-not-run' # no token\nreason = 'a'\n";
    assert_eq!(
        updated(&suite(&[("toy/a", mismatches)]), runs),
        "[[expect]]\ncase = 'toy/a'\nverdict = \"fail\" # no token\nreason = 'a'\nmessage = \"the write was not refused\"\n"
    );
}

fn a_glob_becomes_the_cases_that_are_left() {
    let cases = suite(&[("toy/a", mismatches), ("toy/b", passes), ("toy/c", could_not_run)]);
    let old =
        "# heavy ones\n[[expect]]\ncase = 'toy/*' # all\nreason = 'heavy'\nissue = '#1'\n\n# end\n";
    let new = "# heavy ones\n[[expect]]\ncase = \"toy/a\" # all\nreason = 'heavy'\nissue = '#1'\n\n\
               [[expect]]\ncase = \"toy/c\" # all\nreason = 'heavy'\nissue = '#1'\n\n# end\n";
    assert_eq!(updated(&cases, old), new);
    let none = suite(&[("toy/a", passes), ("toy/b", passes)]);
    assert_eq!(updated(&none, old), "\n# end\n");
}

fn new_failures_come_last_and_want_a_reason() {
    let cases = suite(&[
        ("toy/a", mismatches),
        ("toy/b", mismatches),
        ("toy/c", mismatches),
        ("toy/d", could_not_run),
        ("toy/e", passes),
    ]);
    let entry = "[[expect]]\ncase = \"toy/c\"\nreason = \"\" # say why: an empty reason is refused\n\
                 message = \"the write was not refused\"\n";
    let new = updated(&cases, FILE);
    assert_eq!(new, format!("{FILE}\n{entry}"));
    assert_eq!(
        read(&new, &cases).unwrap_err(),
        "known.toml:18:10: `reason` is empty: say why this is known"
    );
    assert_eq!(updated(&cases[2..], ""), entry);
}

fn what_has_expired_is_left_to_its_author() {
    let cases = suite(&[("toy/a", mismatches)]);
    let old = "[[expect]]\ncase = 'toy/a'\nreason = 'a'\nexpires = 2026-06-29\n";
    assert_eq!(updated(&cases, old), old);
    assert_eq!(updated(&suite(&[("toy/a", passes)]), old), "");
}

fn line_ends_stay_what_they_are() {
    let cases = suite(&[("toy/a", mismatches), ("toy/b", mismatches)]);
    let file = FILE.replace('\n', "\r\n");
    assert_eq!(updated(&cases, &file), file);
}

fn an_updated_file_holds_once_its_reasons_are_given() {
    let cases = suite(&[
        ("toy/a", passes),
        ("toy/b", mismatches),
        ("toy/c/d", mismatches),
        ("toy/c/e", passes),
        ("toy/f", mismatches),
        ("toy/g", mismatches),
    ]);
    let old = format!(
        "{FILE}[[expect]]\ncase = 'toy/c/*'\nreason = 'c'\n[[expect]]\ncase = 'toy/f'\nverdict = 'could-not-run'\nreason = 'f'\n"
    );
    let toy = Toy::new();
    assert_eq!(conclude(&toy, &cases, &old).exit(), Exit::Failed);
    let new = updated(&cases, &old).replace("reason = \"\" #", "reason = \"g\" #");
    let conclusion = conclude(&toy, &cases, &new);
    assert_eq!(stale(&conclusion), [] as [&str; 0], "{new}");
    assert_eq!(conclusion.exit(), Exit::Held, "{new}");
    assert_eq!(updated(&cases, &new), new);
}
