//! `generate_key_proof`: fresh salts of 16 bytes, 600,000 iterations, a proof that verifies.

use std::collections::HashSet;

use crate::adapter::Request;
use crate::crypto::{Iterations, SALT_LENGTH, derive_key_proof, encoding};
use crate::harness::{Case, Judged, Stop};
use crate::suite::off_thread::off_thread;
use crate::suite::sdk::answer::wrong_derivation;
use crate::suite::sdk::context::{Context, Response, check, difference};
use crate::vectors::{Call, Derive, Verify};

/// Proofs that are generated. The catalogue names the number.
const PROOFS: usize = 4;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/generate/salt-length", "sdk-generate", salt_length),
        Case::new("sdk/generate/fresh-salt", "sdk-generate", fresh_salt),
        Case::new("sdk/generate/fresh-salt-after-restart", "sdk-generate", fresh_after_restart),
        Case::new("sdk/generate/iterations", "sdk-generate", iterations),
        Case::new("sdk/generate/proof", "sdk-generate", proof),
    ]
}

async fn generate(context: &Context) -> Result<Vec<Verify>, Stop> {
    let mut all = Vec::new();
    for number in 0..PROOFS {
        let key = format!("generated key {}", number / 2);
        all.push(read(&key, &context.ask(&Request::generate_key_proof(&key)).await?)?);
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

async fn fresh_salt(context: &Context) -> Judged {
    let all = generated(context).await?;
    // Two salts of 16 random bytes are equal once in 2¹²⁸: six pairs, below 2⁻¹²⁵.
    let salts: HashSet<&str> = all.iter().map(|one| one.salt.as_str()).collect();
    check(
        salts.len() == all.len(),
        "a generated salt is used twice",
        "a fresh salt for each proof",
        &format!("{} different salts in {PROOFS} proofs", salts.len()),
    )
}

/// Two processes get the same request, so that generators with one seed give the same.
async fn fresh_after_restart(context: &Context) -> Judged {
    let mut salts = Vec::new();
    for _ in 0..2 {
        let alone = context.restarted().await?;
        let salt = alone.text(&Request::generate_key_proof("generated key"), "salt").await;
        alone.session().close().await;
        salts.push(salt?);
    }
    check(
        salts[0] != salts[1],
        "a restarted process generates the salt of the one before it again",
        "salts from the operating system, never from a seed",
        "one and the same first salt in two processes",
    )
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
