//! What catches each bug of the reference adapter: the proof that the cases can fail, and do so for
//! the reason that is theirs.

use crate::adapter::reference::{Bug, Quirk};
use crate::crypto::wrong::{Sealing, Target};
use crate::harness::Verdict;
use crate::harness::selftest::{Catch, Others};

/// What catches `bug`. None if no case claims to.
pub fn catch(bug: Bug) -> Option<Catch> {
    Some(match bug {
        Bug::Derivation(target, mistake) => {
            let (group, subject) = match target {
                Target::PadKey => ("pad_key", "the padded key"),
                Target::Proof => ("key_proof", "the proof"),
                Target::DataKey => ("data_key", "the data key"),
            };
            let words = mistake.words(target);
            let what = format!("{subject} is a wrong one: {words}");
            Catch {
                explanation: Some(words),
                ..fails(&format!("sdk/vectors/{group}/*"), &what)
            }
        }
        Bug::Sealing(mistake) => {
            let words = mistake.words();
            // These may be read by whoever decodes leniently, so that only the text gives them away.
            let what = match mistake {
                Sealing::Base64UrlText | Sealing::UnpaddedText | Sealing::LineBrokenText => {
                    "the blob is not standard padded base64"
                }
                _ => "the blob does not open",
            };
            Catch {
                explanation: Some(words.to_owned()),
                ..fails("sdk/vectors/blob_seal/*", &format!("{what}: {words}"))
            }
        }
        Bug::Quirk(quirk) => return quirk_catch(quirk),
        // The suite of clients catches those.
        Bug::Slip(_) => return None,
    })
}

