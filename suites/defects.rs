//! The suite can fail: each defect of the mock is caught by the case that claims to catch it, for
//! that reason. That each of these cases passes without a defect is what the target `server` shows.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

#[path = "support/bench.rs"]
mod bench;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use keyproof::cli::target::{Embedded, Settings};
use keyproof::harness::{Detail, Verdict};
use keyproof::mock::Defect;
use keyproof::suite::server::{Budget, cases};
use libtest_mimic::{Arguments, Failed, Trial};

use self::bench::{Bench, Ran, runtime};

/// What catches a defect.
struct Catch {
    case: &'static str,
    verdict: Verdict,
    /// First line of the failure.
    what: &'static str,
}

const fn fails(case: &'static str, what: &'static str) -> Catch {
    Catch {
        case,
        verdict: Verdict::Fail,
        what,
    }
}

const fn warns(case: &'static str, what: &'static str) -> Catch {
    Catch {
        case,
        verdict: Verdict::Warn,
        what,
    }
}

/// Every defect with its catch. One that is not here is not caught by any case that claims to.
fn catch(defect: Defect) -> Option<Catch> {
    Some(match defect {
        Defect::DescriptorRefusesClientCustody => fails(
            "server/descriptor/client-managed",
            "a right request is refused",
        ),
        Defect::DescriptorSendsKeyCheck => fails(
            "server/descriptor/proof-never-sent",
            "the descriptor sends the proof itself",
        ),
        Defect::DescriptorVersionAsText => fails(
            "server/descriptor/shape",
            "the answer does not have the shape that clients decode",
        ),
        Defect::DescriptorIgnoresScope => fails(
            "server/descriptor/scope",
            "a request that breaks a rule is accepted",
        ),
        Defect::HistoryOrderedAsText => fails(
            "server/history/order",
            "the history is not ordered by descending version, the active key first",
        ),
        Defect::HistoryExposesServerKey => fails(
            "server/history/no-server-key",
            "the history exposes the material of a server-managed key",
        ),
        Defect::HistoryForgetsRotatedProof => fails(
            "server/history/rotated-proofs-stay",
            "the proof of a key is another one after it was rotated",
        ),
        Defect::RotateLeavesCurrentSecrets => fails(
            "server/rotate/current-secrets",
            "a current secret does not open under the key that the descriptor returns",
        ),
        Defect::RotateKeepMovesHistory => fails(
            "server/rotate/keep",
            "`keep` does not leave a historical version under the old key",
        ),
        Defect::RotateNeverReencrypts => warns(
            "server/rotate/re-encrypt",
            "`re_encrypt` does not move a historical version onto the new key",
        ),
        Defect::RotateAcceptsClientCustody => fails(
            "server/rotate/client-managed",
            "a request that breaks a rule is accepted",
        ),
        Defect::RotateUnlimited => fails(
            "server/limit/eleventh-rotation",
            "the 11th rotation in an hour is not refused",
        ),
        Defect::ClientRotationAcceptsIncomplete => fails(
            "server/client-rotation/missing-secret",
            "a request that must change nothing has changed something",
        ),
        Defect::ClientRotationPartial => fails(
            "server/client-rotation/unknown-secret",
            "a refused request has changed something",
        ),
        Defect::ClientRotationDropsReplaced => warns(
            "server/client-rotation/replaced-become-versions",
            "a blob that a client rotation replaces is not kept as a version",
        ),
        Defect::ClientRotationIgnoresScope => warns(
            "server/client-rotation/read-only-token",
            "a request that breaks a rule is accepted",
        ),
        Defect::PendingIgnoresLimit => fails(
            "server/pending/limit",
            "pending gives more rows than the limit",
        ),
        Defect::PendingEndsEarly => fails(
            "server/pending/remaining",
            "meta.remaining is 0 while more versions are pending than the page holds",
        ),
        Defect::PendingIgnoresHeld => fails(
            "server/pending/held",
            "pending does not conflict with a rotation in progress",
        ),
        Defect::SubmitAcceptsAnyProof => fails(
            "server/submit/wrong-proof",
            "a request that breaks a rule is accepted",
        ),
        Defect::SubmitAcceptsStaleProof => fails(
            "server/submit/stale-proof",
            "a request that breaks a rule is accepted",
        ),
        Defect::SubmitPartial => fails(
            "server/submit/atomic",
            "a refused submit has stored a part of its batch",
        ),
        Defect::SubmitForgets => fails(
            "server/submit/moves",
            "a submitted version does not hold the blob that was sent",
        ),
        Defect::StoreAcceptsAnyProof => fails(
            "server/store/wrong-proof",
            "a request that breaks a rule is accepted",
        ),
        Defect::StoreAcceptsMissingProof => fails(
            "server/store/missing-proof",
            "a request that breaks a rule is accepted",
        ),
        Defect::StoreKeepsRefused => fails(
            "server/store/rotated-proof",
            "a refused request has changed something",
        ),
        Defect::OrganizationsShared => fails(
            "server/isolation/descriptor",
            "a request that breaks a rule is accepted",
        ),
        Defect::TokensNeverExpire => fails(
            "server/descriptor/expired-token",
            "a request that breaks a rule is accepted",
        ),
        _ => return None,
    })
}

