//! `keyproof sdk --client`: the reference adapter and the shipped ones are held right, and each slip of a
//! client is caught, by the case that names it and for its reason.

use keyproof::adapter::reference::{Bug, Slip};
use keyproof::harness::selftest::Trial as Proof;
use keyproof::suite::client::selftest::Subject;
use libtest_mimic::Failed;

use super::bench::{heard, keyproof, process};
use super::shipped;
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    let subjects = Subject::all().into_iter();
    let proofs = subjects.map(|subject| Trial::test(subject.id(), move || proved(subject)));
    let mut trials: Vec<Trial> = proofs.collect();
    trials.extend(shipped::clients(conformant));
    trials.push(Trial::test("client/report_of_a_slip", report));
    trials.push(Trial::test("client/no_operation_is_3", none));
    trials.push(Trial::test("client/each_case_is_failed_by_a_slip", failed));
    trials
}

fn proved(subject: Subject) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.enable_all().build()?;
    let attempt = subject.attempt(keyproof().into(), std::future::pending());
    let proof: Proof = runtime.block_on(attempt)?;
    proof.complaint().map_or(Ok(()), |complaint| Err(complaint.into()))
}

/// Each case is named by a slip: nothing is checked that cannot fail.
fn failed() -> Result<(), Failed> {
    let catches = keyproof::suite::client::catches()?;
    let mut caught = Vec::new();
    for defect in catches.names() {
        caught.extend(catches.catch(defect)?.cases);
    }
    for case in keyproof::suite::client::cases() {
        assert!(caught.iter().any(|id| id == case.id), "{}", case.id);
    }
    Ok(())
}

fn client(command: &[String]) -> (i32, String, String) {
    heard(process().args(["sdk", "--client", "--"]).args(command))
}

fn conformant(command: &[String]) -> Result<(), Failed> {
    let (exit, stdout, _) = client(command);
    match exit {
        0 => Ok(()),
        _ => Err(stdout.into()),
    }
}

/// What a user sees of a mistake: the case, the difference, the requests, and no secret.
fn report() -> Result<(), Failed> {
    let bug = Bug::Slip(Slip::OmitsAccept).to_string();
    let adapter = [keyproof(), "adapter", "--bug", &bug].map(str::to_owned);
    let (exit, stdout, _) = client(&adapter);
    assert_eq!(exit, 0, "a SHOULD warns: {stdout}");
    assert!(stdout.contains("client/requests/accept: a request does not say that it accepts JSON"));
    let bug = Bug::Slip(Slip::SendsPassphrase).to_string();
    let adapter = [keyproof(), "adapter", "--bug", &bug].map(str::to_owned);
    let (exit, stdout, stderr) = client(&adapter);
    assert_eq!((exit, stderr.as_str()), (1, ""), "{stdout}");
    assert!(stdout.contains(r#""passphrase":"[withheld]""#), "{stdout}");
    assert!(stdout.contains("keyproof sdk --client --run client/secrets/passphrase --exact -- "));
    assert!(!stdout.contains("Bearer"), "{stdout}");
    Ok(())
}

/// An adapter without a single operation of a client proves nothing.
fn none() -> Result<(), Failed> {
    let (exit, stdout, _) = client(&super::bench::pads("key"));
    assert_eq!(exit, 3, "{stdout}");
    assert!(stdout.contains("no operation judged"), "{stdout}");
    Ok(())
}
