//! What catches each defect of the mock, by its name: the proof that the cases can fail, and do so
//! for the reason that is theirs. A case that fails too without claiming to is named with it, and any
//! other may not.

use crate::harness::selftest::{Catch, Others};
use crate::harness::{Exit, Verdict};

const ACCEPTED: &str = "a request that breaks a rule is accepted";
const FOR_ANOTHER_REASON: &str = "a request that breaks a rule is refused for another reason";
const CHANGED: &str = "a request that must change nothing has changed something";
const CHANGED_BY_REFUSED: &str = "a refused request has changed something";
const REFUSED: &str = "a right request is refused";
const NO_SHAPE: &str = "the answer does not have the shape that clients decode";

/// What catches the defect of that name. None if no case claims to.
pub fn catch(defect: &str) -> Option<Catch> {
    let endpoint = defect.split('-').next().unwrap_or_default();
    match endpoint {
        "descriptor" => descriptor(defect),
        "history" => history(defect),
        "rotate" => rotate(defect),
        "client" => client_rotation(defect),
        "pending" => pending(defect),
        "submit" => submit(defect),
        "store" => store(defect),
        "version" | "versions" | "restore" | "delete" => version(defect),
        _ => convention(defect),
    }
}

fn descriptor(defect: &str) -> Option<Catch> {
    Some(match defect {
        "descriptor-refuses-client-custody" => {
            fails(&["server/descriptor/client-managed"], REFUSED)
                .also(&["server/descriptor/proof-never-sent"])
        }
        "descriptor-sends-key-check" => fails(
            &["server/descriptor/proof-never-sent"],
            "the descriptor sends the proof itself",
        ),
        "descriptor-version-as-text" => fails(&["server/descriptor/shape"], NO_SHAPE),
        "descriptor-ignores-scope" => {
            fails(&["server/descriptor/scope"], ACCEPTED).also(&["server/convention/missing-scope"])
        }
        "descriptor-omits-key" => fails(
            &["server/descriptor/server-managed"],
            "the descriptor of a server-managed key has no key",
        ),
        "descriptor-omits-derivation" => warns(
            &["server/descriptor/derivation-parameters"],
            "the descriptor of a server-managed key has no derivation parameters",
        ),
        _ => return None,
    })
}

fn history(defect: &str) -> Option<Catch> {
    Some(match defect {
        "history-ordered-as-text" => fails(
            &["server/history/order"],
            "the history is not ordered by descending version, the active key first",
        ),
        "history-leaves-old-active" => fails(
            &["server/history/one-active"],
            "the history does not have exactly one active key, that of the descriptor",
        ),
        "history-exposes-server-key" => fails(
            &["server/history/no-server-key"],
            "the history exposes the material of a server-managed key",
        ),
        "history-forgets-rotated-proof" => fails(
            &["server/history/rotated-proofs-stay"],
            "the proof of a key is another one after it was rotated",
        )
        .also(&[
            "server/client-rotation/every-version-opens",
            "server/submit/resumes-after-rotation",
        ]),
        "history-version-as-number" => fails(&["server/history/shape"], NO_SHAPE).also(&[
            "server/client-rotation/every-version-opens",
            "server/submit/resumes-after-rotation",
        ]),
        "history-ignores-scope" => fails(&["server/history/scope"], ACCEPTED),
        _ => return None,
    })
}

