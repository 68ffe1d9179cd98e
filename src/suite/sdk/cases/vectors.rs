//! Every vector of the corpus, a case each, but for some of the slow ones. A sealed blob can't be known for an IV that the
//! implementation draws itself: it is judged by what it opens to, and the vector's own blob has to
//! be opened, which is a case of its own.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::adapter::Request;
use crate::harness::{Case, Judged, Stop};
use crate::suite::sdk::answer::{judge_derived_as, judge_opened, judge_reversed, judge_sealed};
use crate::suite::sdk::context::{Context, Response};
use crate::suite::sdk::derivation::derived_text;
use crate::vectors::{Answer, Call, Expected, Judgement, Refusal, Vector, embedded};

/// Slow vectors of an operation that are asked: what the others claim, quicker ones claim too. With the salts that are
/// generated, that makes 11 derivations at the platform's count in a run.
const SLOW: usize = 2;

struct Row {
    id: String,
    requirement: &'static str,
    vector: &'static Vector,
    part: Part,
}

/// Which part of a vector is judged.
#[derive(Clone, Copy)]
enum Part {
    /// The answer to its input.
    Answer,
    /// The text that the blob of its input opens to.
    Sealed,
    /// The text that its own blob opens to.
    Reversed,
}

pub(super) fn cases() -> Result<Vec<Case<Context>>, String> {
    // The ids outlive the cases, as those that are written in the source do.
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    let corpus = embedded().map_err(ToString::to_string)?;
    let rows = ROWS.get_or_init(|| {
        let mut slow: HashMap<&str, usize> = HashMap::new();
        let is_asked = |vector: &&Vector| {
            let asked = slow.entry(vector.call.op()).or_default();
            *asked += usize::from(vector.is_slow());
            !vector.is_slow() || *asked <= SLOW
        };
        corpus.vectors().filter(is_asked).flat_map(rows).collect()
    });
    let case = |row: &'static Row| {
        let check = (judge, (row.part, row.vector));
        Case::new(&row.id, row.requirement, check)
    };
    Ok(rows.iter().map(case).collect())
}

fn rows(vector: &'static Vector) -> Vec<Row> {
    let requirement = match &vector.call {
        Call::DeriveKeyProof(_) | Call::DeriveDataKey(_) if vector.is_slow() => {
            "sdk-platform-iterations"
        }
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
    let row = |id, requirement, part| Row { id, requirement, vector, part };
    // A vector claims a blob only for a right input.
    if !vector.call.seals() || !matches!(vector.expected, Expected::Valid(_)) {
        return vec![row(id, requirement, Part::Answer)];
    }
    let opens = match &vector.call {
        Call::Encrypt(_) => "sdk-open",
        _ => requirement,
    };
    let reversed = format!("{id}/reversed");
    vec![row(id, requirement, Part::Sealed), row(reversed, opens, Part::Reversed)]
}

async fn judge(context: &Context, (part, vector): (Part, &Vector)) -> Judged {
    match (part, vector.expected.answer()) {
        (Part::Answer, _) => answered(context, vector).await,
        (Part::Sealed, _) => judge_sealed(context, &vector.call).await,
        (Part::Reversed, Some(Answer::Content(content))) => {
            judge_reversed(context, &vector.call, content.clone()).await
        }
        (Part::Reversed, _) => Err(Stop::Harness("this vector does not seal".to_owned())),
    }
}

/// A response as vectors judge it; None if the answer has not the member of its operation.
fn judgeable(response: &Response<'_>, member: &str) -> Option<Result<Answer, Refusal>> {
    match &response.result {
        Ok(members) => {
            let only = Map::from_iter([(member.to_owned(), members.get(member)?.clone())]);
            let answer = serde_json::from_value(Value::Object(only)).ok();
            answer.filter(|answer: &Answer| answer.member() == member).map(Ok)
        }
        Err(rejected) => {
            Some(Err(Refusal { class: rejected.class?, message: rejected.message.clone() }))
        }
    }
}

async fn answered(context: &Context, vector: &Vector) -> Judged {
    if let Some(right) = vector.expected.answer().and_then(derived_text)
        && matches!(vector.expected, Expected::Valid(_))
    {
        return judge_derived_as(context, &vector.call, right).await;
    }
    let request = Request::of(&vector.call);
    let response = context.ask(&request).await?;
    let Some(reply) = judgeable(&response, vector.call.answer_member()) else {
        let wanted = format!("a member `{}`", vector.call.answer_member());
        return Err(response.not_answered(&wanted));
    };
    // The class of a refusal is a requirement of its own: `sdk/refusals/class`.
    let Judgement::Failed(_) = vector.expected.judge(&reply) else {
        return Ok(());
    };
    if let (Call::Decrypt(_) | Call::DecryptWithProjectKey(_), Some(Answer::Plaintext(plaintext))) =
        (&vector.call, vector.expected.answer())
    {
        return judge_opened(context, &request, plaintext).await;
    }
    let what = match (&vector.expected, &reply) {
        (Expected::Invalid(_), _) => "an input that must be refused is accepted",
        (_, Err(_)) => "a right input is refused",
        (Expected::Valid(Answer::Valid(true)), _) => "the right proof does not verify",
        (Expected::Valid(Answer::Valid(false)), _) => "a wrong proof verifies",
        _ => "the answer is a wrong one",
    };
    Err(response.differs(what, &expected(&vector.expected)))
}

fn expected(expected: &Expected) -> String {
    match (expected.answer(), expected.class()) {
        (Some(answer), Some(class)) => format!("{answer}, or a rejection ({})", class.name()),
        (Some(answer), None) => answer.to_string(),
        (None, Some(class)) => format!("a rejection ({})", class.name()),
        (None, None) => String::new(),
    }
}
