//! `generate_key_proof`: fresh salts of 16 bytes, 600,000 iterations, a proof that verifies.

use std::collections::HashSet;

use crate::adapter::Request;
use crate::crypto::wrong::Derived;
use crate::crypto::{Iterations, SALT_LENGTH, derive_key_proof, encoding};
use crate::harness::{Case, Judged, Stop};
use crate::suite::off_thread::off_thread;
use crate::suite::sdk::answer::wrong_derivation;
use crate::suite::sdk::context::{Context, Response, difference};
use crate::suite::sdk::diagnosis::Inputs;
use crate::suite::sdk::generated::Generated;

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

pub(super) fn request(key: &str) -> Request {
    Request::generate_key_proof(key)
}

async fn generate(context: &Context) -> Result<Vec<Generated>, Stop> {
    let mut all = Vec::new();
    for number in 0..PROOFS {
        let key = format!("generated key {}", number / 2);
        let response = context.ask(&request(&key)).await?;
        all.push(read(context, &key, &response)?);
    }
    Ok(all)
}

/// The proof that was generated for the key.
pub(super) fn read(context: &Context, key: &str, response: &Response) -> Result<Generated, Stop> {
    let read = response.as_ref().ok().and_then(|members| {
        let text = |name: &str| members.get(name)?.as_str().map(str::to_owned);
        Some(Generated {
            salt: text("salt")?,
            proof: text("proof")?,
            iterations: members.get("iterations")?.as_i64()?,
            key: key.to_owned(),
        })
    });
    read.ok_or_else(|| {
        let wanted = "texts `salt` and `proof`, and a number `iterations`";
        context.not_answered(&request(key), response, wanted)
    })
}

async fn generated(context: &Context) -> Result<&Vec<Generated>, Stop> {
    let generated = context.shared.generated.get_or_init(|| generate(context)).await;
    generated.as_ref().map_err(Clone::clone)
}

async fn salt_length(context: &Context) -> Judged {
    for one in generated(context).await? {
        match encoding::decode(&one.salt) {
            Ok(salt) if salt.len() == SALT_LENGTH => {}
            Ok(salt) => {
                let what = "a generated salt has another length than 16 bytes";
                return Err(difference(what, "16 bytes", &format!("{} bytes", salt.len())));
            }
            Err(_) => {
                let what = "a generated salt is not standard padded base64";
                return Err(difference(
                    what,
                    "24 characters of base64",
                    &format!("{:?}", one.salt),
                ));
            }
        }
    }
    Ok(())
}

async fn fresh_salt(context: &Context) -> Judged {
    let all = generated(context).await?;
    // Two salts of 16 random bytes are equal once in 2¹²⁸: six pairs, below 2⁻¹²⁵.
    let salts: HashSet<&str> = all.iter().map(|one| one.salt.as_str()).collect();
    if salts.len() == all.len() {
        Ok(())
    } else {
        Err(difference(
            "a generated salt is used twice",
            "a fresh salt for each proof",
            &format!("{} different salts in {PROOFS} proofs", salts.len()),
        ))
    }
}

/// Two processes that are asked the same, so that generators with one seed give the same.
async fn fresh_after_restart(context: &Context) -> Judged {
    let mut salts = Vec::new();
    for _ in 0..2 {
        let alone = context.restarted().await?;
        let salt = alone.text(&request("generated key"), "salt").await;
        alone.session().close().await;
        salts.push(salt?);
    }
    if salts[0] != salts[1] {
        Ok(())
    } else {
        Err(difference(
            "a restarted process generates the salt of the one before it again",
            "salts from the operating system, never from a seed",
            "one and the same first salt in two processes",
        ))
    }
}

async fn iterations(context: &Context) -> Judged {
    let platform = i64::from(Iterations::PLATFORM.get());
    let all = generated(context).await?;
    match all.iter().find(|one| one.iterations != platform) {
        None => Ok(()),
        Some(other) => Err(difference(
            "a proof is generated with another count than 600000",
            "600000 iterations",
            &format!("{} iterations", other.iterations),
        )),
    }
}

async fn proof(context: &Context) -> Judged {
    for one in generated(context).await? {
        judge(context, one).await?;
    }
    Ok(())
}

/// Holds a generated proof to the oracle.
pub(super) async fn judge(context: &Context, one: &Generated) -> Judged {
    // A salt or a count that is wrong in itself fails its own case.
    let (Ok(salt), Ok(iterations)) =
        (encoding::decode(&one.salt), Iterations::try_from(one.iterations))
    else {
        return Ok(());
    };
    let key = one.key.clone();
    let right = off_thread(move || derive_key_proof(key.as_bytes(), &salt, iterations)).await?;
    if right == one.proof {
        return Ok(());
    }
    let inputs = Inputs { key: one.key.clone(), salt: one.salt.clone(), iterations };
    let response = Ok(serde_json::Map::from_iter([
        ("salt".to_owned(), one.salt.clone().into()),
        ("proof".to_owned(), one.proof.clone().into()),
        ("iterations".to_owned(), one.iterations.into()),
    ]));
    let pair = (right.as_str(), one.proof.as_str());
    let of = (Derived::Proof, inputs);
    Err(wrong_derivation(context, of, pair, &request(&one.key), &response).await)
}