fn rotate(defect: &str) -> Option<Catch> {
    Some(match defect {
        "rotate-keeps-key" => fails(
            &["server/rotate/new-key"],
            "after a rotation the active key is the old one",
        ),
        "rotate-answers-old-key" => fails(
            &["server/rotate/new-key"],
            "the rotation answers with another key than the descriptor",
        ),
        "rotate-leaves-current-secrets" => fails(
            &["server/rotate/current-secrets"],
            "a current secret does not open under the key that the descriptor returns",
        ),
        "rotate-keep-moves-history" => fails(
            &["server/rotate/keep"],
            "`keep` does not leave a historical version under the old key",
        ),
        "rotate-never-reencrypts" => warns(
            &["server/rotate/re-encrypt"],
            "`re_encrypt` does not move a historical version onto the new key",
        )
        .also(&["server/rotate/project-setting"]),
        "rotate-ignores-setting" => warns(
            &["server/rotate/project-setting"],
            "`re_encrypt` does not move a historical version onto the new key",
        ),
        "rotate-accepts-client-custody" => fails(&["server/rotate/client-managed"], ACCEPTED),
        "rotate-accepts-any-policy" => warns(&["server/rotate/bad-policy"], ACCEPTED),
        "rotate-ignores-scope" => fails(&["server/rotate/scope"], ACCEPTED)
            .also(&["server/convention/missing-scope-on-a-write"]),
        "rotate-version-as-number" => fails(&["server/rotate/shape"], NO_SHAPE),
        "rotate-unlimited" | "rotate-limited-per-project" => fails(
            &["server/limit/eleventh-rotation"],
            "the 11th rotation in an hour is not refused",
        ),
        "rotate-window-is-a-day" => fails(
            &["server/limit/rotations-again-after-an-hour"],
            "an hour later a rotation is still refused",
        ),
        _ => return None,
    })
}

fn client_rotation(defect: &str) -> Option<Catch> {
    const INCOMPLETE: &[&str] = &[
        "server/client-rotation/missing-secret",
        "server/client-rotation/unknown-secret",
        "server/client-rotation/duplicate-secret",
    ];
    Some(match defect {
        "client-rotation-miscounts" => fails(
            &["server/client-rotation/rotates"],
            "data.count is not the number of secrets that were sent",
        ),
        "client-rotation-leaves-targets" => fails(
            &["server/client-rotation/rotates"],
            "after a client rotation a current secret is not the blob that was sent",
        ),
        "client-rotation-moves-history" => fails(
            &["server/client-rotation/old-versions-stay"],
            "after a client rotation a version under an older key is not pending any more",
        )
        .also(&[
            "server/client-rotation/every-version-opens",
            "server/submit/resumes-after-rotation",
        ]),
        "client-rotation-drops-replaced" => warns(
            &["server/client-rotation/replaced-become-versions"],
            "a blob that a client rotation replaces is not kept as a version",
        ),
        "client-rotation-accepts-incomplete" => fails(INCOMPLETE, CHANGED),
        "client-rotation-partial" => fails(INCOMPLETE, CHANGED_BY_REFUSED)
            .also(&["server/client-rotation/every-version-opens"]),
        "client-rotation-casts-types" => warns(&["server/client-rotation/wrong-types"], ACCEPTED),
        "client-rotation-ignores-custody" => {
            fails(&["server/client-rotation/server-managed"], CHANGED)
        }
        "client-rotation-ignores-scope" => {
            warns(&["server/client-rotation/read-only-token"], ACCEPTED)
        }
        "client-rotation-refuses-policy" => {
            fails(&["server/client-rotation/history-policy"], REFUSED)
        }
        "client-rotation-merges-old-keys" => fails(
            &["server/client-rotation/every-version-opens"],
            "after several client rotations a version does not open under the key that it names",
        )
        .also(&[
            "server/client-rotation/old-versions-stay",
            "server/submit/resumes-after-rotation",
        ]),
        "client-rotation-takes-moved" => fails(
            &["server/submit/resumes-after-rotation"],
            "a version that was moved before a rotation is not pending after it",
        ),
        "client-rotation-split" => fails(
            &["server/race/client-rotations"],
            "after two rotations at once a current secret does not open under the active key",
        ),
        "client-rotation-omits-success" => fails(&["server/client-rotation/shape"], NO_SHAPE),
        _ => return None,
    })
}

