//! `generate_key_proof`: fresh salts of 16 bytes, 600,000 iterations, a proof that verifies.

use std::collections::HashSet;

use crate::adapter::Request;
use crate::crypto::{Iterations, SALT_LENGTH, derive_key_proof, encoding};
use crate::harness::{Case, Judged, Phase, Stop};
use crate::suite::off_thread::off_thread;
use crate::suite::sdk::answer::wrong_derivation;
use crate::suite::sdk::context::{Context, Response, check, difference};
use crate::suite::sdk::randomness::{
    EVEN_BITS, NO_COUNTER, NO_REPETITION, Test, WHOLE_BYTES, judge as judge_values,
};
use crate::suite::sdk::sample::Sample;
use crate::vectors::{Call, Derive, Verify};

/// The keys for which proofs are generated. The catalogue names their number.
const KEYS: [&str; 4] = [PLAIN, PLAIN, ODD, ODD];
const PLAIN: &str = "generated key";
const ODD: &str = " clé générée 🔑 ";

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/generate/salt-length", "sdk-generate", salt_length),
        Case::new("sdk/generate/fresh-salt", "sdk-generate", fresh_salt).phase(Phase::Late),
        random_salts("sdk/generate/even-bits", EVEN_BITS),
        random_salts("sdk/generate/whole-bytes", WHOLE_BYTES),
        random_salts("sdk/generate/no-repetition", NO_REPETITION),
        Case::new("sdk/generate/no-counter", "sdk-generate", no_counter),
        Case::new("sdk/generate/fresh-salt-after-restart", "sdk-generate", fresh_after_restart),
        Case::new("sdk/generate/iterations", "sdk-generate", iterations),
        Case::new("sdk/generate/proof", "sdk-generate", proof),
    ]
}

fn random_salts(id: &'static str, test: Test) -> Case<Context> {
    Case::new(id, "sdk-generate", (random, test)).phase(Phase::Late)
}

async fn generate(context: &Context) -> Result<Vec<Verify>, Stop> {
    let mut all = Vec::new();
    let request = Request::generate_key_proof(PLAIN);
    // Each costs the platform's iterations: where the proofs are wrong anyway, two show whether salts are fresh.
    let is_wrong = match context.sampled(&request).await {
        Some((_, sample)) => sample != Sample::Unsuspicious,
        None => false,
    };
    for key in &KEYS[..if is_wrong { 2 } else { KEYS.len() }] {
        all.push(read(key, &context.ask(&Request::generate_key_proof(key)).await?)?);
    }
    Ok(all)
}

/// The proof that was generated for the key.
pub(super) fn read(key: &str, response: &Response<'_>) -> Result<Verify, Stop> {
    let read = || {
        Some(Verify {
            key: key.to_owned(),
            salt: response.text("salt")?.to_owned(),
            iterations: response.member("iterations")?.as_i64()?,
            proof: response.text("proof")?.to_owned(),
        })
    };
    let wanted = "texts `salt` and `proof`, and a number `iterations`";
    read().ok_or_else(|| response.not_answered(wanted))
}

async fn generated(context: &Context) -> Result<&Vec<Verify>, Stop> {
    let generated = context.shared.generated.get_or_init(|| generate(context)).await;
    generated.as_ref().map_err(Clone::clone)
}

async fn salt_length(context: &Context) -> Judged {
    for one in generated(context).await? {
        let Ok(salt) = encoding::decode(&one.salt) else {
            let what = "a generated salt is not standard padded base64";
            return Err(difference(what, "24 characters of base64", &format!("{:?}", one.salt)));
        };
        let what = "a generated salt has another length than 16 bytes";
        check(salt.len() == SALT_LENGTH, what, "16 bytes", &format!("{} bytes", salt.len()))?;
    }
    Ok(())
}

/// Two salts of 16 random bytes are equal once in 2¹²⁸: among 16, which are more than a run has, once in 2¹²¹.
async fn fresh_salt(context: &Context) -> Judged {
    generated(context).await?;
    let all = context.shared.record.salts();
    let salts: HashSet<&Vec<u8>> = all.iter().collect();
    check(
        salts.len() == all.len(),
        "a generated salt is used twice",
        "a fresh salt for each proof",
        &format!("{} different salts in {} proofs", salts.len(), all.len()),
    )
}

/// Two processes get the same request, so that generators with one seed give the same.
async fn fresh_after_restart(context: &Context) -> Judged {
    let mut salts = restarted(context).await?.iter();
    check(
        salts.next() != salts.next(),
        "a restarted process generates the salt of the one before it again",
        "salts from the operating system, never from a seed",
        "one and the same first salt in two processes",
    )
}

/// The first salts of two processes.
async fn restarted(context: &Context) -> Result<&[String], Stop> {
    let make = || async {
        let mut salts = Vec::new();
        for _ in 0..2 {
            let alone = context.restarted().await?;
            let salt = alone.text(&Request::generate_key_proof(PLAIN), "salt").await;
            alone.session().close().await;
            salts.push(salt?);
        }
        Ok(salts)
    };
    let salts = context.shared.restarted.get_or_init(make).await;
    salts.as_deref().map_err(Clone::clone)
}

/// All salts of the run.
async fn random(context: &Context, test: Test) -> Judged {
    generated(context).await?;
    restarted(context).await?;
    judge_values("the salts", test, &context.shared.record.salts())
}

/// The salts of one process, in the order in which they were generated.
async fn no_counter(context: &Context) -> Judged {
    let decoded = generated(context).await?.iter().map(|one| encoding::decode(&one.salt));
    let salts: Vec<Vec<u8>> = decoded.filter_map(Result::ok).collect();
    // Salts of several lengths fail their own case.
    if salts.windows(2).any(|two| two[0].len() != two[1].len()) {
        return Ok(());
    }
    judge_values("the salts", NO_COUNTER, &salts)
}

async fn iterations(context: &Context) -> Judged {
    for one in generated(context).await? {
        check(
            one.iterations == i64::from(Iterations::PLATFORM.get()),
            "a proof is generated with another count than 600000",
            "600000 iterations",
            &format!("{} iterations", one.iterations),
        )?;
    }
    Ok(())
}

async fn proof(context: &Context) -> Judged {
    for one in generated(context).await? {
        judge(context, one).await?;
    }
    Ok(())
}

/// Holds a generated proof to the oracle.
pub(super) async fn judge(context: &Context, one: &Verify) -> Judged {
    let Verify { key, salt, iterations, proof } = one.clone();
    // A salt or a count that is wrong in itself fails its own case.
    let (Ok(bytes), Ok(count)) = (encoding::decode(&salt), Iterations::try_from(iterations)) else {
        return Ok(());
    };
    let call = Call::DeriveKeyProof(Derive { key: key.clone(), salt, iterations });
    let right = off_thread(move || derive_key_proof(key.as_bytes(), &bytes, count)).await?;
    if right == proof {
        return Ok(());
    }
    let result = Ok(serde_json::Map::from_iter([
        ("salt".to_owned(), one.salt.clone().into()),
        ("proof".to_owned(), proof.clone().into()),
        ("iterations".to_owned(), iterations.into()),
    ]));
    let request = Request::generate_key_proof(&one.key);
    let response = Response { request: &request, result };
    Err(wrong_derivation(context, &call, (&right, &proof), &response).await)
}
