//! What each format of reports claims, read back with the parser of somebody else where there is one.

use futures::FutureExt as _;
use keyproof::harness::report::{
    Document, Format as _, Github, Html, Json, Junit, Markdown, Ndjson, Tap, Text,
};
use keyproof::harness::{Conclusion, Detail, Ending, Exit, Extent, Headline, Redactor, Verdict};
use roxmltree::Node;
use serde_json::Value;

use super::reports::{
    document, failing_write, foreign, formats, report, snapshot, suite, supplied, toy,
};
use super::toy::{
    self, CONTROL, all, conclude, conclude_until, could_not_run, harness_is_wrong, mismatches,
    one_by_one, passes, replace,
};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["format":
        each_reads_well,
        only_what_is_conformant_is_green,
        each_says_what_would_supply_what_was_not_observed,
        a_report_from_before_there_was_a_word_gets_one,
        a_report_is_red_exactly_where_the_exit_is_not_0,
        junit_has_a_child_for_each_kind_of_verdict,
        junit_counts_what_it_holds,
        junit_holds_hostile_text_that_a_strict_parser_reads,
        html_shows_markup_as_text_and_runs_only_its_own_script,
        html_needs_nothing_from_anywhere,
        github_obeys_no_command_but_its_own,
        github_says_how_many_annotations_it_leaves_out,
        markdown_keeps_text_within_its_fence_and_its_cell,
        markdown_ends_before_github_drops_it,
        tap_plans_as_many_points_as_it_has,
        ndjson_has_the_run_first_and_the_conclusion_last,
        json_keeps_its_published_schema,
        json_is_read_back_as_it_was,
        what_is_no_report_is_refused_with_a_reason,
        hostile_json_is_made_fit_to_be_shown,
        a_text_from_json_is_the_text_of_the_run,
        an_interrupted_run_says_so_in_every_format,
        a_secret_is_found_behind_the_escapes_of_every_format,
        a_failure_count_is_never_an_exit_code,
    ]
}

fn github() -> Github {
    Github { token: "0123456789abcdef".to_owned() }
}

/// A run with failures, a warning, and a case that is not observable.
fn failing() -> Document {
    let toy = toy();
    let mut cases = suite(failing_write);
    replace(&mut cases[3], mismatches);
    replace(&mut cases[4], mismatches);
    document(&toy, conclude(&toy, &cases, one_by_one()))
}

fn each_reads_well() {
    let document = failing();
    let page = Html.render(&document);
    let between = |text: &str, open: &str, close: &str| {
        let (before, rest) = text.split_once(open).unwrap();
        let (_, after) = rest.split_once(close).unwrap();
        format!("{before}{open}[…]{close}{after}")
    };
    let page = between(&page, "<style>", "</style>");
    let page = between(&page, "<script>", "</script>");
    let page = between(&page, "style-src '", "'");
    let page = between(&page, "script-src '", "'");
    for (name, text) in [
        ("ndjson", Ndjson.render(&document)),
        ("junit", Junit.render(&document)),
        ("tap", Tap.render(&document)),
        ("markdown", Markdown.render(&document)),
        ("github", github().render(&document)),
        ("html", page.replace("><", ">\n<")),
    ] {
        snapshot(name, &text);
    }
}

/// One case of that verdict among others that pass.
fn with(verdict: Verdict, requirement: &'static str, ending: Ending) -> Conclusion {
    let detail = match verdict {
        Verdict::Pass | Verdict::UnexpectedPass => None,
        Verdict::NotObservable => Some(Detail::Needs(vec![CONTROL])),
        Verdict::Fail | Verdict::Warn | Verdict::ExpectedFail => {
            Some(Detail::Mismatch(Box::new(toy::mismatch())))
        }
        _ => Some(Detail::Note("it stood in the way".to_owned())),
    };
    let passing = toy::outcome(("toy/b", "rolls"), Verdict::Pass, None);
    let other = toy::outcome(("toy/a", requirement), verdict, detail);
    toy::conclusion(vec![passing, other], ending)
}

