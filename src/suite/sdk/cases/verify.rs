//! That `verify_key_proof` takes the right proof and nothing that resembles it.

use serde_json::Value;

use super::refusals::spoilt;
use crate::adapter::Request;
use crate::crypto::{Iterations, derive_key_proof, encoding};
use crate::harness::{Case, Judged, Stop};
use crate::suite::sdk::answer::judge_verdict;
use crate::suite::sdk::context::Context;

const KEY: &str = "a nearly right key";
const SALT: [u8; 16] = *b"near miss's salt";
const COUNT: u32 = 1000;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/verify/near-misses", "sdk-verify", near_misses),
        Case::new("sdk/verify/other-spellings", "sdk-verify", other_spellings),
        Case::new("sdk/verify/other-inputs", "sdk-verify", other_inputs),
    ]
}

fn request(proof: &str) -> Request {
    Request::verify_key_proof(KEY, &encoding::encode(SALT), COUNT, proof)
}

async fn right(context: &Context) -> Result<String, Stop> {
    let count = Iterations::try_from(i64::from(COUNT));
    let count = count.map_err(|error| Stop::Harness(error.to_string()))?;
    let right = derive_key_proof(KEY.as_bytes(), &SALT, count);
    judge_verdict(context, &request(&right), true).await?;
    Ok(right)
}

/// Texts that have the whole right proof in them, or most of it, with what was done to it.
fn nearly(right: &str) -> Vec<(&'static str, String)> {
    let (start, end) = right.split_at(right.len() / 2);
    let flipped_case = |at: usize| {
        let flip = |(place, letter): (usize, char)| match letter {
            _ if place != at => letter,
            'a'..='z' => letter.to_ascii_uppercase(),
            _ => letter.to_ascii_lowercase(),
        };
        right.chars().enumerate().map(flip).collect::<String>()
    };
    // The last character before the padding has spare bits: its other case may be the same bytes.
    let mut letters =
        right.char_indices().filter(|(at, one)| one.is_ascii_alphabetic() && *at < 42);
    let first = letters.next().map_or(0, |(at, _)| at);
    let last = letters.next_back().map_or(first, |(at, _)| at);
    vec![
        ("with more behind it", format!("{right}A")),
        ("twice", format!("{right}{right}")),
        ("with NUL and more behind it", format!("{right}\0A")),
        ("with more before it", format!("A{right}")),
        ("without its first character", right[1..].to_owned()),
        ("without its last eight characters", right[..36].to_owned()),
        ("its first half", start.to_owned()),
        ("its second half", end.to_owned()),
        ("with its halves exchanged", format!("{end}{start}")),
        ("with one letter in the other case", flipped_case(first)),
        ("with one letter near its end in the other case", flipped_case(last)),
        ("in small letters", right.to_lowercase()),
        ("in capitals", right.to_uppercase()),
        ("with a character beyond ASCII in it", spoilt(right, 'é', 0)),
        ("with a character beyond ASCII in place of one", spoilt(right, '\u{141}', 1)),
    ]
}

async fn near_misses(context: &Context) -> Judged {
    let right = right(context).await?;
    let bytes = encoding::decode(&right).map_err(|error| Stop::Harness(error.to_string()))?;
    let flipped = [0, 127, 255].map(|bit: usize| {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        ("with one bit flipped", encoding::encode(changed))
    });
    let empty = [("left empty", String::new())];
    for (how, wrong) in nearly(&right).into_iter().chain(flipped).chain(empty) {
        refused(context, &request(&wrong), &format!("the right one {how}")).await?;
    }
    Ok(())
}

/// Whether another spelling of the right bytes is taken is the implementation's choice: what counts is that it says
/// one or the other.
async fn other_spellings(context: &Context) -> Judged {
    let right = right(context).await?;
    let spellings = [
        right.replace('+', "-").replace('/', "_"),
        right.trim_end_matches('=').to_owned(),
        format!(" {right}\n"),
    ];
    for spelling in spellings {
        let request = request(&spelling);
        let response = context.ask(&request).await?;
        let is_told = response.member("valid").is_some_and(Value::is_boolean);
        if response.result.is_ok() && !is_told {
            return Err(response.not_answered("a boolean `valid`"));
        }
    }
    Ok(())
}

/// The right proof, of another key, salt or count: as after a rotation, to whoever remembers what was before.
async fn other_inputs(context: &Context) -> Judged {
    let right = right(context).await?;
    let mut salt = SALT;
    salt[15] ^= 1;
    let (old, other) = (encoding::encode(SALT), encoding::encode(salt));
    let (capitals, spoilt) = (KEY.to_uppercase(), spoilt(&old, 'é', 0));
    let longer = format!("{KEY} ");
    let inputs = [
        ("the key in capitals", capitals.as_str(), &old, COUNT),
        ("the key with a space behind it", &longer, &old, COUNT),
        ("the key without its last character", &KEY[..KEY.len() - 1], &old, COUNT),
        ("another salt", KEY, &other, COUNT),
        ("a salt with a character beyond ASCII in it", KEY, &spoilt, COUNT),
        ("one iteration less", KEY, &old, COUNT - 1),
        ("one iteration more", KEY, &old, COUNT + 1),
    ];
    for (what, key, salt, count) in inputs {
        let request = Request::verify_key_proof(key, salt, count, &right);
        refused(context, &request, &format!("that of before for {what}")).await?;
    }
    Ok(())
}

/// That a proof is not taken: it is answered with false, or refused as none.
async fn refused(context: &Context, request: &Request, how: &str) -> Judged {
    let response = context.ask(request).await?;
    match response.member("valid").and_then(Value::as_bool) {
        Some(false) => Ok(()),
        Some(true) => {
            let what = format!("a wrong proof verifies, {how}");
            Err(response.differs(&what, "valid false"))
        }
        None if response.result.is_err() => Ok(()),
        None => Err(response.not_answered("a boolean `valid`")),
    }
}
