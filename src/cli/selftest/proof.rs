//! The proof of one suite: its trials, drawn as they end, and what they come to.

use std::future::Future;
use std::num::NonZero;

use futures::future::Shared;
use futures::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;

use super::subject::{Bench, Subject};
use crate::cli::{Trouble, output};
use crate::contract::requirement::Catalogue;
use crate::harness::Exit;
use crate::harness::selftest::{Expectation, Matrix, Trial, idle, unbroken};
use crate::suite::{client, sdk, server};

pub(super) struct Proof {
    catalogue: Catalogue,
    cases: usize,
    subjects: Vec<Subject>,
    /// Whether no subject of the suite is left out: only then every case has to fail.
    is_whole: bool,
    words: &'static Words,
    /// The cases that have not failed as they have to.
    unproved: fn(&[Trial]) -> Vec<&'static str>,
}

/// How a suite calls what it is run against.
struct Words {
    targets: &'static str,
    mistake: &'static str,
    mistakes: &'static str,
    /// What becomes of a case that is proved.
    proved: &'static str,
}

const OF_SDK: Words =
    Words { targets: "adapters", mistake: "bug", mistakes: "bugs", proved: "are failed by a bug" };
const OF_CLIENT: Words = Words {
    targets: "clients",
    mistake: "slip",
    mistakes: "slips",
    proved: "are failed by a slip",
};
const OF_SERVER: Words = Words {
    targets: "servers",
    mistake: "defect",
    mistakes: "defects",
    proved: "catch a defect, or see a variant choose",
};

impl Proof {
    /// The proofs of `keyproof sdk`, with and without `--client`, and of `keyproof check`, by those of the
    /// subjects that are for them.
    pub(super) fn all(subjects: &[Subject]) -> Result<[Self; 3], String> {
        let is_adapter = |subject: &Subject| matches!(subject, Subject::Adapter(_));
        let is_client = |subject: &Subject| matches!(subject, Subject::Client(_));
        let is_server = |subject: &Subject| matches!(subject, Subject::Server(_));
        let of_sdk = sdk::cases()?.len();
        let of_client = client::cases().len();
        let of_server = server::cases().len();
        Ok([
            Self::new(subjects, is_adapter, &OF_SDK, sdk::catalogue()?, of_sdk, unbroken),
            Self::new(subjects, is_client, &OF_CLIENT, client::catalogue()?, of_client, unbroken),
            Self::new(subjects, is_server, &OF_SERVER, server::catalogue()?, of_server, idle),
        ])
    }

    fn new(
        chosen: &[Subject],
        is_own: fn(&Subject) -> bool,
        words: &'static Words,
        catalogue: Catalogue,
        cases: usize,
        unproved: fn(&[Trial]) -> Vec<&'static str>,
    ) -> Self {
        let subjects: Vec<Subject> = chosen.iter().copied().filter(is_own).collect();
        let all = Subject::all().into_iter().filter(is_own).count();
        Self { is_whole: subjects.len() == all, subjects, catalogue, cases, words, unproved }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Draws each row as soon as it, and each one above it, is known.
    pub(super) async fn attempt(
        &self,
        bench: &Bench,
        stop: Shared<impl Future<Output = ()> + Send>,
    ) -> Result<Exit, Trouble> {
        let ids: Vec<String> = self.subjects.iter().map(|subject| subject.id()).collect();
        let matrix = Matrix::new(&self.catalogue, ids.iter().map(String::as_str));
        output::answer(
            format!(
                "keyproof selftest: {} {}, against {} cases of {} requirements\n\n{}",
                self.subjects.len(),
                self.words.targets,
                self.cases,
                self.catalogue.iter().count(),
                matrix.head()
            )
            .as_bytes(),
        )?;
        // One more than there are processors: some wait for what hangs, or never comes.
        let width = std::thread::available_parallelism().map_or(1, NonZero::get) + 1;
        let places = Semaphore::new(width);
        // Those behind a slow one go on, though its row is drawn before theirs.
        let mut running = stream::iter(&self.subjects)
            .map(|subject| async {
                let _place = places.acquire().await;
                subject.attempt(bench, stop.clone()).await
            })
            .buffered(self.subjects.len().max(1));
        let mut trials: Vec<Trial> = Vec::new();
        while let Some(trial) = running.next().await {
            if stop.peek().is_some() {
                break;
            }
            let trial = trial.map_err(Trouble::unreachable)?;
            output::print(&matrix.row(&trial))?;
            trials.push(trial);
        }
        let (text, exit) = self.conclude(&trials);
        output::print(&text)?;
        Ok(exit)
    }

    /// What the trials prove, and what not.
    fn conclude(&self, trials: &[Trial]) -> (String, Exit) {
        let words = self.words;
        let mut text = String::from("\n");
        let complaints: Vec<String> = trials.iter().filter_map(Trial::complaint).collect();
        for complaint in &complaints {
            text.push_str(&format!("{complaint}\n\n"));
        }
        let is_complete = trials.len() == self.subjects.len();
        let judges_cases = self.is_whole && is_complete;
        let unproved = if judges_cases { (self.unproved)(trials) } else { Vec::new() };
        for case in &unproved {
            text.push_str(&format!("{case} is failed by no {}\n", words.mistake));
        }
        let (wrong, right): (Vec<&Trial>, Vec<&Trial>) =
            trials.iter().partition(|trial| matches!(trial.expectation, Expectation::Caught(_)));
        let count_right = |trials: &[&Trial]| {
            let right = trials.iter().filter(|trial| trial.finding().is_right());
            right.count()
        };
        let mut lines = Vec::new();
        if !right.is_empty() {
            let passing = count_right(&right);
            let (all, targets) = (right.len(), words.targets);
            lines.push(format!("{passing} of {all} right {targets} pass"));
        }
        if !wrong.is_empty() {
            let caught = count_right(&wrong);
            lines.push(format!(
                "{caught} of {} {} are caught by the case that names them",
                wrong.len(),
                words.mistakes
            ));
        }
        if judges_cases {
            let (all, proved) = (self.cases, words.proved);
            let failed = all - unproved.len();
            lines.push(format!("{failed} of {all} cases {proved}"));
        }
        let (headline, exit) = if !complaints.is_empty() || !unproved.is_empty() {
            ("the suite is not proved", Exit::Failed)
        } else if !is_complete {
            ("stopped", Exit::Incomplete)
        } else {
            ("the suite is proved", Exit::Held)
        };
        text.push_str(&format!("{headline}: {}\n", lines.join(", ")));
        (text, exit)
    }
}
