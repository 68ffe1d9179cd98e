use std::future::ready;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use keyproof::harness::report::{
    Document, FOREIGN_LIMIT, FORMATS, Finished, Format, Json, Report, Style, Text,
};
use keyproof::harness::{
    Case, Conclusion, Exchange, Exit, Message, Mismatch, Options, Phase, Require, WITHHELD,
};

use super::toy::{
    Body, CONTROL, Context, QUOTA, Toy, all, case, conclude, conclude_until, could_not_run,
    mismatches, one_by_one, only, passes, replace,
};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["report":
        a_passing_run_reads_well,
        a_failing_run_reads_well,
        an_incomplete_run_reads_well,
        a_run_with_unobservable_cases_reads_well,
        a_terminal_gets_colour_and_each_case,
        the_json_report_carries_all,
        the_first_and_the_last_line_name_the_target,
        no_secret_of_a_run_is_in_any_report,
        a_secret_that_reaches_a_report_is_withheld_and_told,
        control_characters_are_shown_and_never_sent,
        foreign_text_ends_at_four_kibibytes_and_says_so,
        one_case_is_explained_for_cargo_test,
        the_report_of_a_run_without_colour_has_no_escape_codes,
    ]
}

pub(crate) const SECRET: &str = "someone-elses-token-0001";

pub(crate) fn failing_write(
    context: &Context,
) -> futures::future::BoxFuture<'_, keyproof::harness::Judged> {
    context.request();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let exchange = Exchange {
        request: Message {
            line: "POST /toys/1/wheels".to_owned(),
            headers: vec![
                header("Authorization", "Bearer short"),
                header("X-Request-Id", &format!("for {SECRET}")),
            ],
            body: "{\"token\":\"short\",\n \"name\":\"a\"}".to_owned(),
        },
        response: Some(Message {
            line: "200 OK".to_owned(),
            headers: vec![header("Content-Type", "application/json")],
            body: format!("{{\"echo\":\"{SECRET}\"}}"),
        }),
    };
    let unanswered = Exchange { response: None, ..exchange.clone() };
    let mismatch = Mismatch {
        what: "the write was not refused".to_owned(),
        expected: "422, and\nnothing written".to_owned(),
        got: format!("200, and {SECRET} was written"),
        exchanges: vec![exchange, unanswered],
    };
    ready(Err(mismatch.into())).boxed()
}

pub(crate) fn suite(write: Body) -> [Case<Context>; 6] {
    let mut first = case("toy/sanity/first", "rolls", passes);
    first.phase = Phase::SanityFirst;
    let mut needy = case("toy/stop/at-once", "stops", passes);
    needy.needs = vec![CONTROL, QUOTA];
    let mut last = case("toy/sanity/last", "rolls", passes);
    last.phase = Phase::SanityLast;
    [
        first,
        case("toy/roll/far", "rolls", write),
        needy,
        case("toy/shine/bright", "shines", passes),
        case("toy/paint/red", "is-red", passes),
        last,
    ]
}

pub(crate) fn toy() -> Toy {
    let toy = Toy::new();
    toy.redactor.register(SECRET);
    toy
}

pub(crate) fn supplied() -> Toy {
    let mut toy = toy();
    toy.supplied = vec![CONTROL, QUOTA];
    toy
}

/// The same run always takes the same time here.
fn timed(mut conclusion: Conclusion) -> Conclusion {
    for outcome in &mut conclusion.outcomes {
        outcome.took = Duration::from_millis(12);
    }
    conclusion
}

pub(crate) fn document(toy: &Toy, conclusion: Conclusion) -> Document {
    with_report(toy, conclusion, |report| report.document())
}