/// One case that passes for each `must` that is named.
fn passing(requirements: &[&'static str]) -> Document {
    let passed = |&requirement| toy::outcome(("toy/a", requirement), Verdict::Pass, None);
    let outcomes = requirements.iter().map(passed).collect();
    document(&toy(), toy::conclusion(outcomes, Ending::Complete))
}

fn only_what_is_conformant_is_green() {
    let coloured = Text { colour: true, verbose: false };
    let unseen = || document(&toy(), with(Verdict::NotObservable, "stops", Ending::Complete));
    let rows = [
        (passing(&["rolls", "stops"]), "conformant", ["32", "good", "✅"]),
        (passing(&["rolls"]), "selection-held", ["1", "neutral", "⚪"]),
        (unseen(), "no-failure-seen", ["1", "neutral", "⚪"]),
        (failing(), "not-conformant", ["31", "bad", "❌"]),
    ];
    for (document, word, [colour, class, mark]) in rows {
        let line = coloured.render(&document).lines().last().unwrap().to_owned();
        let verdict = &document.verdict;
        assert_eq!(line, format!("embedded mock: \u{1b}[{colour}m{verdict}\u{1b}[0m"));
        let page = Html.render(&document);
        assert!(page.contains(&format!("<header class=\"{class}\">")), "{class}");
        let title = format!("<h1>{}</h1>", word.replace('-', " "));
        assert!(page.contains(&title), "{title}");
        let text = Markdown.render(&document);
        assert!(text.starts_with(&format!("## {mark} keyproof: ")), "{text}");
        let json: Value = serde_json::from_str(&Json.render(&document)).unwrap();
        assert_eq!(json["headline"], word);
        let lines = Ndjson.render(&document);
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        assert_eq!(last["headline"], word);
        let property = format!("<property name=\"headline\" value=\"{word}\"/>");
        assert!(Junit.render(&document).contains(&property));
        for format in formats() {
            let rendered = format.render(&document);
            let is_said = rendered.replace("not conformant", "").contains("conformant: ");
            assert_eq!(is_said, word == "conformant", "{rendered}");
        }
    }
}

fn each_says_what_would_supply_what_was_not_observed() {
    let unseen = document(&toy(), with(Verdict::NotObservable, "stops", Ending::Complete));
    assert_eq!(
        unseen.verdict,
        "no failure seen: 1 of 2 MUSTs held, 1 not observed (needs: control 1), 1 more untested"
    );
    let unescaped = |text: &str| text.replace('\\', "");
    for format in formats() {
        let rendered = unescaped(&format.render(&unseen));
        assert!(rendered.contains(&unseen.verdict), "{rendered}");
        assert!(rendered.contains(CONTROL.supply), "{rendered}");
    }
    let log = github().render(&unseen);
    let notice = log.lines().find(|line| line.starts_with("::notice ")).unwrap();
    assert!(notice.contains(CONTROL.supply), "{notice}");
}

fn a_report_from_before_there_was_a_word_gets_one() {
    let unseen = document(&toy(), with(Verdict::NotObservable, "stops", Ending::Complete));
    let mut value: Value = serde_json::from_str(&Json.render(&unseen)).unwrap();
    let members = value.as_object_mut().unwrap();
    members.remove("headline");
    members.remove("extent");
    let verdict =
        "conformant: 1 of 3 MUSTs held, 1 not observable here (needs: control 1), 1 untested";
    members.insert("verdict".to_owned(), verdict.into());
    assert_eq!(Document::read(&value.to_string()).unwrap(), unseen);
}

fn is_red(format: &str, text: &str) -> bool {
    match format {
        "junit" => {
            let xml = roxmltree::Document::parse(text).unwrap();
            elements(&xml, "failure").len() + elements(&xml, "error").len() > 0
        }
        "tap" => text.lines().any(|line| line.starts_with("not ok") && !line.contains(" # TODO ")),
        _ => text.lines().any(|line| line.starts_with("::error ")),
    }
}

fn a_report_is_red_exactly_where_the_exit_is_not_0() {
    let toy = toy();
    let mut conclusions = Vec::new();
    for &verdict in Verdict::ALL {
        for requirement in ["stops", "shines"] {
            for ending in [Ending::Complete, Ending::Stopped, Ending::Unreachable] {
                conclusions.push(with(verdict, requirement, ending));
            }
        }
    }
    let mut troubled = with(Verdict::Pass, "stops", Ending::Complete);
    troubled.troubles.push("the harness is wrong".to_owned());
    let mut short = with(Verdict::Pass, "stops", Ending::Complete);
    short.shortfall = Some("no operation was judged".to_owned());
    let nothing = toy::conclusion(Vec::new(), Ending::Complete);
    conclusions.extend([troubled, short, nothing]);
    for conclusion in conclusions {
        let document = document(&toy, conclusion);
        for (format, text) in [
            ("junit", Junit.render(&document)),
            ("tap", Tap.render(&document)),
            ("github", github().render(&document)),
        ] {
            assert_eq!(
                is_red(format, &text),
                document.exit != 0,
                "{format}, exit {}: {text}",
                document.exit
            );
        }
    }
}

fn elements<'x>(xml: &'x roxmltree::Document<'_>, name: &str) -> Vec<Node<'x, 'x>> {
    let nodes = xml.descendants();
    nodes.filter(|node| node.has_tag_name(name)).collect()
}

