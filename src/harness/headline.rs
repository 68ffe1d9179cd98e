//! What a run proved, in a word.

use crate::named::named;

named! {
    /// What a run proved, in a word: that of the JSON report, and what the verdict line begins with in words of
    /// its own. Only the first of them says that the target is right.
    #[derive(Default, serde::Serialize)]
    pub enum Headline {
        Conformant = "conformant": "Each `must` that has a case was seen, by each of its cases, and held",
        NoFailureSeen = "no-failure-seen": "Nothing failed, and not everything that is a `must` was looked at",
        SelectionHeld = "selection-held": "What was selected held: the rest was not looked at",
        ShardHeld = "shard-held": "What is in this shard held",
        ShardEmpty = "shard-empty": "No case is in this shard",
        NoNewFailures = "no-new-failures": "Nothing failed but what the expectation file knows",
        NotConformant = "not-conformant": "A `must` failed",
        StaleExpectations = "stale-expectations": "The expectation file no longer says what happens",
        #[default] Incomplete = "incomplete": "Nothing failed, and not all that had to be judged was",
        NothingJudged = "nothing-judged": "No case had anything to judge",
        TargetUnreachable = "target-unreachable": "The target was never or is no longer reachable",
        HarnessError = "harness-error": "The harness itself is wrong",
    }
}
