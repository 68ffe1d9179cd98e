//! JUnit XML: one testcase a case. Nothing is a `<failure>` or an `<error>` but what makes the exit
//! other than 0.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::document::level;
use super::text::{exchange_lines, seconds};
use super::{CaseEntry, Document, Failure, Format, printable};
use crate::harness::Verdict;

/// JUnit XML, as GitHub actions, GitLab and Jenkins read it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Junit;

/// What became of a testcase, as the element that stands in it.
enum Result {
    Passed,
    /// Passed, with something to say.
    Told(String),
    Child {
        element: &'static str,
        kind: &'static str,
        message: String,
        text: String,
    },
}

/// A testcase.
struct Testcase {
    class: String,
    name: String,
    milliseconds: u64,
    result: Result,
}

impl Format for Junit {
    fn render(&self, document: &Document) -> String {
        let mut testcases: Vec<Testcase> =
            document.cases.iter().map(|case| testcase(document, case)).collect();
        testcases.extend(document.all_complaints().into_iter().map(about_the_run));
        let mut page = Page { xml: Writer::new_with_indent(Vec::new(), b' ', 2) };
        page.put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        page.document(document, &testcases);
        let mut text = String::from_utf8_lossy(&page.xml.into_inner()).into_owned();
        text.push('\n');
        text
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
        result: Result::Child {
            element: "error",
            kind: "run",
            message: complaint.clone(),
            text: complaint,
        },
    }
}

fn result(document: &Document, case: &CaseEntry) -> Result {
    let reason = document.reason(case);
    let details = match document.failure(&case.id) {
        Some(failure) => details(document, failure),
        None => reason.clone(),
    };
    let skipped = |why: &str| Result::Child {
        element: "skipped",
        kind: "",
        message: format!("{why}: {reason}"),
        text: String::new(),
    };
    let red = |element, kind, message: &str| Result::Child {
        element,
        kind,
        message: message.to_owned(),
        text: details.clone(),
    };
    match case.verdict {
        Verdict::Pass => Result::Passed,
        Verdict::Warn => Result::Told(format!("warning: {details}")),
        Verdict::Fail => red("failure", level(case.level), &reason),
        Verdict::UnexpectedPass => {
            let stale = "passes, and is expected to fail: take it out of the expectation file";
            red("failure", "unexpected-pass", stale)
        }
        Verdict::ExpectedFail => skipped("expected to fail"),
        Verdict::NotObservable => skipped("not observable"),
        Verdict::NotApplicable => skipped("not applicable"),
        Verdict::CouldNotRun if !case.is_red() => skipped("could not run"),
        Verdict::CouldNotRun => red("error", "could-not-run", &reason),
        Verdict::HarnessError => red("error", "harness-error", &reason),
    }
}

fn details(document: &Document, failure: &Failure) -> String {
    let mut lines = vec![failure.what.clone()];
    if let Some(requirement) = document.requirement(&failure.requirement) {
        let (id, level) = (&requirement.id, level(requirement.level));
        lines.push(format!("requirement: {id} ({level}): {}", requirement.text));
        lines.push(format!("source: {}", failure.source));
    }
    for (name, text) in [("expected", &failure.expected), ("got", &failure.got)] {
        // What sits on a line of its own could be a workflow command, where CI prints the report.
        lines.push(format!("{name}: {}", text.replace('\n', "\n| ")));
    }
    lines.extend(failure.exchanges.iter().flat_map(exchange_lines));
    lines.push(format!("run again: {}", failure.rerun));
    lines.join("\n")
}

/// XML under construction. Writing to memory can't fail.
struct Page {
    xml: Writer<Vec<u8>>,
}

impl Page {
    fn document(&mut self, document: &Document, testcases: &[Testcase]) {
        let total = seconds(document.duration_ms);
        let mut attributes = vec![
            ("name", document.target.clone()),
            ("tests", testcases.len().to_string()),
            ("failures", count(testcases, "failure")),
            ("errors", count(testcases, "error")),
            ("skipped", count(testcases, "skipped")),
            ("time", format!("{total:.3}")),
        ];
        let mut all = attributes.clone();
        all[0].1 = "keyproof".to_owned();
        self.open("testsuites", &all);
        attributes.push(("timestamp", document.started.clone()));
        self.open("testsuite", &attributes);
        self.properties(document);
        for testcase in testcases {
            self.testcase(testcase);
        }
        self.close("testsuite");
        self.close("testsuites");
    }

    fn properties(&mut self, document: &Document) {
        let shard = document.shard.as_ref();
        let properties = [
            ("keyproof", Some(document.version.clone())),
            ("seed", Some(document.seed.to_string())),
            ("shard", shard.map(|portion| portion.shard.to_string())),
            ("verdict", Some(document.verdict.clone())),
            ("exit", Some(document.exit.to_string())),
        ];
        self.open("properties", &[]);
        for (name, value) in properties {
            let Some(value) = value else { continue };
            let name = name.to_owned();
            self.put(Event::Empty(element("property", &[("name", name), ("value", value)])));
        }
        self.close("properties");
    }

    fn testcase(&mut self, testcase: &Testcase) {
        let time = seconds(testcase.milliseconds);
        let attributes = [
            ("classname", testcase.class.clone()),
            ("name", testcase.name.clone()),
            ("time", format!("{time:.3}")),
        ];
        match &testcase.result {
            Result::Passed => self.put(Event::Empty(element("testcase", &attributes))),
            Result::Told(text) => {
                self.open("testcase", &attributes);
                self.leaf(&element("system-out", &[]), text);
                self.close("testcase");
            }
            Result::Child { element: name, kind, message, text } => {
                let mut child = vec![("message", message.clone())];
                if !kind.is_empty() {
                    child.push(("type", (*kind).to_owned()));
                }
                self.open("testcase", &attributes);
                self.leaf(&element(name, &child), text);
                self.close("testcase");
            }
        }
    }

    fn open(&mut self, name: &'static str, attributes: &[(&str, String)]) {
        self.put(Event::Start(element(name, attributes)));
    }

    fn close(&mut self, name: &'static str) {
        self.put(Event::End(BytesEnd::new(name)));
    }

    fn leaf(&mut self, element: &BytesStart<'_>, text: &str) {
        if text.is_empty() {
            return self.put(Event::Empty(element.borrow()));
        }
        self.put(Event::Start(element.borrow()));
        self.put(Event::Text(BytesText::new(&legal(text))));
        self.put(Event::End(element.to_end()));
    }

    fn put(&mut self, event: Event<'_>) {
        let _ = self.xml.write_event(event);
    }
}

fn element(name: &'static str, attributes: &[(&str, String)]) -> BytesStart<'static> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        element.push_attribute((*name, legal(&printable(value)).as_str()));
    }
    element
}

fn count(testcases: &[Testcase], wanted: &str) -> String {
    let alike = testcases
        .iter()
        .filter(|one| matches!(one.result, Result::Child { element, .. } if element == wanted));
    alike.count().to_string()
}

/// The text with what XML 1.0 cannot hold, escaped or not, as `\u{…}`.
fn legal(text: &str) -> String {
    let is_legal = |character: char| matches!(character, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_legal(character) {
            escaped.push(character)
        } else {
            escaped.extend(character.escape_unicode())
        }
    }
    escaped
}