fn junit_has_a_child_for_each_kind_of_verdict() {
    let toy = toy();
    for (verdict, requirement, child) in [
        (Verdict::Pass, "stops", None),
        (Verdict::Fail, "stops", Some("failure")),
        (Verdict::Warn, "shines", Some("system-out")),
        (Verdict::ExpectedFail, "stops", Some("skipped")),
        (Verdict::UnexpectedPass, "stops", Some("failure")),
        (Verdict::NotApplicable, "stops", Some("skipped")),
        (Verdict::NotObservable, "stops", Some("skipped")),
        (Verdict::CouldNotRun, "stops", Some("error")),
        (Verdict::CouldNotRun, "shines", Some("skipped")),
        (Verdict::HarnessError, "shines", Some("error")),
    ] {
        let conclusion = with(verdict, requirement, Ending::Complete);
        let text = Junit.render(&document(&toy, conclusion));
        let xml = roxmltree::Document::parse(&text).unwrap();
        let case = elements(&xml, "testcase")[1];
        assert_eq!(case.attribute("name"), Some("toy/a"));
        assert_eq!(case.attribute("classname"), Some("toy"));
        let children: Vec<_> = case.children().filter(Node::is_element).collect();
        let names: Vec<_> = children.iter().map(|one| one.tag_name().name()).collect();
        assert_eq!(names, Vec::from_iter(child), "{verdict:?}");
        if let [one] = children[..]
            && child != Some("system-out")
        {
            let message = one.attribute("message").unwrap();
            assert!(message.len() > 10, "{verdict:?}: {message}");
        }
    }
}

fn junit_counts_what_it_holds() {
    let toy = toy();
    let mut cases = suite(failing_write);
    replace(&mut cases[3], could_not_run);
    replace(&mut cases[4], harness_is_wrong);
    let text = report(&Junit, &toy, conclude(&toy, &cases, one_by_one()));
    let xml = roxmltree::Document::parse(&text).unwrap();
    for name in ["testsuites", "testsuite"] {
        let suite = elements(&xml, name)[0];
        for (attribute, element) in [
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ] {
            let held = elements(&xml, element).len().to_string();
            assert_eq!(suite.attribute(attribute), Some(held.as_str()), "{attribute}");
            assert_ne!(held, "0", "{attribute}");
        }
    }
}

const MARKUP: &str = "</pre></script><script>alert(1)</script>]]>&amp;\"' onerror=x <!-- \u{fffe}\u{ffff}\u{1}\u{b}\u{1b}[31m";

