//! The report for programs: the document itself, format 1. `suites/report.schema.json` says what
//! it holds.

use super::{Document, Format};

#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Format for Json {
    fn render(&self, document: &Document) -> String {
        let text = serde_json::to_string_pretty(document);
        text.expect("strings and numbers under string keys can't be refused") + "\n"
    }
}
