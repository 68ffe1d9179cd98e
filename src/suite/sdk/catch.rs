//! What catches each bug of the reference adapter: the proof that the cases can fail, and do so for
//! the reason that is theirs.

use super::catches;
use super::diagnosis::is_about_text;
use crate::adapter::reference::Bug;
use crate::crypto::wrong::{Derived, Sealing};
use crate::harness::Verdict;
use crate::harness::selftest::{Catch, Others};

/// What catches `bug`.
///
/// # Errors
/// No case claims to.
pub fn catch(bug: Bug) -> Result<Catch, String> {
    Ok(match bug {
        Bug::Derivation(derived, mistake) => {
            let (group, subject) = match derived {
                Derived::PadKey => ("pad_key", "the padded key"),
                Derived::Proof => ("key_proof", "the proof"),
                Derived::DataKey => ("data_key", "the data key"),
            };
            let words = mistake.words(derived);
            let what = format!("{subject} is a wrong one: {words}");
            Catch { explanation: Some(words), ..fails(&format!("sdk/vectors/{group}/*"), &what) }
        }
        Bug::Sealing(mistake) => {
            let words = mistake.words();
            let what = match mistake {
                Sealing::Utf16Text => "the blob opens to another text",
                _ if is_about_text(mistake) => "the blob is not standard padded base64",
                _ => "the blob does not open",
            };
            Catch {
                explanation: Some(words.to_owned()),
                ..fails("sdk/vectors/blob_seal/*", &format!("{what}: {words}"))
            }
        }
        // Slips have no entry there: the suite of clients catches those.
        Bug::Quirk(_) | Bug::Slip(_) => catches()?.catch(&bug.to_string())?,
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

/// The cases that have to run for a bug to be caught, as globs. One of the protocol is judged by what
/// others provoke.
pub fn claiming(catch: &Catch) -> Vec<String> {
    let mut globs = catch.cases.clone();
    if globs.iter().any(|glob| glob.starts_with("sdk/protocol/")) {
        globs.push("sdk/vectors/key_proof/length-*".to_owned());
    }
    globs
}