fn junit_holds_hostile_text_that_a_strict_parser_reads() {
    let (toy, conclusion) = foreign(format!("{MARKUP}\nmore"));
    let text = report(&Junit, &toy, conclusion);
    let xml = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let failure = elements(&xml, "failure")[0];
    assert!(failure.children().all(|child| child.is_text()), "{text}");
    let rendered = failure.text().unwrap();
    let expected = "</pre></script><script>alert(1)</script>]]>&amp;\"' onerror=x <!-- \
                \\u{fffe}\\u{ffff}\\u{1}\\u{b}\\u{1b}[31m";
    assert!(rendered.contains(expected), "{rendered}");
    assert!(failure.attribute("message").unwrap().starts_with(expected));
}

fn html_shows_markup_as_text_and_runs_only_its_own_script() {
    let (toy, conclusion) = foreign(MARKUP.to_owned());
    let page = report(&Html, &toy, conclusion);
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("<!--") && !page.contains("alert(1)</"));
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("unsafe-inline"));
}

fn html_needs_nothing_from_anywhere() {
    let page = Html.render(&failing());
    for word in ["src=\"", "<link", "@import", "url(", "http://", "https://"] {
        assert!(!page.contains(word), "{word}");
    }
}

fn github_obeys_no_command_but_its_own() {
    let hostile = "::error::x\r\n::0123456789abcdef::\n::set-output name=a::b\n100%, a:b";
    let (toy, conclusion) = foreign(hostile.to_owned());
    let log = report(&github(), &toy, conclusion);
    let (stopped, commands) = log
        .strip_prefix("::stop-commands::0123456789abcdef\n")
        .unwrap()
        .split_once("\n::0123456789abcdef::\n")
        .unwrap();
    assert!(stopped.starts_with("keyproof: embedded mock"));
    let begins = |line: &str| line.trim_start().starts_with("::");
    assert!(!stopped.lines().any(begins), "{stopped}");
    let lines: Vec<_> = commands.lines().collect();
    assert_eq!(lines.len(), 2, "{commands}");
    assert!(lines[0].starts_with("::error title=keyproof%3A embedded mock::not conformant: "));
    let failure = lines[1].strip_prefix("::error title=fail toy/roll/far::").unwrap();
    assert!(failure.contains("100%25, a:b%0Arolls: It rolls.%0A"), "{failure}");
}

fn github_says_how_many_annotations_it_leaves_out() {
    let toy = toy();
    let ids = (0..40).map(|number| &*format!("toy/{number}").leak());
    let failed = |id| {
        let detail = Detail::Mismatch(Box::new(toy::mismatch()));
        toy::outcome((id, "rolls"), Verdict::Fail, Some(detail))
    };
    let conclusion = toy::conclusion(ids.map(failed).collect(), Ending::Complete);
    let log = report(&github(), &toy, conclusion);
    let errors: Vec<_> = log.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10);
    assert!(errors[0].contains("::not conformant: "));
    let more = "::error title=keyproof::and 32 more: the log and the job summary have them all";
    assert_eq!(errors[9], more);
}

fn markdown_keeps_text_within_its_fence_and_its_cell() {
    let hostile = "a | b <img src=x> @someone #1 [link](http://x) `code` **bold** $x$";
    let (toy, conclusion) = foreign(hostile.to_owned());
    let text = report(&Markdown, &toy, conclusion);
    let escaped = "a \\| b &lt;img src=x&gt; &#64;someone &#35;1 \\[link\\]\\(http://x\\) \\`code\\` \
                   \\*\\*bold\\*\\* \\$x\\$";
    assert!(text.contains(&format!("\n{escaped}\n")), "{text}");
    let (toy, conclusion) = foreign("`````\n</details>\n# no".to_owned());
    let text = report(&Markdown, &toy, conclusion);
    assert!(text.contains("\n``````text\n`````\n| </details>\n| # no\n``````\n"), "{text}");
}