fn pending(defect: &str) -> Option<Catch> {
    Some(match defect {
        "pending-names-active-key" => fails(
            &["server/pending/older-versions"],
            "a pending version is not under a rotated key of the history",
        )
        .also(&[
            "server/client-rotation/old-versions-stay",
            "server/submit/resumes-after-rotation",
        ]),
        "pending-ignores-limit" => fails(
            &["server/pending/limit"],
            "pending gives more rows than the limit",
        ),
        "pending-refuses-hundred" => fails(
            &["server/pending/limit"],
            "a limit that clients send is refused",
        ),
        "pending-ends-early" => fails(
            &["server/pending/remaining"],
            "meta.remaining is 0 while more versions are pending than the page holds",
        ),
        "pending-ignores-held" => fails(
            &["server/pending/held"],
            "pending does not conflict with a rotation in progress",
        ),
        "pending-prunes-server-history" => fails(&["server/pending/server-managed"], CHANGED),
        "pending-ignores-scope" => fails(&["server/pending/scope"], ACCEPTED),
        "pending-version-as-number" => fails(&["server/pending/shape"], NO_SHAPE)
            .also(&["server/submit/resumes-after-rotation"]),
        _ => return None,
    })
}

fn submit(defect: &str) -> Option<Catch> {
    Some(match defect {
        "submit-forgets" => fails(
            &["server/submit/moves"],
            "a submitted version does not hold the blob that was sent",
        )
        .and(
            &["server/submit/until-none-remain"],
            &["server/race/submit-against-rotation"],
        ),
        "submit-miscounts" => fails(
            &["server/submit/moves"],
            "data.updated is not the number of versions that were sent",
        ),
        "submit-leaves-pending" => fails(
            &["server/submit/moves"],
            "a submitted version is still pending",
        )
        .also(&[
            "server/submit/until-none-remain",
            "server/submit/resumes-after-rotation",
        ]),
        "submit-remaining-stuck" => fails(
            &["server/submit/until-none-remain"],
            "remaining does not reach 0",
        )
        .also(&["server/submit/resumes-after-rotation"]),
        "submit-ends-early" => fails(
            &["server/submit/until-none-remain"],
            "versions are pending although none remain",
        ),
        "submit-accepts-any-proof" => fails(&["server/submit/wrong-proof"], ACCEPTED),
        "submit-accepts-stale-proof" => fails(&["server/submit/stale-proof"], ACCEPTED),
        "submit-partial" => fails(
            &["server/submit/atomic"],
            "a refused submit has stored a part of its batch",
        ),
        "submit-ignores-custody" => fails(&["server/submit/server-managed"], CHANGED),
        "submit-ignores-scope" => fails(&["server/submit/scope"], ACCEPTED),
        "submit-counts-as-text" => fails(&["server/submit/shape"], NO_SHAPE),
        "submit-stores-late" => fails(
            &["server/race/submit-against-rotation"],
            "a submit beside a rotation is answered otherwise than it was done",
        )
        .also(&["server/submit/stale-proof"]),
        "submit-reaches-others" => fails(
            &["server/isolation/version-ids"],
            "a submit has changed a version of another organization",
        ),
        _ => return None,
    })
}

fn store(defect: &str) -> Option<Catch> {
    Some(match defect {
        "store-drops-padding" => fails(
            &["server/store/with-proof"],
            "a stored blob does not come back as it was",
        )
        .also(&[
            "server/store/every-level",
            "server/submit/resumes-after-rotation",
        ]),
        "store-accepts-any-proof" => fails(
            &[
                "server/store/wrong-proof",
                "server/store/every-level-wrong-proof",
            ],
            ACCEPTED,
        )
        .also(&["server/store/rotated-proof", "server/store/unverified"]),
        "store-accepts-missing-proof" => fails(
            &[
                "server/store/missing-proof",
                "server/submit/missing-proof",
                "server/restore/missing-proof",
            ],
            ACCEPTED,
        ),
        "store-accepts-stale-proof" => fails(&["server/store/rotated-proof"], ACCEPTED),
        "store-keeps-refused" => fails(&["server/store/rotated-proof"], CHANGED_BY_REFUSED)
            .also(&["server/store/wrong-proof"]),
        "store-ignores-verification" => warns(&["server/store/unverified"], ACCEPTED),
        "store-seals-twice" => fails(
            &["server/store/server-managed"],
            "what is stored under server custody does not open under the key of the descriptor",
        )
        .also(&["server/version/replaced-kept", "server/delete/keeps-backup"]),
        "store-loses-environments" => fails(
            &["server/store/every-level"],
            "a stored blob does not come back at the level that it was stored at",
        ),
        "store-answers-project" => warns(
            &["server/store/answer"],
            "a write does not answer with the level that it was stored at",
        ),
        "store-keeps-nothing" => warns(
            &["server/version/replaced-kept"],
            "a write does not keep what it replaces",
        )
        .incomplete(),
        "store-ignores-no-backup" => warns(
            &["server/version/no-backup"],
            "a write with no_backup keeps what it replaces",
        ),
        "store-ignores-scope" => fails(&["server/store/scope"], ACCEPTED),
        _ => return None,
    })
}

