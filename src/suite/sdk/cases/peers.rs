//! Implementations compared with each other: what one makes every other reads, or makes alike. The
//! oracle says who is wrong.

use futures::future::{BoxFuture, join_all};
use proptest::strategy::Strategy;

use super::generate;
use super::properties::verdict;
use crate::adapter::Request;
use crate::crypto::{DataKey, Iterations, encoding, pad_key};
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::sdk::answer::{judge_blob, judge_opened, wrong_derivation};
use crate::suite::sdk::context::{Context, Response, difference};
use crate::suite::sdk::diagnosis::Inputs;
use crate::suite::sdk::input;
use crate::suite::sdk::peers::{Kind, PEERS, Voice, conclude, voices};
use crate::suite::sdk::property::{Counterexample, Effort, refute};
use crate::vectors::{
    Answer, Call, Decrypt, DecryptWithProjectKey, Derive, Encrypt, EncryptWithProjectKey, Octets,
    PadKey, Verify,
};

/// Inputs that everybody derives from.
const DERIVED: usize = 48;
/// Plaintexts that each seals for each.
const SEALED: usize = 24;
/// By the older cipher.
const OLDER: usize = 12;
/// The key that everybody generates a proof of.
const KEY: &str = "generated key of peers";
/// The IV of the vectors that a disagreement is kept as.
const IV: [u8; 12] = *b"disagreement";

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        among_peers("sdk/peers/padded-key", padded_keys),
        among_peers("sdk/peers/proof", proofs),
        among_peers("sdk/peers/data-key", data_keys),
        among_peers("sdk/peers/blob", blobs),
        among_peers("sdk/peers/older-blob", older_blobs),
        among_peers("sdk/peers/generated-proof", generated_proofs),
    ]
}

fn among_peers(id: &'static str, check: impl Check<Context>) -> Case<Context> {
    Case::new(id, "sdk-peers", check).needs(PEERS)
}

async fn padded_keys(context: &Context) -> Judged {
    let call = |key| Call::PadKey(PadKey { key });
    alike(context, Kind::PaddedKey, input::key, call).await
}

async fn proofs(context: &Context) -> Judged {
    let call = |inputs| Call::DeriveKeyProof(derive(inputs));
    alike(context, Kind::Proof, derivation, call).await
}

async fn data_keys(context: &Context) -> Judged {
    let call = |inputs| Call::DeriveDataKey(derive(inputs));
    alike(context, Kind::DataKey, derivation, call).await
}

fn derivation() -> impl Strategy<Value = (String, Vec<u8>, u32)> {
    (input::key(), input::salt(), input::iterations())
}

fn derive((key, salt, iterations): (String, Vec<u8>, u32)) -> Derive {
    Derive { key, salt: encoding::encode(salt), iterations: iterations.into() }
}

/// Each implementation derives the same.
async fn alike<S, I, C>(context: &Context, kind: Kind, inputs: I, call: C) -> Judged
where
    S: Strategy,
    I: FnOnce() -> S + Send + 'static,
    S::Value: Clone + Send + 'static,
    C: Fn(S::Value) -> Call + Copy + Send + 'static,
{
    let effort = Effort::cheap(DERIVED);
    let claim = move |context, input| -> BoxFuture<'static, Judged> {
        Box::pin(derives_alike(context, kind, call(input)))
    };
    let refuted = refute(context, effort, inputs, claim).await;
    refuted.map_err(|found| kept(context, found, |input| vec![call(input)]))
}

/// The stop, once its input was kept as vectors.
fn kept<V>(
    context: &Context,
    found: Counterexample<V>,
    calls: impl FnOnce(V) -> Vec<Call>,
) -> Stop {
    if let (Stop::Mismatch(mismatch), Some(input)) = (&found.stop, found.input) {
        for call in calls(input) {
            context.peers.disagreements.keep(call, &mismatch.what);
        }
    }
    found.stop
}

