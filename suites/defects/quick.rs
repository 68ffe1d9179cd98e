//! `check --quick`: its cases are those that the matrix of who catches what gives, they fit their budget, and they
//! catch as much as they have to.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use futures::stream;
use futures::{FutureExt as _, StreamExt as _};
use keyproof::cli::server::{Embedded, Settings, Subject};
use keyproof::cli::wire::{Class, Classes, Mutation, Survey};
use keyproof::crypto::Iterations;
use keyproof::harness::{Case, Options, Redactor, Selected, Selection, Verdict, run};
use keyproof::mock::Variant;
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
        Trial::test("quick/its_cases_are_the_best_that_the_matrix_gives", up_to_date),
        Trial::test("quick/it_catches_most_of_what_a_run_without_rotations_does", figures),
        Trial::test("quick/it_catches_four_of_five_mutations_of_what_it_reads", wire),
    ]
}

fn ids() -> Vec<&'static str> {
    server::quick().unwrap().cases.iter().map(String::as_str).collect()
}

/// What is chosen by the matrix is tried on each defect for itself: where the server is asked less, some of the cases
/// do not see what they see in a whole run.
fn up_to_date() -> Result<(), Failed> {
    let chosen = runtime().block_on(async {
        let common = Common::default();
        let price = async |of: &[&str]| {
            // The dearest right server: the ids of secrets have to be looked for.
            let settings = Settings {
                variants: vec![Variant::SecretIdsAbsent],
                iterations: Some(Iterations::ONE),
                ..Settings::default()
            };
            // Whether requests overlap is no matter of luck there.
            let guest = Guest::with(settings, &[needs::LIMITED_TOKENS]).await.with_gates();
            prices(Arc::new(guest), &common, of).await
        };
        let cases = server::cases();
        let plain = cases.iter().filter(|case| is_plain(case)).map(|case| case.id);
        let mut prices = price(&plain.collect::<Vec<_>>()).await?;
        // What a case finds there depends on the others.
        let chosen = choose(&kills()?, &prices, &ids());
        let again = price(&chosen).await?;
        prices.cases.extend(again.cases.into_iter().filter(|(id, _)| chosen.contains(id)));
        prices.steps.extend(again.steps);
        Ok::<_, String>(choose(&kills()?, &prices, &ids()))
    })?;
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let missed = runtime().block_on(missed(&chosen))?;
        return Ok(write(&chosen, &missed)?);
    }
    // Cases that catch as many for about the same price change places with the order in which a run sends its requests.
    let of = |ids: &[&str]| caught(|case| ids.contains(&case.id)).len();
    let (best, kept) = (of(&chosen), of(&ids()));
    let missed = runtime().block_on(missed(&ids()))?;
    let untold: Vec<_> =
        missed.iter().filter(|one| !server::quick().unwrap().missed.contains(*one)).collect();
    assert!(
        kept * 100 >= best * 97 && untold.is_empty(),
        "suites/quick.toml is stale: {kept} are caught where {best} could be, and it does not tell that it misses \
         {untold:?}: INSTA_UPDATE=always cargo test --test all -- defects::quick"
    );
    Ok(())
}