fn version(defect: &str) -> Option<Catch> {
    Some(match defect {
        "versions-repeat-first-page" => warns(
            &["server/version/pages"],
            "the second page repeats the first",
        ),
        "version-id-as-number" => fails(&["server/version/shape"], NO_SHAPE),
        "versions-shared" => fails(
            &["server/isolation/version-ids"],
            "an answer shows something of another organization's project",
        ),
        "restore-puts-nothing-back" => warns(
            &["server/restore/puts-back"],
            "a restored version is not what the level holds",
        )
        .also(&[
            "server/delete/keeps-backup",
            "server/restore/after-rotation",
        ]),
        "restore-takes-version" => warns(
            &["server/restore/append-only"],
            "a restore takes a version away",
        ),
        "restore-answers-number" => warns(
            &["server/restore/answer"],
            "a restore does not answer with the version that it was asked for",
        ),
        "restore-ignores-content" => warns(
            &["server/restore/client-managed"],
            "a blob that was sent with a restore does not come back as it was",
        ),
        "restore-needs-no-content" => warns(&["server/restore/missing-content"], ACCEPTED),
        "restore-keeps-old-key" => warns(
            &["server/restore/after-rotation"],
            "a version under an older key, restored, does not open under the new one",
        ),
        "restore-accepts-any-proof" => fails(&["server/restore/wrong-proof"], ACCEPTED),
        "delete-leaves-secret" => warns(
            &["server/delete/empties"],
            "a deleted secret is still there",
        ),
        "delete-keeps-nothing" => warns(
            &["server/delete/keeps-backup"],
            "a deletion does not keep what it deletes",
        ),
        "delete-needs-no-confirmation" => warns(
            &["server/delete/needs-confirmation"],
            "a deletion for good needs no confirmation",
        ),
        "delete-leaves-versions" => warns(
            &["server/delete/for-good"],
            "a deletion for good leaves versions behind",
        ),
        _ => return None,
    })
}