fn main() -> ExitCode {
    let mut trials = vec![
        Trial::test("table/two_defects_of_each_endpoint_fail", both_of_each),
        Trial::test("table/no_case_catches_all", told_apart),
    ];
    for defect in Defect::value_variants() {
        let name = name(*defect);
        trials.push(Trial::test(format!("caught/{name}"), || caught(*defect)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn name(defect: Defect) -> String {
    let value = defect.to_possible_value().unwrap();
    value.get_name().to_owned()
}

fn run(defect: Defect, case: &str) -> Ran {
    runtime().block_on(async {
        let settings = Settings {
            seed: 0,
            defects: vec![defect],
        };
        let target = Embedded::start(settings).await.unwrap();
        let bench = Bench::new(Arc::new(target), "embedded mock", Budget::UNBOUNDED);
        bench.run_once(&[case], 8).await
    })
}

fn caught(defect: Defect) -> Result<(), Failed> {
    let Catch {
        case,
        verdict,
        what,
    } = catch(defect).ok_or("no case claims to catch it: add it to the table")?;
    let claimed = cases().into_iter().find(|one| one.id == case);
    assert_eq!(claimed.unwrap().requirement, defect.breaks());
    let ran = run(defect, case);
    let outcome = ran.outcome(case);
    let Some(Detail::Mismatch(mismatch)) = &outcome.detail else {
        return Err(format!("not caught: {}", ran.explain(outcome)).into());
    };
    assert_eq!((outcome.verdict, mismatch.what.as_str()), (verdict, what));
    // What shows it is shown.
    assert!(!mismatch.exchanges.is_empty());
    let exit = ran.conclusion.exit().code();
    assert_eq!(exit, u8::from(verdict == Verdict::Fail));
    Ok(())
}

/// Endpoints, by the second segment of a case's id.
const ENDPOINTS: [&str; 6] = [
    "descriptor",
    "history",
    "rotate",
    "client-rotation",
    "pending",
    "submit",
];

fn both_of_each() -> Result<(), Failed> {
    let mut caught: BTreeMap<&str, usize> = BTreeMap::new();
    for defect in Defect::value_variants() {
        let Some(catch) = catch(*defect) else {
            continue;
        };
        if catch.verdict == Verdict::Fail {
            *caught
                .entry(catch.case.split('/').nth(1).unwrap())
                .or_default() += 1;
        }
    }
    for endpoint in ENDPOINTS {
        let count = caught.get(endpoint).copied().unwrap_or(0);
        assert!(count >= 2, "{endpoint}: {count} defects fail");
    }
    Ok(())
}

fn told_apart() -> Result<(), Failed> {
    let mut by_case: BTreeMap<&str, usize> = BTreeMap::new();
    for defect in Defect::value_variants() {
        let case = catch(*defect).ok_or_else(|| name(*defect))?.case;
        assert!(cases().iter().any(|one| one.id == case), "no case {case}");
        *by_case.entry(case).or_default() += 1;
    }
    for (case, count) in by_case {
        assert!(count <= 2, "{case} is what catches {count} defects");
    }
    Ok(())
}