fn write(chosen: &[&str], missed: &[String]) -> std::io::Result<()> {
    let head = "# The cases of `keyproof check --quick`: of those that need no rotation, the ones that catch most\n\
                # of the defects in `defects.toml` for what they cost; and the defects that they catch in a whole\n\
                # run only. Computed: INSTA_UPDATE=always cargo test --test all -- defects::quick\n";
    let of_cases: String = chosen.iter().map(|one| format!("    \"{one}\",\n")).collect();
    let of_missed: String = missed.iter().map(|one| format!("    \"{one}\",\n")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/quick.toml");
    std::fs::write(path, format!("{head}cases = [\n{of_cases}]\nmissed = [\n{of_missed}]\n"))
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
    let mut few = caught(|case| quick.contains(&case.id));
    for missed in &server::quick()?.missed {
        few.remove(missed);
    }
    let missed: Vec<_> = all.difference(&few).collect();
    let figure = format!("{} of {}, without {missed:?}", few.len(), all.len());
    assert!(few.len() * 100 >= all.len() * 90, "{figure}");
    Ok(())
}

/// Of the mutations that break a MUST or the published clients, every sixth that a quick run has an answer to.
fn wire() -> Result<(), Failed> {
    const STRIDE: usize = 6;
    let ids = ids();
    let (tried, missed) = runtime().block_on(async {
        let common = Common::default();
        let mut survey = Survey::record(&common).await?;
        survey.look(&common).await?;
        let (classes, mutations) = (Classes::load()?, survey.mutations()?);
        let is_bad = |mutation: &&Mutation| {
            classes.of(&mutation.id).is_ok_and(|class| matches!(class, Class::Must | Class::Client))
        };
        // A run without rotations has no answer of a server's older key.
        let is_read = |mutation: &&Mutation| {
            !mutation.id.contains("@server@rotated") && survey.is_seen_by(mutation, &ids)
        };
        let read = mutations.iter().filter(is_bad).filter(is_read);
        let tried: Vec<&Mutation> = read.step_by(STRIDE).collect();
        let bench = Bench::of(&ids);
        let judged = stream::iter(&tried).map(|mutation| {
            let settings = Settings { rows: mutation.rows.clone(), ..Settings::default() };
            bench.failing(settings)
        });
        let judged: Vec<_> = judged.buffered(SIDE_BY_SIDE).collect().await;
        let missed = tried.iter().zip(judged).filter(|(_, failing)| failing.is_empty());
        let missed: Vec<String> = missed.map(|(mutation, _)| mutation.id.clone()).collect();
        Ok::<_, String>((tried.len(), missed))
    })?;
    let caught = tried - missed.len();
    assert!(tried >= 60 && caught * 5 >= tried * 4, "{caught} of {tried}, without {missed:#?}");
    Ok(())
}

/// The defects that these cases catch by the matrix, and not in a quick run.
async fn missed(ids: &[&'static str]) -> Result<Vec<String>, String> {
    let matrix = kills()?;
    let wrong = Subject::all().into_iter().filter_map(|subject| match subject {
        Subject::Wrong(defect) => Some(defect),
        Subject::Right(_) => None,
    });
    let bench = Bench::of(ids);
    let judged = stream::iter(wrong).map(|defect| {
        let failing = bench.failing(Settings { defects: vec![defect], ..Settings::default() });
        failing.map(move |failing| (defect, failing))
    });
    let judged: Vec<_> = judged.buffered(SIDE_BY_SIDE).collect().await;
    let missed = judged.into_iter().filter_map(|(defect, failing)| {
        let kill = matrix.iter().find(|kill| kill.mistake == defect.name())?;
        let is_expected = kill.cases.iter().any(|id| ids.contains(id));
        (is_expected && failing.is_empty()).then(|| kill.mistake.clone())
    });
    Ok(missed.collect())
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

impl Bench {
    fn of(ids: &[&'static str]) -> Self {
        let cases = server::cases();
        let all: Vec<&str> = cases.iter().map(|case| case.id).collect();
        let whole = Selection::default().apply(&cases).unwrap();
        let selected = whole.only_quick(&all, ids).unwrap();
        Self { keys: Arc::default(), redactor: Redactor::new(&[]), cases, selected }
    }

    /// The cases of a quick run that hold something against such a mock.
    async fn failing(&self, settings: Settings) -> BTreeSet<&'static str> {
        let settings = Settings { iterations: Some(Iterations::ONE), ..settings };
        let server = Arc::new(Embedded::start(settings).await.unwrap());
        let terms = Terms { is_thrifty: true, ..Terms::unbounded() };
        let keys = Arc::clone(&self.keys);
        let suite = ServerSuite::with_keys(server, &terms, &self.redactor, keys).unwrap();
        let catalogue = server::catalogue().unwrap();
        let (cases, selected, never) = (&self.cases, &self.selected, std::future::pending());
        let options = Options { concurrency: 1, ..Options::default() };
        let conclusion = run(&suite, cases, selected, &catalogue, options, never).await;
        let outcomes = conclusion.outcomes.iter();
        let failing =
            outcomes.filter(|outcome| matches!(outcome.verdict, Verdict::Fail | Verdict::Warn));
        failing.map(|outcome| outcome.id).collect()
    }
}