fn markdown_ends_before_github_drops_it() {
    let toy = toy();
    let failed = |number: usize| {
        let mut mismatch = toy::mismatch();
        mismatch.got = "x".repeat(4000);
        let detail = Detail::Mismatch(Box::new(mismatch));
        let id = format!("toy/{number}").leak();
        toy::outcome((id, "rolls"), Verdict::Fail, Some(detail))
    };
    let conclusion = toy::conclusion((0..400).map(failed).collect(), Ending::Complete);
    let text = report(&Markdown, &toy, conclusion);
    assert!(text.len() < 1024 * 1024, "{}", text.len());
    assert!(text.contains(" more failures: the JSON and HTML reports have them all."));
}

fn tap_plans_as_many_points_as_it_has() {
    let (toy, conclusion) = foreign("a # TODO not a directive\n...\nok 9".to_owned());
    let text = report(&Tap, &toy, conclusion);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "TAP version 14");
    let plan: usize = lines[2].strip_prefix("1..").unwrap().parse().unwrap();
    let is_point = |line: &&&str| line.starts_with("ok ") || line.starts_with("not ok ");
    assert_eq!(lines.iter().filter(is_point).count(), plan);
    assert!(lines.contains(&"not ok 2 - toy/roll/far"), "{text}");
}

fn ndjson_has_the_run_first_and_the_conclusion_last() {
    let document = failing();
    let text = Ndjson.render(&document);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "run");
    assert_eq!(kinds[kinds.len() - 1], "conclusion");
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "case"));
    assert_eq!(lines.len(), document.cases.len() + 2);
    assert_eq!(lines[2]["failure"]["what"], "the write was not refused");
    assert_eq!(lines[lines.len() - 1]["exit"], 1);
}

/// Reports of all kinds, as JSON.
fn documents() -> Vec<Document> {
    let toy = toy();
    let stopped = with(Verdict::Pass, "rolls", Ending::Stopped);
    let mut short = with(Verdict::CouldNotRun, "shines", Ending::Unreachable);
    short.shortfall = Some("no operation was judged".to_owned());
    short.troubles.push("the harness is wrong".to_owned());
    let (hostile, conclusion) = foreign(MARKUP.to_owned());
    vec![
        failing(),
        document(&toy, stopped),
        document(&toy, short),
        document(&hostile, conclusion),
        super::shards::shard_of_three(),
    ]
}

fn json_keeps_its_published_schema() {
    let schema: Value = serde_json::from_str(include_str!("../report.schema.json")).unwrap();
    let named = |member: &str| schema["properties"][member]["enum"].as_array().unwrap().clone();
    let words: Vec<_> = Headline::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(named("headline"), words);
    let extents: Vec<_> = Extent::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(named("extent"), extents);
    let validator = jsonschema::validator_for(&schema).unwrap();
    for document in documents() {
        let mut value: Value = serde_json::from_str(&Json.render(&document)).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|one| one.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        value["surprise"] = Value::Null;
        assert!(!validator.is_valid(&value), "an unknown member");
        value.as_object_mut().unwrap().remove("surprise");
        value["cases"][0]["verdict"] = "fine".into();
        assert!(!validator.is_valid(&value), "an unknown verdict");
    }
}

fn json_is_read_back_as_it_was() {
    for document in documents() {
        let text = Json.render(&document);
        assert_eq!(Document::read(&text).unwrap(), document);
        let more = text.replacen('{', "{\"of_tomorrow\": {\"a\": [1]},", 1);
        assert_eq!(Document::read(&more).unwrap(), document, "an unknown member");
    }
}

