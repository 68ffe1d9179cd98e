//! A selection divided among machines, and put together again; two reports compared.

use std::num::NonZeroU32;

use keyproof::harness::report::{Document, compare, merge};
use keyproof::harness::{Case, Conclusion, Exit, Phase, Selected, Shard, State, Verdict};

use super::reports::document;
use super::toy::{
    Body, Context, Toy, all, case, conclude, conclude_until, could_not_run, mismatches, one_by_one,
    only, passes, turns_out_unobservable,
};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    super::tests!["shard":
        i_of_n_is_all_that_is_taken,
        each_case_is_in_exactly_one_shard,
        sanity_and_late_cases_are_in_each_shard,
        what_belongs_together_stays_together,
        a_hash_is_the_same_tomorrow,
        an_empty_shard_exits_0_and_says_so,
        merged_shards_are_the_whole_run,
        a_missing_shard_is_incomplete,
        a_failure_outweighs_a_missing_shard,
        what_is_no_set_of_shards_is_refused,
        a_late_case_counts_where_it_had_something_to_judge,
        a_regression_is_what_held_and_no_longer_does,
        a_comparison_reads_well,
    ]
}

fn count(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn i_of_n_is_all_that_is_taken() {
    for text in ["1/1", "1/4", "4/4", "12/1000"] {
        assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
    }
    assert_eq!("2/7".parse::<Shard>().unwrap().count(), count(7));
    for text in [
        "",
        "/",
        "1",
        "0/4",
        "5/4",
        "1/0",
        "-1/4",
        "+1/4",
        "1/4/2",
        "a/b",
        " 1/4",
        "1/ 4",
        "99999999999/99999999999",
    ] {
        let error = text.parse::<Shard>().unwrap_err().to_string();
        assert!(error.starts_with("give I/N, "), "{text}: {error}");
    }
}

const IDS: [&str; 12] = [
    "toy/roll/a",
    "toy/roll/b",
    "toy/roll/c",
    "toy/stop/a",
    "toy/stop/b",
    "toy/stop/c",
    "toy/shine/a",
    "toy/shine/b",
    "toy/shine/c",
    "toy/paint/a",
    "toy/paint/b",
    "toy/paint/c",
];

/// A case of each id, between two of sanity, and one that judges what was recorded.
fn suite(body: impl Fn(&str) -> Body) -> Vec<Case<Context>> {
    let requirement = |id: &str| match id.split('/').nth(1) {
        Some("roll") => "rolls",
        Some("stop") => "stops",
        Some("shine") => "shines",
        _ => "is-red",
    };
    let mut cases = vec![case("toy/sanity/first", "rolls", passes)];
    cases[0].phase = Phase::SanityFirst;
    cases.extend(IDS.map(|id| case(id, requirement(id), body(id))));
    let mut late = case("toy/late", "stops", passes);
    late.phase = Phase::Late;
    let mut last = case("toy/sanity/last", "rolls", passes);
    last.phase = Phase::SanityLast;
    cases.extend([late, last]);
    cases
}

fn shards(cases: &[Case<Context>], number: u32) -> Vec<Selected> {
    let whole = all(cases);
    let parts = Shard::all(count(number));
    parts.map(|part| whole.shard(part, cases, |_| None)).collect()
}

fn each_case_is_in_exactly_one_shard() {
    let cases = suite(|_| passes);
    for number in [1, 2, 3, 5, 40] {
        let shards = shards(&cases, number);
        for (position, case) in cases.iter().enumerate() {
            let holding = shards.iter().filter(|shard| shard.contains(position)).count();
            let is_divided = case.phase == Phase::Main;
            assert_eq!(holding, if is_divided { 1 } else { number as usize }, "{}", case.id);
        }
    }
}

fn sanity_and_late_cases_are_in_each_shard() {
    let cases = suite(|_| passes);
    for shard in shards(&cases, 40) {
        for id in ["toy/sanity/first", "toy/late", "toy/sanity/last"] {
            let position = cases.iter().position(|case| case.id == id).unwrap();
            assert!(shard.contains(position));
        }
    }
}

fn what_belongs_together_stays_together() {
    let mut cases = suite(|_| passes);
    cases[13].spends.rotations = 1;
    let together = |case: &Case<Context>| {
        let is_rotating = case.id.starts_with("toy/roll/") || case.spends.rotations > 0;
        is_rotating.then_some("rotations")
    };
    let mut holding = 0;
    for part in Shard::all(count(7)) {
        let shard = all(&cases).shard(part, &cases, together);
        let rotating: Vec<bool> = [1, 2, 3, 13].map(|one| shard.contains(one)).into();
        assert!(rotating == [true; 4] || rotating == [false; 4], "a late one too: {rotating:?}");
        holding += u32::from(rotating[0]);
    }
    assert_eq!(holding, 1);
}

fn a_hash_is_the_same_tomorrow() {
    let cases = suite(|_| passes);
    let first = &shards(&cases, 3)[0];
    let ids = cases.iter().enumerate();
    let ids = ids.filter(|(position, case)| case.phase == Phase::Main && first.contains(*position));
    let ids: Vec<_> = ids.map(|(_, case)| case.id).collect();
    assert_eq!(ids, ["toy/roll/b", "toy/shine/a", "toy/paint/a", "toy/paint/b"]);
}

fn conclude_part(cases: &[Case<Context>], selected: &Selected) -> Conclusion {
    let never = std::future::pending();
    conclude_until(never, &Toy::new(), cases, selected, one_by_one())
}

fn documents(cases: &[Case<Context>], number: u32) -> Vec<(String, Document)> {
    let shards = shards(cases, number).into_iter().enumerate();
    shards
        .map(|(position, shard)| {
            let conclusion = conclude_part(cases, &shard);
            let name = format!("{}.json", position + 1);
            (name, document(&Toy::new(), conclusion))
        })
        .collect()
}

/// For other tests of documents.
pub(crate) fn shard_of_three() -> Document {
    documents(&suite(|_| passes), 3).remove(1).1
}

fn an_empty_shard_exits_0_and_says_so() {
    let cases = suite(|_| passes);
    let one = only("toy/roll/a", &cases);
    let mut empty = 0;
    for part in Shard::all(count(2)) {
        let conclusion = conclude_part(&cases, &one.shard(part, &cases, |_| None));
        let line = conclusion.verdict_line();
        assert_eq!(conclusion.exit(), Exit::Held, "{line}");
        if conclusion.portion.as_ref().unwrap().empty {
            empty += 1;
            assert!(line.starts_with(&format!("shard {part} has no case: ")), "{line}");
        } else {
            assert!(line.starts_with(&format!("shard {part} held: ")), "{line}");
        }
    }
    assert_eq!(empty, 1);
    // A selection that is empty, or judges nothing, is incomplete in its shard as anywhere.
    let unobservable = suite(|_| turns_out_unobservable);
    let merged = merge(documents(&unobservable, 1)).unwrap();
    assert_eq!(merged.counts.cases[&Verdict::NotObservable], IDS.len());
}

fn merged_shards_are_the_whole_run() {
    let bodies: [fn(&str) -> Body; 5] = [
        |_| passes,
        |id| {
            if id == "toy/roll/b" { mismatches } else { passes }
        },
        |id| {
            if id.starts_with("toy/shine") { mismatches } else { passes }
        },
        |id| {
            if id == "toy/stop/c" { could_not_run } else { passes }
        },
        |id| {
            if id.starts_with("toy/stop") { turns_out_unobservable } else { passes }
        },
    ];
    for body in bodies {
        let cases = suite(body);
        let whole = document(&Toy::new(), conclude(&Toy::new(), &cases, one_by_one()));
        for number in [1, 2, 3, 8] {
            let mut reports = documents(&cases, number);
            reports.reverse();
            let merged = merge(reports).unwrap();
            assert_eq!((&merged.verdict, merged.exit), (&whole.verdict, whole.exit));
            assert_eq!(merged.counts, whole.counts);
            assert_eq!(merged.needs, whole.needs);
            assert_eq!(merged.shard, None);
            let states = |document: &Document| -> Vec<State> {
                document.requirements.iter().map(|one| one.state).collect()
            };
            assert_eq!(states(&merged), states(&whole));
            let ids = |document: &Document| {
                let mut ids: Vec<_> = document.cases.iter().map(|one| one.id.clone()).collect();
                ids.sort();
                ids
            };
            assert_eq!(ids(&merged), ids(&whole));
            assert_eq!(merged.failures.len(), whole.failures.len());
        }
    }
}

fn a_missing_shard_is_incomplete() {
    let cases = suite(|_| passes);
    for missing in 0..4 {
        let mut reports = documents(&cases, 4);
        reports.remove(missing);
        let merged = merge(reports).unwrap();
        assert_eq!(merged.ends_with(), Exit::Incomplete);
        let expected = format!("shard {}/4 is missing", missing + 1);
        assert_eq!(merged.shortfall, Some(expected));
        assert!(merged.verdict.starts_with("incomplete: "), "{}", merged.verdict);
    }
    // Cases that a report has lost are missed too.
    let mut reports = documents(&cases, 2);
    let lost = reports[0].1.cases.iter().position(|one| IDS.contains(&&*one.id)).unwrap();
    reports[0].1.cases.remove(lost);
    let merged = merge(reports).unwrap();
    assert_eq!(merged.ends_with(), Exit::Incomplete);
    let expected = "the shards were made of 15 cases, and 14 are in their reports";
    assert_eq!(merged.shortfall.as_deref(), Some(expected));
}

fn a_failure_outweighs_a_missing_shard() {
    let cases = suite(|_| mismatches);
    let mut reports = documents(&cases, 3);
    reports.pop();
    assert_eq!(merge(reports).unwrap().ends_with(), Exit::Failed);
    // One shard's own fault is the fault of the whole.
    let mut reports = documents(&suite(|_| passes), 3);
    reports[1].1.exit = 4;
    assert_eq!(merge(reports).unwrap().ends_with(), Exit::Unreachable);
}

fn refused(change: impl FnOnce(&mut Vec<(String, Document)>)) -> String {
    let mut reports = documents(&suite(|_| passes), 2);
    change(&mut reports);
    merge(reports).unwrap_err().to_string()
}

fn what_is_no_set_of_shards_is_refused() {
    assert_eq!(merge(Vec::new()), Err("there is no report to merge".to_owned()));
    let whole = refused(|reports| reports[1].1.shard = None);
    assert_eq!(whole, "2.json is no shard: only reports of `--shard I/N` can be merged");
    let double = refused(|reports| {
        let (_, again) = reports[0].clone();
        reports.push(("again.json".to_owned(), again));
    });
    assert_eq!(double, "1.json and again.json are both shard 1/2: give each shard once");
    let head = "1.json and 2.json are shards of different runs: their ";
    type Change = fn(&mut Document);
    let rows: [(&str, Change); 4] = [
        ("target differs, embedded mock and other", |one| one.target = "other".to_owned()),
        ("seed differs, 7 and 8", |one| one.seed = 8),
        ("version of keyproof differs, ", |one| one.version = "9".to_owned()),
        ("selection differs, ", |one| {
            one.shard.as_mut().unwrap().selection = "0".repeat(16);
        }),
    ];
    for (expected, change) in rows {
        let error = refused(|reports| change(&mut reports[1].1));
        assert!(error.starts_with(&format!("{head}{expected}")), "{error}");
    }
    let error = refused(|reports| {
        reports[1].1.shard.as_mut().unwrap().shard = "2/3".parse().unwrap();
    });
    assert!(error.starts_with(&format!("{head}number of shards differs, 2 and 3")), "{error}");
}

fn set(document: &mut Document, id: &str, verdict: Verdict) {
    let mut cases = document.cases.iter_mut();
    cases.find(|one| one.id == id).unwrap().verdict = verdict;
}

fn a_late_case_counts_where_it_had_something_to_judge() {
    for (verdicts, id, exit) in [
        ([Verdict::Pass, Verdict::CouldNotRun], "toy/late", Exit::Held),
        ([Verdict::CouldNotRun, Verdict::Fail], "toy/late", Exit::Failed),
        ([Verdict::CouldNotRun; 2], "toy/late", Exit::Incomplete),
        ([Verdict::Pass, Verdict::CouldNotRun], "toy/sanity/last", Exit::Incomplete),
    ] {
        let mut reports = documents(&suite(|_| passes), 2);
        for (report, verdict) in reports.iter_mut().zip(verdicts) {
            set(&mut report.1, id, verdict);
        }
        assert_eq!(merge(reports).unwrap().ends_with(), exit, "{id} {verdicts:?}");
    }
}

/// What comes of comparing a run in which `toy/roll/a` got the one verdict and then the other.
fn compared(before: Option<Verdict>, after: Option<Verdict>) -> Exit {
    let cases = suite(|_| passes);
    let one = |verdict: Option<Verdict>| {
        let mut made = document(&Toy::new(), conclude(&Toy::new(), &cases, one_by_one()));
        match verdict {
            Some(verdict) => set(&mut made, "toy/roll/a", verdict),
            None => made.cases.retain(|case| case.id != "toy/roll/a"),
        }
        made
    };
    compare(&one(before), &one(after)).exit()
}

fn a_regression_is_what_held_and_no_longer_does() {
    use Verdict::{
        CouldNotRun, ExpectedFail, Fail, HarnessError, NotObservable, Pass, UnexpectedPass, Warn,
    };
    for (before, after, exit) in [
        (Some(Pass), Some(Pass), Exit::Held),
        (Some(Pass), Some(Fail), Exit::Failed),
        (Some(Pass), Some(Warn), Exit::Failed),
        (Some(Pass), Some(ExpectedFail), Exit::Failed),
        (Some(UnexpectedPass), Some(Fail), Exit::Failed),
        (Some(Pass), Some(CouldNotRun), Exit::Incomplete),
        (Some(Pass), Some(NotObservable), Exit::Incomplete),
        (Some(Pass), Some(HarnessError), Exit::Incomplete),
        (Some(Pass), None, Exit::Incomplete),
        (Some(Fail), None, Exit::Held),
        (Some(Fail), Some(Pass), Exit::Held),
        (Some(Fail), Some(Fail), Exit::Held),
        (None, Some(Fail), Exit::Held),
    ] {
        assert_eq!(compared(before, after), exit, "{before:?} {after:?}");
    }
}

fn a_comparison_reads_well() {
    let old: fn(&str) -> Body = |id| match id {
        "toy/roll/b" | "toy/stop/a" => mismatches,
        _ => passes,
    };
    let new: fn(&str) -> Body = |id| match id {
        "toy/roll/a" | "toy/shine/a" => mismatches,
        "toy/stop/a" | "toy/stop/b" => could_not_run,
        _ => passes,
    };
    let made = |body| {
        let cases = suite(body);
        document(&Toy::new(), conclude(&Toy::new(), &cases, one_by_one()))
    };
    let (mut old, mut new) = (made(old), made(new));
    old.cases.retain(|case| case.id != "toy/paint/a");
    new.cases.retain(|case| case.id != "toy/paint/b");
    super::reports::snapshot("comparison", &compare(&old, &new).text());
}
