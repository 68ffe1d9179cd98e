//! Implementations compared with each other: what one makes, every other has to read or to make alike. The
//! oracle says which one is wrong.

use futures::future::{BoxFuture, join_all};

use super::generate;
use crate::adapter::Request;
use crate::crypto::{Iterations, encoding};
use crate::harness::{Case, Judged, Stop};
use crate::suite::sdk::answer::{
    judge_blob, judge_opened, judge_verdict, opening, oracle, sealed_parts, wrong_derivation,
};
use crate::suite::sdk::context::{Context, Response, difference};
use crate::suite::sdk::input::{
    Calls, Example, data_keys, older_seals, padded_keys, proofs, seals,
};
use crate::suite::sdk::peers::{Artifact, Implementation, PEERS, conclude, implementations};
use crate::suite::sdk::property::{Shrinking, refute};
use crate::vectors::{Answer, Call};

/// Id, what is compared, and the calls that are tried.
const COMPARISONS: [(&str, Artifact, usize, Calls); 5] = [
    ("sdk/peers/padded-key", Artifact::PaddedKey, 48, padded_keys),
    ("sdk/peers/proof", Artifact::Proof, 48, proofs),
    ("sdk/peers/data-key", Artifact::DataKey, 48, data_keys),
    ("sdk/peers/blob", Artifact::Blob, 24, seals),
    ("sdk/peers/older-blob", Artifact::OlderBlob, 12, older_seals),
];
/// The key that each implementation generates a proof of.
const KEY: &str = "generated key of peers";

pub(super) fn cases() -> Vec<Case<Context>> {
    let compared = COMPARISONS.into_iter().map(|(id, artifact, tries, calls)| {
        Case::new(id, "sdk-peers", (compared, (artifact, tries, calls)))
    });
    let generated = Case::new("sdk/peers/generated-proof", "sdk-peers", generated_proofs);
    compared.chain([generated]).map(|case| case.needs(PEERS)).collect()
}

/// What one implementation makes every other makes alike, or reads. A call about which they disagree is kept
/// as vectors.
async fn compared(context: &Context, (artifact, tries, calls): (Artifact, usize, Calls)) -> Judged {
    let claim = move |context, Example { call, .. }: Example| -> BoxFuture<'static, Judged> {
        if call.seals() {
            Box::pin(crosses(context, artifact, call))
        } else {
            Box::pin(derives_alike(context, artifact, call))
        }
    };
    refute(context, (tries, Shrinking::Always), calls, claim).await.map_err(|found| {
        if let (Stop::Mismatch(mismatch), Some(call)) = (&found.stop, found.call) {
            let opened = match call.perform() {
                Ok(Answer::Content(content)) => opening(&call, content).ok(),
                _ => None,
            };
            for call in [call].into_iter().chain(opened) {
                context.peers.disagreements.push(call, &mismatch.what);
            }
        }
        found.stop
    })
}

/// Each implementation derives the same.
async fn derives_alike(context: Context, artifact: Artifact, call: Call) -> Judged {
    let right = oracle(&call)?;
    let request = Request::of(&call);
    let member = call.answer_member();
    let answered = answers(&context, &request).await?;
    for (maker, made) in &answered {
        for (reader, other) in &answered {
            if maker.number != reader.number {
                let made = made.text(member);
                let is_same = made.is_some() && made == other.text(member);
                context.peers.crossings.record(maker.number, reader.number, artifact, is_same);
            }
        }
    }
    let mut wrong = Vec::new();
    for (implementation, response) in &answered {
        let stop = match response.text(member) {
            Some(got) if got == right => continue,
            Some(got) => {
                wrong_derivation(&implementation.context, &call, (&right, got), response).await
            }
            None => response.not_answered(&format!("{member} {right:?}")),
        };
        wrong.push(implementation.is_wrong(stop));
    }
    conclude(wrong, answered.len())
}

/// The responses of each implementation that has the operation.
async fn answers<'r>(
    context: &Context,
    request: &'r Request,
) -> Result<Vec<(Implementation, Response<'r>)>, Stop> {
    let all = implementations(context);
    // All are awaited: a reply that nobody waits for would still be outstanding.
    let responses = join_all(all.iter().map(|implementation| implementation.ask(request))).await;
    let mut answered = Vec::new();
    for (implementation, response) in all.into_iter().zip(responses) {
        if let Some(response) = response? {
            answered.push((implementation, response));
        }
    }
    if answered.len() == 1 {
        return Err(Stop::NotApplicable(format!("no peer has {}", request.op)));
    }
    Ok(answered)
}