fn what_is_no_report_is_refused_with_a_reason() {
    let whole = Json.render(&failing());
    let cut = &whole[..whole.len() / 2];
    let rows = [
        ("", "is not JSON, or not all of it: EOF"),
        (cut, "is not JSON, or not all of it: EOF while parsing"),
        ("[]", "is no JSON report of keyproof: it has no number `format`"),
        ("{\"format\":2}", "is a report of format 2, and this keyproof reads format 1"),
        ("{\"format\":1}", "is no whole report: missing field `target`"),
        (
            &whole.replace("\"exit\": 1,", "\"exit\": 77,"),
            "is no whole report: `exit` is 77, and goes from 0 to 4",
        ),
        (
            &whole.replace("\"verdict\": \"fail\"", "\"verdict\": \"\\u001b[31m\""),
            "is no whole report: unknown variant `\\u{1b}[31m`",
        ),
    ];
    for (text, expected) in rows {
        let error = Document::read(text).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}

fn hostile_json_is_made_fit_to_be_shown() {
    let text = Json.render(&failing()).replace(
        "\"target\": \"embedded mock\"",
        "\"target\": \"x\\n::error::\\u001b[31m\\u202e\"",
    );
    let document = Document::read(&text).unwrap();
    assert_eq!(document.target, "x\\u{a}::error::\\u{1b}[31m\\u{202e}");
    for format in formats() {
        let rendered = format.render(&document);
        assert!(!rendered.contains('\u{1b}') && !rendered.contains("\n::error::\\"), "{rendered}");
    }
}

fn a_text_from_json_is_the_text_of_the_run() {
    for document in documents() {
        let read = Document::read(&Json.render(&document)).unwrap();
        for format in formats() {
            assert_eq!(format.render(&read), format.render(&document));
        }
    }
}

fn an_interrupted_run_says_so_in_every_format() {
    let toy = supplied();
    let cases = suite(passes);
    let stop = std::future::ready(()).boxed();
    let conclusion = conclude_until(stop, &toy, &cases, &all(&cases), one_by_one());
    let document = document(&toy, conclusion);
    assert_eq!(document.ends_with(), Exit::Incomplete);
    for format in formats() {
        let rendered = format.render(&document);
        let expected = [
            "the run was stopped before its end",
            "\"ending\":\"stopped\"",
            "\"ending\": \"stopped\"",
        ];
        assert!(expected.iter().any(|words| rendered.contains(words)), "{rendered}");
    }
}

/// Whatever a format does to a text, the scan before writing sees through it.
fn a_secret_is_found_behind_the_escapes_of_every_format() {
    for secret in [
        "a-token-nobody-withheld-0002",
        "a&b<c>d\"e'f|g*h_i`j#k\\l@m%n,o:p",
        "sp ace\\and/slash~[x](y)!{z}$w^",
        "Schlüssel-für-jemand-anderen-❤",
    ] {
        let (toy, conclusion) = foreign(format!("it was {secret} here"));
        let document = document(&toy, conclusion);
        let knows = Redactor::new(&[]);
        knows.register(secret);
        for (number, format) in formats().iter().enumerate() {
            let rendered = format.render(&document);
            assert!(knows.scan(&rendered) > 0, "format {number}: {secret} in {rendered}");
            let finished = document.finish(&**format, &knows);
            assert!(finished.leaks > 0);
            assert_eq!(finished.exit(Exit::Held), Exit::Unreachable);
            let rendered = String::from_utf8(finished.bytes).unwrap();
            assert_eq!(knows.scan(&rendered), 0, "format {number}: {rendered}");
            assert!(rendered.contains("a secret had reached this report in "), "{rendered}");
        }
    }
}

fn a_failure_count_is_never_an_exit_code() {
    let toy = toy();
    for count in [1, 255, 256, 512] {
        let failed = |number: usize| {
            let detail = Detail::Mismatch(Box::new(toy::mismatch()));
            let id = format!("toy/{number}").leak();
            toy::outcome((id, "rolls"), Verdict::Fail, Some(detail))
        };
        let conclusion = toy::conclusion((0..count).map(failed).collect(), Ending::Complete);
        assert_eq!(document(&toy, conclusion).exit, 1, "{count}");
    }
    let text = Text::default().render(&failing());
    assert!(text.contains("not conformant"));
}
