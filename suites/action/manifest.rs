//! What `action.yml` says, and what it must never say.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Failed;
use serde::Deserialize;

use crate::support::Trial;

const TEXT: &str = include_str!("../../action.yml");

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("manifest/what_it_takes_and_gives", interface),
        Trial::test("manifest/every_input_is_declared_and_used", inputs),
        Trial::test("manifest/no_expression_stands_in_shell_text", no_injection),
        Trial::test("manifest/the_token_goes_by_its_variable_only", token),
        Trial::test("manifest/foreign_actions_are_pinned", pinned),
        Trial::test("manifest/what_is_saved_is_what_is_restored", cached),
    ]
}

/// The part of GitHub's format for composite actions that is used here; what is not known is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    #[allow(dead_code, reason = "must be there")]
    name: String,
    #[allow(dead_code, reason = "must be there")]
    description: String,
    #[allow(dead_code, reason = "may be there")]
    branding: BTreeMap<String, String>,
    pub(crate) inputs: BTreeMap<String, Input>,
    pub(crate) outputs: BTreeMap<String, Output>,
    pub(crate) runs: Runs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    #[allow(dead_code, reason = "must be there")]
    description: String,
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Output {
    #[allow(dead_code, reason = "must be there")]
    description: String,
    pub(crate) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Runs {
    using: String,
    pub(crate) steps: Vec<Step>,
}

/// A step runs a shell text or uses an action.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Step {
    pub(crate) id: Option<String>,
    #[serde(rename = "if")]
    pub(crate) condition: Option<String>,
    pub(crate) shell: Option<String>,
    pub(crate) run: Option<String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) uses: Option<String>,
    pub(crate) with: BTreeMap<String, String>,
}

impl Manifest {
    pub(crate) fn read() -> Self {
        serde_saphyr::from_str(TEXT).unwrap()
    }
}

/// What stands between `${{` and `}}`.
pub(crate) fn expressions(text: &str) -> impl Iterator<Item = &str> {
    let rest = text.split("${{").skip(1);
    rest.map(|rest| rest.split_once("}}").unwrap().0.trim())
}

fn interface() -> Result<(), Failed> {
    let manifest = Manifest::read();
    let inputs: Vec<_> = manifest.inputs.iter().collect();
    let inputs: Vec<_> = inputs
        .iter()
        .map(|(name, input)| (name.as_str(), input.required, input.default.as_deref()))
        .collect();
    let wanted = [
        ("args", false, Some("")),
        ("org", true, None),
        ("token", true, None),
        ("url", true, None),
    ];
    assert_eq!(inputs, wanted);
    assert_eq!(manifest.outputs.keys().collect::<Vec<_>>(), ["report"]);
    assert_eq!(manifest.runs.using, "composite");
    Ok(())
}

fn inputs() -> Result<(), Failed> {
    let manifest = Manifest::read();
    let used: BTreeSet<_> =
        expressions(TEXT).filter_map(|expression| expression.strip_prefix("inputs.")).collect();
    let declared: BTreeSet<_> = manifest.inputs.keys().map(String::as_str).collect();
    assert_eq!(used, declared);
    Ok(())
}

/// An input that is pasted into a shell text is run by the shell.
fn no_injection() -> Result<(), Failed> {
    let manifest = Manifest::read();
    let steps = manifest.runs.steps.iter();
    let runs: Vec<_> = steps.filter(|step| step.run.is_some()).collect();
    assert!(!runs.is_empty());
    for step in runs {
        let run = step.run.as_deref().unwrap();
        assert!(!run.contains("${{"), "{run}");
        assert_eq!(step.shell.as_deref(), Some("bash"), "{run}");
        assert!(step.uses.is_none(), "{run}");
    }
    Ok(())
}

fn token() -> Result<(), Failed> {
    let manifest = Manifest::read();
    let mut takers = Vec::new();
    for step in &manifest.runs.steps {
        let env = step.env.iter();
        takers.extend(env.filter(|(_, value)| value.contains("inputs.token")));
        let with = step.with.values().any(|value| value.contains("token"));
        assert!(!with, "{step:?}");
    }
    assert!(!takers.is_empty());
    assert!(takers.iter().all(|(name, _)| *name == "KEYPROOF_TOKEN"));
    assert_eq!(TEXT.matches("inputs.token").count(), takers.len());
    Ok(())
}

/// A tag can be moved to other code.
pub(crate) fn is_pinned(uses: &str) -> bool {
    let commit = uses.split_once('@').map(|(_, commit)| commit);
    commit.is_some_and(|commit| {
        commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn pinned() -> Result<(), Failed> {
    let manifest = Manifest::read();
    let uses = manifest.runs.steps.iter().filter_map(|step| step.uses.as_deref());
    let floating: Vec<_> = uses.filter(|uses| !is_pinned(uses)).collect();
    assert!(floating.is_empty(), "{floating:?}");
    Ok(())
}

fn cached() -> Result<(), Failed> {
    let manifest = Manifest::read();
    let steps = manifest.runs.steps.iter().filter(|step| step.uses.is_some());
    let [restored, saved]: [&Step; 2] = steps.collect::<Vec<_>>().try_into().unwrap();
    assert!(restored.uses.as_ref().unwrap().starts_with("actions/cache/restore@"));
    assert!(saved.uses.as_ref().unwrap().starts_with("actions/cache/save@"));
    assert_eq!(restored.with, saved.with);
    Ok(())
}
