//! That IVs are fresh: of 64 blobs of one text, and of 64 more by a restarted process.
//!
//! False alarms, for IVs of 96 random bits. A repeat among 64: C(64, 2) = 2016 pairs, so 2016/2⁹⁶ <
//! 2⁻⁸⁵. A repeat between two sets of 64: 4096/2⁹⁶ = 2⁻⁸⁴. A byte position that is constant: 12 positions,
//! each 256⁻⁶³, so 12 · 2⁻⁵⁰⁴ < 2⁻⁵⁰⁰. All 63 differences between neighbours equal, in either byte
//! order: 2 · 2⁻⁹⁶·⁶² < 2⁻⁵⁹⁵⁰. Together far below 2⁻⁴⁰.

use std::collections::HashSet;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::adapter::Request;
use crate::crypto::{DataKey, IV_LENGTH, encoding, open};
use crate::harness::{Case, Judged, Stop};
use crate::suite::sdk::context::{Context, check};

const BLOBS: usize = 64;
const KEY: [u8; 32] = [0x99; 32];
const PLAINTEXT: &str = "DATABASE_URL=postgres://localhost/app\n";

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/iv/never-repeated", "sdk-iv", never_repeated),
        Case::new("sdk/iv/no-constant-byte", "sdk-iv", no_constant_byte),
        Case::new("sdk/iv/no-counter", "sdk-iv", no_counter),
        Case::new("sdk/iv/fresh-after-restart", "sdk-iv", fresh_after_restart),
    ]
}

type Iv = [u8; IV_LENGTH];

/// Blobs of a process that seals nothing else, one after another: blobs of other cases would hide a counter.
async fn seal(context: &Context) -> Result<Vec<String>, Stop> {
    let alone = context.restarted().await?;
    let request = Request::encrypt(&encoding::encode(KEY), PLAINTEXT);
    let one_by_one = stream::iter(0..BLOBS).then(|_| alone.text(&request, "content"));
    let blobs = one_by_one.try_collect().await;
    alone.session().close().await;
    blobs
}

/// The IVs of blobs that open, so that it is known where their IVs are.
async fn ivs(context: &Context) -> Result<Vec<Iv>, Stop> {
    let seals = context.shared.seals.get_or_init(|| seal(context)).await;
    read(seals.as_ref().map_err(Clone::clone)?)
}

fn read(blobs: &[String]) -> Result<Vec<Iv>, Stop> {
    let iv = |blob: &String| {
        let opens = open(&DataKey::from(KEY), blob).is_ok();
        let bytes = encoding::decode(blob).ok().filter(|_| opens)?;
        bytes.first_chunk().copied()
    };
    blobs.iter().map(iv).collect::<Option<_>>().ok_or_else(|| {
        Stop::CouldNotRun("a blob does not open, so its IV is not known: see sdk-seal".to_owned())
    })
}

async fn never_repeated(context: &Context) -> Judged {
    let ivs = ivs(context).await?;
    let unique: HashSet<&Iv> = ivs.iter().collect();
    check(
        unique.len() == ivs.len(),
        "an IV is used twice under one key",
        "64 blobs of one text, 64 different IVs",
        &format!("{} different IVs", unique.len()),
    )
}

async fn no_constant_byte(context: &Context) -> Judged {
    let ivs = ivs(context).await?;
    let constant = |position: &usize| ivs.iter().all(|iv| iv[*position] == ivs[0][*position]);
    let positions: Vec<_> = (0..IV_LENGTH).filter(constant).collect();
    check(
        positions.is_empty(),
        "a part of the IV never changes",
        "12 random bytes",
        &format!("the bytes at {positions:?} are the same in all 64 IVs"),
    )
}

async fn no_counter(context: &Context) -> Judged {
    let ivs = ivs(context).await?;
    let is_counter = |number: fn(&Iv) -> u128| {
        let numbers: Vec<u128> = ivs.iter().map(number).collect();
        let steps: HashSet<u128> = numbers
            .windows(2)
            .map(|pair| pair[1].wrapping_sub(pair[0]) & (u128::MAX >> 32))
            .collect();
        // A difference of 0 is an IV that never changes, which another case reports.
        steps.len() == 1 && !steps.contains(&0)
    };
    let big = |iv: &Iv| iv.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
    let little = |iv: &Iv| iv.iter().rev().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
    check(
        !is_counter(big) && !is_counter(little),
        "the IV is a counter",
        "an IV that the one before it does not give away",
        "64 IVs with one and the same difference between neighbours",
    )
}

async fn fresh_after_restart(context: &Context) -> Judged {
    let before: HashSet<Iv> = ivs(context).await?.into_iter().collect();
    let blobs = seal(context).await?;
    let repeated = read(&blobs)?.iter().filter(|iv| before.contains(*iv)).count();
    check(
        repeated == 0,
        "a restarted process uses the IVs of the one before it again",
        "IVs from the operating system, never from a seed",
        &format!("{repeated} of 64 IVs were there before"),
    )
}