async fn derives_alike(context: Context, kind: Kind, call: Call) -> Judged {
    let Some((derived, inputs)) = Inputs::of(&call) else {
        return Err(Stop::Harness("no derivation".to_owned()));
    };
    let right = match call.perform() {
        Ok(Answer::PaddedKey(right) | Answer::Proof(right) | Answer::DataKey(right)) => right,
        _ => return Err(Stop::Harness("no answer of the oracle".to_owned())),
    };
    let request = Request::of(&call);
    let member = call.answer_member();
    let answered = answers(&context, &request).await?;
    let text =
        |response: &Response| Some(response.as_ref().ok()?.get(member)?.as_str()?.to_owned());
    for (maker, made) in &answered {
        for (reader, other) in &answered {
            if maker.number != reader.number {
                let is_same = text(made).is_some() && text(made) == text(other);
                let crossings = &context.peers.crossings;
                crossings.record(maker.number, reader.number, kind, is_same);
            }
        }
    }
    let mut wrong = Vec::new();
    for (voice, response) in &answered {
        let stop = match text(response) {
            Some(got) if got == right => continue,
            Some(got) => {
                let (of, pair) = ((derived, inputs.clone()), (right.as_str(), got.as_str()));
                wrong_derivation(&voice.context, of, pair, &request, response).await
            }
            None => {
                let wanted = format!("{member} {right:?}");
                voice.context.not_answered(&request, response, &wanted)
            }
        };
        wrong.push(voice.is_wrong(stop));
    }
    conclude(wrong, answered.len())
}

/// The responses of each implementation that has the operation.
async fn answers(context: &Context, request: &Request) -> Result<Vec<(Voice, Response)>, Stop> {
    let all = voices(context);
    let asked = all.iter().map(|voice| voice.ask(request));
    // Each is waited for: a reply that nobody waits for would still be outstanding.
    let response = join_all(asked).await;
    let mut answered = Vec::new();
    for (voice, response) in all.into_iter().zip(response) {
        if let Some(response) = response? {
            answered.push((voice, response));
        }
    }
    match answered.len() {
        1 => Err(alone(&request.op)),
        _ => Ok(answered),
    }
}

fn alone(op: &str) -> Stop {
    Stop::NotApplicable(format!("no peer has {op}"))
}

async fn blobs(context: &Context) -> Judged {
    let inputs = || (input::data_key(), input::plaintext());
    let claim = |context, (key, plaintext): ([u8; 32], String)| -> BoxFuture<'static, Judged> {
        let text = encoding::encode(key);
        let cipher = Cipher {
            key: DataKey::from(key),
            seal: Request::encrypt(&text, &plaintext),
            plaintext,
            open: Box::new(move |content| Request::decrypt(&text, content)),
        };
        Box::pin(crosses(context, Kind::Blob, cipher))
    };
    let refuted = refute(context, Effort::cheap(SEALED), inputs, claim).await;
    refuted.map_err(|found| {
        kept(context, found, |(key, plaintext)| {
            let (data_key, iv) = (Octets(key), Octets(IV));
            let seal = Call::Encrypt(Encrypt { data_key, iv, plaintext });
            both(seal, |content| Call::Decrypt(Decrypt { data_key, content }))
        })
    })
}

async fn older_blobs(context: &Context) -> Judged {
    let inputs = || (input::some_key(), input::plaintext());
    let claim = |context, (key, plaintext): (String, String)| -> BoxFuture<'static, Judged> {
        let cipher = Cipher {
            key: DataKey::from(&pad_key(key.as_bytes())),
            seal: Request::encrypt_with_project_key(&key, &plaintext),
            plaintext,
            open: Box::new(move |content| Request::decrypt_with_project_key(&key, content)),
        };
        Box::pin(crosses(context, Kind::OlderBlob, cipher))
    };
    let refuted = refute(context, Effort::cheap(OLDER), inputs, claim).await;
    refuted.map_err(|found| {
        kept(context, found, |(key, plaintext)| {
            let iv = Octets(IV);
            let seal = Call::EncryptWithProjectKey(EncryptWithProjectKey {
                key: key.clone(),
                iv,
                plaintext,
            });
            both(seal, |content| {
                Call::DecryptWithProjectKey(DecryptWithProjectKey { key, content })
            })
        })
    })
}

