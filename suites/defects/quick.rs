//! `check --quick`: its cases are those that the matrix of who catches what gives, they fit their budget, and they
//! catch as much as they have to.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;
use keyproof::cli::server::{Embedded, Settings, Subject};
use keyproof::crypto::Iterations;
use keyproof::harness::{Case, Options, Redactor, Selected, Selection, Verdict, run};
use keyproof::mock::{Defect, Variant};
use keyproof::suite::server::selftest::{Common, prices};
use keyproof::suite::server::{
    self, Context, Keys, ServerSuite, Terms, choose, is_plain, kills, needs,
};
use libtest_mimic::Failed;

use crate::staging::plan::Guest;
use crate::support::Trial;
use crate::support::bench::runtime;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("quick/its_cases_are_what_the_matrix_gives", up_to_date),
        Trial::test("quick/it_catches_most_of_what_a_run_without_rotations_does", figures),
        Trial::test("quick/it_catches_what_the_matrix_says", catches_them),
    ]
}

fn ids() -> Vec<&'static str> {
    server::quick().unwrap().iter().map(String::as_str).collect()
}

fn up_to_date() -> Result<(), Failed> {
    let chosen = runtime().block_on(async {
        // The dearest right server: the ids of secrets have to be looked for.
        let settings = Settings {
            variants: vec![Variant::SecretIdsAbsent],
            iterations: Some(Iterations::ONE),
            ..Settings::default()
        };
        let guest = Guest::with(settings, &[needs::LIMITED_TOKENS]).await;
        let prices = prices(Arc::new(guest), &Common::default()).await?;
        Ok::<_, String>(choose(&kills()?, &prices))
    })?;
    if chosen == ids() {
        return Ok(());
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let head = "# The cases of `keyproof check --quick`: of those that need no rotation, the ones that catch most\n\
                    # of the defects in `defects.toml` for what they cost. Computed:\n\
                    # INSTA_UPDATE=always cargo test --test all -- defects::quick\n";
        let lines: String = chosen.iter().map(|id| format!("    \"{id}\",\n")).collect();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/quick.toml");
        std::fs::write(path, format!("{head}cases = [\n{lines}]\n"))?;
        return Ok(());
    }
    let stale =
        "suites/quick.toml is stale: INSTA_UPDATE=always cargo test --test all -- defects::quick";
    Err(stale.into())
}

/// The mistakes that some of these cases catch.
fn caught(by: impl Fn(&Case<Context>) -> bool) -> BTreeSet<String> {
    let cases = server::cases();
    let ids: BTreeSet<&str> = cases.iter().filter(|case| by(case)).map(|case| case.id).collect();
    let kills = kills().unwrap().into_iter();
    let caught = kills.filter(|kill| kill.cases.iter().any(|id| ids.contains(id)));
    caught.map(|kill| kill.mistake).collect()
}

/// On a server by URL with a plain token.
fn figures() -> Result<(), Failed> {
    let quick = ids();
    let all = caught(is_plain);
    let few = caught(|case| quick.contains(&case.id));
    let missed: Vec<_> = all.difference(&few).collect();
    let figure = format!("{} of {}, without {missed:?}", few.len(), all.len());
    assert!(few.len() * 3 >= all.len() * 2, "{figure}");
    Ok(())
}

/// Each defect for itself: what the matrix says of the whole suite holds of the few cases too, though the server
/// was asked less.
fn catches_them() -> Result<(), Failed> {
    let (matrix, quick) = (kills()?, ids());
    let wrong = Subject::all().into_iter().filter_map(|subject| match subject {
        Subject::Wrong(defect) => Some(defect),
        Subject::Right(_) => None,
    });
    let complaints: Vec<String> = runtime().block_on(async {
        let bench = Bench::default();
        let judged = stream::iter(wrong).map(|defect| bench.failing(defect)).buffered(SIDE_BY_SIDE);
        let judged: Vec<(Defect, BTreeSet<&str>)> = judged.collect().await;
        let complaints = judged.into_iter().filter_map(|(defect, failing)| {
            let kill = matrix.iter().find(|kill| kill.mistake == defect.name())?;
            let expected: Vec<_> = kill.cases.iter().filter(|id| quick.contains(id)).collect();
            let is_missed = failing.is_empty() && !expected.is_empty();
            is_missed.then(|| format!("{}: none of {expected:?} fails", defect.name()))
        });
        complaints.collect()
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

/// Defects that are tried at the same time.
const SIDE_BY_SIDE: usize = 4;

/// What the runs have in common: the client keys take long to derive.
struct Bench {
    keys: Arc<Keys>,
    redactor: Redactor,
    cases: Vec<Case<Context>>,
    selected: Selected,
}

impl Default for Bench {
    fn default() -> Self {
        let cases = server::cases();
        let all: Vec<&str> = cases.iter().map(|case| case.id).collect();
        let whole = Selection::default().apply(&cases).unwrap();
        let selected = whole.only_quick(&all, &ids()).unwrap();
        Self { keys: Arc::default(), redactor: Redactor::new(&[]), cases, selected }
    }
}

impl Bench {
    /// The cases of a quick run that hold something against the mock with that defect.
    async fn failing(&self, defect: Defect) -> (Defect, BTreeSet<&'static str>) {
        let settings = Settings {
            defects: vec![defect],
            iterations: Some(Iterations::ONE),
            ..Settings::default()
        };
        let server = Arc::new(Embedded::start(settings).await.unwrap());
        let terms = Terms { is_thrifty: true, ..Terms::unbounded() };
        let keys = Arc::clone(&self.keys);
        let suite = ServerSuite::with_keys(server, &terms, &self.redactor, keys).unwrap();
        let catalogue = server::catalogue().unwrap();
        let (cases, selected, never) = (&self.cases, &self.selected, std::future::pending());
        let conclusion = run(&suite, cases, selected, &catalogue, Options::default(), never).await;
        let outcomes = conclusion.outcomes.iter();
        let failing =
            outcomes.filter(|outcome| matches!(outcome.verdict, Verdict::Fail | Verdict::Warn));
        (defect, failing.map(|outcome| outcome.id).collect())
    }
}