/// Each implementation seals, and each opens what each sealed.
async fn crosses(context: Context, artifact: Artifact, call: Call) -> Judged {
    let (key, plaintext) = sealed_parts(&call)?;
    let seal = &Request::of(&call);
    let sealed = answers(&context, seal).await?;
    let open = |content: &str| opening(&call, content.to_owned()).map(|call| Request::of(&call));
    let op = open("")?.op;
    let openers = implementations(&context).into_iter();
    let openers: Vec<Implementation> =
        openers.filter(|implementation| implementation.has(&op)).collect();
    let mut wrong = Vec::new();
    let mut blobs = Vec::new();
    for (maker, response) in &sealed {
        let Some(content) = response.text("content") else {
            wrong.push(maker.is_wrong(response.not_answered("a text `content`")));
            continue;
        };
        let judged = judge_blob(&maker.context, &key, plaintext, seal, content);
        blobs.push((maker, content, judged.is_ok()));
        if let Err(stop) = judged {
            wrong.push(maker.is_wrong(stop));
        }
    }
    for (maker, content, is_right) in blobs {
        let request = open(content)?;
        let opened =
            openers.iter().map(|reader| judge_opened(&reader.context, &request, plaintext));
        for (reader, judged) in openers.iter().zip(join_all(opened).await) {
            let crossings = &context.peers.crossings;
            crossings.record(maker.number, reader.number, artifact, judged.is_ok());
            // An implementation with the same mistake may read a wrong blob; no other has to.
            if let (Err(stop), true) = (judged, is_right) {
                wrong.push(reader.is_wrong(stop));
            }
        }
    }
    conclude(wrong, sealed.len().max(openers.len()))
}

/// Each implementation generates a proof, and each other verifies it.
async fn generated_proofs(context: &Context) -> Judged {
    let request = Request::generate_key_proof(KEY);
    let answered = answers(context, &request).await?;
    // Wrong proofs are reported first: that they do not verify follows from it.
    let (mut wrong, mut mistaken) = (Vec::new(), Vec::new());
    let mut disputed = None;
    for (maker, response) in &answered {
        let one = match generate::read(KEY, response) {
            Ok(one) => one,
            Err(stop) => {
                wrong.push(maker.is_wrong(stop));
                continue;
            }
        };
        let count = Iterations::try_from(one.iterations);
        let (Ok(count), Ok(_)) = (count, encoding::decode(&one.salt)) else {
            let what = "a proof is generated with a salt or a count that nobody can use";
            let wanted = "a salt in base64, and a count from 1";
            let got = format!("salt {:?}, iterations {}", one.salt, one.iterations);
            wrong.push(maker.is_wrong(difference(what, wanted, &got)));
            continue;
        };
        let verify = Request::verify_key_proof(KEY, &one.salt, count.get(), &one.proof);
        let judged = generate::judge(&maker.context, &one).await;
        let is_right = judged.is_ok();
        if let Err(stop) = judged {
            wrong.push(maker.is_wrong(stop));
        }
        let before = mistaken.len();
        let readers = implementations(context).into_iter();
        let readers = readers.filter(|reader| reader.number != maker.number);
        let readers: Vec<Implementation> =
            readers.filter(|reader| reader.has(&verify.op)).collect();
        let verdicts =
            readers.iter().map(|reader| judge_verdict(&reader.context, &verify, is_right));
        for (reader, judged) in readers.iter().zip(join_all(verdicts).await) {
            let verifies = judged.is_ok() == is_right;
            let crossings = &context.peers.crossings;
            crossings.record(maker.number, reader.number, Artifact::GeneratedProof, verifies);
            if let Err(stop) = judged {
                mistaken.push(reader.is_wrong(stop));
            }
        }
        if !is_right || mistaken.len() > before {
            disputed.get_or_insert(Call::VerifyKeyProof(one));
        }
    }
    wrong.extend(mistaken);
    let concluded = conclude(wrong, answered.len());
    if let (Err(Stop::Mismatch(mismatch)), Some(call)) = (&concluded, disputed) {
        context.peers.disagreements.push(call, &mismatch.what);
    }
    concluded
}