/// Sealing, and opening what the oracle seals.
fn both(seal: Call, open: impl FnOnce(String) -> Call) -> Vec<Call> {
    match seal.perform() {
        Ok(Answer::Content(content)) => vec![seal, open(content)],
        _ => vec![seal],
    }
}

/// What one plaintext is sealed and opened by.
struct Cipher {
    key: DataKey,
    plaintext: String,
    seal: Request,
    open: Box<dyn Fn(&str) -> Request + Send + Sync>,
}

/// Each seals, and each opens what each sealed.
async fn crosses(context: Context, kind: Kind, cipher: Cipher) -> Judged {
    let Cipher { key, plaintext, seal, open } = &cipher;
    let sealed = answers(&context, seal).await?;
    let op = open("").op;
    let openers = voices(&context).into_iter();
    let openers: Vec<Voice> = openers.filter(|voice| voice.has(&op)).collect();
    let mut wrong = Vec::new();
    let mut blobs = Vec::new();
    for (maker, response) in &sealed {
        let content = response.as_ref().ok().and_then(|members| {
            let content = members.get("content")?;
            content.as_str()
        });
        let Some(content) = content else {
            let stop = maker.context.not_answered(seal, response, "a text `content`");
            wrong.push(maker.is_wrong(stop));
            continue;
        };
        let judged = judge_blob(&maker.context, key, plaintext, seal, content);
        blobs.push((maker, content, judged.is_ok()));
        if let Err(stop) = judged {
            wrong.push(maker.is_wrong(stop));
        }
    }
    for (maker, content, is_right) in blobs {
        let request = open(content);
        let opened =
            openers.iter().map(|reader| judge_opened(&reader.context, &request, plaintext));
        for (reader, judged) in openers.iter().zip(join_all(opened).await) {
            let crossings = &context.peers.crossings;
            crossings.record(maker.number, reader.number, kind, judged.is_ok());
            // Whoever has the same mistake may read a wrong one; nobody else has to.
            if let (Err(stop), true) = (judged, is_right) {
                wrong.push(reader.is_wrong(stop));
            }
        }
    }
    let voices = sealed.len().max(openers.len());
    conclude(wrong, voices)
}

/// Each generates a proof, and each other verifies it.
async fn generated_proofs(context: &Context) -> Judged {
    let request = generate::request(KEY);
    let answered = answers(context, &request).await?;
    // Who makes wrong proofs is reported first: that they do not verify follows from it.
    let (mut wrong, mut mistaken) = (Vec::new(), Vec::new());
    let mut disputed = None;
    for (maker, response) in &answered {
        let one = match generate::read(&maker.context, KEY, response) {
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
        let readers = voices(context).into_iter();
        let readers = readers.filter(|reader| reader.number != maker.number);
        let readers: Vec<Voice> = readers.filter(|reader| reader.has(&verify.op)).collect();
        let verdicts =
            readers.iter().map(|reader| verdict(&reader.context, verify.clone(), is_right));
        for (reader, judged) in readers.iter().zip(join_all(verdicts).await) {
            let verifies = judged.is_ok() == is_right;
            let crossings = &context.peers.crossings;
            crossings.record(maker.number, reader.number, Kind::GeneratedProof, verifies);
            if let Err(stop) = judged {
                mistaken.push(reader.is_wrong(stop));
            }
        }
        if !is_right || mistaken.len() > before {
            disputed.get_or_insert(Call::VerifyKeyProof(Verify {
                key: one.key,
                salt: one.salt,
                iterations: one.iterations,
                proof: one.proof,
            }));
        }
    }
    wrong.extend(mistaken);
    let concluded = conclude(wrong, answered.len());
    if let (Err(Stop::Mismatch(mismatch)), Some(call)) = (&concluded, disputed) {
        context.peers.disagreements.keep(call, &mismatch.what);
    }
    concluded
}
