//! Who reads how the mock does something reads only that: what it does wrongly, or in another way, stands elsewhere.

use std::fs;

use super::{root, sources};

/// The honest code.
const HONEST: [&str; 3] = ["mock/service/", "mock/model/", "mock/http/"];
/// What switches misbehaviour on is about it.
const CONTROL: &str = "mock/http/control/";

/// The files that have hooks, five at most, and the lines that import them.
const HOOKS: [(&str, &[&str]); 5] = [
    ("mock/http/admission.rs", &["use crate::mock::misbehaviour::reach;"]),
    ("mock/http/body.rs", &["use crate::mock::misbehaviour::request as misread;"]),
    (
        "mock/http/dispatch.rs",
        &[
            "use crate::mock::misbehaviour::replica::Replica;",
            "use crate::mock::misbehaviour::{around, caching, race};",
        ],
    ),
    ("mock/http/response.rs", &["use crate::mock::misbehaviour::{answer, row, rows};"]),
    (
        "mock/service/mod.rs",
        &[
            "use crate::mock::misbehaviour::race::{self, Seen};",
            "use crate::mock::misbehaviour::{effect, torn};",
        ],
    ),
];

/// What code has in it that asks for a misbehaviour by its name, or makes one.
const WORDS: [&str; 9] = [
    "misbehaviour",
    "Defect",
    "Variant",
    ".defects",
    ".variants",
    ".acts",
    ".has(",
    ".varies(",
    ".is_on(",
];

/// The lines that know more of misbehaviour than its hooks.
pub(super) fn lines() -> Vec<String> {
    let src = root().join("src");
    let mut found = Vec::new();
    for path in sources(&src) {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
        let is_honest = HONEST.iter().any(|room| name.starts_with(room));
        if !is_honest || name.starts_with(CONTROL) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let mut hooks = HOOKS.iter().filter(|(file, _)| *file == name);
            let is_hook = hooks.any(|(_, lines)| lines.contains(&line));
            if !is_hook && WORDS.iter().any(|word| line.contains(word)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}
