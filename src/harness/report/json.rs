//! The reports for programs. `suites/report.schema.json` says what is in the document, format 1.

use serde::Serialize;

use super::{CaseEntry, Counts, Document, Failure, Format, UnmetNeed};
use crate::harness::{Ending, Extent, Headline, Portion, RequirementResult};

/// The document itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Format for Json {
    fn render(&self, document: &Document) -> String {
        let text = serde_json::to_string_pretty(document);
        text.expect("strings and numbers under string keys can't be refused") + "\n"
    }
}

/// For streams: one JSON object a line, the run first, then each case, the conclusion last. Members are those
/// of the JSON report, and `type`: `run`, `case` or `conclusion`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ndjson;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'d> {
    Run {
        format: u32,
        version: &'d str,
        target: &'d str,
        seed: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        shard: Option<&'d Portion>,
        extent: Extent,
        started: &'d str,
    },
    Case {
        #[serde(flatten)]
        case: &'d CaseEntry,
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<&'d Failure>,
    },
    Conclusion {
        exit: u8,
        ending: Ending,
        headline: Headline,
        verdict: &'d str,
        duration_ms: u64,
        counts: &'d Counts,
        needs: &'d [UnmetNeed],
        requirements: &'d [RequirementResult],
        #[serde(skip_serializing_if = "Option::is_none")]
        shortfall: Option<&'d str>,
        troubles: &'d [String],
    },
}

impl Format for Ndjson {
    fn render(&self, document: &Document) -> String {
        let run = Line::Run {
            format: document.format,
            version: &document.version,
            target: &document.target,
            seed: document.seed,
            shard: document.shard.as_ref(),
            extent: document.extent,
            started: &document.started,
        };
        let failure = |case: &CaseEntry| document.failure(&case.id);
        let cases = document.cases.iter().map(|case| Line::Case { case, failure: failure(case) });
        let conclusion = Line::Conclusion {
            exit: document.exit,
            ending: document.ending,
            headline: document.headline,
            verdict: &document.verdict,
            duration_ms: document.duration_ms,
            counts: &document.counts,
            needs: &document.needs,
            requirements: &document.requirements,
            shortfall: document.shortfall.as_deref(),
            troubles: &document.troubles,
        };
        let line = |line| {
            let text = serde_json::to_string(&line);
            text.expect("strings and numbers under string keys can't be refused") + "\n"
        };
        [run].into_iter().chain(cases).chain([conclusion]).map(line).collect()
    }
}