fn convention(defect: &str) -> Option<Catch> {
    Some(match defect {
        "projects-answered-as-page" => fails(
            &["server/sanity/answers"],
            "the answer is not a JSON object",
        ),
        "project-list-fails-when-long" => fails(&["server/sanity/still-answers"], REFUSED),
        "token-not-required" => fails(
            &[
                "server/descriptor/no-token",
                "server/history/no-token",
                "server/rotate/no-token",
                "server/client-rotation/no-token",
                "server/pending/no-token",
                "server/submit/no-token",
                "server/store/no-token",
            ],
            ACCEPTED,
        )
        .also(&["server/descriptor/expired-token"]),
        "tokens-never-expire" => fails(&["server/descriptor/expired-token"], ACCEPTED),
        // Another organization's project is unknown under the own path, and answered as any.
        "unknown-project-answered" => fails(
            &[
                "server/descriptor/unknown-project",
                "server/history/unknown-project",
                "server/rotate/unknown-project",
                "server/client-rotation/unknown-project",
                "server/pending/unknown-project",
                "server/submit/unknown-project",
                "server/store/unknown-project",
            ],
            ACCEPTED,
        )
        .also(&[
            "server/convention/not-found",
            "server/isolation/*",
            "server/*/shape",
            "server/convention/shapes",
        ]),
        "unknown-project-forbidden" => warns(&["server/convention/not-found"], FOR_ANOTHER_REASON)
            .also(&["server/isolation/not-found"]),
        "missing-scope-not-found" => warns(
            &[
                "server/convention/missing-scope",
                "server/convention/missing-scope-on-a-write",
            ],
            FOR_ANOTHER_REASON,
        )
        .also(&["server/client-rotation/read-only-token"]),
        "organizations-shared" => fails(
            &[
                "server/isolation/descriptor",
                "server/isolation/history",
                "server/isolation/rotate",
                "server/isolation/client-rotation",
                "server/isolation/pending",
                "server/isolation/submit",
                "server/isolation/store",
                "server/isolation/secrets",
            ],
            ACCEPTED,
        )
        .also(&["server/isolation/not-found"]),
        "other-organization-forbidden" => {
            warns(&["server/isolation/not-found"], FOR_ANOTHER_REASON)
        }
        "refusal-without-message" => warns(
            &["server/convention/refusal-shape"],
            "a refusal does not have the documented shape",
        ),
        "validation-names-no-member" => warns(
            &["server/convention/validation-errors"],
            "a body that lacks a member is not refused with the member's name",
        ),
        "legacy-paths-silent" => warns(
            &["server/convention/legacy-paths"],
            "the header deprecation is not as documented",
        ),
        "retry-after-missing" => warns(
            &["server/limit/retry-after"],
            "a 429 does not say when to retry",
        ),
        "retry-after-too-short" => warns(
            &["server/limit/retry-after"],
            "a request is refused after Retry-After",
        ),
        "requests-unlimited" => warns(
            &["server/limit/requests"],
            "the 101st request in a minute is not refused",
        ),
        "secrets-format-hierarchical" => fails(
            &["server/convention/shapes", "server/convention/level-shapes"],
            NO_SHAPE,
        ),
        "api-version-on-success-only" => warns(
            &["server/convention/api-version"],
            "the header x-api-version is not as documented",
        ),
        "security-headers-on-success-only" => warns(
            &["server/convention/security-headers"],
            "the header x-content-type-options is not as documented",
        ),
        "rate-limit-headers-on-success-only" => warns(
            &["server/convention/rate-limit-headers"],
            "the X-RateLimit headers are not all there as numbers",
        ),
        "rate-limit-reset-as-delay" => warns(
            &["server/convention/rate-limit-headers"],
            "the X-RateLimit headers contradict each other or the clock",
        ),
        _ => return None,
    })
}

fn fails(cases: &[&str], what: &str) -> Catch {
    Catch {
        cases: owned(cases),
        verdict: Verdict::Fail,
        what: what.to_owned(),
        explanation: None,
        others: Others::Named {
            always: Vec::new(),
            perhaps: Vec::new(),
        },
        exit: None,
    }
}

fn warns(cases: &[&str], what: &str) -> Catch {
    Catch {
        verdict: Verdict::Warn,
        ..fails(cases, what)
    }
}

impl Catch {
    /// With cases that fail too.
    fn also(self, cases: &[&str]) -> Self {
        self.and(cases, &[])
    }

    /// With cases that fail too, and some that do in one order of requests that race.
    fn and(mut self, always: &[&str], perhaps: &[&str]) -> Self {
        self.others = Others::Named {
            always: owned(always),
            perhaps: owned(perhaps),
        };
        self
    }

    /// With a run that ends incomplete, since MUSTs need what is missing.
    fn incomplete(mut self) -> Self {
        self.exit = Some(Exit::Incomplete);
        self
    }
}

fn owned(cases: &[&str]) -> Vec<String> {
    cases.iter().map(|&case| case.to_owned()).collect()
}