fn quirk_catch(quirk: Quirk) -> Option<Catch> {
    Some(match quirk {
        Quirk::IgnoresTag => fails(
            "sdk/refusals/flipped-bits",
            "a blob with one bit flipped is opened",
        ),
        Quirk::ReleasesPlaintext => fails(
            "sdk/secrets/plaintext",
            "a plaintext reaches a message or standard error",
        ),
        Quirk::OpensAnything => fails(
            "sdk/refusals/wrong-key",
            "a blob is opened under a wrong key",
        ),
        Quirk::TakesAnyKeyLength => fails(
            "sdk/refusals/data-key-length",
            "a data key of another length than 32 bytes is taken",
        ),
        Quirk::RepairsUtf8 => warns(
            "sdk/refusals/not-utf-8",
            "a plaintext that is not UTF-8 is given out as another text",
        ),
        Quirk::EmptiesBadSalt => fails(
            "sdk/vectors/key_proof/salt-not-base64",
            "an input that must be refused is accepted",
        ),
        Quirk::FixedIv => fails("sdk/iv/never-repeated", "an IV is used twice under one key"),
        Quirk::CounterIv => fails("sdk/iv/no-counter", "the IV is a counter"),
        Quirk::IvPrefix => fails("sdk/iv/no-constant-byte", "a part of the IV never changes"),
        Quirk::IvAfterRestart => fails(
            "sdk/iv/fresh-after-restart",
            "a restarted process uses the IVs of the one before it again",
        ),
        Quirk::AcceptsEmptyKey => fails(
            "sdk/vectors/legacy_cipher/seal-empty-key",
            "an input that must be refused is accepted",
        ),
        Quirk::VerifyAlwaysTrue => fails("sdk/properties/verify-wrong", "a wrong proof verifies"),
        Quirk::VerifyAlwaysFalse => fails(
            "sdk/properties/verify-right",
            "the right proof does not verify",
        ),
        Quirk::VerifyPrefix => fails(
            "sdk/vectors/key_proof/verify-prefix",
            "a wrong proof verifies",
        ),
        Quirk::GenerateShortSalt => fails(
            "sdk/generate/salt-length",
            "a generated salt has another length than 16 bytes",
        ),
        Quirk::GenerateConstantSalt => {
            fails("sdk/generate/fresh-salt", "a generated salt is used twice")
        }
        Quirk::GenerateSaltAfterRestart => fails(
            "sdk/generate/fresh-salt-after-restart",
            "a restarted process generates the salt of the one before it again",
        ),
        Quirk::GenerateWrongCount => fails(
            "sdk/generate/iterations",
            "a proof is generated with another count than 600000",
        ),
        Quirk::GenerateWrongProof => fails("sdk/generate/proof", "the proof is a wrong one"),
        Quirk::WrongId => fails(
            "sdk/protocol/unknown-id",
            "it replied under an id that was never asked",
        ),
        Quirk::AnswersTwice => fails(
            "sdk/protocol/second-reply",
            "it replied twice to one request",
        ),
        Quirk::PrintsToStdout => fails(
            "sdk/protocol/stray-output",
            "it printed a line that is no JSON object",
        ),
        Quirk::CrashesOnLongKey => fails("sdk/protocol/crash", "it ended before it had replied"),
        Quirk::HangsOnLongKey => fails("sdk/protocol/timeout", "it did not reply in time"),
        Quirk::HalfALine => fails(
            "sdk/protocol/partial-line",
            "its output ended in the middle of a line",
        ),
        Quirk::TwoAnswers => fails(
            "sdk/protocol/malformed-reply",
            "it sent a JSON object that is no reply",
        ),
        Quirk::OversizedLine => fails(
            "sdk/protocol/oversized-line",
            "it sent a line of more than 16 MiB",
        ),
        Quirk::EndsWithFailure => fails(
            "sdk/protocol/end-of-input",
            "it did not end with exit code 0 within 2 s of the end of input",
        ),
        Quirk::DiesOnGarbage => warns(
            "sdk/protocol/garbage-line",
            "a line that is no request ends the adapter, or confuses it",
        ),
        Quirk::ClaimsMissingOps => fails(
            "sdk/honesty/operations",
            "hello and the answers do not agree on what operations there are",
        ),
        Quirk::OkToUnknownOps => fails(
            "sdk/honesty/unknown-operation",
            "an operation that nobody knows is not answered with `unsupported`",
        ),
        Quirk::LeaksKey | Quirk::LeaksKeyBytes | Quirk::LeaksKeyPiece | Quirk::LeaksPaddedKey => {
            fails(
                "sdk/secrets/key",
                "a key reaches a message or standard error",
            )
        }
        Quirk::LeaksPlaintext => fails(
            "sdk/secrets/plaintext",
            "a plaintext reaches a message or standard error",
        ),
        Quirk::NormalisesLineEnds => fails(
            "sdk/vectors/blob_seal/carriage-return-line-feed",
            "the blob opens to another text",
        ),
        Quirk::DropsFinalNewline => fails(
            "sdk/vectors/blob_seal/line-feed-at-the-end",
            "the blob opens to another text",
        ),
        Quirk::WrongClass => warns(
            "sdk/refusals/class",
            "inputs are refused as something else than they are",
        ),
        Quirk::AcceptsTruncated => fails("sdk/refusals/truncations", "a truncated blob is opened"),
    })
}

fn fails(cases: &str, what: &str) -> Catch {
    Catch {
        cases: vec![cases.to_owned()],
        verdict: Verdict::Fail,
        what: what.to_owned(),
        explanation: None,
        others: Others::Any,
        exit: None,
    }
}

fn warns(cases: &str, what: &str) -> Catch {
    Catch {
        verdict: Verdict::Warn,
        ..fails(cases, what)
    }
}

/// The cases that have to run for a bug to be caught, as globs. One of the protocol is judged by what
/// others provoke.
pub fn claiming(catch: &Catch) -> Vec<String> {
    let mut globs = catch.cases.clone();
    if globs.iter().any(|glob| glob.starts_with("sdk/protocol/")) {
        globs.push("sdk/vectors/key_proof/length-*".to_owned());
    }
    globs
}