fn with_report<T>(
    toy: &Toy,
    conclusion: Conclusion,
    use_report: impl FnOnce(&Report<'_>) -> T,
) -> T {
    use_report(&Report {
        target: "embedded mock",
        seed: 7,
        started: Timestamp::UNIX_EPOCH,
        took: Duration::from_millis(3456),
        conclusion: &timed(conclusion),
        coda: "",
        annex: "",
        redactor: &toy.redactor,
        rerun: &|id| format!("keyproof check --run {id} --exact --seed 7"),
    })
}

pub(crate) fn report(format: &dyn Format, toy: &Toy, conclusion: Conclusion) -> String {
    let finished: Finished = with_report(toy, conclusion, |report| report.finish(format));
    assert_eq!(finished.leaks, 0);
    String::from_utf8(finished.bytes).unwrap()
}

pub(crate) fn snapshot(name: &str, text: &str) {
    crate::support::snapshot(&format!("harness__{name}"), text);
}

fn a_passing_run_reads_well() {
    let toy = supplied();
    let conclusion = conclude(&toy, &suite(passes), one_by_one());
    snapshot("text_passing", &report(&Text::default(), &toy, conclusion));
}

fn a_failing_run_reads_well() {
    let toy = supplied();
    let mut cases = suite(failing_write);
    replace(&mut cases[3], mismatches);
    replace(&mut cases[4], mismatches);
    let conclusion = conclude(&toy, &cases, one_by_one());
    snapshot("text_failing", &report(&Text::default(), &toy, conclusion));
}

fn an_incomplete_run_reads_well() {
    let toy = supplied();
    let mut cases = suite(could_not_run);
    replace(&mut cases[3], |context| {
        async move {
            context.shared.signal.notify_one();
            std::future::pending().await
        }
        .boxed()
    });
    let stop = toy.shared().signal.notified();
    let conclusion = conclude_until(stop, &toy, &cases, &all(&cases), one_by_one());
    snapshot("text_incomplete", &report(&Text::default(), &toy, conclusion));
}

fn a_run_with_unobservable_cases_reads_well() {
    let toy = toy();
    let require = Require::Named(vec!["quota".to_owned()]);
    let options = Options { require: &require, ..one_by_one() };
    let conclusion = conclude(&toy, &suite(passes), options);
    snapshot("text_not_observable", &report(&Text::default(), &toy, conclusion));
}

fn a_terminal_gets_colour_and_each_case() {
    let toy = supplied();
    let cases = suite(mismatches);
    let selected = only("toy/roll/far", &cases);
    let never = std::future::pending();
    let conclusion = conclude_until(never, &toy, &cases, &selected, one_by_one());
    let terminal = Text { colour: true, verbose: true };
    let rendered = report(&terminal, &toy, conclusion);
    snapshot("text_terminal", &rendered.replace('\u{1b}', "␛"));
}

fn the_json_report_carries_all() {
    let toy = toy();
    let mut cases = suite(failing_write);
    replace(&mut cases[3], could_not_run);
    let rendered = report(&Json, &toy, conclude(&toy, &cases, one_by_one()));
    assert!(rendered.starts_with("{\n  \"format\": 1,\n"), "{rendered}");
    let parsed: serde_json::Value = serde_json::from_str(&rendered).unwrap();
    assert_eq!(parsed["target"], "embedded mock");
    assert_eq!(parsed["exit"], 1);
    snapshot("json", &rendered);
}

/// Every format.
pub(crate) fn formats() -> Vec<Box<dyn Format>> {
    let style = Style { colour: false, verbose: true, token: "0123456789abcdef".to_owned() };
    FORMATS.iter().map(|row| (row.format)(style.clone())).collect()
}

fn the_first_and_the_last_line_name_the_target() {
    let toy = toy();
    for body in [passes as Body, failing_write, could_not_run] {
        let conclusion = conclude(&toy, &suite(body), one_by_one());
        let rendered = report(&Text::default(), &toy, conclusion);
        let lines: Vec<_> = rendered.lines().collect();
        for line in [lines[0], lines[lines.len() - 1]] {
            assert!(line.contains("embedded mock"), "{line}");
        }
    }
}

fn no_secret_of_a_run_is_in_any_report() {
    let panics: Body = |_| panic!("what is {SECRET} doing here");
    let toy = toy();
    for body in [failing_write as Body, panics] {
        for format in formats() {
            let conclusion = conclude(&toy, &suite(body), one_by_one());
            let rendered = report(&*format, &toy, conclusion);
            assert!(rendered.contains("withheld"), "{rendered}");
            assert!(!rendered.contains(SECRET) && !rendered.contains("short"), "{rendered}");
        }
    }
}

fn a_secret_that_reaches_a_report_is_withheld_and_told() {
    for format in formats() {
        let toy = supplied();
        let conclusion = timed(conclude(&toy, &suite(mismatches), one_by_one()));
        let passing = timed(conclude(&toy, &suite(passes), one_by_one()));
        let leaking = Report {
            target: "embedded mock",
            seed: 7,
            started: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            conclusion: &conclusion,
            coda: "",
            annex: "",
            redactor: &toy.redactor,
            rerun: &|id| format!("TOKEN={SECRET} keyproof check --run {id}"),
        };
        let finished = leaking.finish(&*format);
        assert_eq!(finished.leaks, 1);
        assert_eq!(finished.exit(conclusion.exit()), Exit::Failed);
        assert_eq!(finished.exit(passing.exit()), Exit::Unreachable);
        let rendered = String::from_utf8(finished.bytes).unwrap();
        assert!(!rendered.contains(SECRET), "{rendered}");
        assert!(rendered.contains(&format!("TOKEN={WITHHELD} keyproof")), "{rendered}");
        assert!(rendered.contains("a secret had reached this report in 1 places and was withheld"));
    }
}

pub(crate) fn foreign(text: String) -> (Toy, Conclusion) {
    let toy = supplied();
    let mut conclusion = conclude(&toy, &suite(failing_write), one_by_one());
    for outcome in &mut conclusion.outcomes {
        if let Some(keyproof::harness::Detail::Mismatch(mismatch)) = &mut outcome.detail {
            mismatch.what.clone_from(&text);
            mismatch.got.clone_from(&text);
            mismatch.exchanges.truncate(1);
            let answer = mismatch.exchanges[0].response.as_mut().unwrap();
            answer.line.clone_from(&text);
            answer.headers[0].1.clone_from(&text);
            answer.body.clone_from(&text);
        }
    }
    (toy, conclusion)
}

fn control_characters_are_shown_and_never_sent() {
    let hostile = "\u{1b}[31m::error::\r\n::stop-commands::x\u{7}\u{9b}\u{202e}\u{0}##[error]x";
    for format in formats() {
        let (toy, conclusion) = foreign(hostile.to_owned());
        let rendered = report(&*format, &toy, conclusion);
        let is_hostile = |character: char| {
            character != '\n' && (character.is_control() || character == '\u{202e}')
        };
        assert!(!rendered.contains(is_hostile), "{rendered}");
        let begins_a_command = |line: &&str| {
            let ours = ["::stop-commands::0", "::0", "::error title="];
            let line = line.trim_start();
            line.starts_with("::") && !ours.iter().any(|one| line.starts_with(one))
        };
        assert_eq!(rendered.lines().find(begins_a_command), None, "{rendered}");
        assert!(rendered.contains("u{1b}[31m::error::"), "{rendered}");
        assert!(rendered.contains("u{0}#") && !rendered.contains("##["), "{rendered}");
    }
}

fn foreign_text_ends_at_four_kibibytes_and_says_so() {
    for format in formats() {
        // Two bytes each, so that the limit falls between two characters or within one.
        for (text, shown_bytes) in
            [("é".repeat(5000), 4096), ("x".to_owned() + &"é".repeat(5000), 4095)]
        {
            let all = text.len();
            let (toy, conclusion) = foreign(text);
            let rendered = report(&*format, &toy, conclusion);
            let note = format!("cut: {shown_bytes} of {all} bytes shown");
            assert!(rendered.contains(&note), "{note}");
            assert!(!rendered.contains(&"é".repeat(FOREIGN_LIMIT / 2 + 1)));
        }
        let (toy, conclusion) = foreign("x".repeat(FOREIGN_LIMIT));
        assert!(!report(&*format, &toy, conclusion).contains("cut: "));
        let (toy, conclusion) = foreign("x".repeat(FOREIGN_LIMIT - 10) + SECRET);
        assert!(!report(&*format, &toy, conclusion).contains("someone"));
    }
}

fn one_case_is_explained_for_cargo_test() {
    let toy = toy();
    let conclusion = conclude(&toy, &suite(mismatches), one_by_one());
    let report = Report {
        target: "embedded mock",
        seed: 7,
        started: Timestamp::UNIX_EPOCH,
        took: Duration::ZERO,
        conclusion: &conclusion,
        coda: "",
        annex: "",
        redactor: &toy.redactor,
        rerun: &|id| format!("TOKEN={SECRET} cargo test {id}"),
    };
    let explained = conclusion.outcomes[1..3].iter();
    let explained: Vec<_> =
        explained.map(|outcome| Text::default().explain(&report, outcome)).collect();
    let failure = [
        "✗ fail toy/roll/far: the write was not refused",
        "  requirement  rolls (must): It rolls.",
        "  source       toys, \"Wheels\"",
        "  expected     422",
        "  got          200",
        "  run again    TOKEN=[withheld] cargo test toy/roll/far",
    ];
    assert_eq!(explained[0], failure.join("\n"));
    let unobserved = "- not-observable  toy/stop/at-once: needs control, quota";
    assert_eq!(explained[1], unobserved);
}

fn the_report_of_a_run_without_colour_has_no_escape_codes() {
    let toy = supplied();
    let conclusion = conclude(&toy, &suite(failing_write), one_by_one());
    let rendered = report(&Text::default(), &toy, conclusion);
    assert!(!rendered.contains('\u{1b}'));
}
