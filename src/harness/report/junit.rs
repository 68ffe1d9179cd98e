//! JUnit XML: one testcase a case. Nothing is a `<failure>` or an `<error>` but what makes the exit
//! other than 0.

use std::io;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::{ElementWriter, Writer};

use super::foreign::escape;
use super::text::seconds;
use super::{CaseEntry, Document, Failure, Format, printable};
use crate::harness::Verdict;

/// JUnit XML, as GitHub actions, GitLab and Jenkins read it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Junit;

struct Testcase {
    class: String,
    name: String,
    milliseconds: u64,
    /// None where there is nothing to say.
    result: Option<Element>,
}

/// An element that says what became of a testcase.
struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
}

type Xml = Writer<Vec<u8>>;

impl Format for Junit {
    fn render(&self, document: &Document) -> String {
        let mut testcases: Vec<Testcase> =
            document.cases.iter().map(|case| testcase(document, case)).collect();
        testcases.extend(document.all_complaints().into_iter().map(about_the_run));
        let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
        write(&mut xml, document, &testcases).expect("writing to memory does not fail");
        String::from_utf8_lossy(&xml.into_inner()).into_owned() + "\n"
    }
}

fn testcase(document: &Document, case: &CaseEntry) -> Testcase {
    let class = case.id.rsplit_once('/').map_or("", |(class, _)| class);
    Testcase {
        class: class.replace('/', "."),
        name: case.id.clone(),
        milliseconds: case.duration_ms,
        result: result(document, case),
    }
}

/// What is wrong apart from any case.
fn about_the_run(complaint: String) -> Testcase {
    Testcase {
        class: "keyproof".to_owned(),
        name: "the run".to_owned(),
        milliseconds: 0,
        result: Some(red("error", "run", &complaint, complaint.clone())),
    }
}

fn result(document: &Document, case: &CaseEntry) -> Option<Element> {
    let reason = document.reason(case);
    let details = match document.failure(&case.id) {
        Some(failure) => details(document, failure),
        None => reason.clone(),
    };
    let skipped = |why: &str| Element {
        name: "skipped",
        attributes: vec![("message", format!("{why}: {reason}"))],
        text: String::new(),
    };
    Some(match case.verdict {
        Verdict::Pass => return None,
        Verdict::Warn => Element {
            name: "system-out",
            attributes: Vec::new(),
            text: format!("warning: {details}"),
        },
        Verdict::Fail => red("failure", case.level.name(), &reason, details),
        Verdict::UnexpectedPass => {
            let stale = "passes, and is expected to fail: take it out of the expectation file";
            red("failure", "unexpected-pass", stale, details)
        }
        Verdict::ExpectedFail => skipped("expected to fail"),
        Verdict::NotObservable => skipped("not observable"),
        Verdict::NotApplicable => skipped("not applicable"),
        Verdict::CouldNotRun if !case.is_red() => skipped("could not run"),
        Verdict::CouldNotRun | Verdict::HarnessError => {
            red("error", case.verdict.name(), &reason, details)
        }
    })
}

fn red(name: &'static str, kind: &str, message: &str, text: String) -> Element {
    let attributes = vec![("message", message.to_owned()), ("type", kind.to_owned())];
    Element { name, attributes, text }
}

fn details(document: &Document, failure: &Failure) -> String {
    let mut lines = vec![failure.what.clone()];
    for (name, text) in document.details(failure) {
        // What sits on a line of its own could be a workflow command, where CI prints the report.
        lines.push(format!("{name}: {}", text.replace('\n', "\n| ")));
    }
    lines.extend(failure.exchange_lines());
    lines.push(format!("run again: {}", failure.rerun));
    lines.join("\n")
}

fn write(xml: &mut Xml, document: &Document, testcases: &[Testcase]) -> io::Result<()> {
    let total = seconds(document.duration_ms);
    let mut attributes = vec![
        ("name", document.target.clone()),
        ("tests", testcases.len().to_string()),
        ("failures", count(testcases, "failure")),
        ("errors", count(testcases, "error")),
        ("skipped", count(testcases, "skipped")),
        ("time", format!("{total:.3}")),
    ];
    let mut of_all = attributes.clone();
    of_all[0].1 = "keyproof".to_owned();
    attributes.push(("timestamp", document.started.clone()));
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    element(xml, "testsuites", &of_all).write_inner_content(|xml| {
        let testsuite = element(xml, "testsuite", &attributes);
        testsuite.write_inner_content(|xml| {
            write_properties(xml, document)?;
            testcases.iter().try_for_each(|testcase| write_testcase(xml, testcase))
        })?;
        Ok(())
    })?;
    Ok(())
}

fn write_properties(xml: &mut Xml, document: &Document) -> io::Result<()> {
    let shard = document.shard.as_ref();
    let properties = [
        ("keyproof", Some(document.version.clone())),
        ("seed", Some(document.seed.to_string())),
        ("shard", shard.map(|portion| portion.shard.to_string())),
        ("headline", Some(document.headline.name().to_owned())),
        ("verdict", Some(document.verdict.clone())),
        ("exit", Some(document.exit.to_string())),
    ];
    let properties = properties.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let properties = properties.chain(document.need_lines().map(|need| ("need", need)));
    element(xml, "properties", &[]).write_inner_content(|xml| {
        for (name, value) in properties {
            element(xml, "property", &[("name", name.to_owned()), ("value", value)])
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_testcase(xml: &mut Xml, testcase: &Testcase) -> io::Result<()> {
    let attributes = [
        ("classname", testcase.class.clone()),
        ("name", testcase.name.clone()),
        ("time", format!("{:.3}", seconds(testcase.milliseconds))),
    ];
    let outer = element(xml, "testcase", &attributes);
    let Some(Element { name, attributes, text }) = &testcase.result else {
        return outer.write_empty().map(drop);
    };
    outer.write_inner_content(|xml| {
        let inner = element(xml, name, attributes);
        if text.is_empty() {
            inner.write_empty()?;
        } else {
            inner.write_text_content(BytesText::new(&legal(text)))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn element<'x>(
    xml: &'x mut Xml,
    name: &'static str,
    attributes: &[(&str, String)],
) -> ElementWriter<'x, Vec<u8>> {
    attributes.iter().fold(xml.create_element(name), |element, (name, value)| {
        element.with_attribute((*name, legal(&printable(value)).as_str()))
    })
}

fn count(testcases: &[Testcase], wanted: &str) -> String {
    let results = testcases.iter().filter_map(|testcase| testcase.result.as_ref());
    results.filter(|result| result.name == wanted).count().to_string()
}

/// The text with what XML 1.0 cannot hold, escaped or not, as `\u{…}`.
fn legal(text: &str) -> String {
    let is_legal = |character: char| matches!(character, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    escape(text, |character| !is_legal(character))
}
