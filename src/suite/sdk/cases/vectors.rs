//! Every vector of the corpus, a case each. A sealed blob can't be known for an IV that the
//! implementation draws itself: it is judged by what it opens to, and the vector's own blob has to
//! be opened, which is a case of its own.

use std::sync::OnceLock;

use crate::adapter::Request;
use crate::crypto::{DataKey, pad_key};
use crate::harness::{Case, Judged, Stop};
use crate::suite::sdk::answer::{judge_blob, judge_opened, reply, wrong_derivation};
use crate::suite::sdk::context::{Context, describe, mismatch};
use crate::suite::sdk::diagnosis::Inputs;
use crate::vectors::{Answer, Call, Expected, Judgement, Vector, embedded};

/// A case of the corpus.
struct Row {
    id: String,
    requirement: &'static str,
    vector: &'static Vector,
    judging: Judging,
}

/// What is judged of a vector.
#[derive(Clone, Copy)]
enum Judging {
    /// What is made of its input.
    Answer,
    /// What a blob opens to that is made of its input.
    Sealed,
    /// What its own blob opens to.
    Reversed,
}

pub(super) fn cases() -> Result<Vec<Case<Context>>, String> {
    // The ids outlive the cases, as those that are written in the source do.
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    let corpus = embedded().map_err(ToString::to_string)?;
    let rows = ROWS.get_or_init(|| corpus.vectors().flat_map(rows).collect());
    let case = |row: &'static Row| {
        let check = (judge, (row.judging, row.vector));
        Case::new(&row.id, row.requirement, check)
    };
    Ok(rows.iter().map(case).collect())
}

fn rows(vector: &'static Vector) -> Vec<Row> {
    let requirement = match &vector.call {
        Call::PadKey(_) => "sdk-pad-key",
        Call::DeriveKeyProof(_) => "sdk-key-proof",
        Call::VerifyKeyProof(_) => "sdk-verify",
        Call::DeriveDataKey(_) => "sdk-data-key",
        Call::Encrypt(_) => "sdk-seal",
        Call::Decrypt(_) => match vector.expected {
            Expected::Invalid(_) => "sdk-refuse",
            _ => "sdk-open",
        },
        Call::EncryptWithProjectKey(_) | Call::DecryptWithProjectKey(_) => "sdk-older-cipher",
    };
    let id = format!("sdk/vectors/{}", vector.id);
    let row = |id, requirement, judging| Row { id, requirement, vector, judging };
    // A vector claims a blob only for a right input.
    if !vector.call.seals() || !matches!(vector.expected, Expected::Valid(_)) {
        return vec![row(id, requirement, Judging::Answer)];
    }
    let opens = match &vector.call {
        Call::Encrypt(_) => "sdk-open",
        _ => requirement,
    };
    let reversed = format!("{id}/reversed");
    vec![row(id, requirement, Judging::Sealed), row(reversed, opens, Judging::Reversed)]
}

async fn judge(context: &Context, (judging, vector): (Judging, &Vector)) -> Judged {
    match judging {
        Judging::Answer => answered(context, vector).await,
        Judging::Sealed => sealed(context, vector).await,
        Judging::Reversed => reversed(context, vector).await,
    }
}

async fn answered(context: &Context, vector: &Vector) -> Judged {
    let request = Request::of(&vector.call);
    let response = context.ask(&request).await?;
    let Some(reply) = reply(&response, vector.call.answer_member()) else {
        let wanted = format!("exactly one member `{}`", vector.call.answer_member());
        return Err(context.not_answered(&request, &response, &wanted));
    };
    // The class of a refusal is a requirement of its own: `sdk/refusals/class`.
    let Judgement::Failed(_) = vector.expected.judge(&reply) else {
        return Ok(());
    };
    if let (Some(inputs), Some(right), Ok(got)) =
        (Inputs::of(&vector.call), vector.expected.answer().and_then(text), &reply)
    {
        let pair = (right, text(got).unwrap_or_default());
        return Err(wrong_derivation(context, inputs, pair, &request, &response).await);
    }
    if let (Call::Decrypt(p), Some(Answer::Plaintext(plaintext))) =
        (&vector.call, vector.expected.answer())
    {
        let key = crate::crypto::encoding::encode(p.data_key.0);
        return judge_opened(context, &Request::decrypt(&key, &p.content), plaintext).await;
    }
    let what = match (&vector.expected, &reply) {
        (Expected::Invalid(_), _) => "an input that must be refused is accepted",
        (_, Err(_)) => "a right input is refused",
        (Expected::Valid(Answer::Valid(true)), _) => "the right proof does not verify",
        (Expected::Valid(Answer::Valid(false)), _) => "a wrong proof verifies",
        _ => "the answer is a wrong one",
    };
    let expected = expected(&vector.expected);
    Err(mismatch(what, &expected, &describe(&response), &request, &response))
}

fn expected(expected: &Expected) -> String {
    match (expected.answer(), expected.class()) {
        (Some(answer), Some(class)) => format!("{answer}, or a rejection ({})", class.name()),
        (Some(answer), None) => answer.to_string(),
        (None, Some(class)) => format!("a rejection ({})", class.name()),
        (None, None) => String::new(),
    }
}

fn text(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::PaddedKey(text) | Answer::Proof(text) | Answer::DataKey(text) => Some(text),
        _ => None,
    }
}

/// The key of a vector that seals, and its plaintext.
fn parts(call: &Call) -> Option<(DataKey, &str)> {
    match call {
        Call::Encrypt(p) => Some((DataKey::from(p.data_key.0), &p.plaintext)),
        Call::EncryptWithProjectKey(p) => {
            Some((DataKey::from(&pad_key(p.key.as_bytes())), &p.plaintext))
        }
        _ => None,
    }
}

async fn sealed(context: &Context, vector: &Vector) -> Judged {
    let Some((key, plaintext)) = parts(&vector.call) else {
        return Err(Stop::Harness("this vector does not seal".to_owned()));
    };
    let request = Request::of(&vector.call);
    let content = context.text(&request, "content").await?;
    judge_blob(context, &key, plaintext, &request, &content)
}

async fn reversed(context: &Context, vector: &Vector) -> Judged {
    let (Some((_, plaintext)), Some(Answer::Content(content))) =
        (parts(&vector.call), vector.expected.answer())
    else {
        return Err(Stop::Harness("this vector does not seal".to_owned()));
    };
    let request = match &vector.call {
        Call::EncryptWithProjectKey(p) => Request::decrypt_with_project_key(&p.key, content),
        Call::Encrypt(p) => {
            Request::decrypt(&crate::crypto::encoding::encode(p.data_key.0), content)
        }
        _ => return Err(Stop::Harness("this vector does not seal".to_owned())),
    };
    judge_opened(context, &request, plaintext).await
}
